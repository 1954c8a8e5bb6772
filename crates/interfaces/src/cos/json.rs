//! JSON as Python's `json.dumps` writes it, and JSON that somebody else wrote.
//!
//! A databag that differs from the one there by a space would be written again, and would wake every unit
//! of the other application: so the bytes are Python's.

use ops_core::interface::SchemaError;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::ser::{Formatter, Serializer};
use std::{collections::BTreeMap, io};

/// `json.dumps(value)`: a space after each comma and colon, and nothing but ASCII.
///
/// # Errors
/// The value has no JSON; `key` is where it was meant to go.
pub(crate) fn to_text<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<String, SchemaError> {
    let refused = || SchemaError::new(key, "what can be written as JSON");
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Python)).map_err(|_| refused())?;
    String::from_utf8(bytes).map_err(|_| refused())
}

/// `json.dumps(value, sort_keys=True)`.
///
/// # Errors
/// As [`to_text`].
#[cfg(feature = "loki_push_api")]
pub(crate) fn to_sorted_text<T: Serialize>(key: &str, value: &T) -> Result<String, SchemaError> {
    let refused = |_| SchemaError::new(key, "what can be written as JSON");
    let mut value = serde_json::to_value(value).map_err(refused)?;
    // Sorted already, unless another crate of the program made serde_json keep the order.
    value.sort_all_objects();
    to_text(key, &value)
}

/// What is written under `key`; `None` when nothing is.
///
/// # Errors
/// It is not JSON, or not of this shape. serde's message would quote the value: it is dropped.
pub(crate) fn read<T: DeserializeOwned>(
    bag: &BTreeMap<String, String>,
    key: &str,
    expected: &str,
) -> Result<Option<T>, SchemaError> {
    // Juju stores no empty value: writing one removes the key.
    let Some(text) = bag.get(key).filter(|text| !text.is_empty()) else { return Ok(None) };
    serde_json::from_str(text).map(Some).map_err(|_| SchemaError::new(key, expected))
}

struct Python;

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for c in fragment.chars() {
            // Python escapes DEL no more than serde_json does, and everything above it as UTF-16.
            if c.is_ascii() {
                writer.write_all(&[c as u8])?;
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}
