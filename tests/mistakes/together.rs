//! Several mistakes in one file: each is found in its place, and none is told that is only the consequence of another.

use std::path::Path;

use sim::judging::Invariant;
use sim::plan::{MISTAKES_MAX, Scenario};

use crate::stories::{Answer, CONFIG, Case, EXPECT, FAULTS, Parts, RETAIN, STEPS, TOP, VALID, file};

/// The places of all marks in a text, and the text without them.
fn marked(text: &str) -> (Vec<(usize, usize)>, String) {
    let (mut places, mut plain) = (Vec::new(), String::new());
    for part in text.split_inclusive('▸') {
        plain += part.trim_end_matches('▸');
        if part.ends_with('▸') {
            let column = plain.chars().rev().take_while(|c| *c != '\n').count() + 1;
            places.push((plain.matches('\n').count() + 1, column));
        }
    }
    (places, plain)
}

/// The places of all mistakes that are found, each with its message.
fn found(text: &str) -> Vec<((usize, usize), String)> {
    let mistakes = Scenario::mistakes(Path::new("story.toml"), text, &Invariant::names());
    let place = |place: &sim::plan::Place| (place.line, place.column);
    mistakes.iter().map(|one| (one.place().map(place).unwrap_or_default(), one.message().to_owned())).collect()
}

#[track_caller]
fn check(text: &str) {
    let (places, plain) = marked(text);
    let found = found(&plain);
    let told: Vec<(usize, usize)> = found.iter().map(|(place, _)| *place).collect();
    assert_eq!(told, places, "{plain}\n{found:#?}");
}

/// The cases that only a whole plan shows to be wrong. Beside a wrong step nothing is said of them.
fn depends_on_the_steps((_, _, answer): &&Case) -> bool {
    matches!(answer, Answer::Says(says) if says.starts_with("S1 has ") || says.starts_with("sessions with"))
        || matches!(answer, Answer::Near("S1#1"))
}

#[test]
fn every_mistake_of_a_file_is_found_at_once() {
    let alone = |cases: &'static [Case]| -> Vec<&'static Case> {
        cases.iter().filter(|case| !depends_on_the_steps(case)).collect()
    };
    let requests: Vec<String> =
        RETAIN.iter().map(|(wrong, ..)| format!("retain = {{ 1 = ▸\"{wrong}\", 2 = ▸\"{wrong}\" }}")).collect();
    let lines = alone(FAULTS).into_iter().map(|(wrong, ..)| (*wrong).to_owned());
    let faults: Vec<String> = lines.chain(requests).collect();
    let (config, top, expect) = (alone(CONFIG), alone(TOP), alone(EXPECT));
    let mut files = 0;
    for number in 0..faults.len().max(50) {
        let (step, next) = (STEPS[number % STEPS.len()].0, STEPS[(number + 1) % STEPS.len()].0);
        check(&file(&Parts {
            config: config[number % config.len()].0,
            step: &format!("▸\"{step}\", \"sleep 1s\", ▸\"{next}\""),
            top: top[number % top.len()].0,
            faults: &faults[number % faults.len()],
            expect: expect[number % expect.len()].0,
            ..VALID
        }));
        files += 1;
    }
    assert!(files >= 50, "{files} files");
}

/// Plans whose parts can be read, and contradict each other.
const CONTRADICTIONS: &[&str] = &[
    "title = \"t\"\nsteps = [\"turn\", ▸\"run 30s\", ▸\"drain\", ▸\"start_after 3s\"]\n[faults]\nkills = [▸\"sigkill at step 1 of process 2\", \"sigkill at step 1\", ▸\"sigterm at step 3 of process 9\"]\n",
    "title = \"t\"\nsteps = [\"turn x3\"]\n[faults]\nretain = { ▸\"S1#9\" = \"413\", 1 = \"500\", ▸\"S2#1\" = \"413\" }\n[expect]\nreference = { lost = [▸\"S1#4\", \"S1#1\", ▸\"S1#5\"] }\nB = { duplicated = { ▸\"S1#4\" = 2 }, violates = [▸\"convergance\"] }\n",
    "title = \"t\"\nconfig = { timeout = \"1s\", latency = ▸\"2s\" }\nsteps = [\"turn\", \"exit\", ▸\"turn\"]\n[expect]\nB = { violates = [▸\"no-loss\", \"convergence\"] }\n",
    "title = ▸\"\"\nconfig = { host = \"webui\" }\nsteps = [\"mark S1 a\"]\nfaults = { commit.b = { 1 = ▸\"10s\" }, commit.c = { 1 = ▸\"fail\" } }\n",
    "title = \"t\"\nconfig = { host = \"tui\" }\nsteps = [▸\"commit S1\", \"turn\"]\nschedule = ▸{ at = [\"yield at step 2 of process 4\"] }\n",
    "title = \"t\"\nparallel = [[\"turn\", ▸\"barrier 3\"], [▸\"restart\", \"turn\"]]\n[faults]\ndown = ▸\"3 s\"\n",
];

#[test]
fn contradictions_are_found_together() {
    for text in CONTRADICTIONS {
        check(text);
    }
}

/// Files in which a mistake takes away what others need.
const CONSEQUENCES: &[&str] = &[
    // Without the step there would be no session S2, no second process and no barrier.
    "title = \"t\"\nsteps = [\"turn\", ▸\"swich S2\", \"turn\"]\n[expect]\nB = { lost = [\"S2#1\"] }\n",
    "title = \"t\"\nsteps = [\"turn\", \"sigkill\", ▸\"restrat\", \"turn\"]\n[faults]\nkills = [\"sigkill at step 1 of process 2\"]\n",
    "title = \"t\"\n▸step = [\"turn\"]\n[expect]\nB = { lost = [\"S1#1\"] }\n",
    // The host may have been meant.
    "title = \"t\"\nconfig = { ▸hots = \"webui\" }\nsteps = [\"commit S1\"]\n",
    "title = \"t\"\nsteps = [\"commit S1\"]\n▸confg = { host = \"webui\" }\n",
    // A list or table that is empty without its only entry.
    "title = \"t\"\nsteps = [\"turn\"]\n[expect]\nB = { lost = [▸\"S1-1\"] }\nF = { ▸lots = [\"S1#1\"] }\n",
    "▸titel = \"t\"\nsteps = [\"turn\"]\n",
    "title = \"t\"\nseed = ▸\"5\"\nsteps = [\"turn\"]\n[expect]\nF = [{ seed = 0, lost = [\"S1#1\"] }, \"pass\"]\n",
    // No longer TOML: what stands before it counts.
    "title = \"t\"\nsteps = [\"turn\", ▸\"tunr\"]\nseed = ▸\n[expect]\nB = \"fail\"\n",
    "title = \"t\"\nsteps = [\"turn\"]\n▸title = \"u\"\n",
];

#[test]
fn a_consequence_is_no_mistake() {
    for text in CONSEQUENCES {
        check(text);
    }
}

#[test]
fn what_every_mistake_says_is_what_the_first_would_say_alone() {
    for text in CONTRADICTIONS.iter().chain(CONSEQUENCES) {
        let (_, plain) = marked(text);
        let alone = Scenario::parse_knowing(Path::new("story.toml"), &plain, &Invariant::names());
        let alone = alone.expect_err("a mistake").message().to_owned();
        let found = found(&plain);
        assert!(found.iter().any(|(_, message)| *message == alone), "{alone} is not among {found:#?}");
    }
}

#[test]
fn a_file_with_very_many_mistakes_is_told_the_first() {
    let text = format!("title = \"t\"\nsteps = [{}]\n", "\"tunr\", ".repeat(300));
    assert_eq!(found(&text).len(), MISTAKES_MAX);
}
