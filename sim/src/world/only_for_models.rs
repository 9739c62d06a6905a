//! Only for models: what of a scenario no real agent can be put through.

use model::words::profile::Template;

use crate::plan::{AgentStep, Ending, EndingStep, Scenario, Step, SurroundingStep};

/// What of a scenario only models can be put through: a real process has real files, and a clock that the protocol does not set.
pub(super) fn only_for_models(scenario: &Scenario) -> Option<&'static str> {
    let loses_power = scenario.steps().any(|step| matches!(step, Step::Ending(EndingStep::PowerLoss)))
        || scenario.faults.kills.iter().any(|kill| kill.ending == Ending::PowerLoss);
    let of_the_machine = |step: &Step| match step {
        Step::Around(SurroundingStep::Disk(_)) => Some("the disk has a fault"),
        Step::Around(SurroundingStep::Suspend(_)) => Some("the machine sleeps"),
        Step::Around(SurroundingStep::Clock(_)) => Some("the clock is set"),
        Step::Agent(AgentStep::Profile(_)) => Some("the agents belong to several profiles"),
        Step::Around(_)
        | Step::Turn(_)
        | Step::Session(_)
        | Step::Agent(_)
        | Step::Ending(_)
        | Step::Starting(_)
        | Step::Beside(_)
        | Step::WebUi(_)
        | Step::Gateway(_) => None,
    };
    if scenario.config.memory.banks.template != Template::default() {
        return Some("each session has a bank of its own");
    }
    if loses_power { Some("the power is lost") } else { scenario.steps().find_map(of_the_machine) }
}
