//! Durations as people write them: `400ms`, `2s`, `1.5s`, `5m`, `1h`.

use std::fmt;
use std::time::Duration;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// A duration that a file writes as a text, not read yet. A number without a unit is answered with the units.
#[derive(Clone, Debug)]
pub(super) struct WrittenSpan(String);

impl WrittenSpan {
    /// The duration.
    pub(super) fn read(&self) -> Result<Duration, String> {
        parse_duration(&self.0)
    }
}

impl<'de> Deserialize<'de> for WrittenSpan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = WrittenSpan;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<WrittenSpan, E> {
                Ok(WrittenSpan(text.to_owned()))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// The longest duration of a plan: a day. Longer ones are mistakes.
pub(super) const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads a duration of a plan: whole milliseconds, and not longer than any lifecycle waits.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    match parse_real_time(text)? {
        duration if duration > LONGEST => {
            Err(format!("\"{text}\" is longer than a day; nothing in a lifecycle waits that long; write at most 24h"))
        }
        duration => Ok(duration),
    }
}

/// Reads a duration of whole milliseconds, however long.
pub fn parse_real_time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is not a duration; write a number with ms, s, m or h, as in 400ms");
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
    let number: f64 = text[..digits].parse().map_err(|_| wrong())?;
    let milliseconds = match &text[digits..] {
        "ms" => number,
        "s" => number * 1e3,
        "m" => number * 60e3,
        "h" => number * 3_600e3,
        _ => return Err(wrong()),
    };
    let rounded = milliseconds.round();
    if (milliseconds - rounded).abs() > 1e-6 {
        return Err(format!("\"{text}\" is finer than a millisecond, the simulation's smallest step of time"));
    }
    Ok(Duration::from_millis(rounded as u64))
}

/// A duration as a plan writes it: a whole number of the largest unit that fits: `0s`, `1500ms`, `2s`, `90m`.
///
/// `{:#}` writes it as a history has it: in seconds or less (`600s`, `1.5s`). Histories had that form first, and their digests depend on
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u128, &str); 3] = [(3_600_000, "h"), (60_000, "m"), (1_000, "s")];
        let milliseconds = self.0.as_millis();
        if milliseconds == 0 {
            return f.write_str("0s");
        }
        if f.alternate() {
            return write!(f, "{:?}", self.0);
        }
        match UNITS.into_iter().find(|(unit, _)| milliseconds.is_multiple_of(*unit)) {
            Some((unit, name)) => write!(f, "{}{name}", milliseconds / unit),
            None => write!(f, "{milliseconds}ms"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_every_unit() {
        let read = |text| parse_duration(text).map(|duration| duration.as_millis());
        assert_eq!(read("400ms"), Ok(400));
        assert_eq!(read("2s"), Ok(2_000));
        assert_eq!(read("0.3s"), Ok(300));
        assert_eq!(read("2m"), Ok(120_000));
        assert_eq!(read("1h"), Ok(3_600_000));
        for bad in ["", "2", "s", "2 s", "-1s", "1.2.3s", "0.1ms", "25h", "9999999999999999999h", "2S"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations_are_written_in_the_largest_unit() {
        for text in ["0s", "1ms", "1500ms", "2s", "90s", "1m", "90m", "2h", "24h"] {
            assert_eq!(parse_duration(text).map(|duration| Span(duration).to_string()), Ok(text.to_owned()));
        }
        let in_a_history = |text| parse_duration(text).map(|duration| format!("{:#}", Span(duration)));
        assert_eq!(in_a_history("10m"), Ok("600s".into()));
        assert_eq!(in_a_history("1500ms"), Ok("1.5s".into()));
        assert_eq!(in_a_history("0s"), Ok("0s".into()));
    }

    proptest::proptest! {
        #[test]
        fn every_duration_reads_back(milliseconds in 0..=24 * 60 * 60 * 1_000_u64) {
            let duration = Duration::from_millis(milliseconds);
            proptest::prop_assert_eq!(parse_duration(&Span(duration).to_string()), Ok(duration));
            proptest::prop_assert_eq!(parse_duration(&format!("{:#}", Span(duration))), Ok(duration));
        }
    }
}
