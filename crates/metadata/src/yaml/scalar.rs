//! What a plain scalar means to Go's `yaml.v2`, with which Juju reads charms (its `resolve.go`).
//!
//! It is YAML 1.1 with exceptions: `on`, `yes` and `y` are booleans, `017` is 15, and dates stay texts.

use serde_json::Value as Json;

/// What a scalar means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Meaning {
    Null,
    Boolean(bool),
    Integer(i64),
    /// Also integers too large for 64 bits with a sign.
    Float(f64),
    Text,
}

impl Meaning {
    /// What a scalar without quotes means.
    pub(crate) fn of_plain(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Self::Null,
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
                return Self::Boolean(true);
            }
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off"
            | "OFF" => {
                return Self::Boolean(false);
            }
            ".nan" | ".NaN" | ".NAN" => return Self::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
                return Self::Float(f64::INFINITY);
            }
            "-.inf" | "-.Inf" | "-.INF" => return Self::Float(f64::NEG_INFINITY),
            _ => {}
        }
        if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
            return Self::Text;
        }
        let plain = text.replace('_', "");
        integer(&plain).or_else(|| float(&plain)).unwrap_or(Self::Text)
    }

    pub(crate) fn json(self, text: &str) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Boolean(value) => value.into(),
            Self::Integer(value) => value.into(),
            // JSON has no infinity: nothing is what is left of it.
            Self::Float(value) => value.into(),
            Self::Text => text.into(),
        }
    }
}

/// Go's `strconv.ParseInt(text, 0, 64)`, and its `ParseUint` for what is larger.
fn integer(text: &str) -> Option<Meaning> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    if !digits.starts_with(|c: char| c.is_digit(base)) {
        return None;
    }
    let value = u64::from_str_radix(digits, base).ok()?;
    let signed =
        if negative { 0_i64.checked_sub_unsigned(value) } else { i64::try_from(value).ok() };
    #[expect(clippy::cast_precision_loss, reason = "what Juju's JSON makes of it too")]
    let large = || (!negative).then_some(Meaning::Float(value as f64));
    signed.map(Meaning::Integer).or_else(large)
}

/// A decimal number; Rust's own parser would also take `inf` and `nan`.
fn float(text: &str) -> Option<Meaning> {
    let is_decimal = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    let number = text.chars().all(is_decimal).then(|| text.parse::<f64>().ok()).flatten()?;
    number.is_finite().then_some(Meaning::Float(number))
}

#[cfg(test)]
mod tests {
    use super::Meaning::{self, Boolean, Float, Integer, Null, Text};

    #[test]
    fn plain_scalars_mean_what_go_takes_them_for() {
        let cases = [
            ("", Null),
            ("~", Null),
            ("on", Boolean(true)),
            ("y", Boolean(true)),
            ("No", Boolean(false)),
            ("nO", Text),
            ("017", Integer(15)),
            ("0o17", Integer(15)),
            ("0x1F", Integer(31)),
            ("0b11", Integer(3)),
            ("1_000", Integer(1000)),
            ("-5", Integer(-5)),
            ("+5", Integer(5)),
            ("-9223372036854775808", Integer(i64::MIN)),
            ("18446744073709551615", Float(18_446_744_073_709_551_615.0)),
            ("08", Float(8.0)),
            ("1.5", Float(1.5)),
            (".5", Float(0.5)),
            ("1e3", Float(1000.0)),
            ("-", Text),
            ("0x", Text),
            ("+-5", Text),
            ("1.2.3", Text),
            ("2024-01-01", Text),
            ("12:30", Text),
            ("1e999", Text),
            ("inf", Text),
        ];
        for (text, meaning) in cases {
            assert_eq!(Meaning::of_plain(text), meaning, "{text:?}");
        }
        assert!(matches!(Meaning::of_plain(".nan"), Float(number) if number.is_nan()));
    }
}
