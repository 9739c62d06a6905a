//! What did not matter: values of the smallest scenario that could as well be others.

use crate::generate::Sketch;

/// Sentences about what did not matter. `shows` says whether a scenario shows the same violation.
pub(super) fn notes(sketch: &Sketch, shows: &mut dyn FnMut(Sketch) -> bool) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(batch_size(sketch, shows));
    for (list, steps) in sketch.lists.iter().enumerate() {
        for (place, step) in steps.iter().enumerate() {
            notes.extend(sleep(sketch, list, place, step, shows));
        }
    }
    for (kind, table) in &sketch.faults {
        for (number, fault) in table {
            notes.extend(other_fault(sketch, kind, *number, fault, shows));
        }
    }
    notes.extend(schedule(sketch, shows));
    notes.extend(server(sketch, shows));
    notes
}

fn batch_size(sketch: &Sketch, shows: &mut dyn FnMut(Sketch) -> bool) -> Option<String> {
    const KEY: &str = "retain_every_n_turns";
    let size: u32 = sketch.config.get(KEY)?.parse().ok()?;
    let mut larger = [size + 1, size + 3, size + 10].into_iter();
    let all = larger.all(|size| {
        let mut other = sketch.clone();
        other.config.insert(KEY.to_owned(), size.to_string());
        shows(other)
    });
    all.then(|| format!("any batch size >= {size} will do"))
}

fn sleep(
    sketch: &Sketch,
    list: usize,
    place: usize,
    step: &str,
    shows: &mut dyn FnMut(Sketch) -> bool,
) -> Option<String> {
    step.strip_prefix("sleep ")?;
    let mut with = |duration: &str| {
        let mut other = sketch.clone();
        other.lists[list][place] = format!("sleep {duration}");
        shows(other)
    };
    match (with("1ms"), with("30s") && with("10m")) {
        (true, true) => Some(format!("\"{step}\" may be of any length")),
        (false, true) => Some(format!("\"{step}\" may be longer")),
        (true, false) => Some(format!("\"{step}\" may be shorter")),
        (false, false) => None,
    }
}

fn other_fault(
    sketch: &Sketch,
    kind: &str,
    number: u32,
    fault: &str,
    shows: &mut dyn FnMut(Sketch) -> bool,
) -> Option<String> {
    let others = ["500", "drop", "apply_drop", "hang", "delay 130s", "accept_fail"];
    let mut as_good = Vec::new();
    for other in others.into_iter().filter(|other| *other != fault) {
        let mut candidate = sketch.clone();
        candidate.faults.get_mut(kind)?.insert(number, other.to_owned());
        if shows(candidate) {
            as_good.push(other);
        }
    }
    (!as_good.is_empty()).then(|| format!("instead of \"{fault}\" it may be: {}", as_good.join(", ")))
}

fn schedule(sketch: &Sketch, shows: &mut dyn FnMut(Sketch) -> bool) -> Option<String> {
    const OTHERS: u64 = 20;
    let under = |seed| Sketch { seed, ..sketch.clone() };
    let found = (1_000..1_000 + OTHERS).filter(|&seed| shows(under(seed))).count() as u64;
    match found {
        OTHERS => Some("any schedule will do".into()),
        0 => Some(format!("a race: under none of {OTHERS} other schedules")),
        _ => Some(format!("a race: under {found} of {OTHERS} other schedules")),
    }
}

fn server(sketch: &Sketch, shows: &mut dyn FnMut(Sketch) -> bool) -> Option<String> {
    let others = crate::scenario::Server::ALL.into_iter().filter(|server| *server != sketch.server);
    let as_good: Vec<String> =
        others.filter(|&server| shows(Sketch { server, ..sketch.clone() })).map(|server| server.to_string()).collect();
    (!as_good.is_empty()).then(|| format!("also on {}", as_good.join(" and ")))
}
