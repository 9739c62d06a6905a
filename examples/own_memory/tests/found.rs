//! Fuzzing finds the planted bug of the example, and shrinks it; the right layer is clean.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use sim::judging::Invariant;
use sim::plan::Scenario;

/// Fuzzes a release. Returns the exit code, the page, and the scenarios that were written.
fn fuzz(release: &str, seeds: &str) -> (u8, String, Vec<PathBuf>) {
    own_memory::bring();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{release}-{seeds}"));
    _ = fs::remove_dir_all(&folder);
    let out = folder.to_str().expect("a path of letters");
    let options = ["own_memory", "fuzz", "--release", release, "--profile", "shutdown", "--seeds", seeds, "--out", out];
    let (mut page, mut err) = (Vec::new(), Vec::new());
    let code = sim::cli::run(options.into_iter().map(OsString::from), &mut page, &mut err);
    let page = String::from_utf8([page, err].concat()).expect("text");
    let classes = fs::read_dir(folder.join("classes")).into_iter().flatten();
    (code, page, classes.map(|file| file.expect("a file").path()).collect())
}

#[test]
fn the_planted_bug_is_found_and_shrunk() {
    let (code, page, files) = fuzz("hasty", "100");
    assert_eq!(code, 2, "{page}");
    let is_a_loss =
        |path: &&PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("no-loss"));
    let path = files.iter().find(is_a_loss).unwrap_or_else(|| panic!("no loss in {files:?}: {page}"));
    let smallest = Scenario::read(path, &Invariant::names()).unwrap_or_else(|error| panic!("{error}"));
    let (steps, faults) = smallest.size();
    assert!(steps + faults <= 3, "{smallest}");
    // The file is a scenario like any other: the bug is in it, and not in the right layer.
    let path = path.to_str().expect("a path of letters");
    for (release, expected) in [("hasty", 2), ("patient", 0), ("reference", 0)] {
        let replay = ["own_memory", "replay", path, "--release", release].map(OsString::from);
        assert_eq!(
            sim::cli::run(replay.into_iter(), &mut Vec::new(), &mut Vec::new()),
            expected,
            "{release}: {smallest}"
        );
    }
}

#[test]
fn the_right_layer_is_clean() {
    let (code, page, files) = fuzz("patient", "300");
    assert_eq!((code, files.len()), (0, 0), "{page}");
}

#[test]
fn another_build_of_ones_own_code_does_not_go_on() {
    let (code, page, _) = fuzz("patient", "20");
    assert_eq!(code, 0, "{page}");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("patient-20");
    let resume = || {
        let options = ["own_memory", "fuzz", "--resume", folder.to_str().expect("a path of letters")];
        let mut told = Vec::new();
        let code = sim::cli::run(options.into_iter().map(OsString::from), &mut Vec::new(), &mut told);
        (code, String::from_utf8(told).expect("text"))
    };
    assert_eq!(resume().0, 0, "{}", resume().1);
    let path = folder.join("campaign.json");
    let kept = fs::read_to_string(&path).expect("the campaign's identity");
    let build = kept.split('"').skip_while(|word| *word != "build").nth(2).expect("it names its build").to_owned();
    let (sources, _) = build.split_once('+').expect("the program stands beside the sources");
    fs::write(&path, kept.replace(&build, &format!("{sources}+0123456789abcdef"))).expect("it can be written");
    let (code, told) = resume();
    assert!(code == 1 && told.contains("another build of the program"), "{code}: {told}");
}
