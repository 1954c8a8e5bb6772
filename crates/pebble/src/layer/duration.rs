//! Durations as Go writes them: `300ms`, `1.5s`, `1m0s`.

use std::time::Duration;

const NANOS: u128 = 1;
const MICROS: u128 = 1_000;
const MILLIS: u128 = 1_000_000;
const SECONDS: u128 = 1_000_000_000;
const MINUTES: u128 = 60 * SECONDS;
const HOURS: u128 = 60 * MINUTES;

/// Reads a duration. A unit is required, `0` alone excepted; negative ones mean nothing to Pebble.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut total: u128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (whole, after_whole) = digits(rest);
        let (fraction, after_number) = match after_whole.strip_prefix('.') {
            Some(after_point) => digits(after_point),
            None => ("", after_whole),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let (unit, after_unit) = unit(after_number)?;
        let mut amount = if whole.is_empty() { 0 } else { whole.parse::<u128>().ok()? };
        amount = amount.checked_mul(unit)?;
        let mut scale = unit;
        for digit in fraction.chars() {
            scale /= 10;
            amount = amount.checked_add(u128::from(digit.to_digit(10)?) * scale)?;
        }
        total = total.checked_add(amount)?;
        rest = after_unit;
    }
    // Go holds a duration in an i64 of nanoseconds.
    let nanos = u64::try_from(total).ok().filter(|nanos| i64::try_from(*nanos).is_ok())?;
    Some(Duration::from_nanos(nanos))
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn unit(text: &str) -> Option<(u128, &str)> {
    const UNITS: [(&str, u128); 8] = [
        ("ns", NANOS),
        ("us", MICROS),
        ("µs", MICROS),
        ("μs", MICROS),
        ("ms", MILLIS),
        ("s", SECONDS),
        ("m", MINUTES),
        ("h", HOURS),
    ];
    UNITS.iter().find_map(|(name, size)| Some((*size, text.strip_prefix(name)?)))
}

/// Writes a duration as Go's `Duration.String` does, so that what Pebble prints can be compared.
#[must_use]
pub fn format(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".to_owned();
    }
    if nanos < SECONDS {
        let (size, name) = match nanos {
            0..MICROS => (NANOS, "ns"),
            MICROS..MILLIS => (MICROS, "µs"),
            _ => (MILLIS, "ms"),
        };
        return decimal(nanos, size) + name;
    }
    let (hours, minutes) = (nanos / HOURS, nanos % HOURS / MINUTES);
    let seconds = decimal(nanos % MINUTES, SECONDS);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

fn decimal(nanos: u128, size: u128) -> String {
    let mut text = (nanos / size).to_string();
    let (mut remainder, mut scale) = (nanos % size, size);
    if remainder > 0 {
        text.push('.');
    }
    while remainder > 0 {
        scale /= 10;
        text.push_str(&(remainder / scale).to_string());
        remainder %= scale;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (millis, text) in
            [(1500, "1.5s"), (60_000, "1m0s"), (3_600_000, "1h0m0s"), (300, "300ms"), (0, "0s")]
        {
            assert_eq!(format(Duration::from_millis(millis)), text);
        }
        assert_eq!(format(Duration::from_nanos(1_500)), "1.5µs");
        assert_eq!(format(Duration::from_nanos(500)), "500ns");
        assert_eq!(format(Duration::from_secs(1)), "1s");
    }

    #[test]
    fn a_bare_number_is_not_a_duration() {
        for text in ["5", "", "-1s", "1x", ".s", "1s2", "9999999999999h"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("0"), Some(Duration::ZERO));
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(nanos in 0..i64::MAX as u64) {
            let duration = Duration::from_nanos(nanos);
            prop_assert_eq!(parse(&format(duration)), Some(duration));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            let _ = parse(&text);
        }
    }
}
