//! `scenarios/README.md` lists every scenario, and the effect of each proposed fix on them.

use std::collections::{BTreeMap, BTreeSet};

use crate::forget_me_not;
use crate::page::{project, section, text};

#[test]
fn every_scenario_is_listed_and_none_that_does_not_exist() {
    let document = text("scenarios/README.md");
    let spans: BTreeSet<&str> = document.split('`').skip(1).step_by(2).collect();
    let folder = project().join("scenarios");
    let names: BTreeSet<String> = sim::search::replay::find(&[folder])
        .unwrap_or_else(|errors| panic!("{errors:?}"))
        .into_iter()
        .map(|scenario| scenario.name)
        .collect();
    let listed = |name: &str| {
        spans.iter().any(|span| *span == name || span.strip_suffix('*').is_some_and(|start| name.starts_with(start)))
    };
    let missing: Vec<&String> = names.iter().filter(|name| !listed(name)).collect();
    assert!(missing.is_empty(), "scenarios/README.md does not list {missing:?}");
    let is_a_name =
        |span: &&&str| span.contains('_') && span.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c));
    let unknown: Vec<&&str> = spans.iter().filter(is_a_name).filter(|span| !names.contains(**span)).collect();
    assert!(unknown.is_empty(), "scenarios/README.md lists {unknown:?}, which do not exist");
}

/// The outcome of a scenario with a release: whether it passed, and the damage.
type Outcome = (bool, String);

/// The outcomes of scenarios with a release and a fix on a server, by the scenario's name and the release's.
fn outcomes(paths: &[&str], releases: [&str; 2], server: &str) -> BTreeMap<(String, String), Outcome> {
    let releases = releases.join(",");
    let options = ["matrix", "--json", "--releases", &releases, "--server", server];
    let (code, lines, _) = forget_me_not(&[&options[..], paths].concat());
    assert_eq!(code, 0);
    let cell = |line: &str| {
        let cell: serde_json::Value = serde_json::from_str(line).expect("a cell");
        let text = |key: &str| cell[key].as_str().expect("text").to_owned();
        let damage = ["lost", "duplicated", "misattributed", "polluted", "order_broken", "stale_recall", "violates"];
        let found = damage.map(|kind| format!("{kind} {}", cell[kind])).join(", ");
        ((text("scenario"), text("release")), (cell["verdict"] == "pass", found))
    };
    lines.lines().map(cell).collect()
}

#[test]
fn the_proposed_fixes_fix_leave_and_break_what_the_index_says() {
    let table = section("scenarios/README.md", "## The proposed fixes");
    let scenarios = sim::search::replay::find(&["scenarios".into()]).unwrap_or_else(|errors| panic!("{errors:?}"));
    let paths: BTreeMap<&str, &str> =
        scenarios.iter().map(|one| (&*one.name, one.path.to_str().expect("a path of letters"))).collect();
    let mut claims = 0;
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let (fix, base) = cells[1].trim_start_matches('`').split_once("` on ").expect("a fix and its base");
        let base = base.trim_matches('`');
        let server = match fix {
            "pr-17447" => "replace",
            "pr-110846" => "idempotent",
            _ => "append",
        };
        let named = |cell: &'_ str| -> Vec<&str> {
            cell.split('`')
                .skip(1)
                .step_by(2)
                .filter_map(|word| paths.get_key_value(word))
                .map(|(name, _)| *name)
                .collect()
        };
        let all: Vec<&str> = cells[2..5].iter().flat_map(|cell| named(cell)).map(|name| paths[name]).collect();
        let outcomes = outcomes(&all, [base, fix], server);
        for (column, cell) in [("fixes", cells[2]), ("leaves", cells[3]), ("breaks", cells[4])] {
            for name in named(cell) {
                let of = |release: &str| &outcomes[&(name.to_owned(), release.to_owned())];
                let ((passed, was), (passes, is)) = (of(base), of(fix));
                let right = match column {
                    "fixes" => !passed && was != is,
                    "leaves" => !passed && !passes,
                    _ => !passes && was != is,
                };
                assert!(right, "{fix} {column} {name}? {base}: {was}; {fix}: {is}");
                claims += 1;
            }
        }
    }
    assert!(claims > 30, "only {claims} claims");
}
