//! Natural mistakes in a scenario: each is answered with its line and column, and with the nearest word or what to write instead.
//!
//! A case is a text as somebody wrote it, and as it was meant, which is valid. A `▸` stands before the mistake, or the text is the mistake. The
//! test computes the place from it.

mod stories;
mod together;

use std::collections::BTreeSet;
use std::path::Path;

use sim::judging::Invariant;
use sim::plan::Scenario;

use stories::{Near, Says, Story, all};

fn read(text: &str) -> Result<Scenario, String> {
    let path = Path::new("story.toml");
    Scenario::parse_knowing(path, &text.replace('▸', ""), &Invariant::names()).map_err(|error| error.to_string())
}

/// The line with the mistake and its answer, if that is as good as it must be.
fn answered(Story { wrong, meant, answer }: &Story) -> Result<String, String> {
    let (before, after) = wrong.split_once('▸').expect("a mark");
    let (line, column) =
        (before.matches('\n').count() + 1, before.chars().rev().take_while(|c| *c != '\n').count() + 1);
    let shown = wrong.lines().nth(line - 1).unwrap_or(after).trim().trim_end_matches(',');
    let poor = |why: &str| Err(format!("{shown}: {why}"));
    if let Err(error) = read(meant) {
        return poor(&format!("what was meant is refused: {error}"));
    }
    let Err(error) = read(wrong) else { return poor("is accepted") };
    let needed = match answer {
        Near(word) => format!("; did you mean \"{word}\"?"),
        Says(text) => (*text).to_owned(),
    };
    match error.strip_prefix(&format!("story.toml:{line}:{column}: ")) {
        Some(message) if message.contains(&needed) => Ok(format!("{shown}\n    {message}")),
        Some(_) => poor(&format!("{needed} is missing: {error}")),
        None => poor(&format!("it is in line {line}, column {column}: {error}")),
    }
}

#[test]
fn a_natural_mistake_is_answered_with_its_place_and_with_what_to_write() {
    let stories = all();
    let different: BTreeSet<&str> = stories.iter().map(|story| &*story.wrong).collect();
    assert!(different.len() >= 60 && different.len() == stories.len(), "{} of {}", different.len(), stories.len());
    let (good, poor): (Vec<_>, Vec<_>) = stories.iter().map(answered).partition(Result::is_ok);
    let poor: Vec<String> = poor.into_iter().filter_map(Result::err).collect();
    assert!(poor.is_empty(), "{} answers are poor:\n{}", poor.len(), poor.join("\n"));
    insta::assert_snapshot!("answers", good.into_iter().flatten().collect::<Vec<_>>().join("\n"));
}

/// What only the program knows: the answers to mistakes that a schema accepts.
const BEYOND_A_SCHEMA: &[&str] = &[
    "means nothing to the host",
    "the steps have no such turn",
    "write at most 24h",
    "cannot be started beside what follows",
    "what is said names",
    "strikes nothing, for the run begins at 0s",
    "must be longer than 0s",
];

#[test]
fn the_schema_rejects_what_is_wrong_by_itself() {
    let schema = jsonschema::draft7::new(&sim::plan::schema(&Invariant::names())).expect("a schema");
    let is_valid = |text: &str| {
        let value = toml::from_str::<toml::Value>(&text.replace('▸', "")).expect("TOML");
        schema.is_valid(&serde_json::to_value(value).expect("JSON"))
    };
    let (mut rejected, mut accepted, mut beyond) = (0, Vec::new(), BTreeSet::new());
    for Story { wrong, meant, .. } in all() {
        assert!(is_valid(&meant), "{meant}");
        match (is_valid(&wrong), read(&wrong).expect_err("a mistake")) {
            (false, _) => rejected += 1,
            (true, error) => match BEYOND_A_SCHEMA.iter().find(|answer| error.contains(**answer)) {
                Some(answer) => _ = beyond.insert(*answer),
                None => accepted.push(error),
            },
        }
    }
    assert_eq!(beyond.len(), BEYOND_A_SCHEMA.len(), "only {beyond:?} are beyond a schema");
    assert!(
        accepted.is_empty() && rejected > 100,
        "{rejected} are rejected, and these are not:\n{}",
        accepted.join("\n")
    );
}
