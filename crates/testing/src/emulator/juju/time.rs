//! Points in time of the emulated model: seconds, printed as Juju prints them. No clock is read here.

use super::go;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A point in time, in seconds since 1970-01-01 UTC. Prints as RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The moment at which a new model begins: 2024-01-02 03:04:05 UTC.
    pub const BEGINNING: Self = Self(1_704_164_645);

    /// This moment and so many seconds.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// `2024-01-02 03:04:05Z`, as `goal-state` and `juju status` print it.
    #[must_use]
    pub fn spaced(self) -> String {
        self.to_string().replace('T', " ")
    }

    /// Reads RFC 3339; without an offset it is taken as UTC. Fractions of a second are cut.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('T')?;
        let mut date = date.splitn(3, '-').map(number);
        let (year, month, day) = (date.next()??, date.next()??, date.next()??);
        let (time, offset) = match time.find(['Z', '+', '-']) {
            None => (time, 0),
            Some(at) => {
                let (time, offset) = time.split_at_checked(at)?;
                (time, seconds_of_offset(offset)?)
            }
        };
        let time = time.split_once('.').map_or(time, |(whole, _)| whole);
        let mut time = time.splitn(3, ':').map(number);
        let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
        let valid = (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        let seconds =
            days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
        valid.then_some(Self(seconds - offset))
    }

    /// What `--expire` takes: a time, or a Go duration from `now`.
    pub(super) fn parse_expiry(text: &str, now: Self) -> Result<Self, String> {
        if let Some(time) = Self::parse(text) {
            return Ok(time);
        }
        match go::parse_duration(text) {
            None => Err(format!("expire time or duration {} not valid", go::quote(text))),
            Some(seconds) if seconds < 0 => {
                Err(format!("negative expire duration {} not valid", go::quote(text)))
            }
            Some(seconds) => Ok(now.plus(seconds)),
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(86_400));
        let second = self.0.rem_euclid(86_400);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

fn number(text: &str) -> Option<i64> {
    (!text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn seconds_of_offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, minutes) = rest.split_once(':')?;
    Some(sign * (number(hours)? * 3600 + number(minutes)? * 60))
}

// Howard Hinnant's civil calendar: years start in March, eras are 400 years.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_printed() {
        assert_eq!(Timestamp::BEGINNING.to_string(), "2024-01-02T03:04:05Z");
        assert_eq!(Timestamp::BEGINNING.spaced(), "2024-01-02 03:04:05Z");
        for text in ["2024-01-02T03:04:05", "2024-01-02T03:04:05.9Z", "2024-01-02T05:04:05+02:00"] {
            assert_eq!(Timestamp::parse(text), Some(Timestamp::BEGINNING), "{text}");
        }
        assert_eq!(
            Timestamp::parse("2024-02-29T00:00:00Z").unwrap().to_string(),
            "2024-02-29T00:00:00Z"
        );
        assert_eq!(Timestamp::parse("yesterday"), None);
        assert_eq!(Timestamp(-1).to_string(), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for number in 0..51_134 {
            let noon = Timestamp(number * 86_400 + 43_200);
            let text = format!("{year}-{month:02}-{day:02}T12:00:00Z");
            assert_eq!(noon.to_string(), text);
            assert_eq!(Timestamp::parse(&text), Some(noon));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 if leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (year, month, day) = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                (month, day) if day == last => (year, month + 1, 1),
                (month, day) => (year, month, day + 1),
            };
        }
        assert_eq!((year, month, day), (2110, 1, 1));
    }
}
