//! How long nothing happened, in words.

/// A time in words: `2.3 s`, `1 min 5 s`, `3 h 2 min`.
pub(super) fn lasts(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 if ms.is_multiple_of(1_000) => format!("{} s", ms / 1_000),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        60_000..3_600_000 if ms % 60_000 < 1_000 => format!("{} min", ms / 60_000),
        60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
        _ if ms % 3_600_000 < 60_000 => format!("{} h", ms / 3_600_000),
        _ => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

#[cfg(test)]
mod tests {
    use super::lasts;

    #[test]
    fn a_wait_is_told_in_the_unit_that_fits() {
        for (ms, words) in [
            (100, "100 ms"),
            (2_000, "2 s"),
            (2_340, "2.3 s"),
            (60_000, "1 min"),
            (65_400, "1 min 5 s"),
            (7_200_000, "2 h"),
            (10_920_000, "3 h 2 min"),
        ] {
            assert_eq!(lasts(ms), words);
        }
    }
}
