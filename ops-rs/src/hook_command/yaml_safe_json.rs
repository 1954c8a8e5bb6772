//! JSON that YAML readers understand as it was meant.
//!
//! `relation-set` and `state-set` read YAML, of which JSON is nearly a part: YAML does not allow
//! some characters that JSON does, folds others into spaces, and Go's reader does not join the pairs
//! of escapes that JSON has for characters beyond U+FFFF. So exactly the first two kinds are escaped,
//! and all else is written as it is.

use serde_json::ser::{Formatter, Serializer};
use std::{collections::BTreeMap, io};

/// The settings as one JSON object.
pub(super) fn strings(settings: &BTreeMap<String, String>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, YamlSafe);
    // Writing strings into memory has no way to fail.
    let _ = serde::Serialize::serialize(settings, &mut serializer);
    bytes
}

/// Whether YAML readers take this text as a key: they look for the `:` for 1024 characters only.
pub(super) fn is_readable_key(key: &str) -> bool {
    let written = strings(&BTreeMap::from([(key.to_owned(), String::new())]));
    String::from_utf8_lossy(&written).chars().count() <= 1000
}

struct YamlSafe;

impl Formatter for YamlSafe {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for piece in fragment.split_inclusive(is_unsafe) {
            match piece.char_indices().next_back() {
                Some((start, last)) if is_unsafe(last) => {
                    let raw = piece.get(..start).unwrap_or_default();
                    writer.write_all(raw.as_bytes())?;
                    write!(writer, "\\u{:04x}", u32::from(last))?;
                }
                _ => writer.write_all(piece.as_bytes())?,
            }
        }
        Ok(())
    }
}

/// The characters that a YAML reader refuses or changes when they are not escaped. All of them have
/// an escape of four digits.
fn is_unsafe(c: char) -> bool {
    matches!(c,
        '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}')
}
