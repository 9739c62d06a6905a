//! The picture as a trace in Chrome's JSON, which ui.perfetto.dev opens.
//!
//! A lane is a thread with a name, and its processes are a process. What lasts has a begin and an end on its thread; what would cross another
//! stretch stands on a further thread of the same name. Everything else is an instant, a request is a flow. Times are simulated microseconds.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use super::arrows::Message;
use super::bands::{Band, Lasting};
use super::picture::{Note, Picture};

#[derive(Serialize)]
struct Trace {
    #[serde(rename = "traceEvents")]
    events: Vec<Value>,
    #[serde(rename = "displayTimeUnit")]
    unit: &'static str,
    #[serde(rename = "otherData")]
    about: BTreeMap<&'static str, String>,
}

/// The trace of one or more runs.
pub(super) fn trace(pictures: &[&Picture<'_>]) -> String {
    let mut events = Vec::new();
    let mut processes = 0;
    for picture in pictures {
        run(&mut events, picture, &mut processes);
    }
    let heads: Vec<String> = pictures.iter().map(|picture| picture.head()).collect();
    let digests: Vec<&str> = pictures.iter().map(|picture| &*picture.run.digest).collect();
    let about = BTreeMap::from([("run", heads.join("; ")), ("digest", digests.join("; "))]);
    let trace = Trace { events, unit: "ms", about };
    serde_json::to_string(&trace).expect("a trace always serializes") + "\n"
}

/// A thread of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Thread {
    process: usize,
    thread: usize,
}

fn run(events: &mut Vec<Value>, picture: &Picture<'_>, processes: &mut usize) {
    let threads = named(events, picture, processes);
    let microseconds = |place: usize| picture.run.events[place].at_ms * 1_000;
    let stretches = stretches(events, picture, &threads);
    let (mut begin, mut end) = (BTreeMap::<usize, Vec<usize>>::new(), BTreeMap::<usize, Vec<usize>>::new());
    for (number, (_, band)) in stretches.iter().enumerate() {
        begin.entry(band.events.0).or_default().push(number);
        if band.events.0 < band.events.1 {
            end.entry(band.events.1).or_default().push(number);
        }
    }
    for place in 0..picture.run.events.len() {
        let ts = microseconds(place);
        let Thread { process: pid, thread: tid } = threads[picture.lanes.of[place]];
        for (at, _) in end.remove(&place).unwrap_or_default().into_iter().rev().map(|number| stretches[number]) {
            events.push(json!({ "ph": "E", "ts": ts, "pid": at.process, "tid": at.thread }));
        }
        for (at, band) in begin.remove(&place).unwrap_or_default().into_iter().map(|number| stretches[number]) {
            let Thread { process: pid, thread: tid } = at;
            events.push(json!({ "ph": "B", "name": name(picture, band), "cat": category(band.lasting), "ts": ts, "pid": pid, "tid": tid }));
            if band.events.1 == place {
                events.push(json!({ "ph": "E", "ts": ts, "pid": pid, "tid": tid }));
            }
        }
        let words = picture.words(place);
        events.push(json!({ "ph": "i", "s": "t", "name": words, "cat": "event", "ts": ts, "pid": pid, "tid": tid, "args": { "event": place + 1 } }));
        for note in picture.notes.get(&place).into_iter().flatten() {
            let (name, cat) = match note {
                Note::NoReturn => ("the point of no return".to_owned(), "no-return"),
                Note::Violated(violation) => (format!("{}: {}", violation.invariant, violation.evidence), "violation"),
            };
            events.push(json!({ "ph": "i", "s": "g", "name": name, "cat": cat, "ts": ts, "pid": pid, "tid": tid }));
        }
    }
    flows(events, picture, &threads);
}

/// Names the processes and threads. Returns the thread of each lane.
fn named(events: &mut Vec<Value>, picture: &Picture<'_>, processes: &mut usize) -> Vec<Thread> {
    let (mut known, mut threads) = (BTreeMap::new(), Vec::new());
    let of_run = picture.run.release;
    for (number, lane) in picture.lanes.all.iter().enumerate() {
        let group = if lane.group.is_empty() { lane.name.clone() } else { lane.group.clone() };
        let process = *known.entry(group.clone()).or_insert_with(|| {
            *processes += 1;
            let name = format!("{group} ({of_run})");
            events.push(json!({ "ph": "M", "name": "process_name", "pid": *processes, "args": { "name": name } }));
            events.push(json!({ "ph": "M", "name": "process_sort_index", "pid": *processes, "args": { "sort_index": *processes } }));
            *processes
        });
        let thread = Thread { process, thread: thread_of(number, 0) };
        name_thread(events, thread, &lane.name);
        threads.push(thread);
    }
    threads
}

/// The number of the n-th thread of a lane.
fn thread_of(lane: usize, nth: usize) -> usize {
    (lane + 1) * 100 + nth
}

fn name_thread(events: &mut Vec<Value>, thread: Thread, name: &str) {
    let Thread { process: pid, thread: tid } = thread;
    events.push(json!({ "ph": "M", "name": "thread_name", "pid": pid, "tid": tid, "args": { "name": name } }));
    events
        .push(json!({ "ph": "M", "name": "thread_sort_index", "pid": pid, "tid": tid, "args": { "sort_index": tid } }));
}

/// What lasts, the outer before the inner, each on a thread of its lane where it crosses nothing.
fn stretches<'a>(events: &mut Vec<Value>, picture: &'a Picture<'_>, threads: &[Thread]) -> Vec<(Thread, &'a Band)> {
    let mut bands: Vec<&Band> = picture.bands.iter().collect();
    bands.sort_by_key(|band| (band.events.0, std::cmp::Reverse(band.events.1)));
    let mut open: BTreeMap<Thread, Vec<usize>> = BTreeMap::new();
    let mut named: BTreeSet<Thread> = threads.iter().copied().collect();
    let mut stretches = Vec::new();
    for band in bands {
        // A fault of several lanes stands in the last of them: that of the provider, or of the disk.
        let lane = band.lanes.1;
        let fits = |nth: usize| {
            let thread = Thread { thread: thread_of(lane, nth), ..threads[lane] };
            let open = open.entry(thread).or_default();
            open.retain(|end| *end > band.events.0);
            let is_inside = open.last().is_none_or(|end| band.events.1 <= *end);
            is_inside.then(|| {
                open.push(band.events.1);
                thread
            })
        };
        let thread = (0..100).find_map(fits);
        let Some(thread) = thread else { continue };
        if named.insert(thread) {
            name_thread(events, thread, &picture.lanes.all[lane].name);
        }
        stretches.push((thread, band));
    }
    stretches
}

fn name(picture: &Picture<'_>, band: &Band) -> String {
    let lane = &picture.lanes.all[band.lanes.1];
    match band.lasting {
        Lasting::Process => picture.place(band.events.0),
        Lasting::Task => lane.name.clone(),
        Lasting::Call | Lasting::Fault | Lasting::Down | Lasting::Disk | Lasting::Asleep => band.label.clone(),
    }
}

fn category(lasting: Lasting) -> &'static str {
    match lasting {
        Lasting::Process => "process",
        Lasting::Task => "task",
        Lasting::Call => "call",
        Lasting::Fault | Lasting::Down | Lasting::Disk | Lasting::Asleep => "fault",
    }
}

/// The requests and answers, from one thread to another.
fn flows(events: &mut Vec<Value>, picture: &Picture<'_>, threads: &[Thread]) {
    for arrow in &picture.arrows {
        let (cat, name) = match arrow.message {
            Message::Request => ("request", &arrow.label),
            Message::Answer | Message::Refusal => ("answer", &arrow.label),
            Message::Lost | Message::Start | Message::Ask | Message::Tell | Message::Write => continue,
        };
        let id = format!("{}.{}.{}", threads[arrow.from.lane].process, arrow.from.event, arrow.to.event);
        for (ph, end) in [("s", arrow.from), ("f", arrow.to)] {
            let Thread { process: pid, thread: tid } = threads[end.lane];
            let ts = picture.run.events[end.event].at_ms * 1_000;
            let mut event = json!({ "ph": ph, "name": name, "cat": cat, "id": id, "ts": ts, "pid": pid, "tid": tid });
            if ph == "f" {
                event["bp"] = json!("e");
            }
            events.push(event);
        }
    }
}
