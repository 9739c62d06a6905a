//! The agent's machine: when it slept. Whoever lives on it can count only the time in which it was awake; users and the provider count all of it.

use std::time::Duration;

use super::At;
use crate::history::Event;

/// The naps of the agent's machine, in order.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    naps: Vec<(u64, u64)>,
}

impl Machine {
    /// When each nap began and ended, in milliseconds.
    pub fn naps(&self) -> impl Iterator<Item = (u64, u64)> {
        self.naps.iter().copied()
    }

    /// For how many milliseconds of this time it slept.
    pub fn asleep_ms(&self, from_ms: u64, to_ms: u64) -> u64 {
        let asleep = self.naps.iter().map(|(fell, woke)| (*woke).min(to_ms).saturating_sub((*fell).max(from_ms)));
        asleep.sum()
    }

    /// For how many milliseconds of this time it was awake.
    pub fn awake_ms(&self, from_ms: u64, to_ms: u64) -> u64 {
        to_ms.saturating_sub(from_ms + self.asleep_ms(from_ms, to_ms))
    }

    /// When this much time is over for a process whose clock stands still while the machine sleeps.
    pub fn when_awake_for(&self, from_ms: u64, awake_ms: u64) -> u64 {
        let naps = self.naps.iter().filter(|(_, woke_ms)| *woke_ms > from_ms);
        naps.fold(from_ms.saturating_add(awake_ms), |until_ms, (fell_ms, woke_ms)| {
            let lasts_ms = if *fell_ms < until_ms { woke_ms - (*fell_ms).max(from_ms) } else { 0 };
            until_ms.saturating_add(lasts_ms)
        })
    }

    /// How long the naps lasted that began after `from_ms` and ended in the last `awake_ms` before `to_ms` in which it was awake: so much older may be
    /// what somebody wrote who writes that often.
    pub fn napped_ms(&self, from_ms: u64, to_ms: u64, awake_ms: u64) -> u64 {
        let late = |woke_ms: u64| woke_ms <= to_ms && self.awake_ms(woke_ms, to_ms) < awake_ms;
        let naps = self.naps.iter().filter(|(fell_ms, woke_ms)| *fell_ms >= from_ms && late(*woke_ms));
        naps.map(|(fell_ms, woke_ms)| woke_ms - fell_ms).sum()
    }

    pub(super) fn slept(&mut self, at: At, lasts: Duration) {
        self.naps.push((at.ms, at.ms + Event::ms(lasts)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_part_of_a_nap_that_is_in_a_time_counts() {
        let mut machine = Machine::default();
        machine.slept(At { place: 0, ms: 1_000 }, Duration::from_secs(10));
        machine.slept(At { place: 1, ms: 20_000 }, Duration::from_secs(1));
        let both = |from_ms, to_ms| (machine.asleep_ms(from_ms, to_ms), machine.awake_ms(from_ms, to_ms));
        assert_eq!(both(0, 1_000), (0, 1_000));
        assert_eq!(both(500, 5_000), (4_000, 500));
        assert_eq!(both(2_000, 3_000), (1_000, 0));
        assert_eq!(both(0, 30_000), (11_000, 19_000));
        assert_eq!(both(30_000, 0), (0, 0));
    }

    #[test]
    fn a_pause_lasts_longer_on_a_machine_that_sleeps() {
        let mut machine = Machine::default();
        machine.slept(At { place: 0, ms: 1_000 }, Duration::from_secs(10));
        machine.slept(At { place: 1, ms: 20_000 }, Duration::from_secs(1));
        for (from_ms, awake_ms, until_ms) in
            [(0, 1_000, 1_000), (0, 1_001, 11_001), (5_000, 9_001, 21_001), (30_000, 5, 30_005)]
        {
            assert_eq!(machine.when_awake_for(from_ms, awake_ms), until_ms, "{from_ms} and {awake_ms}");
        }
    }

    #[test]
    fn what_was_written_before_a_nap_is_that_much_older() {
        let mut machine = Machine::default();
        machine.slept(At { place: 0, ms: 1_000 }, Duration::from_secs(10));
        machine.slept(At { place: 1, ms: 20_000 }, Duration::from_secs(1));
        assert_eq!(machine.napped_ms(0, 22_000, 10_000), 1_000);
        assert_eq!(machine.napped_ms(0, 22_000, 10_001), 11_000);
        assert_eq!(machine.napped_ms(2_000, 22_000, 70_000), 1_000, "that nap was before the beginning");
        assert_eq!(machine.napped_ms(0, 20_500, 70_000), 10_000, "it is not over");
    }
}
