//! The house is tidy: layers, lengths, the style of modules, and one row for each thing that has a name.
//!
//! Each rule is a function from sources to complaints, and has a test that it finds violations.

mod circles;
mod layers;
mod lengths;
mod rows;
mod source;
mod style;

use std::collections::BTreeSet;

use source::project;

/// Known exceptions: a complaint, and the reason it stands. An exception that is no longer needed fails the test.
const EXCEPTIONS: &[(&str, &str)] = &[];

/// Fails if there are complaints besides the exceptions, or exceptions that are not needed.
fn check(complaints: &BTreeSet<String>, exceptions: &[(&str, &str)]) -> Result<(), String> {
    let excused: BTreeSet<&str> = exceptions.iter().map(|(complaint, _)| *complaint).collect();
    let new: Vec<&str> =
        complaints.iter().map(String::as_str).filter(|complaint| !excused.contains(complaint)).collect();
    let gone: Vec<&str> = excused.into_iter().filter(|&excused| !complaints.contains(excused)).collect();
    match new.is_empty() && gone.is_empty() {
        true => Ok(()),
        false => Err(format!("untidy:\n  {}\nexceptions without need:\n  {}", new.join("\n  "), gone.join("\n  "))),
    }
}

#[test]
fn the_house_is_tidy() {
    let (model, sim, tests) = (project(&["model"]), project(&["sim"]), project(&["tests"]));
    let libraries: Vec<_> = model.into_iter().chain(sim).chain(project(&["mutants"])).collect();
    let documents = rows::documents();
    let mut complaints = layers::complaints(layers::HOUSE, &libraries);
    complaints.extend(circles::complaints(&libraries));
    complaints.extend(style::complaints(&libraries));
    complaints.extend(lengths::complaints(&libraries));
    complaints.extend(lengths::complaints(&tests));
    complaints.extend(rows::listed().iter().flat_map(|rows| rows::complaints(rows, &documents)));
    complaints.extend(rows::unnamed_subjects(&documents));
    complaints.extend(rows::marks_without_a_row());
    check(&complaints, EXCEPTIONS).unwrap_or_else(|untidy| panic!("{untidy}"));
}

#[test]
fn an_exception_without_need_is_a_complaint() {
    let complaints = BTreeSet::from(["a".to_owned()]);
    assert!(check(&complaints, &[("a", "because")]).is_ok());
    assert!(check(&complaints, &[]).is_err_and(|untidy| untidy.contains("untidy:\n  a\n")));
    assert!(check(&BTreeSet::new(), &[("a", "because")]).is_err_and(|untidy| untidy.ends_with("need:\n  a")));
}

#[test]
fn a_path_against_the_layers_is_found() {
    layers::finds_a_path_against_the_layers();
}

#[test]
fn a_circle_of_modules_is_found() {
    circles::finds_a_circle();
}

#[test]
fn what_is_too_long_is_found() {
    lengths::finds_what_is_too_long();
}

#[test]
fn another_style_of_modules_is_found() {
    style::finds_another_style();
}

#[test]
fn a_row_that_is_missing_is_found() {
    rows::finds_a_row_that_is_missing();
}
