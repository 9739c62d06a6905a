use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Session;
use super::judges::Judge;
use super::likeness;
use super::outcome::{How, Prints};
use super::process::Task;
use super::results::{Kill, Results};
use crate::mutant::Mutant;
use crate::report::Summary;
use crate::stopwatch::Stopwatch;
use crate::survivors::Table;
use crate::target::Target;

fn mutants(count: u32) -> Vec<Mutant> {
    let mutant = |number| Mutant {
        number,
        file: "model/src/agents/reference/a.rs".to_owned(),
        line: 7,
        lines: (7, 7),
        function: "A::f".to_owned(),
        what: format!("mistake {number}"),
        compiles: true,
    };
    (1..=count).map(mutant).collect()
}

/// A judge that is a script.
fn judge(name: &str, script: &str) -> Judge {
    let arguments = ["-c".to_owned(), script.to_owned()].into();
    Judge {
        name: name.to_owned(),
        task: Task { program: "sh".into(), arguments, folder: "/".into() },
        prints: Prints::Runs,
    }
}

/// A folder of one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("forget-me-not-judging-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn results(&self, mutants: &[Mutant]) -> Results {
        Results::open(&self.0.join("results.jsonl"), mutants).unwrap_or_else(|failure| panic!("{failure}"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

fn session<'a>(judges: &'a [Judge], scratch: &'a Path) -> Session<'a> {
    Session { judges, jobs: NonZeroUsize::new(2).expect("two"), scratch, limit: None }
}

const NOTICES_2: &str =
    r#"if [ $FORGET_ME_NOT_MUTANT = 2 ]; then echo '{"violations":[{"invariant":"no-loss"}]}'; exit 2; fi"#;
const NOTICES_3: &str = "if [ $FORGET_ME_NOT_MUTANT = 3 ]; then echo '{\"unreached\":[\"never met\"]}'; exit 5; fi";

#[test]
fn a_mutant_is_shown_to_the_judges_until_one_notices_it() {
    let (folder, mutants) = (Folder::new("shown"), mutants(3));
    let mut results = folder.results(&mutants);
    let judges = [judge("one", NOTICES_2), judge("two", NOTICES_3)];
    let chosen: Vec<&Mutant> = mutants.iter().collect();
    let mut told = 0;
    let judged = session(&judges, &folder.0).judge(&chosen, &mut results, &mut |_, _| told += 1);
    judged.unwrap_or_else(|failure| panic!("{failure}"));
    let killed = |number: u32| results.known()[&number].killed.clone();
    let kill = |by: &str, how, what: &str| Some(Kill { by: by.to_owned(), how, what: vec![what.to_owned()] });
    assert_eq!(told, 3);
    assert_eq!(killed(1), None);
    assert_eq!(killed(2), kill("one", How::Invariant, "no-loss"));
    assert_eq!(killed(3), kill("two", How::Vacuity, "never met"));

    let row = "[[survivor]]\nof = \"reference\"\nfile = \"model/src/agents/reference/a.rs\"\nfunction = \"A::f\"\nclass = \"slower\"\nreason = \"r\"\n";
    let summary = |table: &str| {
        let table = Table::parse(table).unwrap_or_else(|error| panic!("{error}"));
        let (of, known) = (Target::Reference, results.known());
        let summary = Summary { of, chosen: &chosen, all: &mutants, known, table: &table };
        (summary.unlisted().len(), summary.text())
    };
    let (unlisted, text) = summary("");
    assert!(
        unlisted == 1 && text.starts_with("reference: 3 of 3 mutants judged, 2 killed (66.7 %), 1 survived\n"),
        "{text}"
    );
    let (unlisted, text) =
        summary(&format!("{row}what = \"mistake 1\"\n{row}what = \"mistake 2\"\n{row}what = \"gone\"\n"));
    assert_eq!(unlisted, 0);
    for part in [
        "violated: 1 no-loss\n",
        "survived: 1 slower",
        "killed now: the row can go: 1\n",
        "no longer a mutant: the row can go: 1\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn nothing_is_judged_by_a_judge_that_fails_without_a_mutant() {
    let (folder, mutants) = (Folder::new("fails"), mutants(1));
    let judges = [judge("broken", "exit 3")];
    let judged = session(&judges, &folder.0).judge(&[&mutants[0]], &mut folder.results(&mutants), &mut |_, _| {});
    assert!(judged.is_err_and(|failure| failure.to_string().starts_with("broken fails without a mutant: convergence")));
}

#[test]
fn what_is_not_begun_in_time_is_not_judged() {
    let (folder, mutants) = (Folder::new("time"), mutants(1));
    let mut results = folder.results(&mutants);
    let judges = [judge("one", NOTICES_2)];
    let limited = Session { limit: Some((Stopwatch::start(), Duration::ZERO)), ..session(&judges, &folder.0) };
    limited.judge(&[&mutants[0]], &mut results, &mut |_, _| {}).unwrap_or_else(|failure| panic!("{failure}"));
    assert!(results.known().is_empty());
}

#[test]
fn results_are_read_again_but_for_a_line_that_was_cut_off_and_for_another_mutant() {
    let (folder, mut mutants) = (Folder::new("again"), mutants(3));
    let judges = [judge("one", NOTICES_2)];
    let mut results = folder.results(&mutants);
    let chosen: Vec<&Mutant> = mutants.iter().collect();
    session(&judges, &folder.0)
        .judge(&chosen, &mut results, &mut |_, _| {})
        .unwrap_or_else(|failure| panic!("{failure}"));
    let path = folder.0.join("results.jsonl");
    let text = fs::read_to_string(&path).expect("results");
    fs::write(&path, format!("{text}{{\"number\":")).expect("a file");
    mutants[0].what = "another one".to_owned();
    let again = folder.results(&mutants);
    assert_eq!(again.known().keys().copied().collect::<Vec<_>>(), [2, 3]);
    assert_eq!(fs::read_to_string(&path).expect("results"), text);
}

#[test]
fn a_woven_program_that_is_another_one_is_found() {
    let folder = Folder::new("alike");
    let check = |woven: &str| {
        let mut judge = judge("fuzz", "");
        judge.task.program = woven.into();
        likeness::check(&[judge], Path::new("echo"), &folder.0.join("scratch")).map_err(|failure| failure.to_string())
    };
    assert_eq!(check("echo"), Ok(vec!["fuzz".to_owned()]));
    assert!(check("true").is_err_and(|failure| failure.starts_with("fuzz: the woven program is another one")));
    let lines = |text: &str| likeness::timeless(text);
    assert_eq!(lines("{\"digest\":\"a\",\"seconds\":1}\nx"), lines("{\"digest\":\"a\",\"seconds\":2}\nx"));
    assert_ne!(lines("{\"digest\":\"a\",\"seconds\":1}"), lines("{\"digest\":\"b\",\"seconds\":1}"));
}
