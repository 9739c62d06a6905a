//! The bounds of the options: where results may go, how long and on how many threads the program works.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Runs the command line from the project's folder. Returns the exit code, the output and the errors.
fn forget_me_not(arguments: &[&str]) -> (u8, String, String) {
    std::env::set_current_dir(env!("CARGO_MANIFEST_DIR")).expect("the project's folder");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments = std::iter::once("forget-me-not").chain(arguments.iter().copied()).map(OsString::from);
    let code = sim::cli::run(arguments, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (code, text(out), text(err))
}

/// An empty file in a folder of this test's own.
fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("options");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(&path, "").expect("a file");
    path
}

/// A destination is tried before any work: these gates and campaigns would take minutes.
#[test]
fn a_destination_that_cannot_be_written_is_found_first() {
    let path = file("no_folder").to_string_lossy().into_owned();
    let folder = Path::new(&path).parent().expect("a folder").to_string_lossy().into_owned();
    let below = format!("{path}/below");
    let check = |arguments: &[&str], why: &str| {
        let (code, out, err) = forget_me_not(arguments);
        assert_eq!((code, out.as_str(), err.lines().count()), (1, "", 1), "{arguments:?}: {err}");
        assert!(err.starts_with(&format!("{} {}: ", arguments[1], arguments[2])) && err.contains(why), "{err}");
        assert!(err.contains("; name a"), "it says what to do instead: {err}");
    };
    check(&["gate", "--junit", &folder, "--for", "10m"], "this is a folder; name a file, as in --junit");
    check(&["gate", "--junit", &below, "--for", "10m"], "this file cannot be written (");
    for out in [&path, &below] {
        check(&["gate", "--out", out, "--for", "10m"], "nothing can be written into this folder (");
        check(&["fuzz", "--out", out, "--for", "10m"], "nothing can be written into this folder (");
        check(&["merge", "--out", out, "scenarios"], "nothing can be written into this folder (");
    }
}

#[test]
fn a_time_budget_has_bounds() {
    for (time, why) in
        [("0s", "more than 0"), ("0h", "more than 0"), ("169h", "at most a week"), ("999999999999h", "at most a week")]
    {
        for command in ["gate", "fuzz"] {
            let (code, out, err) = forget_me_not(&[command, "--for", time]);
            assert_eq!((code, out.as_str()), (1, ""), "{err}");
            assert!(err.starts_with(&format!("--for {time}: ")) && err.contains(why), "{err}");
        }
    }
}

#[test]
fn more_jobs_than_cores_are_capped_and_said() {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("options/jobs");
    let out = out.to_str().expect("a path of letters");
    for jobs in ["100000", "99999999999999999"] {
        let (code, _, err) = forget_me_not(&["fuzz", "--seeds", "20", "--jobs", jobs, "--out", out]);
        assert_eq!(code, 0, "{err}");
        assert!(err.starts_with(&format!("--jobs {jobs}: more threads than cores are slower, so ")), "{err}");
    }
    for jobs in ["0", "-1", "99999999999999999999999"] {
        let (code, _, err) = forget_me_not(&["fuzz", "--seeds", "20", "--out", out, &format!("--jobs={jobs}")]);
        assert_eq!((code, err.lines().count()), (1, 1), "{err}");
    }
}

#[test]
fn shards_are_not_merged_into_the_folder_of_something_else() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("options/merge");
    _ = std::fs::remove_dir_all(&folder);
    let path = |name: &str| folder.join(name).to_str().expect("a path of letters").to_owned();
    assert_eq!(forget_me_not(&["fuzz", "--seeds", "20", "--out", &path("one")]).0, 0);
    assert_eq!(forget_me_not(&["fuzz", "--seeds", "30", "--out", &path("other")]).0, 0);
    std::fs::create_dir(path("mine")).expect("a folder");
    std::fs::write(folder.join("mine/notes"), "mine").expect("a file");
    for (out, why) in [("mine", "it has no campaign.json"), ("other", "holds another campaign")] {
        let (code, page, err) = forget_me_not(&["merge", &path("one"), "--out", &path(out)]);
        assert_eq!((code, page.as_str()), (1, ""), "{err}");
        assert!(err.starts_with(&path(out)) && err.contains(why), "{err}");
    }
    assert_eq!(std::fs::read_dir(path("mine")).expect("a folder").count(), 1, "it was left as it is");
}
