//! Noting: whether a gateway could keep what happened in it. No gateway can if its disk fails until its process ends.

use crate::history::Who;
use crate::judging::Evidence;

/// How long a gateway may take to note something on a disk that works.
pub(super) const NOTING_MS: u64 = 1_000;

/// Whether the disk of a process that did something at this time worked again long enough before its end. A disk without a fault always did. What
/// a fault has held up may come a little later than the fault.
pub(super) fn could_note(evidence: &Evidence<'_>, process: u32, at_ms: u64) -> bool {
    let Some(end) = evidence.reading.lives.end_of(process) else { return true };
    let faulty_ms = |from_ms| evidence.reading.disk.faulty_ms(from_ms, end.at.ms + 1);
    let worked = faulty_ms(at_ms.saturating_sub(NOTING_MS)) == 0;
    worked || evidence.reading.machine.awake_ms(at_ms, end.at.ms) > faulty_ms(at_ms) + NOTING_MS
}

/// The same of the event at this place in the history.
pub(super) fn could_be_noted(evidence: &Evidence<'_>, place: usize) -> bool {
    let event = &evidence.events[place];
    match event.who {
        Who::Process(process) => could_note(evidence, process, event.at_ms),
        Who::World | Who::Provider => true,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::facts::chats::{End, How, Observation};

    use super::super::tests::{Gateway, id};
    use crate::history::Fact;
    use crate::plan::DiskFault;

    /// A process answers `S1#1` at 1 s and is killed at 9 s. Before, its disk fails for so many seconds.
    fn answered(seconds: u64) -> Gateway {
        let fails = Fact::Disk { fault: DiskFault::Full(Duration::from_secs(seconds)) };
        let asked = Gateway::default().start(0).told(0, Observation::Asked { turn: id("S1#1") });
        asked.asked(0, "S1#1").at(500, fails).answered(1_000, "S1#1").killed(9_000).start(10_000)
    }

    #[test]
    fn what_no_disk_could_keep_is_not_asked_for() {
        let forgets = |life: Gateway| {
            let (turn, session, sees, how) = (id("S1#2"), "S1".into(), Vec::new(), How::Asked);
            life.told(10_000, Observation::Began { turn, session, sees, how, into: None }).answered(10_000, "S1#2")
        };
        forgets(answered(60)).holds();
        forgets(answered(8)).holds();
        forgets(answered(7)).violates("session-continuity", "S1#2 ran at 10000 ms without S1#1, completed at 1000 ms");
        let again =
            |life: Gateway| life.resumed(10_000, "S1#1").finished(10_000, "S1#1", End::Interrupted).killed(10_500);
        again(answered(60)).holds();
        again(answered(7))
            .violates("no-false-resume", "S1#1 was run again at 10000 ms, and it had been answered at 1000 ms");
    }

    #[test]
    fn an_attempt_that_no_disk_could_keep_does_not_count() {
        let life = |gateway: Gateway, from_ms, seconds| {
            let fails = Fact::Disk { fault: DiskFault::Stalls(Duration::from_secs(seconds)) };
            gateway.start(from_ms).at(from_ms, fails).resumed(from_ms, "S1#1").killed(from_ms + 5_000)
        };
        let three = |seconds| {
            let first = life(Gateway::default(), 0, seconds);
            life(life(first, 10_000, 1), 20_000, 1).start(30_000).resumed(30_000, "S1#1").answered(30_000, "S1#1")
        };
        three(5).holds();
        let told = "S1#1 was tried at 30000 ms, for the 4th time; it had been cut short at 5000, 15000, 25000 ms";
        three(1).violates("stuck-session-is-stopped", told);
    }
}
