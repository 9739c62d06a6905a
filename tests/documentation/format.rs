//! `docs/format.md` documents every word that can be written, and the program reads no other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sim::judging::Invariant;
use sim::plan::Scenario;

use crate::page::{blocks, section, text};
use crate::{FOLDER, forget_me_not};

const PAGE: &str = "docs/format.md";

fn parse(text: &str) -> Result<Scenario, String> {
    let read = Scenario::parse_knowing(Path::new("documented.toml"), text, &Invariant::names());
    read.map_err(|error| error.to_string())
}

/// The list after the last colon of an error message: every word that would have been right.
fn choices(mistake: &str) -> Vec<String> {
    let complaint = parse(mistake).expect_err("a mistake");
    let list = complaint.rsplit_once(": ").expect("a list").1;
    let words: Vec<String> = list.split(", ").map(str::to_owned).collect();
    assert!(words.len() > 1, "{complaint}");
    words
}

/// Every word that stands in code: between two backticks.
fn words_in_code(document: &str) -> BTreeSet<&str> {
    let spans = document.split('`').skip(1).step_by(2);
    spans.flat_map(|span| span.split(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c))).collect()
}

/// The first two cells of the rows whose first two cells begin with a word in code, without the backticks.
fn rows(document: &str) -> Vec<(&str, &str)> {
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.filter_map(|row| row.split_once("` | `"));
    cells.filter_map(|(first, rest)| Some((first, rest.split_once('`')?.0))).collect()
}

#[test]
fn every_word_of_a_scenario_is_documented() {
    let document = text(PAGE).replace("```", "");
    let words = words_in_code(&document);
    let steps = "title = \"t\"\nsteps = [\"turn\"]\n";
    let mistakes = [
        "title = \"t\"\nnothing = 1\n".to_owned(),
        "title = \"t\"\nsteps = [\"nothing\"]\n".to_owned(),
        "title = \"t\"\nsteps = [\"network nothing\"]\n".to_owned(),
        format!("{steps}config = {{ nothing = 1 }}\n"),
        format!("{steps}config = {{ host = \"nothing\" }}\n"),
        format!("{steps}faults = {{ nothing = 1 }}\n"),
        format!("{steps}faults = {{ retain = {{ 1 = \"nothing\" }} }}\n"),
        format!("{steps}faults = {{ kills = [\"nothing\"] }}\n"),
        format!("{steps}expect = {{ B = {{ nothing = 1 }} }}\n"),
        format!("{steps}expect = {{ B = {{ violates = [\"nothing\"] }} }}\n"),
    ];
    for word in mistakes.iter().flat_map(|mistake| choices(mistake)) {
        assert!(words.contains(&*word) || word == "an HTTP status", "{PAGE} does not say what \"{word}\" is");
    }
}

#[test]
fn the_defaults_are_those_that_are_documented() {
    let config = |line: &str| {
        let text = format!("title = \"t\"\nsteps = [\"turn\"]\n{line}\n");
        format!("{:?}", parse(&text).unwrap_or_else(|error| panic!("{error}")).config)
    };
    let table = section(PAGE, "## Config");
    let pairs: Vec<String> = rows(&table).iter().map(|(key, value)| format!("{key} = {value}")).collect();
    assert!(pairs.len() > 10, "{pairs:?}");
    assert_eq!(config(&format!("config = {{ {} }}", pairs.join(", "))), config(""));
}

/// Invariants that [`every_word_of_a_scenario_is_documented`] does not check are expected by their data.
#[test]
fn every_invariant_is_expected_by_its_name_or_by_its_data() {
    let expectations = section(PAGE, "## Expectations");
    let invariants = text("docs/invariants.md");
    for invariant in Invariant::all() {
        let row = invariants.lines().find_map(|line| line.strip_prefix(&format!("| `{}` | ", invariant.name)));
        let how = row.and_then(|rest| rest.split(" | ").nth(2)).expect("a row");
        let named = match how {
            "name" => format!("`{}`", invariant.name),
            key => format!("| {key} |"),
        };
        assert!(expectations.contains(&named), "{PAGE} does not say how a violation of {} is expected", invariant.name);
    }
}

#[test]
fn every_example_is_a_scenario_and_does_what_it_says() {
    let examples = blocks(PAGE).into_iter().filter(|block| block.language == "toml");
    let folder = FOLDER.join("examples");
    fs::create_dir_all(&folder).expect("a folder");
    let mut run = 0;
    for (number, example) in examples.enumerate() {
        let path = folder.join(format!("example_{number}.toml"));
        fs::write(&path, &example.text).expect("a file");
        let (code, out, err) = forget_me_not(&["replay", path.to_str().expect("a path of letters")]);
        let passed = code == 0 && out.contains("every expectation met") && !out.contains("never struck");
        assert!(passed, "{}\n{out}{err}", example.place);
        run += 1;
    }
    assert!(run > 1, "{PAGE} has {run} examples");
}
