//! `scenarios/FORMAT.md` says what can be written, and nothing is read that it does not say.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use sim::judging::Invariant;
use sim::plan::Scenario;

fn text(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_else(|_| panic!("{path}"))
}

fn parse(text: &str) -> Result<Scenario, String> {
    let read = Scenario::parse_knowing(Path::new("documented.toml"), text, &Invariant::names());
    read.map_err(|error| error.to_string())
}

/// What the answer to a mistake lists after its last colon: every word that would have been right.
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

/// The first two cells of the rows whose first cell is one word in code, without the backticks.
fn rows(document: &str) -> Vec<(&str, &str)> {
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.filter_map(|row| row.split_once("` | `"));
    cells.filter_map(|(first, rest)| Some((first, rest.split_once('`')?.0))).collect()
}

#[test]
fn every_word_of_a_scenario_is_documented() {
    let document = text("scenarios/FORMAT.md").replace("```", "");
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
    let invariants = Invariant::all().map(|row| row.name.to_owned());
    for word in mistakes.iter().flat_map(|mistake| choices(mistake)).chain(invariants) {
        assert!(words.contains(&*word) || word == "an HTTP status", "FORMAT.md does not say what \"{word}\" is");
    }
}

#[test]
fn every_invariant_is_told_in_its_own_words() {
    let document = text("scenarios/FORMAT.md");
    assert!(
        text("README.md").contains(concat!("Rust ", env!("CARGO_PKG_RUST_VERSION"), " ")),
        "the minimum Rust version"
    );
    for row in Invariant::all() {
        assert!(document.contains(&format!("| {} |", row.rule)), "FORMAT.md does not say \"{}\"", row.rule);
        assert!(text("README.md").contains(&format!("| `{}` |", row.name)), "README.md does not name {}", row.name);
    }
}

#[test]
fn the_defaults_are_those_that_are_documented() {
    let config = |line: &str| {
        let text = format!("title = \"t\"\nsteps = [\"turn\"]\n{line}\n");
        format!("{:?}", parse(&text).unwrap_or_else(|error| panic!("{error}")).config)
    };
    let document = text("scenarios/FORMAT.md");
    let table = document.split("\n## ").find(|part| part.starts_with("Config")).expect("a part about the config");
    let pairs: Vec<String> = rows(table).iter().map(|(key, value)| format!("{key} = {value}")).collect();
    assert!(pairs.len() > 10, "{pairs:?}");
    assert_eq!(config(&format!("config = {{ {} }}", pairs.join(", "))), config(""));
}

#[test]
fn every_example_is_a_scenario_and_does_what_it_says() {
    let format = text("scenarios/FORMAT.md");
    let readme = text("README.md");
    let own = readme.split("## Write your own").nth(1).expect("how to write one's own");
    let blocks = |document: &'_ str| -> Vec<String> {
        let parts = document.split("```toml\n").skip(1);
        parts.map(|part| part.split("```").next().expect("a block").to_owned()).collect()
    };
    let examples = [blocks(&format), blocks(own)].concat();
    assert!(examples.len() > 2, "{examples:?}");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documentation");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (number, example) in examples.iter().enumerate() {
        let path = folder.join(format!("example_{number}.toml"));
        std::fs::write(&path, example).expect("a file");
        let arguments = [OsString::from("forget-me-not"), "replay".into(), path.into()];
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = sim::cli::run(arguments.into_iter(), &mut out, &mut err);
        let told = String::from_utf8([out, err].concat()).expect("text");
        assert!(
            code == 0 && told.contains("every expectation met") && !told.contains("never struck"),
            "{told}\n{example}"
        );
    }
}

#[test]
fn every_scenario_is_told_of_and_none_that_does_not_exist() {
    let document = text("scenarios/README.md");
    let spans: BTreeSet<&str> = document.split('`').skip(1).step_by(2).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let names: BTreeSet<String> = sim::search::replay::find(&[folder])
        .unwrap_or_else(|errors| panic!("{errors:?}"))
        .into_iter()
        .map(|scenario| scenario.name)
        .collect();
    let told = |name: &str| {
        spans.iter().any(|span| *span == name || span.strip_suffix('*').is_some_and(|start| name.starts_with(start)))
    };
    let silent: Vec<&String> = names.iter().filter(|name| !told(name)).collect();
    assert!(silent.is_empty(), "scenarios/README.md does not tell of {silent:?}");
    let is_a_name =
        |span: &&&str| span.contains('_') && span.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c));
    let unknown: Vec<&&str> = spans.iter().filter(is_a_name).filter(|span| !names.contains(**span)).collect();
    assert!(unknown.is_empty(), "scenarios/README.md tells of {unknown:?}, which do not exist");
}

/// Every scenario's outcome with a release on a server, by name: whether it passed, and what was found.
fn outcomes(release: &str, server: &str) -> std::collections::BTreeMap<String, (bool, String)> {
    std::env::set_current_dir(env!("CARGO_MANIFEST_DIR")).expect("the project's folder");
    let arguments =
        ["forget-me-not", "matrix", "--json", "--releases", release, "--server", server].map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    assert_eq!(sim::cli::run(arguments.into_iter(), &mut out, &mut err), 0);
    let lines = String::from_utf8(out).expect("text");
    let cell = |line: &str| {
        let cell: serde_json::Value = serde_json::from_str(line).expect("a cell");
        let damage = ["lost", "duplicated", "misattributed", "polluted", "order_broken", "stale_recall", "violates"];
        let found = damage.map(|kind| format!("{kind} {}", cell[kind])).join(", ");
        (cell["scenario"].as_str().expect("a name").to_owned(), (cell["verdict"] == "pass", found))
    };
    lines.lines().map(cell).collect()
}

#[test]
fn the_proposed_fixes_do_what_is_said_of_them() {
    let document = text("scenarios/README.md");
    let table = document.split("## The proposed fixes").nth(1).and_then(|rest| rest.split("\n## ").next());
    let mut told = 0;
    for row in table.expect("the table").lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let (fix, base) = cells[1].trim_start_matches('`').split_once("` on ").expect("a fix and its base");
        let server = match fix {
            "pr-17447" => "replace",
            "pr-110846" => "idempotent",
            _ => "append",
        };
        let (before, after) = (outcomes(base.trim_matches('`'), server), outcomes(fix, server));
        let named = |cell: &str| -> Vec<String> {
            cell.split('`').skip(1).step_by(2).filter(|word| before.contains_key(*word)).map(str::to_owned).collect()
        };
        for (column, cell) in [("fixes", cells[2]), ("leaves", cells[3]), ("breaks", cells[4])] {
            for name in named(cell) {
                let ((passed, was), (passes, is)) = (&before[&name], &after[&name]);
                let right = match column {
                    "fixes" => !passed && was != is,
                    "leaves" => !passed && !passes,
                    _ => !passes && was != is,
                };
                assert!(right, "{fix} {column} {name}? {base}: {was}; {fix}: {is}");
                told += 1;
            }
        }
    }
    assert!(told > 30, "only {told} claims");
}
