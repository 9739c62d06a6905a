//! Real agents that keep turns in files of their own: judged by the turns' names in rows and texts, with kills, two processes, and plugins of Hermes
//! that an installed package or a folder brings.
//!
//! Without `python3.11` these tests are skipped, by name, and those with Hermes without an environment that `HERMES_PLUGINS_PYTHON` names.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};

/// The body of a test.
type Test = fn() -> Result<(), Failed>;

fn main() {
    let python = Command::new("python3.11").arg("--version").output().is_ok_and(|output| output.status.success());
    let tests: [(&str, Test); 6] = [
        ("a_store_is_judged_by_its_rows", rows),
        ("a_store_that_nobody_has_described_is_looked_through", undescribed),
        ("a_kill_loses_what_is_not_on_the_disk", killed),
        ("two_processes_share_a_store", shared),
        ("files_that_all_runs_would_share_are_no_verdict", settled),
        ("what_is_judged_by_requests_is_not_judged_by_name", unseen),
    ];
    let hermes: [(&str, Test); 3] = [
        ("the_sqlite_plugin_of_hermes_is_judged_by_its_rows", holographic),
        ("a_folder_with_a_plugin_is_loaded_by_hermes", folder),
        ("a_package_that_is_not_installed_is_told_of", missing),
    ];
    if !python {
        tests.iter().for_each(|(name, _)| say(&format!("skipped: python3.11 is not installed: {name}")));
    }
    let plugins = plugins();
    if plugins.is_none() {
        let why = "skipped: HERMES_PLUGINS_PYTHON names no environment with Hermes";
        hermes.iter().for_each(|(name, _)| say(&format!("{why}: {name}")));
    }
    let trials = tests.map(|(name, test)| Trial::test(name, test).with_ignored_flag(!python));
    let hermes = hermes.map(|(name, test)| Trial::test(name, test).with_ignored_flag(plugins.is_none()));
    let mut trials: Vec<Trial> = trials.into_iter().chain(hermes).collect();
    for (package, expected) in PACKAGES {
        let name = format!("{package}_does_what_it_did_when_it_was_first_run");
        let has = plugins.as_deref().is_some_and(|python| is_installed(python, package));
        if !has {
            say(&format!("skipped: HERMES_PLUGINS_PYTHON names no environment with {package}: {name}"));
        }
        trials.push(Trial::test(name, move || of_a_package(package, expected)).with_ignored_flag(!has));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

#[expect(clippy::print_stdout, reason = "who runs the tests reads it")]
fn say(line: &str) {
    println!("{line}");
}

fn plugins() -> Option<PathBuf> {
    std::env::var_os("HERMES_PLUGINS_PYTHON").map(PathBuf::from).filter(|python| python.exists())
}

fn is_installed(python: &Path, package: &str) -> bool {
    let script = "import importlib.metadata, sys; importlib.metadata.version(sys.argv[1])";
    Command::new(python).args(["-c", script, package]).output().is_ok_and(|output| output.status.success())
}

/// An agent that keeps turns in SQLite: each at once, or all of them when it is shut down.
const DIARY: &str = r#"
import sqlite3
from forget_me_not import Adapter

class Diary(Adapter):
    provider = ("diary", "nowhere", 80)

    def initialize(self, session):
        self.base = sqlite3.connect("diary.db")
        self.base.execute("create table if not exists said (session_id, role, content)")
        self.base.commit()

    def turn(self, turn):
        for role, text in (("user", turn.user), ("agent", turn.assistant)):
            self.base.execute("insert into said values (?, ?, ?)", (turn.session, role, text))
        if self.options.get("lazy", "false") == "false":
            self.base.commit()

    def switch(self, old, new, adoption):
        pass

    def shutdown(self):
        self.base.commit()
        self.base.close()
"#;
const DESCRIPTION: &str =
    "[[keeps]]\nin = \"diary.db\"\ntable = \"said\"\ntext = [\"content\"]\nsession = \"session_id\"\n";

/// A file of a test's own.
fn file(name: &str, text: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("local_stores");
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join(name);
    fs::write(&file, text).expect("a file");
    file.display().to_string()
}

fn scenario(name: &str, lines: &str) -> String {
    file(&format!("{name}.toml"), &format!("title = \"{name}\"\n{lines}\n"))
}

fn run(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_forget-me-not"));
    program.current_dir(env!("CARGO_TARGET_TMPDIR")).args(arguments).output().expect("the program starts")
}

fn replayed(arguments: &[&str]) -> Value {
    let output = run(&[arguments, &["--json", "--twice"]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// A run of the diary, described by this.
fn diary(name: &str, lines: &str, lazy: bool, description: &str) -> Value {
    let (adapter, provider) = (file("diary.py", DIARY), file(&format!("{name}_provider.toml"), description));
    let agents =
        format!("[agents.diary]\nadapter = \"{adapter}\"\nprovider = \"{provider}\"\noptions = {{ lazy = {lazy} }}\n");
    let agents = file(&format!("{name}_agents.toml"), &agents);
    replayed(&["replay", &scenario(name, lines), "--agent", "diary", "--agents", &agents])
}

const TWO_SESSIONS: &str = r#"steps = ["turn", "turn", "switch S2", "turn", "shutdown"]"#;
const KILLED: &str =
    r#"steps = ["turn", "sleep 100ms", "turn", "sleep 100ms", "sigkill", "restart", "turn", "shutdown"]"#;

fn rows() -> Result<(), Failed> {
    let run = diary("rows", TWO_SESSIONS, false, DESCRIPTION);
    assert_eq!(run["verdict"], "pass", "{run}");
    assert_eq!(run["documents"], json!({ "S1": [["S1#1", "S1#2"]], "S2": [["S2#1"]] }));
    Ok(())
}

fn undescribed() -> Result<(), Failed> {
    let run = diary("undescribed", TWO_SESSIONS, false, "[[keeps]]\nin = \"**\"\nsession = \"session_id\"\n");
    assert_eq!(run["documents"], json!({ "S1": [["S1#1", "S1#2"]], "S2": [["S2#1"]] }), "{run}");
    Ok(())
}

fn killed() -> Result<(), Failed> {
    let lost = |name: &str, lazy: bool| diary(name, KILLED, lazy, DESCRIPTION)["lost"].clone();
    assert_eq!(lost("killed", false), json!([]));
    assert_eq!(lost("killed_lazy", true), json!(["S1#1", "S1#2"]), "only what was committed is kept");
    let at = |step: u32| {
        let faults = format!("{TWO_SESSIONS}\n[faults]\nkills = [\"sigkill at step {step} of process 1\"]");
        let run = diary(&format!("killed_at_{step}"), &faults, false, DESCRIPTION);
        assert_eq!((&run["lost"], &run["failure"]), (&json!([]), &Value::Null), "{run}");
    };
    (5..60).step_by(9).for_each(at);
    Ok(())
}

fn shared() -> Result<(), Failed> {
    let beside = r#"parallel = [["barrier 2", "turn", "sleep 400ms", "turn", "shutdown"], ["barrier 2", "turn", "sleep 400ms", "turn", "shutdown"]]"#;
    let run = diary("shared", beside, false, DESCRIPTION);
    assert_eq!((&run["lost"], &run["turns"]), (&json!([]), &json!(4)), "{run}");
    Ok(())
}

fn unseen() -> Result<(), Failed> {
    let shown = diary("unseen", TWO_SESSIONS, false, DESCRIPTION)["not_judged"].clone();
    let names =
        |list: &Value| list.as_array().map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    let shown: Vec<String> = names(&shown).unwrap_or_default();
    for name in ["traffic-is-bounded", "prompt-delivery", "no-stale-recall", "recall-is-read"] {
        assert!(shown.iter().any(|known| known == name), "{name}: {shown:?}");
    }
    assert!(!shown.iter().any(|known| ["no-loss", "attribution", "order"].contains(&known.as_str())), "{shown:?}");
    Ok(())
}

fn settled() -> Result<(), Failed> {
    let settled = DIARY.replace("connect(\"diary.db\")", "connect(PLACE)");
    let adapter = file("settled.py", &format!("import os\nPLACE = os.path.abspath(\"diary.db\")\n{settled}"));
    let provider = file("settled_provider.toml", DESCRIPTION);
    let run = run(&["replay", &scenario("settled", TWO_SESSIONS), "--agent", &adapter, "--provider", &provider]);
    let told = String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned();
    assert!(told.contains("the agent keeps diary.db in the home of its template"), "{told}");
    assert_eq!(run.status.code(), Some(1), "{told}");
    Ok(())
}

/// A run of an agent of Hermes.
fn hermes(name: &str, agent: &str, lines: &str) -> Value {
    let python = plugins().unwrap_or_default().display().to_string();
    replayed(&["replay", &scenario(name, lines), "--agent", agent, "--python", &python])
}

fn holographic() -> Result<(), Failed> {
    let ended = hermes("holographic", "hermes/holographic", r#"steps = ["turn", "turn", "end", "shutdown"]"#);
    assert_eq!((&ended["lost"], &ended["turns"]), (&json!([]), &json!(2)), "{ended}");
    let open = hermes("holographic_open", "hermes/holographic", r#"steps = ["turn", "turn"]"#);
    assert_eq!(open["lost"], json!(["S1#1", "S1#2"]), "nothing is kept before the end of a session: {open}");
    Ok(())
}

/// A plugin of Hermes that writes a line for each turn, without knowing of sessions.
const LINES: &str = r#"
from pathlib import Path
from agent.memory_provider import MemoryProvider
from .writing import write

class Lines(MemoryProvider):
    name = "lines"
    def is_available(self): return True
    def get_tool_schemas(self): return []
    def initialize(self, session_id, **kwargs): self.file = Path(kwargs["hermes_home"]) / "lines.md"
    def sync_turn(self, user_content, assistant_content, *, session_id="", messages=None):
        write(self.file, f"{user_content} - {assistant_content}\n")
    def shutdown(self): pass

def register(ctx):
    ctx.register_memory_provider(Lines())
"#;
const WRITING: &str = "def write(file, line):\n    with file.open('a') as opened:\n        opened.write(line)\n";

fn folder() -> Result<(), Failed> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("local_stores/lines");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("__init__.py"), LINES).expect("a file");
    fs::write(folder.join("writing.py"), WRITING).expect("a file");
    let run = hermes("folder", &folder.display().to_string(), TWO_SESSIONS);
    assert_eq!((&run["lost"], &run["duplicated"], &run["turns"]), (&json!([]), &json!({}), &json!(3)), "{run}");
    Ok(())
}

fn missing() -> Result<(), Failed> {
    let python = plugins().unwrap_or_default().display().to_string();
    let file = scenario("missing", TWO_SESSIONS);
    let output = run(&["replay", &file, "--agent", "hermes/no-such-memory", "--python", &python]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("the package no-such-memory is not installed"), "{told}");
    Ok(())
}

/// Packages of others, and what they do with two sessions and a kill: lost, duplicated and misattributed turns.
const PACKAGES: [(&str, [&str; 3]); 5] = [
    ("hermes-local-memory", ["S2#1", "", ""]),
    ("hermes-llmwiki", ["", "", ""]),
    ("hermes-memoryrouter", ["", "", ""]),
    ("hermes-itsuki", ["", "", ""]),
    ("nyx-memory", ["", "", ""]),
];
const OF_PACKAGES: &str = r#"steps = ["turn", "sleep 400ms", "switch S2", "turn", "sleep 400ms", "sigkill", "restart", "sleep 5s", "turn", "sleep 400ms", "shutdown"]"#;

fn of_a_package(package: &str, expected: [&str; 3]) -> Result<(), Failed> {
    let run = hermes(package, &format!("hermes/{package}"), OF_PACKAGES);
    let words = |key: &str| {
        let list: Option<Vec<&str>> = run[key].as_array().map(|turns| turns.iter().filter_map(Value::as_str).collect());
        let table = || run[key].as_object().map(|turns| turns.keys().map(String::as_str).collect());
        list.or_else(table).unwrap_or_default().join(" ")
    };
    assert_eq!(["lost", "duplicated", "misattributed"].map(words), expected, "{run}");
    Ok(())
}
