//! Moments as Pebble tells them: RFC 3339 with an offset or `Z`, and up to nine digits of a second.

use crate::wire::Read;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A moment, to the nanosecond. It prints in RFC 3339 and UTC.
///
/// ```
/// use ops_pebble::Timestamp;
///
/// let time = Timestamp::parse("2026-01-02T03:04:05.000000006+01:00").unwrap();
/// assert_eq!(time.to_string(), "2026-01-02T02:04:05.000000006Z");
/// assert!(time > Timestamp::parse("2026-01-02T03:04:05+01:00").unwrap());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Since the start of 1970.
    seconds: i64,
    nanoseconds: u32,
}

const DAY: i64 = 86_400;

impl Timestamp {
    /// Reads a moment; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let [year, month, day] = numbers(date, '-')?;
        let rest = rest.strip_prefix(['T', 't', ' '])?;
        let (time, rest) = rest.split_at_checked(8)?;
        let [hour, minute, second] = numbers(time, ':')?;
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let (digits, zone) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?),
            None => ("", rest),
        };
        let digits = digits.bytes().chain(std::iter::repeat(b'0')).take(9);
        let nanoseconds = digits.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
        let offset = match zone {
            "Z" | "z" => 0,
            zone => {
                let (sign, zone) = match zone.strip_prefix('-') {
                    Some(zone) => (-1, zone),
                    None => (1, zone.strip_prefix('+')?),
                };
                let [hours, minutes] = numbers(zone, ':')?;
                sign * (hours * 3600 + minutes * 60)
            }
        };
        let seconds = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
        Some(Self { seconds, nanoseconds })
    }
}

/// Exactly so many numbers of two digits or more.
fn numbers<const N: usize>(text: &str, separator: char) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for number in &mut numbers {
        let part = parts.next().filter(|part| part.len() >= 2)?;
        for byte in part.bytes() {
            let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
            *number = i64::checked_mul(*number, 10)?.checked_add(digit.into())?;
        }
    }
    parts.next().is_none().then_some(numbers)
}

/// Days since the start of 1970, in years that begin in March, so that a leap day is the last one.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    year * 365 + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (month * 153 + 2) / 5
        + day
        - 1
        - 719_468
}

/// Year, month and day: [`days`] backwards.
fn date(days: i64) -> (i64, i64, i64) {
    const FOUR_CENTURIES: i64 = 146_097;
    let days = days + 719_468;
    let of_era = days.rem_euclid(FOUR_CENTURIES);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = year + days.div_euclid(FOUR_CENTURIES) * 400;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.seconds.div_euclid(DAY));
        let time = self.seconds.rem_euclid(DAY);
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if self.nanoseconds > 0 {
            let digits = format!("{:09}", self.nanoseconds);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let whole = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Self { seconds: whole(since), nanoseconds: since.subsec_nanos() },
            Err(before) => match (whole(before.duration()), before.duration().subsec_nanos()) {
                (seconds, 0) => Self { seconds: -seconds, nanoseconds: 0 },
                (seconds, part) => {
                    Self { seconds: -seconds - 1, nanoseconds: 1_000_000_000 - part }
                }
            },
        }
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        let whole = Duration::from_secs(time.seconds.unsigned_abs());
        let start = if time.seconds < 0 { UNIX_EPOCH - whole } else { UNIX_EPOCH + whole };
        start + Duration::from_nanos(u64::from(time.nanoseconds))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Read("a time in RFC 3339", Self::parse))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_and_printed() {
        for (text, seconds, printed) in [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
            ("2000-02-29T23:59:59.5Z", 951_868_799, "2000-02-29T23:59:59.5Z"),
            ("2026-01-01T01:00:00+01:00", 1_767_225_600, "2026-01-01T00:00:00Z"),
            ("1969-12-31T16:00:00-08:00", 0, "1970-01-01T00:00:00Z"),
            ("0001-01-01T00:00:00Z", -62_135_596_800, "0001-01-01T00:00:00Z"),
            ("2026-01-01T00:00:00.123456789Z", 1_767_225_600, "2026-01-01T00:00:00.123456789Z"),
        ] {
            let time = Timestamp::parse(text).unwrap();
            assert_eq!((time.seconds, time.to_string().as_str()), (seconds, printed), "{text}");
            assert_eq!(Timestamp::from(SystemTime::from(time)), time);
        }
    }

    #[test]
    fn other_texts_are_no_moments() {
        for text in [
            "",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-13-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00.Z5",
            "2026-01-01T00:00:00+1",
            "x026-01-01T00:00:00Z",
            "ääääääääää",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_moment_comes_back(seconds in -62_135_596_800_i64..253_402_300_800, nanoseconds in 0_u32..1_000_000_000) {
            let time = Timestamp { seconds, nanoseconds };
            proptest::prop_assert_eq!(Timestamp::parse(&time.to_string()), Some(time));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC*") {
            let _ = Timestamp::parse(&text);
        }
    }
}
