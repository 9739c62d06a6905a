//! Time of day: what a machine's clock on the wall shows, as a calendar date.
//!
//! It may be set, forwards or back, so two of them say little about the time between. Deliberately absent: time zones and leap seconds.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point of calendar time, in UTC, from 1970 on. Every simulation begins at midnight of 1 January 2026.
///
/// Files have it as seconds and nanoseconds since that beginning; what is earlier wraps around.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Timestamp {
    unix: Duration,
}

/// A timestamp in a file.
#[derive(Serialize, Deserialize)]
struct Written {
    secs: u64,
    nanos: u32,
}

/// Days from 1 March of the year 0 until 1970.
const DAYS_BEFORE_1970: u64 = 719_468;
const DAY_S: u64 = 86_400;

/// A date and a time of day.
struct Parts {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
}

impl Timestamp {
    /// The beginning of every simulation.
    pub const BEGINNING: Self = Self { unix: Duration::from_secs(1_767_225_600) };

    /// So long after the beginning of the simulation.
    pub fn in_run(after: Duration) -> Self {
        Self::BEGINNING + after
    }

    /// So long after the beginning of 1970.
    pub fn since_1970(unix: Duration) -> Self {
        Self { unix }
    }

    /// Time since the beginning of 1970.
    pub fn unix(self) -> Duration {
        self.unix
    }

    /// So long before this, though not before 1970.
    pub fn earlier(self, by: Duration) -> Self {
        Self { unix: self.unix.saturating_sub(by) }
    }

    /// Milliseconds since the beginning of the simulation. Negative if a clock was set to before it.
    pub fn run_ms(self) -> i64 {
        let ms = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        ms(self.unix) - ms(Self::BEGINNING.unix)
    }

    /// The civil calendar of Howard Hinnant's `chrono` papers: years begin in March, so that a leap day is their last.
    fn parts(self) -> Parts {
        let seconds = self.unix.as_secs();
        let days = seconds / DAY_S + DAYS_BEFORE_1970;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        Parts { year, month, day, hour: seconds / 3_600 % 24, minute: seconds / 60 % 60, second: seconds % 60 }
    }

    /// As Hermes writes it into the id of a document: `20260101_000000_000000`.
    pub fn compact(self) -> String {
        let Parts { year, month, day, hour, minute, second } = self.parts();
        let micros = self.unix.subsec_micros();
        format!("{year:04}{month:02}{day:02}_{hour:02}{minute:02}{second:02}_{micros:06}")
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, after: Duration) -> Self {
        Self { unix: self.unix.saturating_add(after) }
    }
}

impl From<Timestamp> for Written {
    fn from(at: Timestamp) -> Self {
        let beginning = Timestamp::BEGINNING.unix.as_secs();
        Self { secs: at.unix.as_secs().wrapping_sub(beginning), nanos: at.unix.subsec_nanos() }
    }
}

impl From<Written> for Timestamp {
    fn from(written: Written) -> Self {
        let beginning = Timestamp::BEGINNING.unix.as_secs();
        let seconds = Duration::from_secs(written.secs.wrapping_add(beginning));
        Self { unix: seconds.saturating_add(Duration::from_nanos(written.nanos.into())) }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { year, month, day, hour, minute, second } = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+00:00")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_written_as_hermes_writes_it() {
        let at = Timestamp::in_run(Duration::from_millis(86_400_000 + 3_723_004));
        assert_eq!(at.to_string(), "2026-01-02T01:02:03+00:00");
        assert_eq!(at.compact(), "20260102_010203_004000");
        assert_eq!(at.run_ms(), 86_400_000 + 3_723_004);
    }

    #[test]
    fn a_clock_may_be_set_to_another_month_or_year() {
        let day = Duration::from_secs(DAY_S);
        let date = |at: Timestamp| at.to_string()[..10].to_owned();
        assert_eq!(date(Timestamp::BEGINNING.earlier(Duration::from_millis(1))), "2025-12-31");
        assert_eq!(Timestamp::BEGINNING.earlier(Duration::from_millis(1)).run_ms(), -1);
        assert_eq!([58, 59].map(|days| date(Timestamp::BEGINNING + days * day)), ["2026-02-28", "2026-03-01"]);
        let leap = Timestamp::since_1970(Duration::from_secs(951_782_400));
        assert_eq!([date(leap), date(leap + day)], ["2000-02-29", "2000-03-01"]);
        assert_eq!(date(Timestamp::since_1970(Duration::ZERO)), "1970-01-01");
    }

    #[test]
    fn a_file_has_it_as_a_time_since_the_beginning_and_reads_it_back() {
        let after = Duration::from_millis(1_234);
        let bytes = |value: &Timestamp| postcard::to_stdvec(value).expect("it encodes");
        assert_eq!(bytes(&Timestamp::in_run(after)), postcard::to_stdvec(&after).expect("it encodes"));
        for at in [Timestamp::in_run(after), Timestamp::BEGINNING.earlier(after), Timestamp::since_1970(after)] {
            assert_eq!(postcard::from_bytes::<Timestamp>(&bytes(&at)), Ok(at));
        }
    }
}
