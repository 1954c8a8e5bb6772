//! How Go prints and reads small things: quoted text, numbers, booleans, durations.
//!
//! Juju's messages and outputs are made by Go's `fmt`, `strconv` and `encoding/json`; charms match on
//! them, so the emulator prints the same bytes.

use std::fmt::Write as _;

/// `%q`: double quotes with Go's escapes.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 0x20 || c == '\u{7f}' => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// `%q` of a list of texts.
pub(super) fn quote_all<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.into_iter().map(quote).collect();
    format!("[{}]", texts.join(" "))
}

/// The digits of a float without sign, and the decimal exponent of the first of them.
fn digits(number: f64) -> (String, i32) {
    let text = format!("{:e}", number.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = mantissa.chars().filter(|c| *c != '.').collect();
    (digits, exponent.parse().unwrap_or_default())
}

fn scientific(out: &mut String, digits: &str, exponent: i32, width: usize) {
    let mut rest = digits.chars();
    out.extend(rest.next());
    if !rest.as_str().is_empty() {
        out.push('.');
        out.push_str(rest.as_str());
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(out, "e{sign}{:0width$}", exponent.unsigned_abs());
}

/// `strconv.FormatFloat(f, 'g', -1, 64)`, which Go's YAML uses.
pub(super) fn float_general(number: f64) -> String {
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let (digits, exponent) = digits(number);
    // The shortest form chooses between the notations as if six digits had been asked for.
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let mut out = String::new();
    if number.is_sign_negative() {
        out.push('-');
    }
    scientific(&mut out, &digits, exponent, 2);
    out
}

/// A float as `encoding/json` prints it.
pub(super) fn float_json(number: f64) -> String {
    if !number.is_finite() {
        return "null".to_owned();
    }
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let (digits, exponent) = digits(number);
        let mut out = String::new();
        if number < 0.0 {
            out.push('-');
        }
        scientific(&mut out, &digits, exponent, if exponent < 0 { 1 } else { 2 });
        return out;
    }
    format!("{number}")
}

/// `strconv.ParseBool`.
pub(super) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// `strconv.Atoi`, with its error text.
pub(super) fn atoi(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("strconv.Atoi: parsing {}: invalid syntax", quote(text)));
    }
    text.parse().map_err(|_| format!("strconv.Atoi: parsing {}: value out of range", quote(text)))
}

/// `time.ParseDuration`, in seconds; fractions of a second are cut.
pub(super) fn parse_duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at_checked(end)?;
        let number: f64 = number.parse().ok()?;
        let end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(end)?;
        seconds += number
            * match unit {
                "ns" => 1e-9,
                "us" | "µs" | "μs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
        rest = tail;
    }
    // A sum of at most a few units: far from the limits of the type.
    Some((sign * seconds) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_in_go() {
        for (number, yaml, json) in [
            (1.0, "1", "1"),
            (1.5, "1.5", "1.5"),
            (12_345_678.0, "1.2345678e+07", "12345678"),
            (123_456.0, "123456", "123456"),
            (1_000_000.0, "1e+06", "1000000"),
            (0.0001, "0.0001", "0.0001"),
            (0.00001, "1e-05", "0.00001"),
            (1e-7, "1e-07", "1e-7"),
            (1e21, "1e+21", "1e+21"),
            (-2.5, "-2.5", "-2.5"),
            (0.0, "0", "0"),
            (-1e-7, "-1e-07", "-1e-7"),
            (1e-6, "1e-06", "0.000001"),
            (1.25e100, "1.25e+100", "1.25e+100"),
            (f64::INFINITY, ".inf", "null"),
            (f64::NEG_INFINITY, "-.inf", "null"),
            (f64::NAN, ".nan", "null"),
        ] {
            assert_eq!(float_general(number), yaml);
            assert_eq!(float_json(number), json);
        }
    }

    #[test]
    fn durations_are_read_as_in_go() {
        assert_eq!(parse_duration("24h"), Some(86_400));
        assert_eq!(parse_duration("1h30m"), Some(5_400));
        assert_eq!(parse_duration("-1h"), Some(-3_600));
        assert_eq!(parse_duration("1.5m"), Some(90));
        for (text, seconds) in
            [("6000ms", 6), ("6000000us", 6), ("6000000µs", 6), ("6000000000ns", 6)]
        {
            assert_eq!(parse_duration(text), Some(seconds), "{text}");
        }
        assert_eq!((parse_duration("0"), parse_duration("+1s")), (Some(0), Some(1)));
        assert_eq!(parse_duration("tomorrow"), None);
        assert_eq!(parse_duration("5"), None);
        assert_eq!(parse_duration(""), None);
    }

    #[test]
    fn text_is_quoted_as_in_go() {
        assert_eq!(quote("a\"b\n\u{1}é"), "\"a\\\"b\\n\\x01é\"");
        assert_eq!(quote_all(["a", "b"]), "[\"a\" \"b\"]");
    }
}
