//! Expectations and faults may name only turns of the plan: an expectation about a mistyped turn would never be met, and its fault would
//! strike nothing.

use model::words::server::Server;
use std::collections::BTreeSet;
use std::ops::Range;

use model::words::echo::{Echoes, FIRST};
use model::words::turn::TurnId;

use super::{Action, Damage, Mistake, Saying, Scenario, Step, TurnStep, actions};

/// Finds the first expectation about a turn that no process completes.
pub(super) fn check(scenario: &Scenario, text: &str) -> Result<(), Mistake> {
    let lives = scenario.lives();
    let actions = lives.iter().flatten().flat_map(|process| &process.actions);
    let known: BTreeSet<&TurnId> = actions.filter_map(Action::turn).collect();
    for release in scenario.expect.releases() {
        for &server in Server::ALL {
            let expected = scenario.expect.of(release, server).iter().map(|outcome| &outcome.damage);
            if let Some(unknown) = expected.flat_map(turns).find(|turn| !known.contains(&planned(turn))) {
                let message = format!(
                    "\"{unknown}\" is expected of {release}, but the steps have no such turn; {}",
                    nearby(&known, unknown)
                );
                return Err((place(text, unknown), message));
            }
        }
    }
    Ok(())
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

/// Finds the first fault of a turn that the steps do not make.
pub(super) fn check_faults(scenario: &Scenario) -> Result<(), (TurnId, String)> {
    let mut faulty = scenario.faults.turns().peekable();
    if faulty.peek().is_none() {
        return Ok(());
    }
    let turns = scenario.turns();
    match faulty.find(|turn| !turns.contains(&planned(turn))) {
        None => Ok(()),
        Some(unknown) => {
            let near = nearby(&turns.iter().collect(), unknown);
            Err((unknown.clone(), format!("\"{unknown}\" has a fault, but the steps have no such turn; {near}")))
        }
    }
}

/// A turn in a session that the runtime made up (`S1.2`) is planned as a turn of the session that it replaces.
pub(crate) fn planned(turn: &TurnId) -> TurnId {
    let name = turn.session.as_str();
    let session = name.split_once('.').map_or(name, |(name, _)| name);
    TurnId { session: session.into(), number: turn.number }
}

/// Every turn that the damage names.
fn turns(damage: &Damage) -> impl Iterator<Item = &TurnId> {
    let lists = [&damage.lost, &damage.misattributed, &damage.polluted, &damage.stale_recall];
    lists.into_iter().flatten().chain(damage.duplicated.keys())
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

/// Where the expectations name the turn; an empty range if it is written in an unusual way.
fn place(text: &str, turn: &TurnId) -> Range<usize> {
    let first = ["\n[expect", "\nexpect"].iter().find_map(|heading| text.find(heading)).unwrap_or_default();
    let quoted = ["\"", "'"].map(|quote| format!("{quote}{turn}{quote}"));
    let found = quoted.iter().find_map(|quoted| text[first..].find(quoted.as_str()));
    found.map_or(0..0, |offset| first + offset..first + offset + 1)
}
