//! Steps that a run never reached: what of the plan cut each off, and what becomes of an expectation to pass if nothing did.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use model::agents::Subject;
use model::words::server::Server;
use sim::plan::Scenario;
use sim::run;
use sim::world::Engine;

/// A turn that restarts its gateway is resumed, and restarts the next process before the user's next message.
const LOOP: &str = "config = { host = \"gateway\" }\n\
                    steps = [\"turn\", \"run 20s restarts\", \"sleep 1m\", \"restart\", \"sleep 5m\", \"turn\", \"sigterm\"]\n";

/// The missed steps of a run: the process, the step, and what cut it off.
#[track_caller]
fn check(text: &str, release: &str, expected: &[(u32, &str, Option<&str>)]) {
    let text = format!("title = \"t\"\n{text}");
    let scenario = Scenario::parse(Path::new("t.toml"), &text).unwrap_or_else(|error| panic!("{error}"));
    let release: Subject = release.parse().expect("a release");
    let run = run::run(&scenario, release, Server::Replace, Engine::Events);
    let missed: Vec<_> = run.missed_steps.iter().map(|m| (m.process, &*m.step, m.cut_off_by.as_deref())).collect();
    assert_eq!(missed, expected, "{text}");
    assert_eq!(run.misses_a_step(), expected.iter().any(|(.., by)| by.is_none()));
}

#[test]
fn a_run_that_does_everything_misses_nothing() {
    check("steps = [\"turn x2\", \"switch S2\", \"turn\", \"sigkill\", \"restart\", \"turn\", \"exit\"]", "F", &[]);
    check("steps = [\"turn\", \"sigint\", \"sleep 1ms\", \"sigint\"]", "F", &[]);
    check("config = { host = \"gateway\" }\nsteps = [\"exit\", \"turn\"]", "F", &[]);
}

#[test]
fn the_plan_itself_cuts_steps_off() {
    let kill = "sigkill 5s after the start of process 1";
    let text = format!(
        "steps = [\"turn\", \"sleep 1m\", \"turn x3\", \"restart\", \"turn\"]\n[faults]\nkills = [\"{kill}\"]\n"
    );
    check(&text, "F", &[(1, "step 3 \"turn x3\"", Some(kill))]);
    let text = "parallel = [[\"turn\", \"sleep 1m\", \"turn\"], [\"sleep 1s\", \"power_loss\"]]";
    check(text, "F", &[(1, "step 3 \"turn\" of list 1", Some("the loss of power"))]);
    let asked = "step 2 \"start request_restart\"";
    let text = "config = { host = \"gateway\" }\nsteps = [\"turn\", \"start request_restart\", \"sleep 1m\", \"turn\"]";
    check(text, "E4", &[(1, "step 4 \"turn\"", Some(asked))]);
    let text = "config = { host = \"gateway\" }\nsteps = [\"run 1s restarts\", \"sleep 5m\", \"turn\"]";
    check(text, "E4", &[(1, "step 3 \"turn\"", Some("step 1 \"run 1s restarts\""))]);
    let text = "steps = [\"turn\", \"sigint\", \"sleep 1h\", \"sigint\"]";
    check(text, "F", &[(1, "step 4 \"sigint\"", Some("step 2 \"sigint\""))]);
}

#[test]
fn a_step_that_nothing_in_the_plan_cuts_off_is_a_surprise() {
    check(LOOP, "E4", &[(2, "step 6 \"turn\"", None), (2, "step 7 \"sigterm\"", None)]);
    let hangs = "config = { host = \"webui\" }\nsteps = [\"turn\", \"commit S1 wait\", \"sigterm\", \"restart\", \"turn\"]\n\
                 [faults]\ncommit.S1 = { 1 = \"hang\" }\n";
    check(hangs, "W1", &[(1, "step 3 \"sigterm\"", None), (2, "step 5 \"turn\"", None)]);
}

/// Replays a file with this text, and returns the exit code and the page.
fn replayed(name: &str, text: &str) -> (u8, String) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("missed_steps");
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    fs::write(&path, format!("title = \"t\"\n{text}")).expect("a file");
    let arguments = ["forget-me-not", "replay", path.to_str().expect("a path of letters")].map(OsString::from);
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let code = sim::cli::run(arguments.into_iter(), &mut out, &mut errors);
    (code, String::from_utf8([out, errors].concat()).expect("text"))
}

#[test]
fn a_run_that_misses_a_step_does_not_meet_pass_unless_the_file_allows_it() {
    let expect = "[expect]\nE4 = \"pass\"\n";
    let (code, page) = replayed("surprised.toml", &format!("{LOOP}{expect}"));
    assert_eq!(code, 2, "{page}");
    for line in [
        "found:    pass, but not every step was reached",
        "to expect it: missed_steps = \"allowed\"",
        "never reached: process 2, step 6 \"turn\", step 7 \"sigterm\": nothing in the plan cuts this off",
        "2 expectations NOT MET",
    ] {
        assert!(page.contains(line), "{page}");
    }
    let (code, page) = replayed("allowed.toml", &format!("{LOOP}missed_steps = \"allowed\"\n{expect}"));
    assert!(code == 0 && page.contains("never reached: process 2"), "{page}");
    let planned = "steps = [\"turn\", \"sleep 1m\", \"turn\"]\n[expect]\nreference = \"pass\"\n\
                   [faults]\nkills = [\"sigkill 5s after the start\"]\n";
    let (code, page) = replayed("planned.toml", planned);
    assert!(code == 0 && page.contains("never reached: process 1, step 3 \"turn\": cut off by sigkill 5s"), "{page}");
}

#[test]
fn an_expectation_of_damage_needs_no_step() {
    let damage = "[expect]\nE3 = { violates = [\"bounded-shutdown\"] }\n";
    let (_, page) = replayed("damage.toml", &format!("{LOOP}{damage}"));
    assert!(page.contains("never reached: process 2") && !page.contains("but not every step"), "{page}");
}

#[test]
fn what_is_allowed_is_one_word() {
    let refused = |value: &str| replayed("refused.toml", &format!("steps = [\"turn\"]\nmissed_steps = {value}\n"));
    let (code, told) = refused("\"allow\"");
    assert!(code == 1 && told.contains(":3:16: missed_steps is \"allowed\" or left out, not \"allow\""), "{told}");
    let (code, told) = refused("true");
    assert!(
        code == 1 && told.contains(":3:16: true stands where this belongs: missed_steps is \"allowed\" or left out"),
        "{told}"
    );
}

#[test]
fn what_is_allowed_reads_back() {
    let text = "title = \"t\"\nsteps = [\"turn\"]\nmissed_steps = \"allowed\"\n";
    let read = |text: &str| Scenario::parse(Path::new("t.toml"), text).unwrap_or_else(|error| panic!("{error}"));
    let scenario = read(text);
    assert!(scenario.may_miss_steps && read(&scenario.to_string()) == scenario, "{scenario}");
}
