//! Real agents in every command: fuzzing finds, shrinks and replays the planted bug of the example; names from a file; what is skipped and what
//! broke is told by name.
//!
//! The agents are the example of the shim and `real/diary.py`. Without `python3.11` these tests are skipped, by name.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

/// The body of a test.
type Test = fn() -> Result<(), Failed>;

fn main() {
    let python = Command::new("python3.11").arg("--version").output().is_ok_and(|output| output.status.success());
    let tests: [(&str, Test); 13] = [
        ("fuzzing_finds_shrinks_and_replays_the_planted_bug", planted_bug),
        ("another_version_is_told_and_never_called_the_same", another_version),
        ("a_campaign_is_resumed_with_its_agent", resumed),
        ("the_columns_of_a_matrix_are_names_of_a_file", columns),
        ("a_gate_names_what_it_skipped", gate),
        ("shrink_sweep_and_history_take_an_agent", one_file),
        ("a_child_that_breaks_costs_no_other_result", no_lost_result),
        ("the_doctor_says_what_runs_and_what_is_missing", doctor),
        ("a_mistake_in_the_file_of_agents_has_its_place", mistakes),
        ("options_of_the_file_reach_the_adapter", options),
        ("a_traced_run_comes_to_its_end", traced),
        ("a_turn_never_sent_in_peace_is_a_class_of_its_own", silent),
        ("fidelity_names_each_cell_that_differs_unless_it_is_known", fidelity),
    ];
    if !python {
        tests.iter().for_each(|(name, _)| say(&format!("skipped: python3.11 is not installed: {name}")));
    }
    let trials = tests.map(|(name, test)| Trial::test(name, test).with_ignored_flag(!python));
    let hermes = Trial::test(HERMES, real_hermes).with_ignored_flag(pythons().is_empty());
    if pythons().is_empty() {
        say(&format!("skipped: HERMES_PYTHONS names no environment with Hermes: {HERMES}"));
    }
    libtest_mimic::run(&Arguments::from_args(), trials.into_iter().chain([hermes]).collect()).exit();
}

#[expect(clippy::print_stdout, reason = "who runs the tests reads it")]
fn say(line: &str) {
    println!("{line}");
}

fn project(path: &str) -> PathBuf {
    fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).expect("a part of the project")
}

fn example() -> PathBuf {
    project("model/python/examples/batching.py")
}

fn diary() -> PathBuf {
    project("sim/tests/real/diary.py")
}

/// An empty folder of a test's own, with a file of agents.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("agents_everywhere").join(name);
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    let agent = |name: &str, file: &Path| format!("[agents.\"{name}\"]\nadapter = \"{}\"\n", file.display());
    let agents = agent("mine-1.0", &example()) + &agent("diary", &diary());
    fs::write(folder.join("forget-me-not.toml"), agents).expect("a file");
    folder
}

/// A scenario file in the folder.
fn scenario(folder: &Path, name: &str, lines: &str) {
    fs::write(folder.join(format!("{name}.toml")), format!("title = \"{name}\"\n{lines}\n")).expect("a file");
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_forget-me-not"));
    program.current_dir(folder).args(arguments).output().expect("the program starts")
}

/// The exit code, the output, and the errors.
fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

const BATCH: &str = "config = { retain_every_n_turns = 2 }\nsteps = [\"turn x3\", \"sleep 1s\", \"shutdown\"]";

/// Fuzzes the example. Returns the file of the class in which a partial batch is lost at the exit.
fn found(folder: &Path, agent: &str) -> PathBuf {
    let output = run(folder, &["fuzz", "--agent", agent, "--seeds", "50", "--shrink", "40", "--out", "campaign"]);
    let (code, page, errors) = told(&output);
    assert_eq!(code, 2, "{page}{errors}");
    assert!(page.contains("skipped: ") && page.contains("the agent has no `undo`"), "{page}");
    let files = fs::read_dir(folder.join("campaign/classes")).expect("a folder of classes");
    let is_it = |file: &PathBuf| {
        let text = fs::read_to_string(file).expect("a file");
        text.contains("nor was any later turn of its process, where a retain carries several; its process exited\"")
    };
    files.map(|file| file.expect("a file").path()).find(is_it).unwrap_or_else(|| panic!("{page}"))
}

fn planted_bug() -> Result<(), Failed> {
    let folder = folder("planted_bug");
    let file = found(&folder, "mine-1.0");
    let text = fs::read_to_string(&file).expect("a file");
    assert!(text.starts_with("# Found by fuzzing the agent mine-1.0 (adapter "), "{text}");
    assert!(text.contains("name = \"mine-1.0\"\n") && text.contains("python = \"3.11."), "{text}");
    let steps = text.lines().find(|line| line.starts_with("steps = ")).expect("one process");
    assert!(steps.matches('"').count() <= 2 * 6, "at most six steps: {steps}");
    for _ in 0..3 {
        let (code, page, errors) = told(&run(&folder, &["replay", file.to_str().expect("text")]));
        assert_eq!(code, 2, "{page}{errors}");
        assert!(page.contains("the same history as when the file was written, by the same versions\n"), "{page}");
    }
    Ok(())
}

fn another_version() -> Result<(), Failed> {
    let folder = folder("another_version");
    let text = format!(
        "{BATCH}\n[agent]\nname = \"mine-1.0\"\nserver = \"append\"\ndigest = \"00\"\nversions = {{ python = \"3.11.99\" }}"
    );
    scenario(&folder, "kept", &text);
    let (code, page, errors) = told(&run(&folder, &["replay", "kept.toml"]));
    assert_eq!(code, 2, "{page}{errors}");
    let line = page.lines().find(|line| line.starts_with("kept with mine-1.0: ")).expect("a line about the versions");
    assert!(line.contains("ANOTHER VERSION: python was 3.11.99 and is 3.11."), "{line}");
    assert!(line.contains("adapter was missing and is ") && !page.contains("the same history"), "{page}");
    let (_, page, _) = told(&run(&folder, &["replay", "kept.toml", "--agent", "diary"]));
    assert!(page.contains("kept with diary: another agent: the file was written with mine-1.0\n"), "{page}");
    Ok(())
}

fn resumed() -> Result<(), Failed> {
    let folder = folder("resumed");
    let copy = folder.join("copy.py");
    fs::copy(example(), &copy).expect("a copy");
    let campaign = ["fuzz", "--agent", "copy.py", "--seeds", "30", "--shrink", "0", "--out", "campaign"];
    let (code, first, errors) = told(&run(&folder, &campaign));
    assert_eq!(code, 2, "{first}{errors}");
    let digest = |page: &str| page.lines().find(|line| line.starts_with("digest ")).map(|line| line[..23].to_owned());
    let lines = folder.join("campaign/tally.jsonl");
    let text = fs::read_to_string(&lines).expect("the counts");
    fs::write(&lines, text.lines().next().expect("a chunk").to_owned() + "\n").expect("a file");
    let (_, again, errors) = told(&run(&folder, &["fuzz", "--resume", "campaign", "--shrink", "0"]));
    assert_eq!(digest(&again), digest(&first), "{again}{errors}");
    let text = fs::read_to_string(&copy).expect("a file");
    fs::write(&copy, text + "\n# another version\n").expect("a file");
    let (code, _, errors) = told(&run(&folder, &["fuzz", "--resume", "campaign"]));
    assert_eq!(code, 1);
    assert!(errors.contains("another version of copy counted this campaign"), "{errors}");
    Ok(())
}

fn columns() -> Result<(), Failed> {
    let folder = folder("columns");
    scenario(&folder, "partial_batch", BATCH);
    scenario(&folder, "undone", "steps = [\"turn\", \"undo\", \"shutdown\"]");
    scenario(&folder, "crash", "steps = [\"say crash\", \"shutdown\"]");
    let files = ["partial_batch.toml", "undone.toml", "crash.toml"];
    let matrix = [&["matrix"], &files[..], &["--releases", "reference,F,mine-1.0,diary"]].concat();
    let (code, page, errors) = told(&run(&folder, &matrix));
    assert_eq!(code, 0, "{page}{errors}");
    let row = |name: &str| {
        let line = page.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_else(|| panic!("{page}"));
        line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let heads = page.lines().find(|line| line.trim_start().starts_with("ref ")).expect("heads");
    assert_eq!(heads.split_whitespace().collect::<Vec<_>>(), ["ref", "F", "mine1.0", "diary"]);
    assert_eq!(row("partial_batch"), ["·", "L1", "L1", "·"]);
    assert_eq!(row("undone")[2..], ["-", "-"]);
    assert_eq!(row("crash")[3], "∅");
    assert!(page.contains("skipped: undone: diary: the agent has no `undo`\n"), "{page}");
    assert!(page.contains("no result: crash: diary: the child died: signal 11 ended it\n"), "{page}");
    let (code, page, errors) = told(&run(&folder, &["matrix", "partial_batch.toml", "--compare", "mine-1.0,diary"]));
    assert_eq!(code, 0, "{errors}");
    assert!(page.contains("1 of 1 scenarios separate diary from mine-1.0"), "{page}");
    Ok(())
}

fn gate() -> Result<(), Failed> {
    let folder = folder("gate");
    scenario(&folder, "partial_batch", BATCH);
    scenario(&folder, "undone", "steps = [\"turn\", \"undo\", \"shutdown\"]");
    let gate = ["gate", "partial_batch.toml", "undone.toml", "--agent", "mine-1.0", "--seeds", "5", "--json"];
    let (code, page, errors) = told(&run(&folder, &gate));
    assert_eq!(code, 2, "{page}{errors}");
    let object: Value = serde_json::from_str(&page).expect("an object");
    let scenarios = &object["sections"][0];
    assert_eq!(scenarios["skipped"]["the agent has no `undo`"], serde_json::json!(["undone"]), "{scenarios}");
    assert_eq!(scenarios["failures"].as_array().map(Vec::len), Some(1), "{scenarios}");
    Ok(())
}

fn one_file() -> Result<(), Failed> {
    let folder = folder("one_file");
    scenario(&folder, "batch", BATCH);
    let of = |command: &str, more: &[&str]| {
        let arguments = [&[command, "batch.toml", "--agent", "mine-1.0", "--server", "append"], more].concat();
        told(&run(&folder, &arguments))
    };
    let (code, page, errors) = of("shrink", &["--runs", "50"]);
    assert_eq!(code, 2, "{page}{errors}");
    assert!(page.contains("batch.toml with mine-1.0 on append: no-loss"), "{page}");
    let (_, page, errors) = of("sweep", &["--alike", "2"]);
    assert!(page.starts_with("batch: batch\nmine-1.0 on append: lost 1\n"), "{page}{errors}");
    let (code, page, errors) = of("history", &[]);
    assert_eq!(code, 0, "{errors}");
    assert!(page.contains("TaskStarted { name: \"writer\" }"), "{page}");
    scenario(&folder, "batch", "steps = [\"turn\", \"undo\"]");
    let (code, _, errors) = of("history", &[]);
    assert_eq!((code, errors.as_str()), (1, "batch on append is skipped: the agent has no `undo`\n"));
    Ok(())
}

fn no_lost_result() -> Result<(), Failed> {
    let folder = folder("no_lost_result");
    scenario(&folder, "a", "steps = [\"say crash\", \"shutdown\"]");
    scenario(&folder, "b", "steps = [\"turn\", \"shutdown\"]");
    scenario(&folder, "c", "steps = [\"turn\", \"undo\"]");
    let replay = ["replay", "a.toml", "b.toml", "c.toml", "--agent", "diary", "--server", "append"];
    let (code, page, errors) = told(&run(&folder, &replay));
    assert_eq!(code, 1, "{page}{errors}");
    assert!(page.contains("\n1 run, no invariant violated"), "{page}");
    assert!(errors.contains("no result: a on append: the child died: signal 11 ended it\n"), "{errors}");
    assert!(errors.contains("skipped: c on append: the agent has no `undo`\n"), "{errors}");
    Ok(())
}

fn doctor() -> Result<(), Failed> {
    let folder = folder("doctor");
    let file = folder.join("forget-me-not.toml");
    let text = fs::read_to_string(&file).expect("a file");
    let needy = "import wanted_module\n";
    fs::write(folder.join("needy.py"), needy).expect("a file");
    let more = "[agents.gone]\nadapter = \"gone.py\"\n[agents.needy]\nadapter = \"needy.py\"\n";
    fs::write(&file, text + more).expect("a file");
    let (code, page, errors) = told(&run(&folder, &["doctor"]));
    assert_eq!((code, errors.as_str()), (1, ""), "{page}");
    assert!(page.starts_with("forget-me-not.toml: diary, gone, mine-1.0, needy\n"), "{page}");
    for line in [
        "  can run: --agent mine-1.0\n",
        ", python 3.11.",
        "  lacks: new_session, compress, undo, reinitialize, wedge; scenarios that need one of these are skipped\n",
        "  cannot run: forget-me-not.toml:6:11: No such file or directory",
        "  cannot run: ModuleNotFoundError: No module named 'wanted_module'\n",
        "  to do: install what has the module wanted_module, as in python3.11 -m pip install wanted_module\n",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    assert_eq!(told(&run(&folder, &["doctor", "--agent", "mine-1.0"])).0, 0);
    let (code, page, _) = told(&run(&folder, &["doctor", "--agent", "hermes", "--python", "/nowhere/python"]));
    assert_eq!(code, 1);
    assert!(page.contains("/nowhere/python cannot be started") && page.contains("install CPython 3.11"), "{page}");
    Ok(())
}

fn mistakes() -> Result<(), Failed> {
    let folder = folder("mistakes");
    scenario(&folder, "batch", BATCH);
    let check = |arguments: &[&str], expected: &str| {
        let (code, page, errors) = told(&run(&folder, arguments));
        assert_eq!((code, page.as_str(), errors.lines().count()), (1, "", 1), "{errors}");
        assert!(errors.starts_with(expected), "{errors}");
    };
    check(&["replay", "batch.toml", "--agent", "min-1.0"], "--agent min-1.0: No such file or directory");
    check(
        &["replay", "batch.toml", "--python", "python3.11"],
        "--python says what runs an agent; name one with --agent",
    );
    check(&["matrix", "batch.toml", "--releases", "F,mine-2.0"], "unknown release \"mine-2.0\"");
    check(&["replay", "batch.toml", "--agent", "diary", "--agents", "none.toml"], "none.toml: cannot be read");
    fs::write(folder.join("wrong.toml"), "[agents.diary]\nadaptor = \"hermes\"\n").expect("a file");
    check(
        &["fuzz", "--agent", "diary", "--agents", "wrong.toml"],
        "wrong.toml:2:1: unknown field \"adaptor\"; did you mean \"adapter\"?",
    );
    Ok(())
}

fn options() -> Result<(), Failed> {
    let folder = folder("options");
    let agents =
        format!("[agents.thrice]\nadapter = \"{}\"\noptions = {{ retain_every_n_turns = 3 }}\n", example().display());
    fs::write(folder.join("other.toml"), agents).expect("a file");
    scenario(&folder, "batch", BATCH);
    let replay = |more: &[&str]| {
        let (_, page, errors) =
            told(&run(&folder, &[&["replay", "batch.toml", "--json", "--server", "append"], more].concat()));
        serde_json::from_str::<Value>(&page).unwrap_or_else(|_| panic!("{errors}"))["verdict"].clone()
    };
    assert_eq!(replay(&["--agent", "mine-1.0"]), "violation", "two of three turns fill a batch");
    assert_eq!(replay(&["--agent", "thrice", "--agents", "other.toml"]), "pass", "three of three do");
    Ok(())
}

/// The thread that runs it writes beside the one that waits for it.
fn traced() -> Result<(), Failed> {
    let folder = folder("traced");
    let (example, case) = (example(), project("scenarios/ground-truth/n3_shutdown.toml"));
    let paths = [&case, &example].map(|path| path.to_str().expect("a path of letters"));
    let arguments = ["replay", paths[0], "--agent", paths[1], "--server", "append", "--trace", "sim=debug"];
    let (code, page, errors) = told(&run(&folder, &arguments));
    if code != 2 || !page.contains("lost 2") || !errors.contains("sim::external::driver: call") {
        return Err(format!("{code}: {page}{errors}").into());
    }
    Ok(())
}

/// What an agent had the time to send is another class than what its end, or a slow provider, cut off, or what came behind a shutdown.
fn silent() -> Result<(), Failed> {
    let (folder, agent) = (folder("silent"), project("sim/tests/real/silent.py"));
    for (name, lines, in_peace) in [
        ("closed", "steps = [\"expire S1\", \"turn\", \"sleep 6s\"]", false),
        ("begun", "steps = [\"expire S1\", \"reinit\", \"turn\", \"sleep 6s\"]", true),
        ("at_once", "steps = [\"turn\", \"shutdown\"]", false),
        ("in_peace", "steps = [\"turn\", \"sleep 6s\", \"shutdown\"]", true),
        ("down", "steps = [\"turn\", \"server_down 5s\", \"sleep 6s\", \"shutdown\"]", false),
        ("slow", "steps = [\"turn\", \"sleep 6s\", \"shutdown\"]\n[faults]\nversion = { 1 = \"delay 2s\" }", false),
        ("batch", "config = { retain_every_n_turns = 2 }\nsteps = [\"turn\", \"sleep 6s\", \"shutdown\"]", false),
    ] {
        scenario(&folder, name, lines);
        let (file, agent) = (format!("{name}.toml"), agent.to_str().expect("a path of letters"));
        let (code, told, errors) = told(&run(&folder, &["shrink", &file, "--agent", agent, "--runs", "1", "--json"]));
        let (peace, late) =
            ("though for five seconds nothing held it up", "it came to a memory that had been shut down");
        if code != 2 || told.contains(peace) != in_peace || told.contains(late) != (name == "closed") {
            return Err(format!("{name}: {code}: {told}{errors}").into());
        }
    }
    Ok(())
}

/// The example does what release B was measured to do in one case, and something else in the other.
fn fidelity() -> Result<(), Failed> {
    let folder = folder("fidelity");
    let case = |name: &str| project(&format!("scenarios/ground-truth/{name}.toml")).display().to_string();
    let (n3_shutdown, n3_switch) = (case("n3_shutdown"), case("n3_switch"));
    let fidelity = |more: &[&str]| {
        let arguments = ["fidelity", &n3_shutdown, &n3_switch, "--agent", "mine-1.0", "--against", "B"];
        told(&run(&folder, &[&arguments, more].concat()))
    };
    let (code, page, errors) = fidelity(&[]);
    assert_eq!(code, 2, "{page}{errors}");
    let lines = [
        "lost             1 of   2  50.0 %     1 of   2  50.0 %",
        "duplicated       2 of   2 100.0 %     2 of   2 100.0 %",
        "DIFFERENCES",
        "  n3_switch on replace, lost: S2#2 S2#3; B as measured: S1#1 S1#2",
        "  n3_switch on replace, lost: S2#2 S2#3; model B: S1#1 S1#2",
    ];
    lines.iter().for_each(|line| assert!(page.lines().any(|of_page| of_page == *line), "{line} is not in {page}"));
    let told: Value = serde_json::from_str(&fidelity(&["--json"]).1).expect("JSON");
    assert_eq!(told["cells"][1]["measured"][0]["other"], "S1#1 S1#2", "{told}");

    let known = |case: &str| {
        let parts = "parts = [\"lost\", \"documents\"]\nreason = \"no hook for a switch\"";
        format!(
            "[[exception]]\nagent = \"mine-1.0\"\nrelease = \"B\"\nfrom = [\"measured\", \"model\"]\ncase = \"{case}\"\n{parts}\n"
        )
    };
    fs::write(folder.join("known.toml"), known("n3_switch")).expect("a file");
    let (code, page, errors) = fidelity(&["--exceptions", "known.toml"]);
    assert!(
        code == 0 && page.contains("\nknown: no hook for a switch\n  n3_switch on replace, lost: "),
        "{page}{errors}"
    );
    fs::write(folder.join("stale.toml"), known("n3_switch") + &known("n3_shutdown")).expect("a file");
    let (code, page, errors) = fidelity(&["--exceptions", "stale.toml"]);
    let stale = "n3_shutdown agrees with B as measured: it is no exception any more";
    assert!(code == 2 && page.contains(stale), "{page}{errors}");
    Ok(())
}

const HERMES: &str = "real_hermes_does_what_was_measured";

/// The interpreters with a Hermes.
#[expect(clippy::disallowed_methods, reason = "who runs the tests says where Hermes is")]
fn pythons() -> Vec<String> {
    let named = std::env::var("HERMES_PYTHONS").unwrap_or_default();
    named.split(':').filter(|python| !python.is_empty()).map(str::to_owned).collect()
}

/// A few of the cases; `fidelity` alone compares all of them.
fn real_hermes() -> Result<(), Failed> {
    let folder = folder("hermes");
    let cases = ["n3_switch", "n3_4turns_atexit", "kill_inflight", "compress_inplace_n3", "late_turn"];
    let paths = cases.map(|case| project(&format!("scenarios/ground-truth/{case}.toml")).display().to_string());
    for python in pythons() {
        let arguments = ["--agent", "hermes", "--python", &*python];
        let arguments: Vec<&str> =
            ["fidelity"].into_iter().chain(paths.iter().map(|path| &**path)).chain(arguments).collect();
        let (code, page, errors) = told(&run(&folder, &arguments));
        assert_eq!(code, 0, "{python}: {page}{errors}");
    }
    Ok(())
}
