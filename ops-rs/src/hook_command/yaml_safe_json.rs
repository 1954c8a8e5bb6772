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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(value: &str) -> String {
        let bytes = strings(&BTreeMap::from([("k".to_owned(), value.to_owned())]));
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn characters_that_yaml_refuses_or_changes_are_escaped_and_no_others() {
        for (value, expected) in [
            ("\u{7e}", "{\"k\":\"~\"}"),
            ("\u{7f}", r#"{"k":"\u007f"}"#),
            ("\u{85}", r#"{"k":"\u0085"}"#),
            ("\u{9f}", r#"{"k":"\u009f"}"#),
            ("\u{a0}", "{\"k\":\"\u{a0}\"}"),
            ("a\u{2028}b", r#"{"k":"a\u2028b"}"#),
            ("\u{2029}", r#"{"k":"\u2029"}"#),
            ("\u{202a}", "{\"k\":\"\u{202a}\"}"),
            ("\u{feff}", r#"{"k":"\ufeff"}"#),
            ("\u{ffef}", "{\"k\":\"\u{ffef}\"}"),
            ("\u{fff0}", r#"{"k":"\ufff0"}"#),
            ("\u{fffd}", r#"{"k":"\ufffd"}"#),
            ("\u{fffe}", r#"{"k":"\ufffe"}"#),
            ("\u{ffff}x", r#"{"k":"\uffffx"}"#),
            ("é🦀", "{\"k\":\"é🦀\"}"),
            ("\u{10000}", "{\"k\":\"\u{10000}\"}"),
            ("\"\\\n\t\0", r#"{"k":"\"\\\n\t\u0000"}"#),
            ("\u{7f}\u{80}", r#"{"k":"\u007f\u0080"}"#),
        ] {
            assert_eq!(written(value), expected);
        }
    }

    #[test]
    fn words_that_yaml_would_take_for_something_else_stay_text() {
        for word in
            ["yes", "on", "~", "null", "1_000", "0x10", "2024-01-02", "a: b", "- a", "#", ""]
        {
            assert_eq!(read(&strings(&one("k", word))), one("k", word));
        }
    }

    #[test]
    fn keys_that_are_too_long_for_yaml_are_known() {
        let (long, short) = ("k".repeat(1100), "k".repeat(900));
        assert!(!is_readable_key(&long) && is_readable_key(&short));
        assert_eq!(read(&strings(&one(&short, "v"))), one(&short, "v"));
        assert!(
            serde_yaml::from_slice::<BTreeMap<String, String>>(&strings(&one(&long, "v"))).is_err()
        );
    }

    proptest! {
        #[test]
        fn a_yaml_reader_gets_every_text_back(
            settings in prop::collection::btree_map("\\PC{1,40}|[\\u{7f}-\\u{a0}\\u{2028}-\\u{202a}\\u{fee0}-\\u{10010}]{1,9}", any::<String>(), 0..6)
        ) {
            prop_assert_eq!(read(&strings(&settings)), settings);
        }
    }

    fn one(key: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(key.to_owned(), value.to_owned())])
    }

    fn read(bytes: &[u8]) -> BTreeMap<String, String> {
        serde_yaml::from_slice(bytes).unwrap()
    }
}
