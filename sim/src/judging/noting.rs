//! Noting: whether a process could keep what happened in it. None can if its disk fails until it ends.

use crate::history::Who;
use crate::judging::Evidence;

/// How long a process may take to note something on a disk that works.
pub(super) const NOTING_MS: u64 = 1_000;

/// Whether the disk of a process that did something at this time worked again long enough before its end. A disk without a fault always did. What
/// a fault has held up may come a little later than the fault: the machine that slept meanwhile needs that time after it woke.
pub(super) fn could_note(evidence: &Evidence<'_>, process: u32, at_ms: u64) -> bool {
    let Some(end) = evidence.reading.lives.end_of(process) else { return true };
    let (disk, machine) = (&evidence.reading.disk, &evidence.reading.machine);
    let faulty_ms = |from_ms| disk.faulty_ms(from_ms, end.at.ms + 1);
    let held_up_ms = NOTING_MS + machine.napped_ms(0, at_ms, NOTING_MS);
    let worked = faulty_ms(at_ms.saturating_sub(held_up_ms)) == 0;
    worked || machine.awake_ms(at_ms, end.at.ms) > faulty_ms(at_ms) + NOTING_MS
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

    use crate::history::Fact;
    use crate::judging::gateway::tests::{Gateway, id};
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
        // Its disk is full while its machine sleeps, and works when that wakes.
        let slept = |begins_ms, nap: bool| {
            let full = Fact::Disk { fault: DiskFault::Full(Duration::from_secs(30)) };
            let first = Gateway::default().start(0).at(0, full);
            let first = if nap { first.sleeps(500, 1) } else { first };
            let first = first.resumed(begins_ms, "S1#1").killed(begins_ms);
            life(life(first, 70_000, 1), 80_000, 1).start(90_000).resumed(90_000, "S1#1").answered(90_000, "S1#1")
        };
        slept(60_500, true).holds();
        let told = |ms| {
            format!("S1#1 was tried at 90000 ms, for the 4th time; it had been cut short at {ms}, 75000, 85000 ms")
        };
        slept(61_500, true).violates("stuck-session-is-stopped", &told(61_500));
        slept(60_500, false).violates("stuck-session-is-stopped", &told(60_500));
        let told = "S1#1 was tried at 30000 ms, for the 4th time; it had been cut short at 5000, 15000, 25000 ms";
        three(1).violates("stuck-session-is-stopped", told);
    }
}
