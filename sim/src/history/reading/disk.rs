//! The agent's disk: when it was faulty.

use std::time::Duration;

use super::At;
use crate::history::Event;
use crate::plan::DiskFault;

/// How long after a fault a call may still fail because of it: what waits is written first.
const LONGEST_HANGOVER_MS: u64 = 1_000;

/// When a fault began, and when it ended.
#[derive(Clone, Copy, Debug)]
struct Faulty {
    began_ms: u64,
    ended_ms: u64,
    /// Whether it is meant for one kind of operation: it stands beside the others.
    of_operation: bool,
}

/// The faults of the agent's disk, in order.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// When each began, and when it ends: by itself, or because another fault takes its place.
    faults: Vec<Faulty>,
    /// When the present fault ends, and when the longest stall does, if there was any.
    heals_ms: Option<u64>,
    moves_ms: Option<u64>,
    /// When the longest fault ends that is meant for one kind of operation.
    operates_ms: Option<u64>,
}

impl Disk {
    /// When each fault began and ended, in milliseconds. Those of a stall, and of one operation, may overlap with others.
    pub fn faults(&self) -> impl Iterator<Item = (u64, u64)> {
        self.faults.iter().map(|faulty| (faulty.began_ms, faulty.ended_ms))
    }

    /// For how many milliseconds of this time a fault lasted.
    pub fn faulty_ms(&self, from_ms: u64, to_ms: u64) -> u64 {
        let (mut counted_ms, mut sum_ms) = (from_ms, 0);
        for Faulty { began_ms, ended_ms, .. } in &self.faults {
            let (from_ms, to_ms) = ((*began_ms).max(counted_ms), (*ended_ms).min(to_ms));
            sum_ms += to_ms.saturating_sub(from_ms);
            counted_ms = counted_ms.max(to_ms);
        }
        sum_ms
    }

    /// Whether a fault explains that a call fails at this time.
    pub(super) fn explains(&self, at: At) -> bool {
        self.heals_ms.max(self.moves_ms).max(self.operates_ms).is_some_and(|until| at.ms <= until + LONGEST_HANGOVER_MS)
    }

    /// A call that met a fault before the machine slept returns after that.
    pub(super) fn slept(&mut self, at: At, lasts: Duration) {
        let woke_ms = at.ms + Event::ms(lasts);
        for until_ms in [&mut self.heals_ms, &mut self.moves_ms, &mut self.operates_ms].into_iter().flatten() {
            if at.ms <= *until_ms + LONGEST_HANGOVER_MS {
                *until_ms = woke_ms.max(*until_ms);
            }
        }
    }

    pub(super) fn failed(&mut self, at: At, fault: &DiskFault) {
        let until = at.ms + u64::try_from(fault.duration().as_millis()).unwrap_or(u64::MAX / 2);
        let stalled_until = self.moves_ms.unwrap_or_default();
        let of_operation = fault.operation().is_some();
        for faulty in self.faults.iter_mut().filter(|faulty| !of_operation && !faulty.of_operation) {
            faulty.ended_ms = faulty.ended_ms.min(at.ms.max(stalled_until));
        }
        self.faults.push(Faulty { began_ms: at.ms, ended_ms: until, of_operation });
        if of_operation {
            self.operates_ms = self.operates_ms.max(Some(until));
        } else {
            self.heals_ms = Some(until);
        }
        // What waits for a stalled disk waits as long as that fault lasts, whichever follows.
        if matches!(fault, DiskFault::Stalls(_)) {
            self.moves_ms = self.moves_ms.max(Some(until));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::DiskOperation;

    #[test]
    fn time_in_two_faults_counts_once() {
        let mut disk = Disk::default();
        let fault = |seconds| DiskFault::Full(Duration::from_secs(seconds));
        disk.failed(At { place: 1, ms: 1_000 }, &fault(10));
        disk.failed(At { place: 2, ms: 5_000 }, &fault(2));
        disk.failed(At { place: 3, ms: 20_000 }, &fault(100));
        assert_eq!(disk.faulty_ms(0, 1_000), 0);
        assert_eq!(disk.faulty_ms(6_000, 12_000), 1_000, "the second took the place of the first");
        assert_eq!(disk.faulty_ms(0, 30_000), 16_000);
        disk.failed(At { place: 4, ms: 130_000 }, &DiskFault::Stalls(Duration::from_secs(10)));
        disk.failed(At { place: 5, ms: 131_000 }, &fault(1));
        assert_eq!(disk.faulty_ms(125_000, 200_000), 10_000, "what waits for a stalled disk waits on");
        disk.failed(At { place: 6, ms: 300_000 }, &fault(10));
        disk.failed(At { place: 7, ms: 302_000 }, &DiskFault::At(DiskOperation::Sync, Duration::from_secs(2)));
        disk.failed(At { place: 8, ms: 303_000 }, &DiskFault::Once(DiskOperation::Truncate));
        assert_eq!(disk.faulty_ms(300_000, 400_000), 10_000, "one for an operation stands beside it");
        assert!(disk.explains(At { place: 9, ms: 311_000 }));
    }

    #[test]
    fn what_met_a_fault_before_a_nap_may_fail_after_it() {
        let mut disk = Disk::default();
        let at = |ms| At { place: 0, ms };
        disk.failed(at(1_000), &DiskFault::Fails(Duration::from_secs(1)));
        disk.slept(at(2_500), Duration::from_secs(60));
        assert!(disk.explains(at(63_500)) && !disk.explains(at(63_501)));
        disk.slept(at(70_000), Duration::from_secs(60));
        assert!(!disk.explains(at(130_000)), "it was over before that nap");
    }
}
