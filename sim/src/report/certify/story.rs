//! A scenario in plain words: what happens, one thing after the other, for people who do not know how scenarios are written.

use crate::plan::{PlannedFault, Scenario, Which};

/// Steps by their first words, the longest first. `{}` is what follows them.
const STEPS: &[(&str, &str)] = &[
    ("turn interrupted", "the user interrupts an answer"),
    ("turn x", "{} turns"),
    ("turn", "a turn"),
    ("say ", "a turn with the words \"{}\""),
    ("echo ", "a turn with the words \"{}\", as others say them"),
    ("run ", "a turn that takes {}"),
    ("sleep ", "{} pass"),
    ("switch ", "the user changes to session {}"),
    ("resume ", "the user resumes session {}"),
    ("branch ", "the user branches off session {}"),
    ("new ", "the user starts session {} (/new)"),
    ("compress ", "the conversation is compressed and goes on as session {}"),
    ("undo", "the user takes the turn back (/undo)"),
    ("use ", "the next turn is one of session {}"),
    ("agent ", "another agent takes over ({})"),
    ("prefetch", "memories are looked up"),
    ("end", "the session ends"),
    ("flush", "the program waits for the memory"),
    ("shutdown", "the memory is shut down"),
    ("cli_exit", "the user leaves"),
    ("reinit", "the memory is initialized again"),
    ("on_sigterm", "the program handles SIGTERM from now on"),
    ("sigterm", "the system stops the program (SIGTERM)"),
    ("sigkill", "the program is killed"),
    ("sigint", "the user presses Ctrl-C"),
    ("os_exit", "the program ends at once"),
    ("exit", "the program exits"),
    ("restart", "the program is started again"),
    ("wait_retain ", "write {} reaches the server"),
    ("server_down ", "the server is down for {}"),
    ("server_restart ", "the server restarts within {}"),
];

/// What a write, a lookup and the like can meet.
const FAULTS: &[(&str, &str)] = &[
    ("drop", "is cut off and not carried out"),
    ("apply_drop", "is carried out, and its answer is lost"),
    ("hang", "is never answered"),
    ("garbled", "is carried out, and its answer cannot be read"),
    ("html", "is answered by a page of a proxy, and not carried out"),
    ("foreign", "is answered by a gateway with an error of its own, and not carried out"),
    ("empty", "is answered by nothing, and not carried out"),
    ("unsuccessful", "is answered by a success that says inside that it failed"),
    ("delay_if_alive ", "takes {}"),
    ("delay ", "takes {}, even if nobody waits any more"),
    ("restart ", "takes the server down for {}"),
    ("accept_fail", "is accepted, and fails later"),
    ("accept_stall", "is accepted, and never ends"),
    ("worker_crash", "is carried out, and its answer is lost"),
    ("ack_drop", "is confirmed and not carried out"),
    ("ack_lose ", "is confirmed, and lost after {}"),
    ("partial ", "is carried out in part ({})"),
];

/// The scenario in one sentence.
pub(super) fn told(scenario: &Scenario) -> String {
    let lane =
        |lane: &Vec<_>| lane.iter().map(|step| step_in_words(&format!("{step}"))).collect::<Vec<String>>().join("; ");
    let lanes: Vec<String> = scenario.lanes.iter().map(lane).collect();
    let mut told = lanes.join(" -- and in another program at the same time: ");
    for fault in scenario.faults.planned() {
        told += &format!("; {}", fault_in_words(&fault));
    }
    for kill in &scenario.faults.kills {
        told += &format!("; {}", kill.to_string().replacen("sigkill", "the program is killed", 1));
    }
    if !scenario.faults.down.is_zero() {
        told += &format!("; the server is down for the first {}", crate::plan::Span(scenario.faults.down));
    }
    let host = scenario.config.host.name();
    if host == "cli" { told } else { format!("{told} (with the host \"{host}\")") }
}

fn step_in_words(step: &str) -> String {
    in_words(step, STEPS).unwrap_or_else(|| format!("\"{step}\""))
}

fn fault_in_words(fault: &PlannedFault) -> String {
    let PlannedFault::Request(endpoint, which, fault) = fault else { return fault.to_string() };
    let what = match endpoint.name() {
        "retain" => "write",
        "recall" => "lookup",
        "version" => "request at the start",
        _ => "commit",
    };
    let which = match which {
        Which::Number(number) => format!("{what} {number}"),
        Which::Every => format!("every {what}"),
        Which::Turn(turn) => format!("every {what} with turn {turn}"),
    };
    let fault = fault.to_string();
    let meets = in_words(&fault, FAULTS).unwrap_or_else(|| format!("is answered {fault}, and not carried out"));
    format!("{which} {meets}")
}

/// The words for a text, if the table has them.
fn in_words(text: &str, table: &[(&str, &str)]) -> Option<String> {
    let fits = |(word, _): &&(&str, &str)| match word.ends_with([' ', 'x']) {
        true => text.starts_with(word),
        false => text == *word || text.starts_with(&format!("{word} ")),
    };
    table.iter().find(fits).map(|(word, told)| match text.strip_prefix(word).map(str::trim) {
        Some(rest) if told.contains("{}") => told.replace("{}", rest),
        Some(rest) if !rest.is_empty() => format!("{told} ({rest})"),
        Some(_) | None => (*told).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_scenario_is_told_without_its_language() {
        let check = |text: &str, expected: &str| {
            let scenario =
                Scenario::parse(Path::new("a.toml"), &format!("title = \"t\"\n{text}\n")).expect("a scenario");
            assert_eq!(told(&scenario), expected);
        };
        check(
            "steps = [\"turn\", \"sleep 400ms\", \"turn x3\", \"sigkill\", \"restart\"]",
            "a turn; 400ms pass; 3 turns; the program is killed; the program is started again",
        );
        check(
            "steps = [\"turn\", \"switch S2\"]\nfaults = { retain = { 1 = \"apply_drop\", \"*\" = \"500\" } }",
            "a turn; the user changes to session S2; write 1 is carried out, and its answer is lost; every write is answered 500, and not carried out",
        );
        check(
            "steps = [\"turn\"]\nconfig = { host = \"oneshot\" }\nfaults = { kills = [\"sigkill 50ms after the start of process 1\"] }",
            "a turn; the program is killed 50ms after the start of process 1 (with the host \"oneshot\")",
        );
    }
}
