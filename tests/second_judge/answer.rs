//! An answer to five questions about a run: as the run reports it, and as the second judge finds it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sim::history::{Entry, Happening, WriteMode};

use crate::excused::{excused, kept_by_a_lie};
use crate::seen::{Seen, Span, planned};

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) lost: BTreeSet<String>,
    pub(crate) duplicated: BTreeMap<String, u64>,
    pub(crate) misattributed: BTreeSet<String>,
    pub(crate) polluted: BTreeSet<String>,
    pub(crate) order_broken: bool,
    /// Turns in a document to which no applied request has brought them. A run never reports one.
    pub(crate) unfounded: BTreeSet<String>,
}

impl Answer {
    /// The answer in a run's JSON.
    pub(crate) fn reported(run: &Value) -> Self {
        let set = |key: &str| words(&run[key]).into_iter().collect();
        let copies = |(turn, copies): (&String, &Value)| (turn.clone(), copies.as_u64().expect("a number"));
        Self {
            lost: set("lost"),
            duplicated: run["duplicated"].as_object().expect("a table").iter().map(copies).collect(),
            misattributed: set("misattributed"),
            polluted: set("polluted"),
            order_broken: run["order_broken"].as_bool().expect("true or false"),
            unfounded: BTreeSet::new(),
        }
    }

    /// The answer that follows from the documents in a run's JSON, and from what the caller saw.
    pub(crate) fn judged(run: &Value, seen: &Seen) -> Self {
        let documents = documents(run);
        let held: Vec<&String> = documents.values().flatten().flatten().collect();
        let mut answer = Self::default();
        if !seen.to_the_end {
            return answer;
        }
        for turn in seen.said.keys().chain(held.iter().copied()).collect::<BTreeSet<_>>() {
            let calls = seen.said.get(turn).map_or(&[][..], Vec::as_slice);
            let copies = held.iter().filter(|held| **held == turn).count();
            let ((least, most), forbidden) = (seen.taken_back(turn), seen.forbidden.contains(&planned(turn)));
            let acknowledged = calls.iter().filter(|call| call.returned.is_some()).count();
            let kept = copies + seen.pending.get(turn).copied().unwrap_or(0);
            let missing = acknowledged.saturating_sub(most).saturating_sub(kept);
            if !forbidden && missing > 0 && !excused(run, seen, turn, missing) {
                answer.lost.insert(turn.clone());
            }
            if copies > calls.len() {
                answer.duplicated.insert(turn.clone(), copies as u64);
            }
            let undone = || least > 0 && in_time(run, seen, turn).min(copies) > calls.len() - least;
            if copies > 0
                && (forbidden
                    || (!seen.late && undone() && (copies > calls.len() || !kept_by_a_lie(run, &documents, turn))))
            {
                answer.polluted.insert(turn.clone());
            }
        }
        for (document, entries) in &documents {
            answer.misattributed.extend(strangers(document, entries, seen));
            let brought = brought(run, document);
            answer.unfounded.extend(entries.iter().flatten().filter(|turn| !brought.contains(*turn)).cloned());
            answer.order_broken |= out_of_order(&entries.concat(), seen);
        }
        answer
    }
}

/// The turns of another session's document, or labeled as another's, or in a bank that is not their profile's. A document has its session's
/// name, or that, `-` or `:`, and a suffix; `work/` before it is its bank.
fn strangers(document: &str, entries: &[Vec<String>], seen: &Seen) -> BTreeSet<String> {
    let (bank, id) = document.split_once('/').unwrap_or(("hermes", document));
    let owner = id.split(['-', ':']).next().unwrap_or(id);
    let labels = seen.stored.get(document).map_or(&[][..], Vec::as_slice);
    let mut strangers = BTreeSet::new();
    for (place, turns) in entries.iter().enumerate() {
        for turn in turns {
            let session = turn.split('#').next().unwrap_or(turn);
            let home = session.split_once('_').map(|(profile, _)| profile).filter(|name| seen.profiles.contains(*name));
            let home = home.unwrap_or("hermes").to_owned();
            let elsewhere = bank != if seen.bank_of_each_session { format!("{home}-{session}") } else { home };
            let labeled = |entry: &Entry| {
                let tags = entry.tags.iter().filter_map(|tag| tag.strip_prefix("session:"));
                tags.eq([session]) && entry.session.as_ref().is_some_and(|named| named.as_str() == session)
            };
            strangers.extend(
                (elsewhere || owner != session || !labels.get(place).is_none_or(labeled)).then(|| turn.clone()),
            );
        }
    }
    strangers
}

/// Whether a turn follows one that was completed later, or goes back to a conversation after a turn of another. Of a turn that stands there
/// too often the first copy counts. Of turns that say the same each copy is any that it can be, and too many of them say nothing.
fn out_of_order(turns: &[String], seen: &Seen) -> bool {
    let mut before = Vec::<(&str, &Span, bool)>::new();
    for (place, turn) in turns.iter().enumerate() {
        let calls: &[Span] = seen.said.get(turn).map_or(&[], Vec::as_slice);
        let nth = turns[..place].iter().filter(|other| *other == turn).count();
        let (copies, once) = (turns.iter().filter(|other| *other == turn).count(), calls.len() == 1);
        if nth >= calls.len() || (!once && copies > calls.len()) {
            continue;
        }
        let (first, last) = (&calls[nth], &calls[calls.len() - copies.min(calls.len()) + nth]);
        if before.iter().any(|(_, earlier, _)| completed_first(last, earlier))
            || (once && shuffled(&before, turn, last))
        {
            return true;
        }
        before.push((turn, first, once));
    }
    false
}

/// Whether the first of two turns was completed first. In one millisecond only a single process does one thing after the other, and not
/// even that if the calls overlap.
fn completed_first(one: &Span, other: &Span) -> bool {
    match one.by == other.by {
        true => one.returned.or(one.failed).is_some_and(|over| over < other.begun),
        false => one.begun < other.begun && one.begun_ms < other.begun_ms,
    }
}

/// Whether a turn continues a conversation that a turn of another process has interrupted, which was still alive: the document mixes the two.
/// A conversation goes on in a process that began when those before it had ended.
fn shuffled(before: &[(&str, &Span, bool)], turn: &str, last: &Span) -> bool {
    let session = |turn: &str| turn.split('#').next().map(str::to_owned);
    let told = || before.iter().filter(|(other, _, once)| *once && session(other) == session(turn)).map(|one| one.1);
    let begun = told().position(|earlier| earlier.by == last.by || earlier.gone < last.born);
    let interrupts = |earlier: &Span| earlier.by != last.by && earlier.gone > last.begun;
    begun.is_some_and(|begun| told().skip(begun).any(interrupts))
}

/// For each document of a run its texts, for each text its turns.
fn documents(run: &Value) -> BTreeMap<String, Vec<Vec<String>>> {
    let texts = |entries: &Value| entries.as_array().expect("a list of texts").iter().map(words).collect();
    let documents = run["documents"].as_object().expect("a table of documents").iter();
    documents.map(|(id, entries)| (id.clone(), texts(entries))).collect()
}

/// The turns that applied requests have brought to a document.
fn brought(run: &Value, document: &str) -> BTreeSet<String> {
    let requests = run["requests"].as_array().expect("a list of requests").iter();
    let items = requests.filter(|request| request["applied"] == true).flat_map(|request| request["items"].as_array());
    items.flatten().filter(|item| item["document"] == document).flat_map(|item| words(&item["turns"])).collect()
}

/// How many copies there would be without the retains that were applied so late that what they bring back is nobody's doing.
fn in_time(run: &Value, seen: &Seen, turn: &str) -> usize {
    let requests = run["requests"].as_array().expect("a list of requests");
    let sent_ms = |request: &Value| request["sent_ms"].as_u64().or(request["at_ms"].as_u64()).expect("a time");
    let late = |number, at| requests.iter().any(|one| one["number"] == number && at > sent_ms(one) + seen.patience_ms);
    let mut copies = BTreeMap::new();
    for (happening, at_ms) in &seen.happened {
        if let Happening::Deleted { container } = happening {
            copies.remove(container);
        } else if let Happening::Applied { number, container, turns, mode } = happening
            && !late(*number, *at_ms)
        {
            let before = copies.remove(container).filter(|_| *mode == WriteMode::Append).unwrap_or(0);
            copies.insert(container, before + turns.iter().filter(|id| id.to_string() == turn).count());
        }
    }
    copies.values().sum()
}

pub(crate) fn words(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|word| word.as_str().expect("a turn").to_owned()).collect()
}
