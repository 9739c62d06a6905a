//! What the format can say and a campaign deliberately does not draw, each with its reason. `docs/format.md` prints the list, and a test
//! shows that none of it is drawn, and that none of the examples convicts the reference.

use std::time::Duration;

use crate::plan::{Pace, Scenario, Step, Strategy, TurnStep};

/// Something that no campaign draws.
#[derive(Clone, Copy)]
pub struct Undrawn {
    /// What it is.
    pub what: &'static str,
    /// Why it is not drawn.
    pub why: &'static str,
    /// Scenarios with it, without their title.
    pub examples: &'static [&'static str],
    /// Whether a scenario has it.
    pub is_in: fn(&Scenario) -> bool,
}

/// The longest preemption that the strategies themselves draw.
const PREEMPTION: Duration = Duration::from_millis(64);

/// The turns of a flood.
const FLOOD: usize = 600;

/// All of it.
pub const UNDRAWN: &[Undrawn] = &[
    Undrawn {
        what: "a preemption of more than 64 ms that is forced or recorded",
        why: "no scheduler holds a thread for longer",
        examples: &[
            "steps = ['turn x3', 'undo', 'switch S2', 'turn', 'shutdown']\n\
             schedule = { at = ['sleep 100ms at step 9 of process 1', 'sleep 200ms at step 20 of process 1'] }",
            "config = { host = 'desktop' }\nsteps = ['turn x3', 'undo']\nschedule = { agent = { 1 = 'step 3 s700 4 s900' } }",
        ],
        is_in: has_long_preemption,
    },
    Undrawn {
        what: "three lists of steps and more",
        why: "a third process meets the second as the second meets the first",
        examples: &[
            "parallel = [['turn', 'shutdown'], ['turn', 'sigkill'], ['turn', 'sleep 1s', 'turn']]",
            "parallel = [['turn', 'barrier 4'], ['turn', 'barrier 4'], ['turn', 'barrier 4'], ['barrier 4', 'turn']]",
        ],
        is_in: |scenario| scenario.lanes.len() > 2,
    },
    Undrawn {
        what: "`turn xN` of more than eleven turns, but for floods of 600",
        why: "many turns take the time of many runs, and a flood has more than memory holds",
        examples: &["steps = ['turn x50', 'shutdown']", "config = { host = 'webui' }\nsteps = ['turn x30', 'sigterm']"],
        is_in: has_many_turns,
    },
];

/// Whether the scenario has nothing that is left out on purpose.
pub(super) fn allows(scenario: &Scenario) -> bool {
    UNDRAWN.iter().all(|undrawn| !(undrawn.is_in)(scenario))
}

fn has_long_preemption(scenario: &Scenario) -> bool {
    let is_long = |pace: &Pace| matches!(pace, Pace::Sleep(length) if *length > PREEMPTION);
    let recorded = match &scenario.schedule.strategy {
        Strategy::Recorded(tapes) => tapes.all().any(|tape| tape.steps.0.iter().any(|(_, pace)| is_long(pace))),
        Strategy::Random | Strategy::Pct { .. } => false,
    };
    recorded || scenario.schedule.forced.iter().any(|forced| is_long(&forced.pace))
}

fn has_many_turns(scenario: &Scenario) -> bool {
    let many = |step: &Step| match step {
        Step::Turn(TurnStep::Completed(times)) => *times > 11 && *times != FLOOD,
        Step::Turn(_)
        | Step::Session(_)
        | Step::Agent(_)
        | Step::Ending(_)
        | Step::Starting(_)
        | Step::Around(_)
        | Step::Beside(_)
        | Step::WebUi(_)
        | Step::Gateway(_) => false,
    };
    scenario.steps().any(many)
}
