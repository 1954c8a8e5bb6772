//! Puts tags in the place of secrets, the same tag for the same secret, wherever and however it is written.
//!
//! It knows values and what text does to them: escapes of JSON, of YAML and of URLs, and base64. Which
//! values are secrets, others say. Replay uses it too: the tags are its secrets.

use super::base64;
use std::ops::Range;

/// Values shorter than this are found only between quotes: as a part of other text they prove nothing.
const SHORT: usize = 4;
/// Digits shorter than this are, too: they would be found in every number.
const SHORT_NUMBER: usize = 9;
/// The fewest digits of base64 that are looked for in the middle of some.
const CORE: usize = 5;

/// The secrets that are known, each with its number.
#[derive(Clone, Default)]
pub struct Redaction {
    /// The longest first: one may be part of another.
    known: Vec<Known>,
    next: usize,
}

#[derive(Clone)]
struct Known {
    number: usize,
    value: Vec<u8>,
    spellings: Vec<Vec<Vec<u8>>>,
    cores: Vec<Vec<u8>>,
}

/// What stands for the secret with this number.
#[must_use]
pub fn tag(number: usize) -> String {
    format!("<redacted {number}>")
}

/// What stands for a word of base64 that holds the secret with this number.
#[must_use]
pub fn tag_in_base64(number: usize) -> String {
    format!("<redacted {number} in base64>")
}

/// The number of the tag that the bytes begin with, and the tag's length. It may be that of a word of base64.
#[must_use]
pub fn tag_at(bytes: &[u8]) -> Option<(usize, usize)> {
    let rest = bytes.strip_prefix(b"<redacted ")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(rest.get(..digits)?).ok()?.parse().ok()?;
    let coded = b" in base64";
    let more = if rest.get(digits..)?.starts_with(coded) { coded.len() } else { 0 };
    (rest.get(digits + more) == Some(&b'>'))
        .then_some((number, b"<redacted ".len() + digits + more + 1))
}

impl Redaction {
    /// Makes this value a secret, if it is none yet; its number, unless it is empty. One that is a tag has the
    /// number of that tag.
    pub fn learn(&mut self, value: &[u8]) -> Option<usize> {
        let value = trimmed(value);
        let number = match tag_at(value) {
            Some((number, length)) if length == value.len() => number,
            _ => self.next + 1,
        };
        self.learn_as(number, value)
    }

    /// Makes this value the secret with this number, if it is none yet; the number that it has.
    pub fn learn_as(&mut self, number: usize, value: &[u8]) -> Option<usize> {
        let value = trimmed(value);
        if value.is_empty() {
            return None;
        }
        if let Some(known) = self.known.iter().find(|known| known.value == value) {
            return Some(known.number);
        }
        self.next = self.next.max(number);
        let cores = if is_short(value) { Vec::new() } else { cores(value) };
        let place = self.known.partition_point(|known| known.value.len() >= value.len());
        self.known.insert(
            place,
            Known { number, value: value.to_vec(), spellings: spellings(value), cores },
        );
        Some(number)
    }

    /// The secret with this number, if it is known.
    #[must_use]
    pub fn value(&self, number: usize) -> Option<&[u8]> {
        let known = self.known.iter().find(|known| known.number == number)?;
        Some(&known.value)
    }

    /// How many values are known.
    #[must_use]
    pub fn count(&self) -> usize {
        self.known.len()
    }

    /// The same bytes with tags for secrets.
    #[must_use]
    pub fn redact(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut at = 0;
        'bytes: while let Some(byte) = bytes.get(at) {
            for known in &self.known {
                if let Some(length) = known.found(bytes, at) {
                    out.extend_from_slice(tag(known.number).as_bytes());
                    at += length;
                    continue 'bytes;
                }
            }
            out.push(*byte);
            at += 1;
        }
        for known in &self.known {
            known.redact_coded(&mut out);
        }
        out
    }
}

impl std::fmt::Debug for Redaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redaction({} secrets)", self.known.len())
    }
}

impl Known {
    /// How much of the text at this place is the secret.
    fn found(&self, text: &[u8], at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        let length = self.spellings.iter().filter_map(|lines| written(lines, rest)).max()?;
        if !is_short(&self.value) {
            return Some(length);
        }
        let quote = |byte: Option<&u8>| matches!(byte, None | Some(b'"' | b'\'' | b'\\' | b'\n'));
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        (quote(before) && quote(rest.get(length))).then_some(length)
    }

    /// Puts a tag in the place of every word of base64 that holds the secret. What else is in the word goes
    /// with it: where the secret begins and ends is in the middle of digits.
    fn redact_coded(&self, text: &mut Vec<u8>) {
        for core in &self.cores {
            let mut from = 0;
            while let Some(found) = find(text, core, from) {
                let word = word_around(text, found, core.len());
                let tag = tag_in_base64(self.number);
                from = word.start + tag.len();
                text.splice(word, tag.into_bytes());
            }
        }
    }
}

/// Newlines around a secret are not secret, and which of them survive depends on who writes it.
fn trimmed(value: &[u8]) -> &[u8] {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let start = value.iter().position(|byte| !is_end(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !is_end(byte)).map_or(start, |last| last + 1);
    value.get(start..end).unwrap_or_default()
}

fn is_short(value: &[u8]) -> bool {
    let is_number = value.iter().all(u8::is_ascii_digit);
    value.len() < SHORT
        || is_number && value.len() < SHORT_NUMBER
        || matches!(value, b"true" | b"false" | b"null")
}

/// The ways in which others write the value: as it is, in JSON, in JSON in JSON, with Go's escapes for HTML, in a
/// URL. Each in lines, which end with what that way writes for a newline.
fn spellings(value: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let Ok(text) = std::str::from_utf8(value) else { return vec![vec![value.to_vec()]] };
    let in_json = |text: &str| {
        let quoted = serde_json::Value::from(text).to_string();
        quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).to_owned()
    };
    let in_go = |text: &str| {
        let text = in_json(text).replace('<', "\\u003c").replace('>', "\\u003e");
        text.replace('&', "\\u0026")
    };
    let mut found: Vec<(String, String)> = Vec::new();
    let add = |found: &mut Vec<(String, String)>, written: (String, String)| {
        if found.iter().all(|known| known.0 != written.0) {
            found.push(written);
        }
    };
    for escape in [&in_json as &dyn Fn(&str) -> String, &in_go] {
        let mut written = (text.to_owned(), "\n".to_owned());
        for _ in 0..4 {
            add(&mut found, written.clone());
            written = (escape(&written.0), escape(&written.1));
        }
    }
    for safe in ["-._~", "-._~/", "-._~/:@!$&'()*+,;="] {
        add(&mut found, (in_url(value, safe), "%0A".to_owned()));
    }
    let lines = |(text, newline): (String, String)| {
        text.split_inclusive(&newline).map(|line| line.as_bytes().to_vec()).collect()
    };
    found.into_iter().map(lines).collect()
}

fn in_url(value: &[u8], safe: &str) -> String {
    let mut out = String::new();
    for byte in value {
        match char::from(*byte) {
            plain if plain.is_ascii_alphanumeric() || safe.contains(plain) => out.push(plain),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// How much of `text` these lines are. A block of YAML begins each line but the first with spaces of its own.
fn written(lines: &[Vec<u8>], text: &[u8]) -> Option<usize> {
    let spaces = |text: &[u8]| text.iter().take_while(|byte| **byte == b' ').count();
    let mut at = 0;
    for line in lines {
        let rest = text.get(at..)?;
        let indentation = if at == 0 { 0 } else { spaces(rest).saturating_sub(spaces(line)) };
        if !rest.get(indentation..)?.starts_with(line) {
            return None;
        }
        at += indentation + line.len();
    }
    Some(at)
}

/// The digits of base64 that the value alone determines, wherever among other bytes it stands.
fn cores(value: &[u8]) -> Vec<Vec<u8>> {
    let mut cores = Vec::new();
    for skipped in 0..3 {
        let Some(aligned) = value.get(skipped..) else { continue };
        let digits = aligned.len() * 8 / 6;
        let core: Vec<u8> = base64::encode(aligned).into_bytes().into_iter().take(digits).collect();
        if core.len() < CORE && skipped > 0 {
            continue;
        }
        let swap = |byte: u8| match byte {
            b'+' => b'-',
            b'/' => b'_',
            byte => byte,
        };
        let for_urls: Vec<u8> = core.iter().copied().map(swap).collect();
        if for_urls != core {
            cores.push(for_urls);
        }
        cores.push(core);
    }
    cores
}

fn find(text: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    rest.windows(wanted.len().max(1)).position(|window| window == wanted).map(|at| from + at)
}

fn word_around(text: &[u8], at: usize, length: usize) -> Range<usize> {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    let before = text.iter().take(at).rev().take_while(|byte| is_digit(byte)).count();
    let rest = text.iter().skip(at + length);
    let after = rest.clone().take_while(|byte| is_digit(byte)).count();
    let padding = rest.skip(after).take_while(|byte| **byte == b'=').take(2).count();
    at - before..at + length + after + padding
}

#[cfg(test)]
mod tests;
