//! Simulated time as a calendar date.

use std::fmt;
use std::time::Duration;

/// A point of simulated time as a calendar date. The simulation begins at midnight UTC of 1 January 2026.
pub struct Timestamp(pub Duration);

impl Timestamp {
    /// The beginning of the simulation, since the beginning of Unix time.
    pub const BEGINNING: Duration = Duration::from_secs(1_767_225_600);

    /// Day of month, hour, minute, second and microsecond. A simulation never lasts longer than January.
    fn parts(&self) -> (u64, u64, u64, u64, u32) {
        let seconds = self.0.as_secs();
        (1 + seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60, self.0.subsec_micros())
    }

    /// As Hermes writes it into the id of a document: `20260101_000000_000000`.
    pub fn compact(&self) -> String {
        let (day, hour, minute, second, micros) = self.parts();
        format!("202601{day:02}_{hour:02}{minute:02}{second:02}_{micros:06}")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (day, hour, minute, second, _) = self.parts();
        write!(f, "2026-01-{day:02}T{hour:02}:{minute:02}:{second:02}+00:00")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_written_as_hermes_writes_it() {
        let at = Timestamp(Duration::from_millis(86_400_000 + 3_723_004));
        assert_eq!(at.to_string(), "2026-01-02T01:02:03+00:00");
        assert_eq!(at.compact(), "20260102_010203_004000");
    }
}
