//! What happens at the provider, in plain words.

use model::words::turn::TurnId;

use super::turns;
use crate::history::{Happening, WriteMode};
use crate::plan::Span;

pub(super) fn happened(happening: &Happening, about: Option<&TurnId>) -> String {
    match happening {
        Happening::Received { endpoint, number, items, fault } => {
            let all: Vec<TurnId> = items.iter().flat_map(|item| item.turns.clone()).collect();
            let with = if all.is_empty() { String::new() } else { format!(" with {}", turns(&all, about)) };
            let fault = fault.map_or_else(String::new, |fault| format!(", and the fault \"{fault}\" strikes it"));
            format!("{endpoint} {number} arrives{with}{fault}")
        }
        Happening::StrayBytes { number } => format!("retain {number} has bytes that nobody wrote"),
        Happening::Accepted { number, container, turns: all } => {
            format!("retain {number} reaches document {container}: {} waits there for a commit", turns(all, about))
        }
        Happening::Applied { number, container, turns: all, mode } => {
            let does = match mode {
                WriteMode::Replace => "replaces",
                WriteMode::Append => "is appended to",
            };
            format!("retain {number} {does} document {container}: {} is stored", turns(all, about))
        }
        Happening::Answered { endpoint, number, status } => format!("{endpoint} {number} is answered {status}"),
        Happening::HungUp { endpoint, number } => {
            format!("the connection of {endpoint} {number} ends without an answer")
        }
        Happening::Abandoned { endpoint, number } => format!("the client of {endpoint} {number} has left"),
        Happening::Down { duration_ms } => {
            format!("the provider goes down for {}", Span(std::time::Duration::from_millis(*duration_ms)))
        }
        Happening::Up => "the provider listens".to_owned(),
        Happening::Deleted { container } => format!("document {container} is deleted"),
        Happening::Lost { container, turns: all } => format!("document {container} loses {}", turns(all, about)),
    }
}
