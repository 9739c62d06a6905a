//! What a plan promises about the delivery of its turns: how soon they arrive, and which calls of its host a memory is sure to hear of.

use std::time::Duration;

use model::hosts::Kind;

use crate::history::Word;
use crate::judging::Delivery;
use crate::plan::{Config, Scenario, Step, SurroundingStep};

/// The calls by which an agent's user leaves a session, where each step is the hook of its name.
const HOOKS: &[Word] = &[Word::Switch, Word::New, Word::Compress, Word::End, Word::Flush, Word::Evict, Word::Reinit];
/// The same where a window shows one chat of several.
const CHATS: &[Word] = &[Word::Compress, Word::End, Word::Flush, Word::Reinit];

/// A budget in which the end of an agent's memory delivers what waits, if nothing holds it up.
const SUFFICES: Duration = Duration::from_secs(1);

/// By what the delivery of a plan's turns is judged. `None` where the history does not say when it was held up: by the network, a wedge, or an end
/// that it does not show.
pub(super) fn delivery(scenario: &Scenario) -> Option<Delivery> {
    let unseen = |step: &Step| matches!(step, Step::Around(SurroundingStep::Network(_) | SurroundingStep::Wedge(_)));
    let config = &scenario.config;
    // There an agent's memory is closed behind the back of the history, with a budget that must suffice.
    let closes_unseen = matches!(config.host, Kind::WebUi | Kind::ApiServer) && config.memory.stop_budget < SUFFICES;
    if closes_unseen || scenario.steps().any(unseen) {
        return None;
    }
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let (boundaries, ends): (&[Word], &[Word]) = match config.host {
        Kind::Cli | Kind::ChatQ | Kind::Oneshot => {
            (HOOKS, &[Word::Shutdown, Word::CliExit, Word::Expire, Word::SigShutdown, Word::Exit])
        }
        Kind::Cron => (&[], &[Word::Expire]),
        Kind::Desktop => (CHATS, &[Word::Shutdown, Word::SigShutdown]),
        Kind::Tui => (CHATS, &[Word::Shutdown]),
        Kind::Gateway => (&[], &[Word::Shutdown, Word::SigShutdown, Word::Exit]),
        Kind::Hooks => (&[], &[Word::Exit]),
        Kind::ApiServer | Kind::WebUi => (&[], &[]),
    };
    Some(Delivery {
        limit_ms: ms(config.delivery_patience() + scenario.schedule.holds_up()),
        aftermath_ms: ms(scenario.patience().max(Config::default().convergence_limit)),
        batch: config.memory.retain_every_n_turns,
        budget_ms: ms(config.memory.stop_budget),
        opens: matches!(config.host, Kind::Cli | Kind::ChatQ | Kind::Oneshot | Kind::Desktop | Kind::Tui),
        follow: scenario.lanes.len() == 1 && !config.host.properties().hooks,
        boundaries,
        ends,
    })
}
