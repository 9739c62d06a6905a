//! Expectations and faults may name only turns of the plan: an expectation about a mistyped turn would never be met, and its fault would
//! strike nothing.

use model::words::server::Server;
use std::collections::BTreeSet;
use std::ops::Range;

use model::words::turn::TurnId;

use super::{Action, Damage, Mistake, Scenario, actions};

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
    let mut own = known.iter().filter(|turn| turn.session == unknown.session);
    match (own.next(), own.next_back()) {
        (Some(first), Some(last)) => format!("{} has {first} to {last}", unknown.session),
        (Some(only), None) => format!("{} has {only}", unknown.session),
        (None, _) => {
            let sessions: BTreeSet<&str> = known.iter().map(|turn| turn.session.as_str()).collect();
            let name = unknown.session.as_str();
            let same = sessions.iter().find(|session| session.eq_ignore_ascii_case(name));
            let hint = same.map_or(String::new(), |session| format!("did you mean \"{session}#{}\"? ", unknown.number));
            format!("{hint}sessions with turns: {}", Vec::from_iter(sessions).join(", "))
        }
    }
}

/// Where the expectations name the turn; an empty range if it is written in an unusual way.
fn place(text: &str, turn: &TurnId) -> Range<usize> {
    let first = ["\n[expect", "\nexpect"].iter().find_map(|heading| text.find(heading)).unwrap_or_default();
    let quoted = ["\"", "'"].map(|quote| format!("{quote}{turn}{quote}"));
    let found = quoted.iter().find_map(|quoted| text[first..].find(quoted.as_str()));
    found.map_or(0..0, |offset| first + offset..first + offset + 1)
}
