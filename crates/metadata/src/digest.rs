//! A digest of a charm's model: whether a program and the files packed beside it declare the same.
//!
//! SHA-256 over the model as JSON with sorted keys and no spaces, under a format version. Comments, the
//! order of keys, the spelling of booleans and in which file a key stands do not change it.

use crate::charm::Charm;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Write as _};

/// What stands before the digest in a program. The digits follow at once.
const MARKER: &str = "charm-metadata-sha256:";
/// Of the model's shape: a new one makes other digests, and must not be taken for changed files.
const FORMAT: &str = "ops-metadata 1\n";
const DIGITS: usize = 64;

/// The digest of a charm's model.
///
/// Its text is `charm-metadata-sha256:` and 64 hexadecimal digits. `ops::charm_metadata!` compiles this
/// text in as `Metadata::DIGEST`, where [`Digest::find`] finds it in the finished program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest(String);

impl Digest {
    /// The digest of this charm.
    #[must_use]
    pub fn of(charm: &Charm) -> Self {
        let mut text = FORMAT.to_owned();
        // A model of strings, numbers, lists and maps with string keys always has a JSON.
        canonical(&serde_json::to_value(charm).unwrap_or_default(), &mut text);
        let mut digits = String::with_capacity(DIGITS);
        for byte in Sha256::digest(text.as_bytes()) {
            let _ = write!(digits, "{byte:02x}");
        }
        Self(digits)
    }

    /// The digests in a program. More than one different is a program of several charms; none is a program
    /// that was not built with `ops::charm_metadata!`.
    #[must_use]
    pub fn find(program: &[u8]) -> Vec<Self> {
        let mut found = Vec::new();
        let mut rest = program;
        while let Some(at) = rest.windows(MARKER.len()).position(|w| w == MARKER.as_bytes()) {
            rest = rest.get(at + MARKER.len()..).unwrap_or_default();
            let digits = rest.get(..DIGITS).unwrap_or_default();
            let is_digest = digits.len() == DIGITS
                && digits.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            if is_digest {
                let digest = Self(String::from_utf8_lossy(digits).into_owned());
                if !found.contains(&digest) {
                    found.push(digest);
                }
            }
        }
        found
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARKER}{}", self.0)
    }
}

/// Writes JSON with sorted keys, whether or not `serde_json` keeps their order in this build.
fn canonical(value: &Json, out: &mut String) {
    match value {
        Json::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (key, value) in entries {
                let _ = write!(out, "{},", Json::from(key.as_str()));
                canonical(value, out);
                out.push(',');
            }
            out.push('}');
        }
        Json::Array(items) => {
            out.push('[');
            for item in items {
                canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        scalar => {
            let _ = write!(out, "{scalar}");
        }
    }
}
