//! The user's view: the text of a pass, of a violation and of a bad file, and the exit code of each.

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

/// The output and the errors, and the exit code.
fn shown(arguments: &[&str]) -> String {
    let (code, out, err) = forget_me_not(arguments);
    format!("$ forget-me-not {}\n{out}{err}exit code {code}\n", arguments.join(" "))
}

/// A file in a folder of this test's own.
fn file(name: &str, content: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command_line");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(&path, content).expect("a file");
    path
}

/// The one line that a bad file gets, without its folder.
fn complaint(path: &Path) -> String {
    let (code, out, err) = forget_me_not(&["replay", &path.to_string_lossy()]);
    assert_eq!((code, out.as_str(), err.lines().count()), (1, "", 1), "{err}");
    err.trim_end().replace(&format!("{}/", path.parent().expect("a folder").display()), "")
}

#[test]
fn a_pass() {
    insta::assert_snapshot!(shown(&["replay", "scenarios/ground-truth/n3_switch.toml", "--release", "reference"]));
}

#[test]
fn a_violation() {
    insta::assert_snapshot!(shown(&["replay", "scenarios/ground-truth/n3_switch.toml", "--release", "B"]));
}

#[test]
fn every_release_with_one_scenario() {
    insta::assert_snapshot!(shown(&["replay", "scenarios/ground-truth/n1_switch.toml"]));
}

#[test]
fn the_table_of_all_scenarios() {
    let table = shown(&["replay", "scenarios"]);
    let rows = table.lines().take_while(|line| !line.starts_with("· passed"));
    rows.for_each(|row| assert!(row.chars().count() <= 120, "{} columns: {row}", row.chars().count()));
    insta::assert_snapshot!(table);
}

#[test]
fn json() {
    let path = "scenarios/ground-truth/n1_switch.toml";
    let (code, out, err) = forget_me_not(&["replay", path, "--release", "E", "--server", "append", "--json"]);
    assert_eq!((code, err.as_str()), (2, ""));
    let run: serde_json::Value = serde_json::from_str(&out).expect("one object");
    insta::assert_snapshot!(serde_json::to_string_pretty(&run).expect("JSON"));
}

/// Scenarios that show one thing each, under three reports.
const FEW: [&str; 3] = [
    "scenarios/ground-truth/n3_switch.toml",
    "scenarios/ground-truth/apply_drop.toml",
    "scenarios/ground-truth/switch_race_n3.toml",
];

/// `matrix` with these scenarios and `arguments`.
fn matrix_of_few(arguments: &[&str]) -> Vec<&'static str> {
    let arguments = arguments.iter().map(|argument| &*argument.to_string().leak());
    ["matrix"].into_iter().chain(FEW).chain(arguments).collect()
}

#[test]
fn a_matrix() {
    insta::assert_snapshot!(shown(&matrix_of_few(&["--releases", "reference,F,pr-34859,F"])));
}

#[test]
fn a_matrix_on_another_server() {
    insta::assert_snapshot!(shown(&matrix_of_few(&["--releases", "B,C", "--server", "replace"])));
}

#[test]
fn two_releases_compared() {
    insta::assert_snapshot!(shown(&matrix_of_few(&["--compare", "F,pr-34859"])));
}

#[test]
fn two_releases_that_nothing_separates() {
    insta::assert_snapshot!(shown(&["matrix", FEW[0], "--compare", "E,F"]));
}

#[test]
fn the_whole_matrix_fits_on_a_terminal_and_has_a_cell_for_every_run() {
    let (code, out, err) = forget_me_not(&["matrix"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let (code, compared, err) = forget_me_not(&["matrix", "--compare", "F,pr-55936"]);
    assert_eq!((code, err.as_str()), (0, ""));
    for line in out.lines().chain(compared.lines()).filter(|line| !line.starts_with("the evidence for one")) {
        assert!(line.chars().count() <= 120, "{} columns: {line}", line.chars().count());
    }
    let rows: Vec<&str> =
        out.split("\n\n").nth(1).expect("a table").lines().filter(|line| line.starts_with("  ")).collect();
    let releases = rows[0].split_whitespace().count();
    assert!(rows[1..].iter().all(|row| row.split_whitespace().count() == 1 + releases), "{out}");
}

#[test]
fn long_names_and_much_damage_fit_too() {
    let name = format!("{}.toml", "a_name_that_tells_the_whole_story_".repeat(6));
    let title = "a long title ".repeat(30);
    let turns = "\"turn x300\", \"switch S2\", \"turn x300\", \"sigkill\"";
    let text = format!(
        "title = \"{title}\"\nsteps = [{turns}]\nreports = [\"{title}\"]\nconfig = {{ retain_every_n_turns = 1000 }}\n"
    );
    let path = file(&name, text.as_bytes());
    for arguments in [&["--releases", "reference,A,B,C,D,E,F,N,pr-34859"][..], &["--compare", "B,C"]] {
        let path = path.to_string_lossy().into_owned();
        let (code, out, _) = forget_me_not(&[&["matrix", &path], arguments].concat());
        assert_eq!(code, 0);
        for line in out.lines().filter(|line| !line.starts_with("the evidence for one")) {
            assert!(line.chars().count() <= 120, "{} columns: {line}", line.chars().count());
        }
    }
}

#[test]
fn a_matrix_says_what_was_not_proved() {
    let missed = file(
        "missed_kill.toml",
        b"title = \"t\"\nsteps = [\"turn\", \"sleep 1s\"]\n[faults]\nkills = [\"sigkill at step 4000\"]\n",
    );
    let (code, out, _) = forget_me_not(&["matrix", &missed.to_string_lossy(), "--releases", "reference"]);
    assert_eq!(code, 0);
    assert!(out.contains("~ passed, but a planned kill never struck"), "{out}");
    let void = file("void_matrix.toml", b"title = \"t\"\nsteps = [\"sleep 1s\"]\n");
    let (code, out, _) = forget_me_not(&["matrix", &void.to_string_lossy()]);
    assert_eq!(code, 5);
    assert!(out.contains("? proved nothing"), "{out}");
}

#[test]
fn what_a_release_does_not_report_is_not_judged_by_name() {
    let path = "scenarios/gateway/orderly_restarts.toml";
    let names = "not judged (F does not report what they need): session-continuity, interrupted-turn-is-answered\n";
    let (code, out, _) = forget_me_not(&["replay", path, "--release", "F", "--server", "append"]);
    assert!(code == 0 && out.contains(names) && out.contains(", 2 invariants NOT JUDGED"), "{out}");
    let (_, out, _) = forget_me_not(&["replay", path, FEW[0], "--release", "F", "--server", "append"]);
    assert_eq!(out.matches(names).count(), 1, "{out}");
    let (_, out, _) = forget_me_not(&["replay", path, "--release", "E4", "--server", "append"]);
    assert!(!out.contains("not judged") && !out.contains("NOT JUDGED"), "{out}");
    for matrix in [["--releases", "E4,F"], ["--compare", "E4,F"]] {
        let (_, out, _) = forget_me_not(&[&["matrix", path], &matrix[..]].concat());
        assert_eq!(out.matches(names).count(), 1, "{out}");
    }
    for command in [["replay", path, "--release", "F"], ["matrix", path, "--releases", "F"]] {
        let (_, out, _) = forget_me_not(&[&command[..], &["--server", "append", "--json"]].concat());
        let told: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(told["not_judged"], serde_json::json!(["session-continuity", "interrupted-turn-is-answered"]));
        assert!(told["judged"].get("session-continuity").is_none(), "{told}");
    }
}

#[test]
fn a_matrix_as_json() {
    let (code, out, err) = forget_me_not(&["matrix", FEW[1], "--releases", "F,D", "--json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let cells: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(cells.iter().all(|cell| cell["digest"].as_str().is_some_and(|digest| digest.len() == 32)), "{out}");
    let told = |cell: &serde_json::Value| {
        cell.as_object().expect("an object").iter().map(|(k, v)| format!("{k}: {v}\n")).collect::<String>()
    };
    let lines = cells.iter().map(told).collect::<Vec<_>>().join("\n");
    let lines: Vec<&str> = lines.lines().filter(|line| !line.starts_with("digest")).collect();
    insta::assert_snapshot!("a_matrix_as_json", lines.join("\n"));
    let (_, out, _) = forget_me_not(&matrix_of_few(&["--compare", "F,pr-34859", "--json"]));
    let changes: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told: Vec<String> =
        changes.iter().map(|c| format!("{} {} {}", c["scenario"], c["change"], c["to"]["lost"])).collect();
    insta::assert_snapshot!("a_comparison_as_json", told.join("\n"));
}

#[test]
fn an_expectation_that_is_not_met() {
    let text = "title = \"t\"\nsteps = [\"turn x4\", \"exit\"]\nconfig = { retain_every_n_turns = 9 }\n\
                [expect]\nB = { lost = [\"S1#1\"], duplicated = { \"S1#3\" = 3 } }\n";
    let path = file("unmet.toml", text.as_bytes());
    let (code, out, _) = forget_me_not(&["replay", &path.to_string_lossy()]);
    assert_eq!(code, 2);
    assert!(out.contains("1 expectation NOT MET"), "{out}");
    assert!(
        out.contains("      expected: lost S1#1; duplicated S1#3 x3\n      found:    lost S1#1 to S1#4\n"),
        "{out}"
    );
}

#[test]
fn a_file_that_is_named_twice_runs_once() {
    let again = "./scenarios/ground-truth/../ground-truth/n3_switch.toml";
    let (_, out, _) = forget_me_not(&["replay", FEW[0], again, FEW[0], "--release", "B"]);
    assert!(out.contains("\n1 run, "), "{out}");
}

#[test]
fn the_command_that_shows_a_run_again_can_be_pasted() {
    let text = b"title = \"t\"\nsteps = [\"turn\"]\nconfig = { retain_every_n_turns = 2 }\n";
    let path = file("name with spaces.toml", text).to_string_lossy().into_owned();
    for arguments in [&["replay", &path, "--release", "B"][..], &["matrix", &path, "--releases", "B"]] {
        let (_, out, _) = forget_me_not(arguments);
        assert!(out.contains(&format!("forget-me-not replay '{path}' --release B --server ")), "{out}");
    }
}

/// A writer without space, like `/dev/full`.
struct Full(std::io::ErrorKind);

impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_cannot_be_written_is_told_unless_nobody_reads() {
    let write = |kind, arguments: &[&str]| {
        std::env::set_current_dir(env!("CARGO_MANIFEST_DIR")).expect("the project's folder");
        let mut err = Vec::new();
        let arguments = std::iter::once("forget-me-not").chain(arguments.iter().copied()).map(OsString::from);
        let code = sim::cli::run(arguments, &mut Full(kind), &mut err);
        (code, String::from_utf8(err).expect("text"))
    };
    for arguments in [&["matrix", FEW[0]][..], &["replay", FEW[0]], &["replay", FEW[0], "--json"], &["--help"]] {
        let told = (1, "the result could not be printed: no storage space\n".to_owned());
        assert_eq!(write(std::io::ErrorKind::StorageFull, arguments), told);
        assert_eq!(write(std::io::ErrorKind::BrokenPipe, arguments), (1, String::new()));
    }
}

#[test]
fn a_schedule_is_asked_for_by_its_seed() {
    let path = "scenarios/ground-truth/two_writers.toml";
    let replay = |seed| forget_me_not(&["replay", path, "--release", "N", "--server", "append", "--seed", seed]);
    let (code, out, _) = replay("8");
    assert_eq!(code, 2);
    assert!(out.contains("lost 1, seed 8") && out.contains("--server append --seed 8"), "{out}");
    assert!(out.contains("every expectation met"), "{out}");
    let (_, all, _) = forget_me_not(&["replay", path, "--release", "N", "--server", "append"]);
    assert!(all.contains("3 runs, ") && all.contains("every expectation met"), "{all}");
}

#[test]
fn a_run_that_proves_nothing() {
    let path = file("void.toml", b"title = \"t\"\nsteps = [\"sleep 1s\"]\n");
    let (code, out, _) = forget_me_not(&["replay", &path.to_string_lossy()]);
    assert_eq!(code, 5);
    assert!(out.contains("proved nothing: no turn could be judged"), "{out}");
}

#[test]
fn proving_nothing_is_no_success_even_if_nothing_else_was_expected() {
    let text = "title = \"t\"\nsteps = [\"turn\"]\n[faults]\nkills = [\"sigkill at step 1\"]\n[expect]\nreference = \"pass\"\n";
    let path = file("killed_at_once.toml", text.as_bytes());
    assert_eq!(forget_me_not(&["replay", &path.to_string_lossy()]).0, 5);
    let text = "title = \"t\"\nsteps = [\"turn\"]\n[expect]\nA = \"pass\"\n";
    let path = file("no_such_server.toml", text.as_bytes());
    let (code, out, _) = forget_me_not(&["replay", &path.to_string_lossy(), "--server", "append"]);
    assert_eq!(code, 5, "{out}");
}

#[test]
fn what_is_still_pending_is_no_success() {
    let text = "title = \"t\"\nsteps = [\"turn\", \"sigkill\"]\n";
    let path = file("too_late.toml", text.as_bytes()).to_string_lossy().into_owned();
    let (code, out, _) = forget_me_not(&["replay", &path, "--release", "lazy-start", "--server", "append"]);
    assert_eq!(code, 3, "{out}");
    assert!(out.contains("convergence: S1#1 was acknowledged at 0 ms and is still pending"), "{out}");
}

#[test]
fn a_kill_that_never_struck_is_told() {
    let text = "title = \"t\"\nsteps = [\"turn\"]\n[faults]\nkills = [\"sigkill at step 4000\"]\n";
    let (_, out, _) = forget_me_not(&["replay", &file("missed.toml", text.as_bytes()).to_string_lossy()]);
    assert!(out.contains("never struck: sigkill at step 4000 of process 1"), "{out}");
}

#[test]
fn bad_files() {
    let million = format!("title = \"t\"\nsteps = [{}]\n", "\"turn\",".repeat(1_000_000));
    let complaints = [
        file("unknown_field.toml", b"title = \"t\"\nstep = [\"turn\"]\n"),
        file("unknown_step.toml", b"title = \"t\"\nsteps = [\n  \"turn\",\n  \"swich S2\",\n]\n"),
        file("unknown_release.toml", b"title = \"t\"\nsteps = [\"turn\"]\n[expect]\nQ = \"pass\"\n"),
        file("unknown_fault.toml", b"title = \"t\"\nsteps = [\"turn\"]\n[faults]\nretain = { 1 = \"dorp\" }\n"),
        file("unknown_outcome.toml", b"title = \"t\"\nsteps = [\"turn\"]\n[expect]\nB = \"fail\"\n"),
        file("not_a_turn.toml", b"title = \"t\"\nsteps = [\"turn\"]\n[expect]\nB = { lost = [\"S1\"] }\n"),
        file("a_seed_twice.toml", b"title = \"t\"\nseed = 5\nsteps = [\"turn\"]\n[expect]\nF = [\"pass\", { seed = 5, lost = [\"S1#1\"] }]\n"),
        file("no_such_turn.toml", b"title = \"t\"\nsteps = [\"turn x3\"]\n[expect]\nB = { lost = [\"S1#4\"] }\n"),
        file("no_such_session.toml", b"title = \"S9#1\"\nsteps = [\"turn\"]\n[expect.append]\nF = { duplicated = { \"S9#1\" = 2 } }\n"),
        file("a_release_twice.toml", b"title = \"t\"\nsteps = [\"turn\"]\n[expect]\nB = \"pass\"\nB = { lost = [\"S1#1\"] }\n"),
        file("unknown_process.toml", b"title = \"t\"\nsteps = [\"turn\"]\n[faults]\nkills = [\"sigkill at step 1 of process 2\"]\n"),
        file("unknown_invariant.toml", b"title = \"t\"\nsteps = [\"turn\"]\n[expect]\nB = { violates = [\"turn-never-block\"] }\n"),
        file("endless.toml", b"title = \"t\"\nsteps = [\"turn x18446744073709551615\", \"turn\"]\n"),
        file("weeks.toml", b"title = \"t\"\nsteps = [\"sleep 24h\", \"sleep 24h\", \"sleep 24h\", \"sleep 24h\", \"sleep 24h\", \"sleep 24h\", \"sleep 24h\", \"sleep 1s\"]\n"),
        file("waits.toml", format!("title = \"t\"\nsteps = [{}]\n", "\"barrier 2\",".repeat(101)).as_bytes()),
        file("text_for_a_number.toml", b"title = \"t\"\nsteps = [\"turn\"]\nseed = \"3\"\n"),
        file("number_for_a_text.toml", b"title = \"t\"\nsteps = [\"turn\"]\nconfig = { timeout = 5 }\n"),
        file("text_for_a_list.toml", b"title = \"t\"\nsteps = \"turn\"\n"),
        file("list_for_a_table.toml", b"title = \"t\"\nsteps = [\"turn\"]\nfaults = []\n"),
        file("list_for_the_config.toml", b"title = \"t\"\nsteps = [\"turn\"]\nconfig = [1]\n"),
        file("no_timeout.toml", b"title = \"t\"\nsteps = [\"turn\"]\nconfig = { timeout = \"0s\" }\n"),
        file("no_turn_limit.toml", b"title = \"t\"\nsteps = [\"turn\"]\nconfig = { turn_limit = \"0ms\" }\n"),
        file("budget_over_limit.toml", b"title = \"t\"\nsteps = [\"turn\"]\nconfig = { shutdown_limit = \"3s\" }\n"),
        file("negative.toml", b"title = \"t\"\nsteps = [\"turn\"]\nseed = -1\n"),
        file("no_title.toml", b"steps = [\"turn\"]\n"),
        file("two_titles.toml", b"title = \"t\"\ntitle = \"u\"\nsteps = [\"turn\"]\n"),
        file("long_step.toml", format!("title = \"t\"\nsteps = [\"sleep {}\"]\n", "x".repeat(3000)).as_bytes()),
        file("long_field.toml", format!("title = \"t\"\nsteps = [\"turn\"]\n{} = 1\n", "x".repeat(3000)).as_bytes()),
        file("empty.toml", b""),
        file("no_toml.toml", b"title = \n"),
        file("binary.toml", b"\x7fELF\x02\x01\x01\xff\xfe"),
        file("million.toml", million.as_bytes()),
        file("missing.toml", b"").with_file_name("nowhere.toml"),
    ]
    .map(|path| complaint(&path));
    insta::assert_snapshot!(complaints.join("\n"));
}

#[test]
fn bad_arguments() {
    let empty = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no_scenarios");
    std::fs::create_dir_all(&empty).expect("a folder");
    let folder = complaint(&empty);
    let line = |arguments: &[&str]| {
        let (code, out, err) = forget_me_not(arguments);
        assert_eq!((code, out.as_str(), err.lines().count()), (1, "", 1), "{err}");
        err.trim_end().to_owned()
    };
    let lines = [
        folder,
        line(&["replay", "scenarios", "--release", "Q"]),
        line(&["replay", "scenarios", "--server", "appendix"]),
        line(&["replay", "scenarios", "--trace", "=="]),
        line(&["replay"]),
        line(&["repaly"]),
        line(&[&"x".repeat(3000)]),
        line(&["replay", "scenarios", "--release", &"x".repeat(3000)]),
        line(&["matrix", "--releases", "F,pr-34589"]),
        line(&["matrix", "--releases", "f"]),
        line(&["matrix", "--releases", ""]),
        line(&["matrix", "--compare", "F"]),
        line(&["matrix", "--compare", "F,F"]),
        line(&["matrix", "--compare", "F,N,A"]),
        line(&["matrix", "--compare", "F,N", "--releases", "F"]),
        line(&["matrix", "--server", "appned"]),
        line(&["matrix", "nowhere"]),
    ];
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn it_says_what_it_can_do() {
    let (code, out, err) = forget_me_not(&["--help"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("replay") && out.contains("Exit codes"), "{out}");
}
