//! What the commands around a scenario file do: find it by its report, run it under many seeds, write its expectations, shrink it, find what
//! breaks it, and compare a gate with an earlier one.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Runs the program. Returns its exit code, its output and its errors.
fn forget_me_not(arguments: &[&str]) -> (u8, String, String) {
    let arguments = std::iter::once("forget-me-not").chain(arguments.iter().copied()).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = sim::cli::run(arguments, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (code, text(out), text(err))
}

/// An empty folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("words").join(name);
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("a path of letters")
}

/// A file in a folder of this test's own.
fn file(folder: &Path, text: &str) -> String {
    let path = folder.join("a.toml");
    fs::write(&path, text).expect("a file");
    shown(&path).to_owned()
}

/// A race: the flush at the end overtakes the last turn, or does not.
const RACE: &str = "scenarios/ground-truth/rapid_switch_n1.toml";
/// A turn that waits in a half-full batch for more, and two that only lengthen the story.
const LOST: &str = "title = \"t\"\nconfig = { retain_every_n_turns = 3 }\n\
                    steps = [\"turn x3\", \"sleep 1s\", \"turn\", \"sleep 1s\", \"exit\"]\n";

#[test]
fn a_report_finds_its_scenarios() {
    let (code, out, _) = forget_me_not(&["replay", "--report", "34859", "--release", "reference", "--json"]);
    let found: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let scenarios = fs::read_dir("scenarios/ground-truth")
        .expect("a folder")
        .chain(fs::read_dir("scenarios/reported").expect("a folder"));
    let of_it = scenarios.filter(|entry| {
        let path = entry.as_ref().expect("a file").path();
        fs::read_to_string(path)
            .is_ok_and(|text| text.lines().any(|line| line.starts_with("reports") && line.contains("#34859\"")))
    });
    let paths: std::collections::BTreeSet<&str> =
        found.iter().map(|run| run["path"].as_str().expect("a path")).collect();
    assert_eq!((code, paths.len()), (0, of_it.count()));
    let (code, out, err) = forget_me_not(&["replay", "--report", "3485"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("none of") && err.contains("list scenarios"), "{err}");
}

#[test]
fn many_seeds_are_told_by_their_outcomes() {
    let (code, out, _) = forget_me_not(&["replay", RACE, "--release", "F", "--server", "append", "--seeds", "0..40"]);
    let counts: Vec<u32> = out.lines().filter_map(|line| line.get(2..8)?.trim().parse().ok()).collect();
    assert!(counts.len() > 1 && counts.is_sorted_by(|a, b| a >= b), "several outcomes, the most frequent first: {out}");
    assert_eq!((code, counts.iter().sum::<u32>()), (2, 40), "{out}");
    for line in out.lines().filter(|line| line.trim().starts_with("replay: ")) {
        let words: Vec<&str> = line.split_whitespace().skip(2).collect();
        assert_ne!(forget_me_not(&words).0, 0, "the command shows the violation: {line}");
    }
    for (seeds, why) in
        [("5..5", "no seeds lie between"), ("7..3", "no seeds"), ("0..10001", "at most 10,000"), ("a", "two numbers")]
    {
        let (code, out, err) = forget_me_not(&["replay", RACE, "--seeds", seeds]);
        assert_eq!((code, out.as_str(), err.lines().count()), (1, "", 1), "{err}");
        assert!(err.contains(why), "{err}");
    }
}

#[test]
fn expectations_are_written_into_the_file_and_met() {
    let folder = folder("expectations");
    let path = file(&folder, &format!("# A story.\n{LOST}\n[expect]\nF = \"pass\" # once\n"));
    let (code, out, _) = forget_me_not(&["replay", &path]);
    assert!(code == 2 && out.contains("to expect it: F = { lost = [\"S1#4\"] }"), "{out}");
    let (code, out, _) = forget_me_not(&["replay", &path, "--write-expectations"]);
    assert!(code == 0 && out.contains("wrote 1 expectation\n  F = { lost = [\"S1#4\"] }"), "{out}");
    let (code, out, _) = forget_me_not(&["replay", &path, "--release", "reference", "--write-expectations"]);
    assert!(code == 0 && out.contains("  reference = \"pass\"\n"), "{out}");
    let text = fs::read_to_string(&path).expect("the file");
    assert!(text.starts_with("# A story.\n") && text.contains("F = { lost = [\"S1#4\"] } # once\n"), "{text}");
    let (code, out, _) = forget_me_not(&["replay", &path, "--write-expectations"]);
    assert!(code == 0 && out.contains("no expectation changed") && out.contains("every expectation met"), "{out}");
    assert_eq!(fs::read_to_string(&path).expect("the file"), text);
}

#[test]
fn a_race_gets_an_expectation_for_each_outcome() {
    let folder = folder("races");
    let text = fs::read_to_string(RACE).expect("a scenario");
    let path = file(&folder, text.split("[expect]").next().expect("a story"));
    let all = ["replay", &path, "--release", "F", "--server", "append", "--seeds", "0..40"];
    assert_eq!(forget_me_not(&[&all[..], &["--write-expectations"]].concat()).0, 0);
    let (code, out, _) = forget_me_not(&all[..]);
    assert!(code == 2 && out.ends_with("every expectation met\n"), "{out}");
    let text = fs::read_to_string(&path).expect("the file");
    assert!(text.contains("[expect.append]\nF = [{ "), "{text}");
    let (code, out, _) = forget_me_not(&["replay", &path]);
    assert!(code == 0 && out.contains("every expectation met"), "a replay of the file alone runs each: {out}");
}

#[test]
fn a_file_that_is_never_violated_has_nothing_to_shrink_and_another_gets_small() {
    let folder = folder("shrink");
    let (path, found) = (file(&folder, LOST), folder.join("found"));
    let (code, out, _) = forget_me_not(&["shrink", &path, "--release", "reference", "--out", shown(&found)]);
    assert!(code == 0 && out.contains("there is nothing to shrink") && !found.exists(), "{out}");
    let (code, out, _) = forget_me_not(&["shrink", &path, "--release", "F", "--out", shown(&found), "--json"]);
    let class: Value = serde_json::from_str(out.trim()).expect("one class");
    assert_eq!((code, &class["invariant"], &class["steps"]), (2, &"no-loss".into(), &1.into()), "{out}");
    let path = class["path"].as_str().expect("a path");
    let text = fs::read_to_string(path).expect("the smallest");
    assert!(text.starts_with("# Shrunk from ") && text.contains("no-loss: S1#1 was acknowledged"), "{text}");
    assert_eq!(forget_me_not(&["replay", path]).0, 2, "the file expects what is right, so it fails");
    let (code, _, err) = forget_me_not(&["shrink", path, "--invariant", "no-los"]);
    assert!(code == 1 && err.contains("did you mean \"no-loss\""), "{err}");
    let (code, out, _) = forget_me_not(&["shrink", path, "--release", "F", "--invariant", "order"]);
    assert!(code == 2 && out.contains("does not violate order"), "{out}");
}

#[test]
fn a_sweep_finds_what_breaks_a_scenario_and_each_fault_replays() {
    let folder = folder("sweep");
    let path = file(&folder, "title = \"t\"\nsteps = [\"turn\", \"sleep 1s\", \"shutdown\"]\n");
    let results = folder.join("results");
    let sweep = |more: &[&str]| {
        _ = fs::remove_dir_all(&results);
        forget_me_not(&[&["sweep", &path, "--out", shown(&results)], more].concat())
    };
    let (code, out, _) = sweep(&[]);
    assert!(code == 0 && out.ends_with("complete to depth 1; none violates an invariant\n"), "{out}");
    let (code, out, _) = sweep(&["--release", "F", "--json"]);
    assert_eq!(code, 2);
    let swept: Value = serde_json::from_str(out.trim()).expect("one object");
    let found = swept["found"].as_array().expect("a list");
    let of = |word: &str| {
        let first = |one: &&Value| one["faults"][0].as_str().expect("a fault").starts_with(word);
        found.iter().filter(first).collect::<Vec<_>>()
    };
    let (kills, faults) = (of("sigkill at step "), of("retain 1: "));
    assert!(!kills.is_empty() && !faults.is_empty(), "{out}");
    for one in kills.into_iter().step_by(7).chain(faults) {
        let changed = file(&folder, one["file"].as_str().expect("a file"));
        assert_eq!(forget_me_not(&["replay", &changed, "--release", "F", "--server", "replace"]).0, 2, "{one}");
    }
    let classes: Vec<_> = fs::read_dir(results.join("classes")).expect("a folder").flatten().collect();
    assert!(!classes.is_empty());
    for class in classes {
        let path = class.path();
        assert_eq!(forget_me_not(&["replay", shown(&path)]).0, 2, "the file expects what is right, so it fails");
    }
    let (_, out, _) = sweep(&["--release", "F", "--alike", "2"]);
    assert!(out.contains(" left out in long rows of places that are alike, see --alike\n"), "{out}");
}

#[test]
fn a_sweep_keeps_to_its_folder_and_certifies_only_what_is_complete() {
    let folder = folder("sweep_folder");
    let path = file(&folder, "title = \"t\"\nsteps = [\"turn\", \"shutdown\"]\n");
    let (results, certificate) = (folder.join("results"), folder.join("certificate.json"));
    let sweep = |more: &[&str]| forget_me_not(&[&["sweep", &path, "--out", shown(&results)], more].concat());
    let (code, _, err) = sweep(&["--resume"]);
    assert!(code == 1 && err.contains("holds no sweep; leave out --resume"), "{err}");
    let (code, out, err) = sweep(&["--certificate", shown(&certificate)]);
    assert_eq!(code, 0, "{out}{err}");
    let first = fs::read_to_string(&certificate).expect("a certificate");
    assert!(first.contains("\"extent\": \"complete to depth 1\""), "{first}");
    // What is known is not counted again, and a line that a kill cut off is.
    let pieces = results.join("pieces.jsonl");
    let lines = fs::read_to_string(&pieces).expect("the counts");
    fs::write(&pieces, &lines[..lines.len() / 2]).expect("a file");
    let (code, ..) = sweep(&["--resume", "--certificate", shown(&certificate)]);
    assert_eq!((code, fs::read_to_string(&certificate).ok()), (0, Some(first)));
    fs::write(&pieces, "no count\n").expect("a file");
    let (code, _, err) = sweep(&["--resume"]);
    assert!(code == 1 && err.contains("pieces.jsonl:1: this line is damaged"), "{err}");
    let (code, _, err) = sweep(&["--release", "F"]);
    assert!(code == 1 && err.contains("holds another sweep: reference to depth 1"), "{err}");
    let (code, _, err) = forget_me_not(&["sweep", &path, "--out", shown(&folder)]);
    assert!(code == 1 && err.contains("is not empty, and no sweep has been kept there"), "{err}");
}

#[test]
fn the_matrix_of_a_file_shows_the_releases_that_the_file_speaks_of() {
    let folder = folder("matrix");
    let columns = |text: &str| {
        let (_, out, _) = forget_me_not(&["matrix", &file(&folder, text), "--json"]);
        let cells = out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        cells.map(|cell| cell["release"].as_str().expect("a release").to_owned()).collect::<Vec<_>>()
    };
    let gateway = columns("title = \"t\"\nconfig = { host = \"gateway\" }\nsteps = [\"turn\", \"sigterm\"]\n");
    assert!(gateway.contains(&"F".to_owned()) && gateway.contains(&"E4".to_owned()), "{gateway:?}");
    let memory = columns("title = \"t\"\nsteps = [\"turn\"]\n");
    assert!(memory.contains(&"F".to_owned()) && !memory.contains(&"E4".to_owned()), "{memory:?}");
    let webui = columns("title = \"t\"\nconfig = { host = \"webui\" }\nsteps = [\"turn\"]\n");
    assert!(webui.contains(&"W3".to_owned()) && !webui.contains(&"F".to_owned()), "{webui:?}");
}

#[test]
fn everything_that_has_a_name_is_listed() {
    let names = |what: &str| {
        let (code, out, _) = forget_me_not(&["list", what, "--json"]);
        assert_eq!(code, 0);
        let all = out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        all.map(|one| one["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    let releases: Vec<String> = model::agents::Subject::all().map(|release| release.name().to_owned()).collect();
    assert_eq!(names("releases"), releases);
    assert_eq!(names("profiles"), ["default", "shutdown", "switch", "storage", "gateway", "webui", "whole"]);
    assert!(names("invariants").contains(&"no-loss".to_owned()));
    assert!(names("scenarios").contains(&RACE.to_owned()));
    for what in ["releases", "profiles", "invariants", "scenarios"] {
        let (_, out, _) = forget_me_not(&["list", what]);
        assert!(
            names(what).iter().all(|name| out.lines().any(|line| line.split_whitespace().next() == Some(name))),
            "{out}"
        );
    }
}

/// The gate of a release over one scenario and a few seeds, with these arguments: the exit code and the page.
fn gate(release: &str, path: &str, more: &[&str]) -> (u8, String, String) {
    let folder = folder(&format!("gate-{release}"));
    let arguments = ["gate", path, "--release", release, "--seeds", "20", "--out", shown(&folder)];
    forget_me_not(&[&arguments[..], more].concat())
}

#[test]
fn a_gate_with_a_baseline_fails_for_what_is_new() {
    let folder = folder("baseline");
    let (path, baseline) = (file(&folder, LOST), folder.join("known.json"));
    let known = shown(&baseline);
    assert_eq!(gate("F", &path, &[]).0, 2);
    let (code, out, _) = gate("F", &path, &["--write-baseline", known]);
    assert!(code == 0 && out.contains("written as the baseline"), "{out}");
    let (code, out, _) = gate("F", &path, &["--baseline", known]);
    assert!(code == 0 && out.contains("compared with a baseline of F") && out.contains(" known failure"), "{out}");
    // Release A violates more than F does.
    let (code, out, _) = gate("A", &path, &["--baseline", known]);
    assert!(code == 2, "{out}");
    // The same release, with a scenario that loses one turn more.
    let worse = file(&folder, &LOST.replace("\"turn\", \"sleep 1s\", \"exit\"", "\"turn x2\", \"exit\""));
    let (code, out, _) = gate("F", &worse, &["--baseline", known]);
    assert!(code == 2 && out.contains("new or worse: no-loss S1#5"), "{out}");
    // A scenario that loses nothing.
    let mended = file(&folder, &LOST.replace("\"exit\"", "\"turn x2\", \"sleep 1s\""));
    let (code, out, _) = gate("F", &mended, &["--baseline", known]);
    assert!(code == 0 && out.contains("mended: ") && out.contains("no-loss S1#4"), "{out}");
    let (code, _, err) = gate("reference", &path, &["--baseline", known]);
    assert!(code == 1 && err.contains("a baseline of F; this gate judges reference"), "{err}");
    fs::write(&baseline, "{\n  \"format\": 1,\n  oops\n}").expect("a file");
    let (code, _, err) = gate("F", &path, &["--baseline", known]);
    assert!(code == 1 && err.contains("known.json: ") && err.contains("line 3 column 3"), "{err}");
}
