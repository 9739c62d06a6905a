//! What a WebUI and a gateway report, in plain words.

use model::facts::chats::{End, Finding, How, Note, Observation as OfChats};
use model::facts::commits::{Closing, Observation as OfCommits};
use model::words::turn::TurnId;

use super::turns;
use crate::plan::Span;

pub(super) fn webui(told: &OfCommits, about: Option<&TurnId>) -> String {
    match told {
        OfCommits::Entered { session } => format!("{session} has an entry"),
        OfCommits::Dropped { session } => format!("the entry of {session} is dropped"),
        OfCommits::Marked { turn, owner, .. } => {
            let owner = owner.as_ref().map_or_else(|| "nobody".to_owned(), |owner| format!("agent {owner}"));
            format!("{turn} waits for a commit, owned by {owner}")
        }
        OfCommits::Restored { session, turns: all } => {
            format!("the process finds {} of {session} uncommitted", turns(all, about))
        }
        OfCommits::Boundary { session } => format!("{session} has come to a boundary: what it has is due"),
        OfCommits::Began { commit, plan, session, turns: all, .. } => {
            let plan = if plan == "ok" { String::new() } else { format!(", planned as \"{plan}\"") };
            format!("commit {commit} of {session} begins, with {}{plan}", turns(all, about))
        }
        OfCommits::Ended { commit, done } => {
            format!("commit {commit} ends{}", if *done { ", done" } else { ", and committed nothing" })
        }
        OfCommits::Counted { session, turns: all } => {
            format!("{} of {session} counts as committed", turns(all, about))
        }
        OfCommits::RunBegan { agent, turn } => format!("{turn} begins, with agent {agent}"),
        OfCommits::RunWorks { turn } => format!("{turn} works"),
        OfCommits::RunEnded { agent, turn } => format!("{turn} of agent {agent} is over"),
        OfCommits::Evicted { agent, session } => format!("agent {agent} of {session} leaves the cache"),
        OfCommits::Left { agent, session } => format!("agent {agent} leaves {session}"),
        OfCommits::Closed { agent, closing } => {
            let what = match closing {
                Closing::Database => "its database",
                Closing::MemoryWithTranscript => "its database and its memory, which gets the transcript",
                Closing::Memory => "its database and its memory",
            };
            format!("agent {agent} is closed: {what}")
        }
        OfCommits::SessionEnded { agent, session } => format!("agent {agent} ends {session} at its provider"),
        OfCommits::DrainBegan { drain, within } => match within {
            Some(within) => format!("drain {drain} begins, with {}", Span(*within)),
            None => format!("drain {drain} begins, without a deadline"),
        },
        OfCommits::DrainEnded { drain } => format!("drain {drain} ends"),
    }
}

pub(super) fn gateway(told: &OfChats, about: Option<&TurnId>) -> String {
    match told {
        OfChats::Asked { turn } => format!("the message of {turn} comes"),
        OfChats::Refused { turn } => format!("the message of {turn} is turned away, because the gateway stops"),
        OfChats::Swallowed { turn, session } => format!("the message of {turn} goes to {session}, which has ended"),
        OfChats::Began { turn, session, sees, how, into } => {
            let how = match how {
                How::Asked => String::new(),
                How::Resumed => ", resumed by the gateway itself".to_owned(),
                How::Continued(before) => format!(", with a note to continue {before}"),
            };
            let into = into.as_ref().map_or_else(String::new, |into| format!(", and hangs as {into} did"));
            format!("{turn} begins in {session}, and sees {}{how}{into}", turns(sees, about))
        }
        OfChats::Finished { turn, end } => format!(
            "{turn} {}",
            match end {
                End::Completed => "has its answer",
                End::Failed => "ends with an error",
                End::Interrupted => "is cut short",
            }
        ),
        OfChats::Replied { turn } => format!("the answer to {turn} reaches its user"),
        OfChats::StopAsked { chat } => format!("the user of {chat} asks for a stop of all that is unfinished"),
        OfChats::StoppedByUser { chat } => format!("the gateway confirms the stop of {chat}"),
        OfChats::AskedForRestart { turn } => format!("{turn} asks for a restart of the gateway"),
        OfChats::StopBegan => "the gateway begins to stop".to_owned(),
        OfChats::Drained { timed_out: false, .. } => "the drain has waited for all turns".to_owned(),
        OfChats::Drained { timed_out: true, running } if running.is_empty() => "the drain gives up".to_owned(),
        OfChats::Drained { timed_out: true, running } => {
            let chats: Vec<String> = running.iter().map(ToString::to_string).collect();
            format!("the drain gives up the turns of {}", chats.join(", "))
        }
        OfChats::Noted { chat, note } => format!("{chat} is noted as {}", noted(*note)),
        OfChats::Found { finding } => match finding {
            Finding::ReceiptWritten => "the receipt of a clean stop is written",
            Finding::ReceiptBelieved => "the start finds the receipt of a clean stop, and believes it",
            Finding::NoReceipt => "the start finds no receipt of a clean stop",
            Finding::BreakerTripped => "the breaker against restarts trips",
        }
        .to_owned(),
    }
}

fn noted(note: Note) -> &'static str {
    match note {
        Note::Suspended => "suspended: its next message gets a fresh session",
        Note::Pending => "pending: it is to be resumed",
        Note::PendingCleared => "no longer pending",
        Note::Expired => "expired",
        Note::MarkerDiscarded => "having had a mark, which is discarded",
        Note::MarkerRecovered => "having a mark, which is taken up",
        Note::MarkerOfAFinishedTurn => "having the mark of a turn that is finished",
        Note::Stuck => "stuck",
        Note::Stale => "stale",
        Note::NewSession => "having a new session",
    }
}
