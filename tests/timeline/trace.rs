//! The file for Perfetto: every begin has its end, every track has a name, and times are simulated microseconds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{SAMPLE, drawn, run};

/// A thread of a trace.
type Track = (u64, u64);

fn track(event: &Value) -> Track {
    (event["pid"].as_u64().expect("a process"), event["tid"].as_u64().expect("a thread"))
}

/// What is wrong with the structure of a trace.
fn mistakes(trace: &Value) -> Vec<String> {
    let mut mistakes = Vec::new();
    let (mut threads, mut processes) = (BTreeSet::new(), BTreeSet::new());
    let (mut open, mut latest) = (BTreeMap::<Track, Vec<String>>::new(), BTreeMap::<Track, u64>::new());
    let mut flows: BTreeMap<String, Vec<(String, u64)>> = BTreeMap::new();
    for event in trace["traceEvents"].as_array().expect("events") {
        let name = event["name"].as_str().unwrap_or_default().to_owned();
        let phase = event["ph"].as_str().expect("a phase");
        if phase == "M" {
            let named = !event["args"]["name"].as_str().unwrap_or_default().is_empty();
            match name.as_str() {
                "process_name" if named => _ = processes.insert(event["pid"].as_u64()),
                "thread_name" if named => _ = threads.insert(track(event)),
                "process_sort_index" | "thread_sort_index" => {}
                _ => mistakes.push(format!("metadata {event}")),
            }
            continue;
        }
        let (at, own) = (event["ts"].as_u64().expect("whole microseconds"), track(event));
        if !threads.contains(&own) || !processes.contains(&Some(own.0)) {
            mistakes.push(format!("{own:?} has no name: {event}"));
        }
        if phase != "s" && phase != "f" && latest.insert(own, at).is_some_and(|before| before > at) {
            mistakes.push(format!("it goes back in time: {event}"));
        }
        match phase {
            "B" => open.entry(own).or_default().push(name),
            "E" if open.entry(own).or_default().pop().is_none() => {
                mistakes.push(format!("an end without a begin: {event}"))
            }
            "s" | "f" => flows.entry(event["id"].to_string()).or_default().push((phase.to_owned(), at)),
            "E" | "i" => {}
            _ => mistakes.push(format!("phase {phase}")),
        }
    }
    let left = open.into_iter().filter(|(_, open)| !open.is_empty());
    mistakes.extend(left.map(|(track, open)| format!("{track:?}: {open:?} never ends")));
    let broken = flows
        .into_iter()
        .filter(|(_, ends)| !matches!(&ends[..], [(s, from), (f, to)] if s == "s" && f == "f" && from <= to));
    mistakes.extend(broken.map(|(id, ends)| format!("flow {id}: {ends:?}")));
    mistakes
}

#[test]
fn a_trace_is_well_formed_and_has_every_event_at_its_time() {
    for (number, (file, release)) in SAMPLE.iter().enumerate() {
        let arguments = [file, "--release", release, "--format", "perfetto"];
        let (_, text) = drawn(&format!("trace{number}.json"), &arguments);
        let trace: Value = serde_json::from_str(&text).expect("a trace");
        assert_eq!(mistakes(&trace), Vec::<String>::new(), "{file} with {release}");
        let instants = trace["traceEvents"].as_array().expect("events").iter().filter(|event| event["cat"] == "event");
        let times: Vec<u64> = instants.filter_map(|event| event["ts"].as_u64()).collect();
        let digest = trace["otherData"]["digest"].as_str().expect("a digest");
        let (_, lines, _) = run(&["replay", file, "--release", release, "--json"]);
        assert!(lines.contains(digest), "{file} with {release}: no run has the digest {digest}");
        assert!(times.len() > 10 && times.is_sorted() && times.iter().all(|time| time.is_multiple_of(1_000)), "{file}");
    }
}

#[test]
fn the_check_finds_a_trace_that_is_not() {
    let (_, text) = drawn("sound.json", &[SAMPLE[2].0, "--release", SAMPLE[2].1, "--format", "perfetto"]);
    let sound: Value = serde_json::from_str(&text).expect("a trace");
    let without = |phase: &str, name: Option<&str>| {
        let mut trace = sound.clone();
        let events = trace["traceEvents"].as_array_mut().expect("events");
        let is_it = |event: &Value| event["ph"] == phase && name.is_none_or(|name| event["name"] == name);
        let place = events.iter().position(is_it).expect("there is one");
        events.remove(place);
        mistakes(&trace)
    };
    assert_eq!(mistakes(&sound), Vec::<String>::new());
    for (phase, name) in
        [("B", None), ("E", None), ("s", None), ("f", None), ("M", Some("thread_name")), ("M", Some("process_name"))]
    {
        assert!(!without(phase, name).is_empty(), "a trace without a {phase} {name:?} passes");
    }
}
