//! A drawn scenario for real code: as much of it as a real process can be put through.
//!
//! Its kills can meet it: it has none of a model's labels, and takes one to ten steps for each of a model's. Its SIGTERMs are handled: without a
//! handler one is but another SIGKILL. Half of its SIGKILLs at a step are such SIGTERMs, too: one SIGKILL differs from the next only by what was
//! sent before, while a handler runs in the middle of what its thread has begun, and every step is another place. Its disk is real: it loses no power, but is killed, and its disk has no faults. Its machine
//! neither sleeps nor is its clock set: the protocol has no word for that. A flood of turns is for `bounded-memory`, which is not judged for real
//! code, and a host may take a process for each turn: it has as many turns as the longest other step.

use std::collections::BTreeSet;

use super::Drawn;
use crate::plan::{Ending, EndingStep, Kill, Moment, StartingStep, Step, SurroundingStep, TurnStep};

/// How many steps a real agent takes at most where a model takes one.
const FINER: u64 = 10;
/// The steps of a real agent in a short run.
const STEPS: u64 = 1_500;
/// The most turns of one step.
const TURNS: usize = 11;

impl Drawn {
    /// The same for real code.
    #[must_use]
    pub fn for_real_code(mut self) -> Self {
        let seed = self.scenario.seed;
        let mut handled = BTreeSet::new();
        for (place, kill) in self.scenario.faults.kills.iter_mut().enumerate() {
            let hash = blake3::hash(format!("{seed} {place} {kill}").as_bytes());
            if aim(kill, hash.as_bytes()) {
                handled.insert(kill.process);
            }
        }
        // A host that serves many sessions handles it by itself.
        if !self.scenario.config.host.properties().serves {
            handled.into_iter().for_each(|process| handle_sigterm(&mut self.scenario.lanes, process));
        }
        self.scenario.lanes.iter_mut().for_each(keep_the_machine);
        self.scenario.lanes.iter_mut().flatten().for_each(stem_a_flood);
        self.scenario.config = self.scenario.config.without("unsynced_tail");
        self
    }
}

/// Aims a kill at a real process, by a few drawn bytes. Returns whether it is a SIGTERM that is handled.
fn aim(kill: &mut Kill, drawn: &[u8; 32]) -> bool {
    let where_to = u64::from(drawn[0]) << 8 | u64::from(drawn[1]);
    match kill.at {
        Moment::Step(step) if where_to.is_multiple_of(2) => kill.at = Moment::Step(step * FINER - where_to / 2 % FINER),
        Moment::Label(..) => kill.at = Moment::Step(1 + where_to % STEPS),
        Moment::Step(_) | Moment::After(_) => {}
    }
    if kill.ending == Ending::PowerLoss {
        kill.ending = Ending::Sigkill;
    }
    if kill.ending == Ending::Sigkill && matches!(kill.at, Moment::Step(_)) && drawn[2].is_multiple_of(2) {
        kill.ending = Ending::Sigterm;
    }
    kill.ending == Ending::Sigterm
}

/// Takes the faults of the disk, the naps of the machine and the jumps of its clock out of a lane. If nothing would be left of it, it has a turn.
fn keep_the_machine(lane: &mut Vec<Step>) {
    let power_loss = Step::Ending(EndingStep::PowerLoss);
    lane.iter_mut().filter(|step| **step == power_loss).for_each(|step| *step = EndingStep::Sigkill.into());
    let is_of_the_machine = |step: &Step| {
        matches!(step, Step::Around(SurroundingStep::Disk(_) | SurroundingStep::Suspend(_) | SurroundingStep::Clock(_)))
    };
    if lane.iter().all(is_of_the_machine) {
        *lane = vec![TurnStep::Completed(1).into()];
    } else {
        lane.retain(|step| !is_of_the_machine(step));
    }
}

fn stem_a_flood(step: &mut Step) {
    if let Step::Turn(TurnStep::Completed(turns)) = step {
        *turns = TURNS.min(*turns);
    }
}

/// Has a process handle SIGTERM from its beginning. Processes are counted from 1, through all lanes.
fn handle_sigterm(lanes: &mut [Vec<Step>], process: u32) {
    let mut count = 0;
    for lane in lanes {
        let begins = |step: &Step| matches!(step, Step::Starting(StartingStep::Restart(..)));
        let first = usize::from(matches!(lane.first(), Some(Step::Starting(StartingStep::StartAfter(_)))));
        let later = lane.iter().enumerate().filter(|(_, step)| begins(step)).map(|(place, _)| place + 1);
        let beginnings: Vec<usize> = std::iter::once(first).chain(later).collect();
        for place in beginnings {
            count += 1;
            if count == process {
                return lane.insert(place, EndingStep::OnSigterm.into());
            }
        }
    }
}
