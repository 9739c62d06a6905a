//! Expectations and faults may name only turns of the plan: an expectation about a mistyped turn would never be met, and its fault would
//! strike nothing.

use model::words::server::Server;
use std::collections::BTreeSet;

use model::words::echo::{Echoes, FIRST};
use model::words::turn::TurnId;

use super::{Action, Mistake, Outcome, Saying, Scenario, Step, TurnStep, actions};

/// The expectations about turns that no process completes.
pub(super) fn unknown(scenario: &Scenario) -> Vec<Mistake> {
    let lives = scenario.lives();
    let actions = lives.iter().flatten().flat_map(|process| &process.actions);
    let known: BTreeSet<&TurnId> = actions.filter_map(Action::turn).collect();
    let (mut unknown, mut places) = (Vec::new(), BTreeSet::new());
    for release in scenario.expect.releases() {
        for &server in Server::ALL {
            let named = scenario.expect.of(release, server).iter().flat_map(Outcome::turns_at);
            for (turn, at) in named.filter(|(turn, _)| !known.contains(&planned(turn))) {
                // What is expected everywhere is met again on each server.
                if places.insert(at.start) {
                    let nearby = nearby(&known, turn);
                    let message =
                        format!("\"{turn}\" is expected of {release}, but the steps have no such turn; {nearby}");
                    unknown.push((at.clone(), message));
                }
            }
        }
    }
    unknown
}

impl Scenario {
    /// All turns that the steps make, whatever the host does with them.
    pub(crate) fn turns(&self) -> BTreeSet<TurnId> {
        let lives = actions::lives(&self.lanes);
        let actions = lives.iter().flatten().flat_map(|process| &process.actions);
        actions.filter_map(Action::turn).cloned().collect()
    }

    /// The texts that several sessions and processes may say.
    pub(crate) fn echoes(&self) -> Echoes {
        let echoes = |step: &Step| matches!(step, Step::Turn(TurnStep::Say(Saying { echoed: true, .. })));
        match self.steps().any(echoes) {
            true => Echoes::of(self.turns().into_iter().filter(|turn| turn.number >= FIRST)),
            false => Echoes::default(),
        }
    }
}

/// The faults of turns that the steps do not make.
pub(super) fn unknown_in_faults(scenario: &Scenario) -> Vec<(TurnId, String)> {
    let mut faulty = scenario.faults.turns().peekable();
    if faulty.peek().is_none() {
        return Vec::new();
    }
    let turns = scenario.turns();
    let unknown = faulty.filter(|turn| !turns.contains(&planned(turn)));
    let message = |unknown: &TurnId| {
        let near = nearby(&turns.iter().collect(), unknown);
        format!("\"{unknown}\" has a fault, but the steps have no such turn; {near}")
    };
    unknown.map(|unknown| (unknown.clone(), message(unknown))).collect()
}

/// A turn in a session that the runtime made up (`S1.2`) is planned as a turn of the session that it replaces.
pub(crate) fn planned(turn: &TurnId) -> TurnId {
    let name = turn.session.as_str();
    let session = name.split_once('.').map_or(name, |(name, _)| name);
    TurnId { session: session.into(), number: turn.number }
}

/// Suggestions for the correct turn.
fn nearby(known: &BTreeSet<&TurnId>, unknown: &TurnId) -> String {
    if known.is_empty() {
        return "they have none at all".into();
    }
    let own = || known.iter().filter(|turn| turn.session == unknown.session);
    let (counted, echoed) = (own().filter(|turn| turn.number < FIRST), own().filter(|turn| turn.number >= FIRST));
    let ranges: Vec<String> = range(counted).into_iter().chain(range(echoed)).collect();
    match ranges.is_empty() {
        false => format!("{} has {}", unknown.session, ranges.join(", and ")),
        true => {
            let sessions: BTreeSet<&str> = known.iter().map(|turn| turn.session.as_str()).collect();
            let name = unknown.session.as_str();
            let same = sessions.iter().find(|session| session.eq_ignore_ascii_case(name));
            let hint = same.map_or(String::new(), |session| format!("did you mean \"{session}#{}\"? ", unknown.number));
            format!("{hint}sessions with turns: {}", Vec::from_iter(sessions).join(", "))
        }
    }
}

/// The first and the last of these turns.
fn range<'a>(mut turns: impl DoubleEndedIterator<Item = &'a &'a TurnId>) -> Option<String> {
    match (turns.next(), turns.next_back()) {
        (Some(first), Some(last)) => Some(format!("{first} to {last}")),
        (Some(only), None) => Some(only.to_string()),
        (None, _) => None,
    }
}
