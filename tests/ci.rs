//! What CI engines read: SARIF, code quality, JUnit, GitHub's annotations and its summary, and the scenarios that a change touches.
//!
//! The schemas here are those of the formats' specifications, as far as the program uses them: every property that it writes, and each that is
//! required.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use quick_junit::{Report, TestCaseStatus};
use serde_json::{Value, json};
use sim::cli::Environment;

/// Runs the program in the project's folder. Returns its exit code, its output and its errors.
fn forget_me_not(variables: &[(&str, &str)], arguments: &[&str]) -> (u8, String, String) {
    std::env::set_current_dir(env!("CARGO_MANIFEST_DIR")).expect("the project's folder");
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = Environment { variables: variables.collect(), ..Environment::default() };
    let arguments = std::iter::once("forget-me-not").chain(arguments.iter().copied()).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = sim::cli::run_in(&environment, arguments, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (code, text(out), text(err))
}

/// A new folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ci").join(name);
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The gate of a wrong release over two scenarios and a few seeds, in a step of GitHub Actions.
struct Gate {
    code: u8,
    told: String,
    reports: BTreeMap<&'static str, String>,
}

fn gate(name: &str, release: &str, more: &[&str]) -> Gate {
    let folder = folder(name);
    let path = |file: &str| folder.join(file).to_string_lossy().into_owned();
    let (junit, sarif, quality, summary, found) =
        (path("junit.xml"), path("gate.sarif"), path("quality.json"), path("summary.md"), path("found"));
    let few = ["scenarios/ground-truth/n3_switch.toml", "scenarios/ground-truth/n3_shutdown.toml"];
    let options = ["gate", "--seeds", "40", "--release", release, "--junit", &junit, "--sarif", &sarif];
    let others = ["--code-quality", &quality, "--out", &found];
    let variables = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", &*summary)];
    let (code, _, told) = forget_me_not(&variables, &[&options[..], &others, &few, more].concat());
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let reports = [("junit", junit), ("sarif", sarif), ("quality", quality), ("summary", summary)];
    Gate { code, told, reports: reports.iter().map(|(name, path)| (*name, read(path))).collect() }
}

fn complaints(schema: &Value, text: &str) -> Vec<String> {
    let schema = jsonschema::draft7::new(schema).expect("a schema");
    let value: Value = serde_json::from_str(text).expect("JSON");
    schema.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// SARIF 2.1.0: sarifLog (3.13), run (3.14), tool (3.18), toolComponent (3.19), reportingDescriptor (3.49), result (3.27).
fn sarif() -> Value {
    let message = json!({ "type": "object", "required": ["text"], "properties": { "text": { "type": "string", "minLength": 1 } }, "additionalProperties": false });
    let rule = json!({
        "type": "object", "required": ["id"], "additionalProperties": false,
        "properties": { "id": { "type": "string", "minLength": 1 }, "shortDescription": message },
    });
    let location = json!({
        "type": "object", "required": ["physicalLocation"], "additionalProperties": false,
        "properties": { "physicalLocation": {
            "type": "object", "required": ["artifactLocation"], "additionalProperties": false,
            "properties": {
                "artifactLocation": { "type": "object", "required": ["uri"], "additionalProperties": false,
                    "properties": { "uri": { "type": "string", "pattern": "^[A-Za-z0-9._~:/%-]+$" } } },
                "region": { "type": "object", "additionalProperties": false,
                    "properties": { "startLine": { "type": "integer", "minimum": 1 } } },
            },
        } },
    });
    let result = json!({
        "type": "object", "required": ["message"], "additionalProperties": false,
        "properties": {
            "ruleId": { "type": "string" },
            "ruleIndex": { "type": "integer", "minimum": -1 },
            "level": { "enum": ["none", "note", "warning", "error"] },
            "message": message,
            "locations": { "type": "array", "items": location },
            "partialFingerprints": { "type": "object", "additionalProperties": { "type": "string" } },
        },
    });
    json!({
        "type": "object", "required": ["version", "runs"], "additionalProperties": false,
        "properties": {
            "$schema": { "type": "string" },
            "version": { "const": "2.1.0" },
            "runs": { "type": "array", "minItems": 1, "items": {
                "type": "object", "required": ["tool"], "additionalProperties": false,
                "properties": {
                    "tool": { "type": "object", "required": ["driver"], "additionalProperties": false,
                        "properties": { "driver": { "type": "object", "required": ["name"], "additionalProperties": false,
                            "properties": { "name": { "type": "string" }, "version": { "type": "string" },
                                "rules": { "type": "array", "uniqueItems": true, "items": rule } } } } },
                    "results": { "type": "array", "items": result },
                },
            } },
        },
    })
}

/// The part of Code Climate's report that GitLab reads.
fn quality() -> Value {
    json!({ "type": "array", "uniqueItems": true, "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": { "type": "string", "minLength": 1 },
            "check_name": { "type": "string", "minLength": 1 },
            "fingerprint": { "type": "string", "pattern": "^[0-9a-f]{32}$" },
            "severity": { "enum": ["info", "minor", "major", "critical", "blocker"] },
            "location": { "type": "object", "required": ["path", "lines"],
                "properties": {
                    "path": { "type": "string", "minLength": 1 },
                    "lines": { "type": "object", "required": ["begin"], "properties": { "begin": { "type": "integer", "minimum": 1 } } },
                } },
        },
    } })
}

#[test]
fn a_wrong_release_is_told_in_every_format() {
    let Gate { code, told, reports, .. } = gate("wrong", "B", &[]);
    assert_eq!(code, 2);
    for (report, schema) in [("sarif", sarif()), ("quality", quality())] {
        let complaints = complaints(&schema, &reports[report]);
        assert!(complaints.is_empty(), "{report}: {complaints:?}\n{}", reports[report]);
    }
    let sarif: Value = serde_json::from_str(&reports["sarif"]).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let uri = |result: &Value| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone();
    let of_the_switch =
        |result: &&Value| uri(result) == "scenarios/ground-truth/n3_switch.toml" && result["ruleId"] == "no-loss";
    assert_eq!(results.iter().filter(of_the_switch).count(), 1, "{results:?}");
    let quality: Vec<Value> = serde_json::from_str(&reports["quality"]).expect("JSON");
    assert_eq!(quality.len(), results.len());

    let annotations: Vec<&str> = told.lines().filter(|line| line.starts_with("::error ")).collect();
    assert!((1..=10).contains(&annotations.len()), "{told}");
    assert!(
        annotations
            .iter()
            .any(|line| line.contains("title=no-loss::") && line.contains("%0Areplay: forget-me-not replay ")),
        "{told}"
    );
    let summary = &reports["summary"];
    assert!(summary.starts_with("## Gate of B: failed") && summary.len() < 1 << 20, "{summary}");
    assert!(summary.contains("### no-loss") && summary.contains("forget-me-not explain "), "{summary}");
}

#[test]
fn a_failure_in_junit_has_its_evidence_and_its_commands() {
    let Gate { reports, .. } = gate("junit", "B", &[]);
    let junit = Report::deserialize_from_str(&reports["junit"]).expect("JUnit");
    let cases: Vec<_> = junit.test_suites.iter().flat_map(|suite| &suite.test_cases).collect();
    let case = cases.iter().find(|case| case.name.as_str().ends_with("n3_switch.toml")).expect("a case");
    let TestCaseStatus::NonSuccess { message, description, .. } = &case.status else { panic!("{case:?}") };
    assert!(message.as_ref().is_some_and(|message| message.as_str().contains("lost")), "{message:?}");
    let description = description.as_ref().expect("a description").as_str();
    for part in
        ["no-loss: S1#1 was acknowledged at ", "\nreplay: forget-me-not replay ", "\nexplain: forget-me-not explain "]
    {
        assert!(description.contains(part), "{part} is missing: {description}");
    }
    for suite in &junit.test_suites {
        let failed = suite.test_cases.iter().filter(|case| matches!(case.status, TestCaseStatus::NonSuccess { .. }));
        assert_eq!(suite.failures, failed.count(), "{}", suite.name.as_str());
    }
}

#[test]
fn what_a_baseline_knows_is_no_finding() {
    let baseline = folder("baseline").join("known.json").to_string_lossy().into_owned();
    assert_eq!(gate("known", "B", &["--write-baseline", &baseline]).code, 0);
    let Gate { code, told, reports, .. } = gate("known_again", "B", &["--baseline", &baseline]);
    assert_eq!((code, told.as_str()), (0, ""));
    let sarif: Value = serde_json::from_str(&reports["sarif"]).expect("JSON");
    assert_eq!(sarif["runs"][0]["results"], json!([]));
    assert_eq!(reports["quality"], "[]\n");
    assert!(reports["summary"].starts_with("## Gate of B: passed"), "{}", reports["summary"]);
}

#[test]
fn check_annotates_the_line_of_each_mistake() {
    let path = folder("check").join("wrong.toml");
    fs::write(&path, "title = \"t\"\nsteps = [\"turn\", \"tunr\"]\n").expect("a file");
    let path = path.to_string_lossy();
    let (code, _, told) = forget_me_not(&[("GITHUB_ACTIONS", "true")], &["check", &path]);
    assert_eq!(code, 1);
    assert!(
        told.starts_with(&format!("::error file={path},line=2,col=18,title=mistake in a scenario::unknown step")),
        "{told}"
    );
    assert_eq!(forget_me_not(&[], &["check", &path]).2, "");
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").current_dir(folder).args(identity).args(arguments).output().expect("git");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_gate_runs_first_what_a_change_touches() {
    let repository = folder("changed");
    let file = |name: &str, outcome: &str| {
        let text = format!("title = \"t\"\nsteps = [\"turn\", \"sleep 1s\"]\n[expect]\nreference = {outcome}\n");
        fs::write(repository.join(name), text).expect("a file");
    };
    file("old.toml", "\"pass\"");
    git(&repository, &["init", "--quiet"]);
    git(&repository, &["add", "."]);
    git(&repository, &["commit", "--quiet", "--message", "old"]);
    let (paths, found) = (repository.to_string_lossy(), folder("changed_found").to_string_lossy().into_owned());
    let gate = |revision: &str| {
        forget_me_not(&[], &["gate", "--changed-since", revision, "--seeds", "1", "--out", &found, &paths])
    };
    let (code, _, err) = gate("no-such-revision");
    assert!(code == 1 && err.starts_with("--changed-since no-such-revision: "), "{err}");
    file("new.toml", "{ lost = [\"S1#1\"] }");
    let (code, page, _) = gate("HEAD");
    assert_eq!(code, 2, "{page}");
    assert!(page.contains("\nchanged    FAILED 1 of 1") && !page.contains("\nscenarios  "), "{page}");
    let (code, _, err) = forget_me_not(&[], &["gate", "--changed-since=--output=x", "--seeds", "1", &paths]);
    assert!(code == 1 && err.contains("this is no revision"), "{err}");
}
