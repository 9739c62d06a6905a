//! `docs/format.md` documents the plan's own tables: each form and its meaning.

use sim::plan::{Form, KEYS, Key, forms};

fn format() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/format.md");
    std::fs::read_to_string(path).expect("the documentation")
}

#[test]
fn every_form_is_documented_in_its_own_words() {
    let document = format();
    let rows = forms().into_iter().map(|Form { written, means, .. }| {
        let written: Vec<String> = written.iter().map(|form| format!("`{form}`")).collect();
        format!("| {} | {means} |", written.join(", "))
    });
    let missing: Vec<String> = rows.filter(|row| !document.lines().any(|line| line == row)).collect();
    assert!(missing.is_empty(), "docs/format.md does not have these rows:\n{}", missing.join("\n"));
}

#[test]
fn every_setting_is_documented_in_its_own_words() {
    let document = format();
    let rows = KEYS.iter().map(|Key { key, default, means, .. }| format!("| `{key}` | {default} | {means} |"));
    let missing: Vec<String> = rows.filter(|row| !document.lines().any(|line| line == row)).collect();
    assert!(missing.is_empty(), "docs/format.md does not have these rows:\n{}", missing.join("\n"));
}
