//! Scenarios drawn from seeds, as far as they fit a plugin.
//!
//! A plugin cannot know that a turn is not the user's, and is told of `/undo` before the turn, if both come at once: its host hands turns over on
//! a worker. `flush` waits for that worker, and no plugin hears of it. Such steps are left out. So are hosts that run no plugins, and a second
//! profile: each profile of a host has a memory of its own. A SIGTERM in the middle of the host's own work finds the host waiting for itself, and
//! becomes a SIGKILL.

use model::hosts::Kind;
use model::words::server::Server;

use super::Situation;
use crate::draw::{self, Drawn, Profile};
use crate::plan::{AgentStep, Ending, Moment, Step, TurnStep};

/// What a title of these scenarios begins with.
const DRAWN: &str = "drawn at random";

/// So many that fit, from the first seeds.
pub(super) fn drawn(count: usize, server: Server) -> Vec<Situation> {
    let of_a_seed = |seed| {
        let mut drawn = draw::scenario(seed, Profile::Default).for_real_code();
        drawn.server = server;
        fit(drawn).map(|drawn| Situation { title: format!("{DRAWN}, seed {seed}"), drawn })
    };
    (0..).filter_map(of_a_seed).take(count).collect()
}

/// The scenario without what does not fit, if enough is left.
fn fit(mut drawn: Drawn) -> Option<Drawn> {
    let fits = match drawn.scenario.config.host {
        Kind::Cli | Kind::ChatQ | Kind::Oneshot | Kind::Cron | Kind::Desktop | Kind::Tui | Kind::ApiServer => true,
        Kind::Gateway | Kind::WebUi | Kind::Hooks => false,
    };
    let of_another = |step: &Step| matches!(step, Step::Agent(AgentStep::Profile(_)));
    if !fits || drawn.scenario.steps().any(of_another) {
        return None;
    }
    for kill in drawn.scenario.faults.kills.iter_mut().filter(|kill| matches!(kill.at, Moment::Step(_))) {
        kill.ending = Ending::Sigkill;
    }
    for lane in &mut drawn.scenario.lanes {
        lane.retain(|step| {
            let unknown = matches!(step, Step::Turn(TurnStep::Undo | TurnStep::Ephemeral | TurnStep::Review));
            !unknown && *step != Step::Agent(AgentStep::Flush)
        });
    }
    let has_turns = drawn.scenario.lanes.iter().all(|lane| !lane.is_empty()) && !drawn.scenario.turns().is_empty();
    (has_turns && drawn.scenario.check().is_ok()).then_some(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_can_be_run_and_leaves_out_what_no_plugin_can_know() {
        let all = drawn(60, Server::Append);
        assert_eq!(all.len(), 60);
        for one in &all {
            let short = one.drawn.scenario.in_short();
            assert!(one.drawn.scenario.check().is_ok() && !short.contains("undo"), "{short}");
        }
        assert_eq!(
            all.iter().map(|one| &one.title).next(),
            drawn(1, Server::Append).iter().map(|one| &one.title).next()
        );
    }
}
