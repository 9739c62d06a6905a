//! session-continuity: a conversation loses nothing in a restart, and a message sees nothing that was not said before it. Source: #11099, #18922, #54442, #54878, #58933; rows B-02 to B-04, B-07,
//! B-25 and B-26 of `scenarios/README.md`.
//!
//! A turn whose process ended before its disk worked again could not be kept, and is not asked for.

use std::collections::BTreeMap;

use model::facts::chats::{End, How, Observation};
use model::words::part::Part;
use model::words::session::SessionId;
use model::words::turn::TurnId;

use crate::history::Grade;
use crate::history::{Event, Fact};
use crate::judging::noting::could_be_noted;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "session-continuity",
    part: Part::Gateway,
    rule: "a message runs in its chat's session and sees every turn completed there, unless its user has ended the session",
    // Which earlier turns a turn sees.
    needs: Grade::ToldByImplementation,
    severity: 20,
    letter: 'W',
    words: "session wiped",
    counted: true,
    data: None,
    breaker: "E0",
    not_drawn: &[],
    judge,
};

/// A chat: its session, and the turns completed in it, with their places in the history.
#[derive(Default)]
struct Chat<'a> {
    session: Option<&'a SessionId>,
    completed: Vec<(&'a TurnId, usize)>,
}

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let mut chats: BTreeMap<&SessionId, Chat<'_>> = BTreeMap::new();
    for &place in &evidence.reading.runs.told {
        let event = &evidence.events[place];
        match told(event) {
            Some(Observation::Began { turn, session, sees, how, .. }) => {
                let chat = chats.entry(&turn.session).or_default();
                // Usually a turn sees them in order of completion, so each search continues where the last one ended.
                let mut rest = sees.iter();
                let mut is_seen = |known: &TurnId| rest.any(|seen| seen == known) || sees.contains(known);
                let mut unseen = chat.completed.iter().filter(|(known, _)| *known != turn && !is_seen(known));
                let unseen = unseen
                    .find(|(_, place)| evidence.events[*place].who == event.who || could_be_noted(evidence, *place));
                let ahead = sees.iter().find(|seen| !was_said(evidence, seen, (turn, how), place));
                match (chat.session, unseen) {
                    (Some(known), _) if known != session => {
                        let completed = chat.completed.len();
                        let told = format!(
                            "{turn} ran in session {session} at {} ms, and its chat was in {known} with {completed} completed turns",
                            event.at_ms
                        );
                        findings.violated(Some(turn), evidence.at(place), told);
                        chat.completed.clear();
                    }
                    (_, Some((unseen, completed))) => {
                        let at_ms = evidence.events[*completed].at_ms;
                        let told =
                            format!("{turn} ran at {} ms without {unseen}, completed at {at_ms} ms", event.at_ms);
                        findings.violated(Some(turn), evidence.at(place), told);
                        chat.completed.clear();
                    }
                    _ if let Some(ahead) = ahead => {
                        let told = format!(
                            "{turn} ran at {} ms and saw {ahead}, which had neither begun nor been said before it",
                            event.at_ms
                        );
                        findings.violated(Some(turn), evidence.at(place), told);
                    }
                    _ => findings.holds(),
                }
                chat.session = Some(session);
            }
            Some(Observation::Finished { turn, end: End::Completed }) => {
                chats.entry(&turn.session).or_default().completed.push((turn, place));
            }
            Some(Observation::Swallowed { turn, session }) => {
                let told =
                    format!("{turn} came at {} ms for session {session}, which had ended; nobody answers", event.at_ms);
                findings.violated(Some(turn), evidence.at(place), told);
            }
            Some(Observation::StopAsked { chat }) => _ = chats.remove(chat),
            _ => {}
        }
    }
    findings
}

/// Whether a turn that begins at this place can see `seen`: it had begun before, or its user had said it before. Itself it can see if it was said
/// twice, or began before.
fn was_said(evidence: &Evidence<'_>, seen: &TurnId, (turn, how): (&TurnId, &How), place: usize) -> bool {
    let runs = &evidence.reading.runs;
    let said = |turn: &TurnId| runs.asked(turn).partition_point(|at| at.place < place);
    let began = |turn: &TurnId| runs.begun.iter().any(|one| one.turn == *turn && one.at.place < place);
    if runs.asked(seen).is_empty() {
        return true;
    }
    if seen == turn {
        return said(seen) > usize::from(*how == How::Asked && !began(turn));
    }
    let own = said(turn).checked_sub(1).map_or(place, |last| runs.asked(turn)[last].place);
    began(seen) || runs.asked(seen)[0].place < own
}

/// The observation about a gateway's chats in this event, if it has one.
fn told(event: &Event) -> Option<&Observation> {
    let Fact::Told(model::facts::Observation::Continuity(told)) = &event.fact else { return None };
    Some(told)
}
