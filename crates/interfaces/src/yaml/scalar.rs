//! Decides how a text is written: plain, in single or in double quotes.
//!
//! A text is quoted when a YAML 1.1 reader would take it for something else (`yes`, `1:30`, `~`) or for
//! structure. The rules are those of PyYAML's `analyze_scalar` and its implicit resolvers.

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
}

/// The style of a text that stands as a key before a colon, or elsewhere.
pub(super) fn style(text: &str, key: bool) -> Style {
    // Everything outside ASCII is written as an escape, and only double quotes have those.
    let printable = text.chars().all(|c| c == '\n' || matches!(c, ' '..='~'));
    let space_beside_break = text.contains(" \n") || text.contains("\n ");
    if !printable || space_beside_break || (key && text.contains('\n')) {
        Style::Double
    } else if text.contains('\n')
        || text.starts_with(' ')
        || text.ends_with(' ')
        || looks_like_structure(text)
        || means_something_else(text)
    {
        Style::Single
    } else {
        Style::Plain
    }
}

/// Whether a key fits before a colon. `limit` is in characters.
pub(super) fn is_simple_key(key: &str, limit: usize) -> bool {
    !key.is_empty()
        && !key.contains(['\n', '\u{85}', '\u{2028}', '\u{2029}'])
        && key.chars().count() < limit
}

/// How a character is written between double quotes. `None`: as it is.
pub(super) fn escape(c: char) -> Option<String> {
    let short = match c {
        '"' => '"',
        '\\' => '\\',
        ' '..='~' => return None,
        '\0' => '0',
        '\u{07}' => 'a',
        '\u{08}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{0b}' => 'v',
        '\u{0c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        c => {
            let code = u32::from(c);
            return Some(match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            });
        }
    };
    Some(format!("\\{short}"))
}

fn looks_like_structure(text: &str) -> bool {
    text.starts_with("---")
        || text.starts_with("...")
        || text.starts_with(|c| "#,[]{}&*!|>'\"%@`".contains(c))
        || matches!(text, "?" | "-")
        || text.starts_with("? ")
        || text.starts_with("- ")
        || text.contains(": ")
        || text.ends_with(':')
        || text.contains(" #")
}

/// Whether a plain text would be read as a boolean, null, number, date, or merge key.
fn means_something_else(text: &str) -> bool {
    matches!(
        text,
        "" | "~"
            | "null"
            | "Null"
            | "NULL"
            | "yes"
            | "Yes"
            | "YES"
            | "no"
            | "No"
            | "NO"
            | "true"
            | "True"
            | "TRUE"
            | "false"
            | "False"
            | "FALSE"
            | "on"
            | "On"
            | "ON"
            | "off"
            | "Off"
            | "OFF"
            | "<<"
            | "="
    ) || is_integer(text)
        || is_float(text)
        || is_timestamp(text)
}

fn is_integer(text: &str) -> bool {
    let number = unsigned(text);
    let octal = |c: char| matches!(c, '0'..='7' | '_');
    let hexadecimal = |c: char| c.is_ascii_hexdigit() || c == '_';
    if let Some(digits) = number.strip_prefix("0b") {
        !digits.is_empty() && digits.chars().all(|c| matches!(c, '0' | '1' | '_'))
    } else if let Some(digits) = number.strip_prefix("0x") {
        !digits.is_empty() && digits.chars().all(hexadecimal)
    } else if let Some(digits) = number.strip_prefix('0') {
        digits.chars().all(octal)
    } else {
        let mut parts = number.split(':');
        parts.next().is_some_and(is_digits) && parts.all(is_sixtieth)
    }
}

fn is_float(text: &str) -> bool {
    let number = unsigned(text);
    if matches!(number, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let Some((whole, rest)) = number.split_once('.') else {
        return false;
    };
    let fraction = rest.trim_start_matches(digit_or_underscore);
    if let Some((first, sixtieths)) = whole.split_once(':') {
        return is_digits(first) && sixtieths.split(':').all(is_sixtieth) && fraction.is_empty();
    }
    if whole.is_empty() {
        // Without digits before the point, there is no sign, and a digit comes next.
        return number.len() == text.len()
            && rest.starts_with(|c: char| c.is_ascii_digit())
            && is_exponent(fraction);
    }
    is_digits(whole) && is_exponent(fraction)
}

fn is_timestamp(text: &str) -> bool {
    let mut at = Cursor(text);
    let date = at.digits(4, 4) && at.one("-") && at.digits(1, 2) && at.one("-") && at.digits(1, 2);
    if !date {
        return false;
    }
    if at.0.is_empty() {
        return text.len() == "2006-01-02".len();
    }
    if !(at.one("tT") || at.blanks()) {
        return false;
    }
    let time = at.digits(1, 2) && at.one(":") && at.digits(2, 2) && at.one(":") && at.digits(2, 2);
    if !time {
        return false;
    }
    if at.one(".") {
        at.0 = at.0.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    if at.0.is_empty() {
        return true;
    }
    at.blanks();
    if at.one("Z") {
        return at.0.is_empty();
    }
    at.one("+-")
        && at.digits(1, 2)
        && (at.0.is_empty() || (at.one(":") && at.digits(2, 2) && at.0.is_empty()))
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

fn digit_or_underscore(c: char) -> bool {
    c.is_ascii_digit() || c == '_'
}

fn is_digits(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(digit_or_underscore)
}

/// A part of a number to base 60: 0 to 59, in one or two digits.
fn is_sixtieth(text: &str) -> bool {
    match text.as_bytes() {
        [unit] => unit.is_ascii_digit(),
        [ten, unit] => matches!(ten, b'0'..=b'5') && unit.is_ascii_digit(),
        _ => false,
    }
}

fn is_exponent(text: &str) -> bool {
    let Some(exponent) = text.strip_prefix(['e', 'E']) else {
        return text.is_empty();
    };
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or_default();
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
}

/// What is left to read of a text.
struct Cursor<'a>(&'a str);

impl Cursor<'_> {
    /// Takes at most `max` digits, and says whether there were `min`.
    fn digits(&mut self, min: usize, max: usize) -> bool {
        let mut taken = 0;
        while taken < max {
            let Some(rest) = self.0.strip_prefix(|c: char| c.is_ascii_digit()) else {
                break;
            };
            self.0 = rest;
            taken += 1;
        }
        taken >= min
    }

    /// Takes one character of these.
    fn one(&mut self, of: &str) -> bool {
        let rest = self.0.strip_prefix(|c| of.contains(c));
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Takes all blanks, and says whether there were any.
    fn blanks(&mut self) -> bool {
        let rest = self.0.trim_start_matches(' ');
        let any = rest.len() < self.0.len();
        self.0 = rest;
        any
    }
}
