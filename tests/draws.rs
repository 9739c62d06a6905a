//! A campaign draws the whole language, but for what a list leaves out with reasons. No run is made for that.

use std::collections::BTreeSet;
use std::path::Path;

use model::agents::Subject;
use model::hosts::Kind;
use model::words::server::Server;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use sim::draw::{Profile, UNDRAWN, scenario};
use sim::plan::{
    self, Ending, Form, KEYS, Kill, Moment, PROTOCOL, Pace, PlannedFault, Scenario, Schedule, Side, Step, Strategy,
    Tapes, Which,
};
use sim::run;
use sim::world::Engine;

/// The seeds of all profiles together.
const SEEDS: u64 = 30_000;

/// What a word may be followed by, in the place of a form's capital.
const ARGUMENTS: [(&str, &str); 11] = [
    ("S", "S2"),
    ("A", "a"),
    ("NAME", "a"),
    ("D", "2s"),
    ("-D", "-2s"),
    ("N", "1"),
    ("TEXT", "yes"),
    ("FILE", "sessions.json"),
    ("P", "work"),
    ("OPERATION", "truncate"),
    ("STEP", "turn"),
];

fn filled(form: &str) -> String {
    let words = form.split(' ').map(|word| {
        let found = ARGUMENTS.iter().find(|(capital, _)| *capital == word);
        found.map_or(word, |(_, argument)| argument)
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Whether this is how the text is written. Several turns are one form, however many they are.
fn is_written(text: &str, form: &str) -> bool {
    let (text, form): (Vec<&str>, Vec<&str>) = (text.split(' ').collect(), form.split(' ').collect());
    let rest = form.last().is_some_and(|word| ["TEXT", "STEP"].contains(word));
    let fits = |(text, form): (&&str, &&str)| {
        let number = |text: &str| text.strip_prefix('x').is_some_and(|number| number.parse::<u32>().is_ok());
        let is_argument = ARGUMENTS.iter().any(|(capital, _)| capital == form);
        text == form
            || (is_argument && text.starts_with('-') == form.starts_with('-'))
            || (number(text) && number(form))
    };
    (text.len() == form.len() || (rest && text.len() >= form.len())) && text.iter().zip(&form).all(fits)
}

/// The form in which the text is written: the one with the most words of its own.
fn form(text: &str, forms: &[Form]) -> String {
    let written = forms.iter().flat_map(|form| form.written).filter(|form| is_written(text, form));
    let own = |form: &&&str| form.split(' ').filter(|word| word.chars().any(char::is_lowercase)).count();
    written.max_by_key(own).map_or_else(|| text.to_owned(), |form| (*form).to_owned())
}

fn reads(text: &str) -> bool {
    Scenario::parse(Path::new("t.toml"), &format!("title = \"t\"\n{text}\n")).is_ok()
}

/// Whether a scenario of this host can have the step.
fn knows(host: Kind, step: &str) -> bool {
    let config = format!("config = {{ host = \"{}\" }}", host.name());
    reads(&format!("{config}\nsteps = ['turn', '{step}', 'turn']"))
        || reads(&format!("{config}\nsteps = ['{step}', 'turn']"))
}

/// Every combination of host and step, of host and setting, of endpoint and fault, every kill and every schedule that the format allows.
fn allowed() -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let steps = plan::step_forms();
    for host in Kind::ALL {
        let name = host.name();
        for form in steps.iter().flat_map(|form| form.written) {
            words.extend(knows(host, &filled(form)).then(|| format!("{name}: {form}")));
            let started = format!("start {}", filled(form));
            words.extend(knows(host, &started).then(|| format!("{name}: start {form}")));
        }
        for key in KEYS.iter().filter(|key| key.key != "host") {
            for value in [key.least, key.most] {
                let setting = format!("{} = {value}", key.key);
                let text = format!("config = {{ host = \"{name}\", {setting} }}\nsteps = ['turn']");
                let is_default = KEYS.iter().any(|it| it.key == key.key && it.default.trim_matches('`') == value);
                words.extend((reads(&text) && !is_default).then(|| format!("{name}: {setting}")));
            }
        }
        for form in plan::commit_fault_forms().iter().flat_map(|form| form.written) {
            let text = format!(
                "config = {{ host = \"{name}\" }}\nsteps = ['turn']\nfaults = {{ commit.S1 = {{ 1 = \"{}\" }} }}",
                filled(form)
            );
            words.extend(reads(&text).then(|| format!("{name}: commit {form}")));
        }
    }
    for endpoint in PROTOCOL.meeting_faults() {
        for form in plan::request_fault_forms().iter().flat_map(|form| form.written) {
            words.extend(["1", "*"].map(|which| format!("{endpoint} {which}: {form}")));
            words.extend(endpoint.delivers().then(|| format!("{endpoint} turn: {form}")));
        }
        words.insert(format!("{endpoint}: until"));
        words.extend(["300", "599"].map(|status| format!("{endpoint}: {status}")));
    }
    words.insert("down".to_owned());
    for ending in Ending::KILLS {
        words.extend(["step", "label", "time"].map(|moment| format!("{} at a {moment}", ending.word())));
    }
    words.extend(["random", "pct", "recorded agent", "recorded provider"].map(|word| format!("schedule {word}")));
    words.extend(["go", "yield", "sleep"].map(|pace| format!("forced {pace}")));
    words
}

/// The words of a drawn scenario.
fn words(scenario: &Scenario, words: &mut BTreeSet<String>) {
    let (host, steps) = (scenario.config.host.name(), plan::step_forms());
    for step in scenario.steps().map(Step::to_string) {
        words.insert(format!("{host}: {}", form(&step, &steps)));
        if let Some(started) = step.strip_prefix("start ") {
            words.insert(format!("{host}: start {}", form(started, &steps)));
        }
    }
    words.extend(scenario.config.settings().iter().map(|setting| format!("{host}: {setting}")));
    words.extend(scenario.faults.planned().flat_map(|planned| match &planned {
        PlannedFault::Commit(_, _, fault) => {
            vec![format!("{host}: commit {}", form(&fault.to_string(), &plan::commit_fault_forms()))]
        }
        PlannedFault::Request(endpoint, which, fault) => {
            let which = match which {
                Which::Every => "*",
                Which::Number(_) => "1",
                Which::Turn(_) => "turn",
            };
            let (until, fault) = (fault.until.map(|_| format!("{endpoint}: until")), fault.fault.to_string());
            let forms = plan::request_fault_forms();
            let kind = match (fault.parse::<u16>(), fault.contains("retry_at")) {
                (Ok(_), _) => forms[0].written[0].to_owned(),
                (Err(_), true) => forms[2].written[0].to_owned(),
                (Err(_), false) if fault.contains("retry_after") => forms[1].written[0].to_owned(),
                (Err(_), false) if fault.ends_with("to itself") => forms[3].written[0].to_owned(),
                (Err(_), false) if fault.ends_with("to elsewhere") => forms[4].written[0].to_owned(),
                (Err(_), false) => form(&fault, &forms),
            };
            let words = [format!("{endpoint} {which}: {kind}"), format!("{endpoint}: {fault}")];
            words.into_iter().chain(until).collect()
        }
    }));
    words.extend((!scenario.faults.down.is_zero()).then(|| "down".to_owned()));
    words.extend(scenario.faults.kills.iter().map(|Kill { at, ending, .. }| {
        let moment = match at {
            Moment::Step(_) => "step",
            Moment::Label(..) => "label",
            Moment::After(_) => "time",
        };
        format!("{} at a {moment}", ending.word())
    }));
    schedule_words(&scenario.schedule, words);
}

fn schedule_words(schedule: &Schedule, words: &mut BTreeSet<String>) {
    let of = |tapes: &Tapes, side: Side| tapes.of(side).next().map(|_| format!("schedule recorded {side}"));
    match &schedule.strategy {
        Strategy::Random => _ = words.insert("schedule random".to_owned()),
        Strategy::Pct { .. } => _ = words.insert("schedule pct".to_owned()),
        Strategy::Recorded(tapes) => words.extend(Side::MODELED.iter().filter_map(|side| of(tapes, *side))),
    }
    words.extend(schedule.forced.iter().map(|forced| {
        let pace = match forced.pace {
            Pace::Go => "go",
            Pace::Yield => "yield",
            Pace::Sleep(_) => "sleep",
        };
        format!("forced {pace}")
    }));
}

#[test]
fn a_campaign_draws_every_word_for_every_host() {
    let each = SEEDS / Profile::ALL.len() as u64 + 1;
    let drawn = (0..each * Profile::ALL.len() as u64).into_par_iter().fold(BTreeSet::new, |mut found, number| {
        let profile = Profile::ALL[(number % Profile::ALL.len() as u64) as usize];
        words(&scenario(number / Profile::ALL.len() as u64, profile).scenario, &mut found);
        found
    });
    let drawn: BTreeSet<String> = drawn.reduce(BTreeSet::new, |one, other| &one | &other);
    let allowed = allowed();
    assert!(allowed.len() > 500, "{allowed:?}");
    let missing: Vec<&String> = allowed.difference(&drawn).collect();
    assert!(missing.is_empty(), "{} of {} words were never drawn: {missing:#?}", missing.len(), allowed.len());
}

#[test]
fn what_is_not_drawn_is_drawn_by_no_seed_and_convicts_no_reference() {
    for undrawn in UNDRAWN {
        for example in undrawn.examples {
            let scenario = Scenario::parse(Path::new("t.toml"), &format!("title = \"t\"\n{example}\n"));
            let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
            assert!((undrawn.is_in)(&scenario), "{}: {example}", undrawn.what);
            for &server in Server::ALL {
                for seed in 0..5 {
                    let run = run::run(&scenario.seeded(seed), Subject::REFERENCE, server, Engine::Events);
                    assert_eq!(run.violations, [], "{example}, seed {seed} on {server}");
                }
            }
        }
        let is_drawn = |seed: u64| {
            let of_a_profile = |profile: &&Profile| (undrawn.is_in)(&scenario(seed, **profile).scenario);
            Profile::ALL.iter().find(of_a_profile).map(|profile| format!("{profile} {seed}"))
        };
        let found = (0..SEEDS / Profile::ALL.len() as u64).into_par_iter().find_map_any(is_drawn);
        assert_eq!(found, None, "{} is drawn", undrawn.what);
    }
}

#[test]
fn the_format_prints_what_is_not_drawn() {
    let page = include_str!("../docs/format.md");
    let (_, section) = page.split_once("## What campaigns do not draw\n").expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let printed: Vec<&str> = section.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let listed: Vec<String> = UNDRAWN.iter().map(|undrawn| format!("| {} | {} |", undrawn.what, undrawn.why)).collect();
    assert_eq!(printed, listed);
}
