//! What could be left out of a scenario, or be simpler, the most first.

use crate::draw::Sketch;
use crate::plan::parse_duration;

/// Proposes smaller scenarios.
pub(super) type Pass = fn(&Sketch) -> Vec<Sketch>;

/// All ways to make a scenario smaller, in the order in which they pay.
pub(super) const PASSES: [Pass; 6] =
    [without_a_list, without_steps, without_a_fault, without_a_kill, without_a_key, simpler];

fn changed(sketch: &Sketch, change: impl FnOnce(&mut Sketch)) -> Sketch {
    let mut changed = sketch.clone();
    change(&mut changed);
    changed
}

fn without_a_list(sketch: &Sketch) -> Vec<Sketch> {
    match sketch.lists.len() {
        1 => Vec::new(),
        lists => (0..lists).map(|list| changed(sketch, |sketch| _ = sketch.lists.remove(list))).collect(),
    }
}

/// Without runs of steps: half of them, a quarter, and so on to each single one.
fn without_steps(sketch: &Sketch) -> Vec<Sketch> {
    let mut proposals = Vec::new();
    for (list, steps) in sketch.lists.iter().enumerate() {
        let mut size = steps.len() / 2;
        while size > 0 {
            for first in (0..steps.len()).step_by(size) {
                let end = (first + size).min(steps.len());
                if end - first < steps.len() {
                    proposals.push(changed(sketch, |sketch| _ = sketch.lists[list].drain(first..end)));
                }
            }
            size /= 2;
        }
    }
    proposals
}

fn without_a_fault(sketch: &Sketch) -> Vec<Sketch> {
    let each = sketch.faults.iter().flat_map(|(kind, table)| table.keys().map(move |number| (kind, number)));
    each.map(|(kind, number)| {
        changed(sketch, |sketch| {
            let table = sketch.faults.get_mut(kind).expect("it is there");
            table.remove(number);
            if table.is_empty() {
                sketch.faults.remove(kind);
            }
        })
    })
    .collect()
}

fn without_a_kill(sketch: &Sketch) -> Vec<Sketch> {
    (0..sketch.kills.len()).map(|kill| changed(sketch, |sketch| _ = sketch.kills.remove(kill))).collect()
}

fn without_a_key(sketch: &Sketch) -> Vec<Sketch> {
    sketch.config.keys().map(|key| changed(sketch, |sketch| _ = sketch.config.remove(key))).collect()
}

/// One turn instead of several, round numbers, the first session, the first request, an earlier kill.
fn simpler(sketch: &Sketch) -> Vec<Sketch> {
    let mut proposals = Vec::new();
    for (list, steps) in sketch.lists.iter().enumerate() {
        for (place, step) in steps.iter().enumerate() {
            let replace = |simple: String| changed(sketch, |sketch| sketch.lists[list][place] = simple);
            proposals.extend(simpler_steps(step).into_iter().map(replace));
        }
    }
    for (place, kill) in sketch.kills.iter().enumerate() {
        let words: Vec<&str> = kill.split(' ').collect();
        let Some(step) = words.get(3).and_then(|step| step.parse::<u32>().ok()) else { continue };
        for earlier in [step / 2, step * 3 / 4, step.saturating_sub(5), step.saturating_sub(1)] {
            if (1..step).contains(&earlier) {
                let mut words = words.clone();
                let earlier = earlier.to_string();
                words[3] = &earlier;
                proposals.push(changed(sketch, |sketch| sketch.kills[place] = words.join(" ")));
            }
        }
    }
    for (kind, table) in &sketch.faults {
        for (number, fault) in table {
            let Some((word, duration)) = fault.split_once(' ') else { continue };
            for shorter in shorter(duration) {
                proposals.push(changed(sketch, |sketch| {
                    let table = sketch.faults.get_mut(kind).expect("it is there");
                    table.insert(*number, format!("{word} {shorter}"));
                }));
            }
        }
    }
    for (key, value) in &sketch.config {
        if let Ok(number) = value.parse::<u32>()
            && number > 2
        {
            let smaller = (number - 1).to_string();
            proposals.push(changed(sketch, |sketch| _ = sketch.config.insert(key.clone(), smaller)));
        }
    }
    proposals
}

/// Shorter and rounder times, the shortest first.
fn shorter(duration: &str) -> impl Iterator<Item = &'static str> {
    let own = parse_duration(duration).unwrap_or_default();
    ["100ms", "1s", "3s", "10s", "30s", "1m"]
        .into_iter()
        .filter(move |other| parse_duration(other).is_ok_and(|other| other < own))
}

/// The same step with rounder numbers.
fn simpler_steps(step: &str) -> Vec<String> {
    let Some((word, argument)) = step.split_once(' ') else { return Vec::new() };
    match word {
        "turn" if let Some(times) = argument.strip_prefix('x').and_then(|times| times.parse::<u32>().ok()) => {
            let fewer =
                [times / 2, times - times / 4, times - 1].into_iter().filter(|&fewer| 1 < fewer && fewer < times);
            let fewer = fewer.map(|fewer| format!("turn x{fewer}"));
            std::iter::once("turn".to_owned()).chain(fewer).collect()
        }
        "turn" | "say" => vec!["turn".to_owned()],
        "sleep" | "run" => shorter(argument).map(|duration| format!("{word} {duration}")).collect(),
        _ => Vec::new(),
    }
}
