//! What did not matter: values of the smallest scenario that could as well be others.

use crate::draw::Sketch;

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
            notes.extend(delay(sketch, kind, *number, fault, shows));
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

/// What a duration is compared with, from short to long: around the limits and timeouts of the real releases.
const LADDER: [&str; 8] = ["1ms", "100ms", "1s", "3s", "10s", "30s", "130s", "10m"];

fn sleep(
    sketch: &Sketch,
    list: usize,
    place: usize,
    step: &str,
    shows: &mut dyn FnMut(Sketch) -> bool,
) -> Option<String> {
    step.strip_prefix("sleep ")?;
    let lengths = lengths(&mut |duration| {
        let mut other = sketch.clone();
        other.lists[list][place] = format!("sleep {duration}");
        shows(other)
    })?;
    Some(format!("\"{step}\": {lengths}"))
}

fn delay(
    sketch: &Sketch,
    kind: &str,
    number: u32,
    fault: &str,
    shows: &mut dyn FnMut(Sketch) -> bool,
) -> Option<String> {
    let (word, _) = fault.split_once(' ')?;
    let lengths = lengths(&mut |duration| {
        let mut other = sketch.clone();
        let table = other.faults.get_mut(kind).expect("it is there");
        table.insert(number, format!("{word} {duration}"));
        shows(other)
    })?;
    Some(format!("\"{fault}\": {lengths}"))
}

/// Which lengths of time show the violation, if there is a rule.
fn lengths(shows: &mut dyn FnMut(&str) -> bool) -> Option<String> {
    let shown = LADDER.map(&mut *shows);
    let (first, last) = (shown.iter().position(|it| *it)?, shown.iter().rposition(|it| *it)?);
    let without_a_gap = shown[first..=last].iter().all(|it| *it);
    match (first, last) {
        _ if !without_a_gap => None,
        (0, last) if last + 1 == LADDER.len() => Some("any time will do".into()),
        (first, last) if last + 1 == LADDER.len() => Some(format!("any time from {} will do", LADDER[first])),
        (0, last) => Some(format!("any time up to {} will do", LADDER[last])),
        (first, last) if first == last => None,
        (first, last) => Some(format!("any time from {} to {} will do", LADDER[first], LADDER[last])),
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
    let others = model::words::server::Server::ALL.into_iter().filter(|server| *server != sketch.server);
    let as_good: Vec<String> =
        others.filter(|&server| shows(Sketch { server, ..sketch.clone() })).map(|server| server.to_string()).collect();
    (!as_good.is_empty()).then(|| format!("also on {}", as_good.join(" and ")))
}
