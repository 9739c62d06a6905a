//! The gate passes the reference and fails wrong releases, and reports why: on a page, as JSON, as JUnit, and as scenarios to replay.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use quick_junit::{NonSuccessKind, Report, TestCaseStatus};
use serde_json::Value;

/// Runs the program. Returns its exit code and its output.
fn forget_me_not(arguments: &[&str]) -> (u8, String) {
    let arguments = std::iter::once("forget-me-not").chain(arguments.iter().copied()).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = sim::cli::run(arguments, &mut out, &mut err);
    assert!(err.is_empty(), "{}", String::from_utf8_lossy(&err));
    (code, String::from_utf8(out).expect("text"))
}

struct Gate {
    code: u8,
    told: Value,
    junit: Report,
    found: PathBuf,
}

/// The gate of a release over two scenarios and a second.
fn gate(release: &str) -> Gate {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate").join(release);
    _ = fs::remove_dir_all(&folder);
    let (junit, found) = (folder.join("junit.xml"), folder.join("found"));
    let path = |path: &Path| path.to_str().expect("a path of letters").to_owned();
    let few = ["scenarios/ground-truth/n3_switch.toml", "scenarios/gateway/orderly_restarts.toml"];
    let arguments =
        ["gate", "--for", "2s", "--json", "--release", release, "--junit", &path(&junit), "--out", &path(&found)];
    let (code, told) = forget_me_not(&[&arguments[..], &few[..]].concat());
    let junit = fs::read_to_string(junit).expect("JUnit");
    Gate {
        code,
        told: serde_json::from_str(&told).expect("JSON"),
        junit: Report::deserialize_from_str(&junit).unwrap_or_else(|error| panic!("{error}: {junit}")),
        found,
    }
}

/// The names of the cases of a JUnit report, and the messages of those that failed.
fn cases(report: &Report) -> Vec<(String, Option<String>)> {
    let cases = report.test_suites.iter().flat_map(|suite| &suite.test_cases);
    let failure = |status: &TestCaseStatus| {
        let TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, message, .. } = status else { return None };
        Some(message.as_ref().expect("a message").to_string())
    };
    cases.map(|case| (case.name.to_string(), failure(&case.status))).collect()
}

#[test]
fn the_reference_passes() {
    let Gate { code, told, junit, found } = gate("reference");
    assert_eq!((code, &told["exit_code"]), (0, &0.into()), "{told}");
    let cases = cases(&junit);
    assert!(cases.iter().all(|(_, failure)| failure.is_none()), "{cases:?}");
    for name in [
        "scenarios/ground-truth/n3_switch.toml",
        "ground-truth/n3_switch",
        "catches pr-34859",
        "default: no-loss",
        "webui: commit-coverage",
    ] {
        assert!(cases.iter().any(|(case, _)| case == name), "no case \"{name}\" in {cases:?}");
    }
    assert_eq!((junit.tests, junit.failures), (cases.len(), 0));
    assert!(!found.exists(), "nothing was found, and a folder is there");
}

/// With a number of seeds the clock has no say.
#[test]
fn a_number_of_seeds_finds_the_same_with_any_number_of_threads() {
    let found = |jobs: &str| {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate/seeds").join(jobs);
        let out = out.to_str().expect("a path of letters");
        let few = "scenarios/ground-truth/n3_switch.toml";
        let seeds = ["gate", few, "--release", "F", "--seeds", "600", "--json", "--jobs", jobs, "--out", out];
        let (code, told) = forget_me_not(&seeds);
        let mut told: Value = serde_json::from_str(&told).expect("JSON");
        for section in told["sections"].as_array_mut().expect("a list") {
            section["seconds"] = 0.into();
        }
        (code, told)
    };
    let all = std::thread::available_parallelism().expect("a number of cores").to_string();
    let (code, told) = found("1");
    assert_eq!(code, 2, "{told}");
    assert_eq!(told["sections"][2]["done"], "600 seeds drawn, one in 50 run twice");
    assert_eq!((code, told), found(&all));
}

#[test]
fn a_release_that_is_wrong_does_not_and_can_be_replayed() {
    let Gate { code, told, junit, found } = gate("B");
    assert_eq!((code, &told["exit_code"]), (2, &2.into()), "{told}");
    let sections = told["sections"].as_array().expect("a list");
    let fidelity = sections.iter().find(|section| section["name"] == "fidelity").expect("a section");
    assert_eq!(fidelity["done"], "1 of 1 cells are as they were measured", "B was measured there on one server");
    let failures: Vec<_> = cases(&junit).into_iter().filter_map(|(name, why)| Some((name, why?))).collect();
    assert_eq!(junit.failures, failures.len());
    assert!(
        failures.contains(&("scenarios/ground-truth/n3_switch.toml".into(), "B on replace: lost 2".into())),
        "{failures:?}"
    );
    let fuzzed = failures.iter().filter(|(name, _)| name.starts_with("default: "));
    let files: Vec<PathBuf> =
        fs::read_dir(&found).expect("what was found").map(|entry| entry.expect("a file").path()).collect();
    assert_eq!(
        fuzzed.count(),
        files.len(),
        "a scenario for each invariant that fuzzing found to be violated: {files:?}"
    );
    for file in files {
        let stem = file.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        let (invariant, _) = stem.rsplit_once('-').expect("an invariant and a hash");
        let (code, told) = forget_me_not(&["replay", file.to_str().expect("letters"), "--release", "B"]);
        assert!(code == 2 && told.contains(invariant), "exit {code}: {told}");
    }
}
