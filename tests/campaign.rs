//! A campaign is a sum of its chunks, whichever process counts them and whenever, and it loses none of its findings.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Runs the program. Returns its exit code and its output.
fn forget_me_not(arguments: &[&str]) -> (u8, String) {
    let arguments = std::iter::once("forget-me-not").chain(arguments.iter().copied()).map(OsString::from);
    // On a busy machine it prints its progress.
    let (mut out, mut progress) = (Vec::new(), Vec::new());
    let code = sim::cli::run(arguments, &mut out, &mut progress);
    (code, String::from_utf8(out).expect("text"))
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("campaign").join(name);
    _ = fs::remove_dir_all(&folder);
    folder
}

/// Runs a campaign over release C. Returns its exit code and its counts.
fn fuzz(folder: &Path, arguments: &[&str]) -> (u8, Value) {
    let out = folder.to_str().expect("a path of letters");
    let mut all = vec!["fuzz", "--release", "C", "--profile", "switch", "--json", "--out", out];
    for (option, value) in [("--seeds", "2000"), ("--shrink", "0")] {
        if !arguments.contains(&option) {
            all.extend([option, value]);
        }
    }
    let (code, told) = forget_me_not(&[&all[..], arguments].concat());
    (code, serde_json::from_str(&told).expect("JSON"))
}

/// The part of the result that does not depend on time and place.
fn counted(mut result: Value) -> Value {
    let object = result.as_object_mut().expect("an object");
    object.remove("seconds");
    for smallest in object["smallest"].as_array_mut().expect("a list") {
        smallest.as_object_mut().expect("an object").remove("path");
    }
    result
}

#[test]
fn shards_merged_are_the_whole() {
    let (code, whole) = fuzz(&folder("whole"), &[]);
    assert_eq!(code, 2, "release C is wrong");
    let shards: Vec<PathBuf> = (0..4).map(|shard| folder(&format!("shard_{shard}"))).collect();
    for (number, shard) in shards.iter().enumerate() {
        let (_, part) = fuzz(shard, &["--shard", &format!("{number}/4")]);
        assert_eq!(part["runs"], 500);
    }
    let paths: Vec<&str> = shards.iter().map(|shard| shard.to_str().expect("a path of letters")).collect();
    let merged = folder("merged");
    let out = ["merge", "--json", "--shrink", "0", "--out", merged.to_str().expect("a path of letters")];
    let (code, merged) = forget_me_not(&[&out[..], &paths[..]].concat());
    assert_eq!(code, 2);
    assert_eq!(counted(serde_json::from_str(&merged).expect("JSON")), counted(whole));
}

#[test]
fn a_campaign_keeps_to_its_schedule() {
    let (folder, other) = (folder("pct"), self::folder("random"));
    let (code, told) = fuzz(&folder, &["--schedule", "pct=4", "--shrink", "20", "--jobs", "1"]);
    assert_eq!((code, &told["schedule"]), (2, &Value::from("pct 4")));
    let (_, random) = fuzz(&other, &[]);
    assert_eq!(random["schedule"], "random");
    assert_ne!(told["digest"], random["digest"], "another schedule, another history");
    let smallest = told["smallest"].as_array().expect("a list");
    assert!(!smallest.is_empty());
    for one in smallest {
        let text = one["scenario"].as_str().expect("text");
        assert!(text.contains("schedule = \"pct 4\""), "{text}");
        let path = one["path"].as_str().expect("a path");
        let (code, replayed) = forget_me_not(&["replay", path, "--release", "C", "--json"]);
        assert_eq!(code, 2, "{path}");
        assert!(replayed.contains(one["invariant"].as_str().expect("a name")), "{path}: {replayed}");
    }
    let path = folder.to_str().expect("a path of letters");
    let (code, _) = forget_me_not(&["fuzz", "--release", "C", "--profile", "switch", "--seeds", "2000", "--out", path]);
    assert_eq!(code, 1, "a folder belongs to one schedule");
    let other = other.to_str().expect("a path of letters");
    let (code, _) = forget_me_not(&["merge", path, other]);
    assert_eq!(code, 1, "campaigns of two schedules are not merged");
}

#[test]
fn a_campaign_that_was_killed_goes_on_to_the_same_end() {
    let whole = folder("uninterrupted");
    let (_, uninterrupted) = fuzz(&whole, &["--jobs", "1"]);
    let counts = fs::read(whole.join("tally.jsonl")).expect("counts");
    // A kill leaves any number of bytes of the file.
    for share in [0, 1, 3, 7, 9] {
        let killed = folder(&format!("killed_{share}"));
        fs::create_dir_all(killed.join("found")).expect("a folder");
        fs::copy(whole.join("campaign.json"), killed.join("campaign.json")).expect("a copy");
        fs::write(killed.join("tally.jsonl"), &counts[..counts.len() * share / 10]).expect("a file");
        let path = killed.to_str().expect("a path of letters");
        let (code, resumed) = forget_me_not(&["fuzz", "--resume", path, "--json", "--shrink", "0"]);
        assert_eq!(code, 2);
        let resumed = serde_json::from_str(&resumed).expect("JSON");
        assert_eq!(counted(resumed), counted(uninterrupted.clone()), "{share} tenths of the file");
        assert_eq!(fs::read(killed.join("tally.jsonl")).expect("counts").len(), counts.len());
    }
}

/// Runs one shard of a campaign over the reference for as long as one chunk takes.
fn timed_shard(folder: &Path, shard: &str) {
    let out = folder.to_str().expect("a path of letters");
    let (code, page) = forget_me_not(&["fuzz", "--for", "1ms", "--shard", shard, "--jobs", "1", "--out", out]);
    assert_eq!(code, 0, "{page}");
}

#[test]
fn shards_with_a_time_budget_are_complete_together() {
    let (first, second, merged) = (folder("timed_0"), folder("timed_1"), folder("timed_merged"));
    timed_shard(&first, "0/2");
    timed_shard(&second, "1/2");
    let [first, second, out] = [&first, &second, &merged].map(|folder| folder.to_str().expect("a path of letters"));
    let (code, page) = forget_me_not(&["merge", first, "--out", out]);
    assert_eq!(code, 5, "{page}");
    assert!(page.ends_with("incomplete: 1 of 2 shards came to their end; no violation so far\n"), "{page}");
    let (code, page) = forget_me_not(&["merge", first, first, "--out", out]);
    assert_eq!(code, 5, "the same shard twice is one shard: {page}");
    let (code, page) = forget_me_not(&["merge", first, second, "--out", out]);
    assert_eq!(code, 0, "{page}");
    let counts = Path::new(second).join("tally.jsonl");
    let whole = fs::read(&counts).expect("counts");
    fs::write(&counts, "").expect("a file");
    let (code, page) = forget_me_not(&["merge", first, second, "--out", out]);
    assert_eq!(code, 5, "the shard had counted more: {page}");
    fs::write(&counts, whole).expect("a file");
    // A kill leaves no word that the shard came to its end.
    fs::remove_file(Path::new(second).join("complete")).expect("a file");
    let (code, page) = forget_me_not(&["merge", first, second, "--out", out]);
    assert_eq!(code, 5, "{page}");
}

/// Runs the program, and returns its exit code and its errors.
fn refused(arguments: &[&str]) -> (u8, String) {
    let arguments = std::iter::once("forget-me-not").chain(arguments.iter().copied()).map(OsString::from);
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let code = sim::cli::run(arguments, &mut out, &mut errors);
    (code, String::from_utf8(errors).expect("text"))
}

#[test]
fn counts_that_were_changed_are_refused() {
    let changed = folder("changed");
    fuzz(&changed, &["--seeds", "1000"]);
    let path = changed.join("tally.jsonl");
    let counts = fs::read_to_string(&path).expect("counts");
    fs::write(&path, counts.replacen("\"vacuous\":", "\"vacuous\":1", 1)).expect("a file");
    let name = changed.to_str().expect("a path of letters");
    for arguments in [&["fuzz", "--resume", name][..], &["merge", name, "--out", &format!("{name}_merged")]] {
        let (code, errors) = refused(arguments);
        assert_eq!(code, 1, "{errors}");
        assert!(errors.contains("tally.jsonl:1: this line is damaged, or of another campaign"), "{errors}");
    }
    assert_eq!(fs::read_to_string(&path).expect("counts").lines().count(), 2, "nothing was lost");
}

/// Copies the files of a campaign.
fn copied(from: &Path, name: &str) -> PathBuf {
    let to = folder(name);
    fs::create_dir_all(&to).expect("a folder");
    for file in ["campaign.json", "tally.jsonl", "complete"] {
        fs::copy(from.join(file), to.join(file)).expect("a copy");
    }
    to
}

/// Changes a text file.
fn edit(path: &Path, change: impl FnOnce(&str) -> String) {
    let text = fs::read_to_string(path).expect("a text file");
    let changed = change(&text);
    assert_ne!(text, changed, "{}", path.display());
    fs::write(path, changed).expect("a file");
}

/// Lines in another order or number.
fn lines_of(text: &str, which: &[usize]) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    which.iter().map(|line| lines[*line]).collect()
}

/// Two shards, of which the second was edited, do not pass as the whole: refused by name, or incomplete.
#[test]
fn edited_shards_are_never_the_whole() {
    let (first, second, other) = (folder("edits_0"), folder("edits_1"), folder("edits_other"));
    let shard = |folder: &Path, arguments: &[&str]| {
        let out = folder.to_str().expect("a path of letters");
        forget_me_not(&[&["fuzz", "--profile", "switch", "--jobs", "1", "--out", out], arguments].concat());
    };
    shard(&first, &["--seeds", "2000", "--shard", "0/2"]);
    shard(&second, &["--seeds", "2000", "--shard", "1/2"]);
    shard(&other, &["--seeds", "2000", "--shard", "1/2", "--start", "7"]);
    let check = |name: &str, what: &str, edited: &dyn Fn(&Path)| {
        let second = copied(&second, &format!("edits_{name}"));
        edited(&second);
        let [first, second] = [&first, &second].map(|folder| folder.to_str().expect("a path of letters"));
        let arguments = ["merge", first, second, "--shrink", "0", "--out", &format!("{second}_merged")];
        let arguments = std::iter::once("forget-me-not").chain(arguments).map(OsString::from);
        let (mut out, mut errors) = (Vec::new(), Vec::new());
        let code = sim::cli::run(arguments, &mut out, &mut errors);
        let told = [out, errors].map(|bytes| String::from_utf8(bytes).expect("text")).concat();
        assert!([1, 5].contains(&code), "{name}: {code}: {told}");
        assert!(told.contains(what), "{name}: {told}");
    };
    let tally = |folder: &Path| folder.join("tally.jsonl");
    let identity = |folder: &Path| folder.join("campaign.json");
    check("count", "tally.jsonl:1: this line is damaged", &|folder| {
        edit(&tally(folder), |text| text.replacen("\"violated\":0", "\"violated\":1", 1));
    });
    check("a_key_too_many", "tally.jsonl:1: this line is damaged", &|folder| {
        edit(&tally(folder), |text| text.replacen("\"violated\":0", "\"violated\":0,\"forgotten\":1", 1));
    });
    check("removed", "incomplete: ", &|folder| edit(&tally(folder), |text| lines_of(text, &[0])));
    check("twice", "tally.jsonl:2: chunk ", &|folder| edit(&tally(folder), |text| lines_of(text, &[0, 0])));
    check("swapped", "tally.jsonl:2: this line is damaged, or of another campaign", &|folder| {
        let theirs = fs::read_to_string(tally(&first)).expect("counts");
        edit(&tally(folder), |text| lines_of(text, &[0]) + &lines_of(&theirs, &[1]));
    });
    check("of_other_seeds", "tally.jsonl:1: this line is damaged, or of another campaign", &|folder| {
        fs::copy(tally(&other), tally(folder)).expect("a copy");
    });
    check("truncated", "incomplete: ", &|folder| edit(&tally(folder), |text| text[..text.len() - 9].to_owned()));
    check("more_seeds", "is not a shard of the same campaign as", &|folder| {
        edit(&identity(folder), |text| text.replace("2000", "1000"));
    });
    check("an_unknown_key", "its campaign.json cannot be read (unknown field `seed`", &|folder| {
        edit(&identity(folder), |text| text.replacen('{', "{\"seed\":7,", 1));
    });
    check("another_release", "is not a shard of the same campaign as", &|folder| {
        edit(&identity(folder), |text| text.replace("reference", "F"));
    });
    check("another_profile", "is not a shard of the same campaign as", &|folder| {
        edit(&identity(folder), |text| text.replace("switch", "gateway"));
    });
    check("another_build", "is not a shard of the same campaign as", &|folder| {
        edit(&identity(folder), |text| text.replace("\"build\":\"", "\"build\":\"0"));
    });
    check("another_shard", "tally.jsonl:1: this line is damaged, or of another campaign", &|folder| {
        edit(&identity(folder), |text| text.replace("\"shard\":1", "\"shard\":0"));
    });
    check("no_json", "its campaign.json cannot be read", &|folder| fs::write(identity(folder), "{").expect("a file"));
    check("empty", "holds no campaign", &|folder| {
        fs::remove_dir_all(folder).expect("a folder");
        fs::create_dir_all(folder).expect("a folder");
    });
    check("loop", "tally.jsonl: ", &|folder| {
        fs::remove_file(tally(folder)).expect("a file");
        #[cfg(unix)]
        std::os::unix::fs::symlink(tally(folder), tally(folder)).expect("a link");
    });
}

#[test]
fn two_builds_do_not_add_up() {
    let old = folder("old_build");
    fuzz(&old, &["--seeds", "500"]);
    let (name, path) = (old.to_str().expect("a path of letters"), old.join("campaign.json"));
    let mut identity: Value = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("JSON");
    identity["build"] = "0123456789abcdef".into();
    fs::write(&path, identity.to_string()).expect("a file");
    for arguments in [&["fuzz", "--resume", name][..], &["merge", name, "--out", &format!("{name}_merged")]] {
        let (code, errors) = refused(arguments);
        assert_eq!(code, 1, "{errors}");
        assert!(errors.contains("another build of the program counted this campaign (0123456789abcdef;"), "{errors}");
    }
    let (_, again) = fuzz(&old, &["--seeds", "500"]);
    assert_eq!(again["runs"], 500, "without --resume the campaign starts over");
}

#[test]
fn the_merged_result_goes_into_a_folder_of_its_own() {
    let (shard, foreign) = (folder("one_shard"), folder("foreign"));
    fuzz(&shard, &["--seeds", "500"]);
    fs::create_dir_all(&foreign).expect("a folder");
    fs::write(foreign.join("notes.txt"), "mine").expect("a file");
    let [shard, foreign] = [&shard, &foreign].map(|folder| folder.to_str().expect("a path of letters"));
    let (code, errors) = refused(&["merge", shard, "--out", foreign]);
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("is not empty, and it has no campaign.json"), "{errors}");
}

#[test]
fn every_class_has_a_scenario_that_shows_it() {
    let found = folder("classes");
    let (_, result) = fuzz(&found, &["--shrink", "150"]);
    let smallest = result["smallest"].as_array().expect("a list");
    assert!(!smallest.is_empty());
    for one in smallest {
        let (path, invariant) = (one["path"].as_str().expect("a path"), one["invariant"].as_str().expect("a name"));
        let (code, told) = forget_me_not(&["replay", path, "--release", "C", "--json"]);
        assert!([2, 3].contains(&code), "{path}: {code}");
        assert!(told.contains(&format!("\"invariant\":\"{invariant}\"")), "{path} does not show {invariant}");
        let (code, _) = forget_me_not(&["replay", path]);
        assert_eq!(code, 2, "{path} says what must not happen");
        let steps = one["steps"].as_u64().expect("a number");
        assert!(steps <= 16, "{path} has {steps} steps");
    }
    let kept = fs::read_dir(found.join("found")).expect("a folder").count();
    assert_eq!(kept, smallest.len(), "each class has its scenarios as they were found, too");
}

#[test]
fn another_campaign_is_not_overwritten() {
    let out = folder("another");
    fuzz(&out, &["--start", "7"]);
    let (code, err) = refused(&["fuzz", "--seeds", "500", "--out", out.to_str().expect("a path of letters")]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("holds another campaign") && err.contains("Name another folder"), "{err}");
}

/// Two faults of the newest release that the generator found by itself, each by its own name.
#[test]
fn the_dead_list_and_the_two_writers_are_found() {
    let (code, told) = forget_me_not(&[
        "fuzz",
        "--release",
        "N",
        "--seeds",
        "4000",
        "--shrink",
        "0",
        "--json",
        "--out",
        folder("two_writers").to_str().expect("a path of letters"),
    ]);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let classes = told["classes"].as_array().expect("a list");
    let has = |mechanism: &str| {
        classes.iter().any(|class| class["mechanism"].as_str().is_some_and(|told| told.contains(mechanism)))
    };
    assert_eq!(code, 2);
    assert!(has("last seen in a list that a switch had replaced"), "{classes:#?}");
    assert!(has("two writers had"), "{classes:#?}");
    assert!(classes.len() < 80, "{} classes: too many for anybody to read", classes.len());
}
