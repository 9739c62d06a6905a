//! Whether a turn that is not stored is the provider's doing: it confirmed the last request that brought the turn and did not keep its word,
//! or it does not take the turn, and its user was told.

use std::collections::BTreeMap;

use serde_json::Value;
use sim::history::Happening;

use crate::answer::words;
use crate::seen::Seen;

/// Statuses of refusals after which the same request may succeed.
const PASSING: [u64; 6] = [401, 403, 408, 409, 425, 429];
/// Faults that answer 200, and say nothing that can be read, or that it did not work.
const MISLEADING: [&str; 5] = ["html", "foreign", "empty", "unsuccessful", "garbled"];

/// Whether so many copies of a turn may be missing. Of a turn that was said once, what the last request that was confirmed and ended with is worth counts.
pub(crate) fn excused(run: &Value, seen: &Seen, turn: &str, missing: usize) -> bool {
    let once = seen.said.get(turn).is_none_or(|calls| calls.len() == 1);
    let brings = |request: &Value| {
        let items = request["items"].as_array().expect("a list of items").iter();
        items.flat_map(|item| words(&item["turns"])).filter(|brought| brought == turn).count()
    };
    let requests = run["requests"].as_array().expect("a list of requests").iter();
    let bringing = requests.map(|request| (request, brings(request))).filter(|(_, times)| *times > 0);
    let (mut betrayed, mut in_vain) = (0, false);
    for (request, times) in bringing {
        let reply = request["reply"].as_str().and_then(|reply| reply.parse::<u64>().ok());
        let (status, fault) = (reply.unwrap_or(0), request["fault"].as_str().unwrap_or("ok"));
        let left_out = left_out(request, seen, turn, times).filter(|_| fault.starts_with("partial"));
        let confirmed = (200..300).contains(&status) && !MISLEADING.contains(&fault);
        // What was accepted and never ended with takes back no word that was given before.
        if confirmed && fault != "accept_stall" {
            let before = if once { 0 } else { betrayed };
            let kept_its_word = !["ack_drop", "ack_lose"].contains(&fault);
            betrayed = before
                + if kept_its_word { left_out.filter(|_| fault == "partial silent").unwrap_or(0) } else { times };
        }
        let refused = (400..500).contains(&status) && !PASSING.contains(&status);
        in_vain |= refused || (confirmed && (request["applied"] != true || left_out.is_some_and(|copies| copies > 0)));
    }
    betrayed >= missing || (in_vain && seen.declared.contains(turn))
}

/// How many of the copies that a request brings were not written, while something else of it was. `None` if nothing of it was.
fn left_out(request: &Value, seen: &Seen, turn: &str, times: usize) -> Option<usize> {
    let written = seen.happened.iter().filter_map(|(happening, _)| {
        let Happening::Applied { number, turns, .. } = happening else { return None };
        (request["number"] == *number).then_some(turns)
    });
    let copies =
        |turns: &Vec<_>| turns.iter().filter(|id: &&model::words::turn::TurnId| id.to_string() == turn).count();
    written.map(copies).reduce(|one, other| one + other).map(|written| times.saturating_sub(written))
}

/// Whether the provider, after it had stored the turn in a document, confirmed a request that replaces the document by one with fewer copies of
/// it, and lied.
pub(crate) fn kept_by_a_lie(run: &Value, documents: &BTreeMap<String, Vec<Vec<String>>>, turn: &str) -> bool {
    let requests = run["requests"].as_array().expect("a list of requests");
    let copies = |texts: &[String]| texts.iter().filter(|text| *text == turn).count();
    let counted = documents.iter().map(|(document, texts)| (document, copies(&texts.concat())));
    counted.into_iter().filter(|(_, held)| *held > 0).any(|(document, held)| {
        let items = |request: &Value| {
            let items = request["items"].as_array().expect("a list of items").iter();
            items.filter(|item| item["document"] == document.as_str()).cloned().collect::<Vec<_>>()
        };
        let brings = |item: &Value| copies(&words(&item["turns"]));
        let stored = |request: &Value| request["applied"] == true && items(request).iter().any(|item| brings(item) > 0);
        let lies = |request: &Value| ["ack_drop", "ack_lose"].contains(&request["fault"].as_str().unwrap_or("ok"));
        let takes_out = |item: &Value| item["update_mode"] != "append" && brings(item) < held;
        let since = requests.iter().skip_while(|request| !stored(request));
        since.into_iter().any(|request| lies(request) && items(request).iter().any(takes_out))
    })
}
