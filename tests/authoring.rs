//! What helps to write a scenario: `check`, `fmt` and `schema`, completions and manual pages.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jsonschema::Validator;
use sim::cli::Environment;
use sim::judging::Invariant;
use sim::plan::{self, Scenario};
use sim::search::replay;

/// Where the project is, and where every command of this process runs.
fn project() -> &'static Path {
    static PROJECT: LazyLock<&Path> = LazyLock::new(|| {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        std::env::set_current_dir(project).expect("the project's folder");
        project
    });
    &PROJECT
}

/// Runs the program. Returns its exit code, its output and its errors.
fn forget_me_not(arguments: &[&str]) -> (u8, String, String) {
    in_environment(&Environment::default(), arguments)
}

fn in_environment(environment: &Environment, arguments: &[&str]) -> (u8, String, String) {
    project();
    let arguments = std::iter::once("forget-me-not").chain(arguments.iter().copied()).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = sim::cli::run_in(environment, arguments, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (code, text(out), text(err))
}

/// A new folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("authoring").join(name);
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).expect("a file");
    path.to_string_lossy().into_owned()
}

/// The files of the corpus, with their texts.
fn corpus() -> Vec<(PathBuf, String)> {
    project();
    let files = replay::found(&["scenarios".into()]).into_iter().map(|file| file.expect("a file"));
    files.map(|path| (path.clone(), fs::read_to_string(path).expect("text"))).collect()
}

const WRONG: &str = "title = \"t\"\nsteps = [\n  \"turn\",\n  \"swich S2\",\n]\n[expect]\nB = \"fail\"\n";

#[test]
fn check_shows_every_mistake_with_its_line_and_what_to_write() {
    let folder = folder("check");
    let path = file(&folder, "wrong.toml", WRONG);
    file(&folder, "right.toml", "title = \"t\"\nsteps = [\"turn\"]\n");
    let (code, out, err) = forget_me_not(&["check", &folder.to_string_lossy()]);
    assert_eq!((code, err.as_str()), (1, ""));
    let expected = format!(
        "error: unknown step \"swich S2\"\n --> {path}:4:3\n  |\n4 |   \"swich S2\",\n  |   ^^^^^^^^^^\n  |\n  = help: did you mean \"switch\"? steps: turn"
    );
    assert!(out.starts_with(&expected), "{out}");
    let second = format!(
        "error: \"fail\" is not an outcome\n --> {path}:7:5\n  |\n7 | B = \"fail\"\n  |     ^^^^^^\n  |\n  = help: write \"pass\" or {{ lost = [\"S1#1\"] }}\n\n2 files, 2 mistakes in 1 file\n"
    );
    assert!(out.ends_with(&second), "{out}");
}

#[test]
fn check_as_json_has_an_object_for_each_mistake() {
    let path = file(&folder("check_json"), "wrong.toml", WRONG);
    let (code, out, _) = forget_me_not(&["check", &path, "/nowhere.toml", "--json"]);
    assert_eq!(code, 1);
    let mistakes: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told: Vec<_> = mistakes.iter().map(|one| (&one["line"], &one["column"], &one["length"])).collect();
    let number = |number: u32| serde_json::json!(number);
    let none = serde_json::Value::Null;
    let (four, three, ten, seven, five, six) = (number(4), number(3), number(10), number(7), number(5), number(6));
    assert_eq!(told, [(&four, &three, &ten), (&seven, &five, &six), (&none, &none, &none)]);
    assert_eq!(mistakes[0]["complaint"], "unknown step \"swich S2\"");
    assert!(mistakes[0]["correction"].as_str().is_some_and(|text| text.starts_with("did you mean \"switch\"?")));
    assert!(mistakes[0]["excerpt"].as_str().is_some_and(|text| text.contains("^^^^^^^^^^")));
    assert_eq!(mistakes[2]["complaint"], "no such file");
}

#[test]
fn colors_are_for_a_terminal_whose_user_wants_them() {
    let path = file(&folder("colors"), "wrong.toml", WRONG);
    let variables = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    let shown = |is_terminal, pairs| {
        in_environment(
            &Environment { variables: variables(pairs), is_terminal, ..Environment::default() },
            &["check", &path],
        )
        .1
    };
    assert!(shown(true, &[]).contains("\u{1b}["));
    for (is_terminal, pairs) in [(false, &[][..]), (true, &[("NO_COLOR", "1")]), (true, &[("TERM", "dumb")])] {
        assert!(!shown(is_terminal, pairs).contains('\u{1b}'), "{is_terminal} {pairs:?}");
    }
}

#[test]
fn check_takes_thousands_of_files() {
    let folder = folder("thousands");
    let corpus = corpus();
    for number in 0..5_000 {
        let (path, text) = &corpus[number % corpus.len()];
        let name = path.file_stem().expect("a name").to_string_lossy();
        file(&folder, &format!("{number}_{name}.toml"), text);
    }
    let (code, out, _) = forget_me_not(&["check", &folder.to_string_lossy()]);
    assert_eq!((code, out.as_str()), (0, "5,000 files, no mistake\n"));
}

#[test]
fn the_corpus_has_its_canonical_layout_and_names_its_schema() {
    let (code, out, _) = forget_me_not(&["fmt", "--check", "--schema", "docs/scenario.schema.json", "scenarios"]);
    assert_eq!(code, 0, "{out}\nforget-me-not fmt --schema docs/scenario.schema.json scenarios");
}

/// The comments of a text, in order.
fn comments(text: &str) -> Vec<&str> {
    let lines = text.lines().filter_map(|line| line.split_once('#').map(|(_, comment)| comment.trim_end()));
    // What stands between quotes is a turn, or a report.
    lines.filter(|comment| !comment.contains('"')).collect()
}

/// A text with its spaces and line breaks as nobody would write them.
fn untidy(text: &str) -> String {
    let line = |line: &str| match line.split_once('=') {
        Some((key, value)) if !line.starts_with(['#', ' ', '"']) && !key.contains('"') => {
            format!("{}   =  {}\n", key.trim_end(), value.trim_start())
        }
        _ if line.starts_with(' ') => format!("\t {}\n", line.trim_start()),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect::<String>() + "\n\n\n"
}

#[test]
fn fmt_changes_nothing_that_a_run_can_see() {
    for (path, text) in corpus() {
        let untidy = untidy(&text);
        let read = |text: &str| Scenario::parse(&path, text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        for before in [&text, &untidy] {
            let after = plan::formatted(before);
            assert_eq!(read(&after), read(before), "{}", path.display());
            assert_eq!(comments(&after), comments(before), "{}", path.display());
            assert_eq!(plan::formatted(&after), after, "{}: it is not at rest", path.display());
        }
        assert_eq!(plan::formatted(&untidy), plan::formatted(&text), "{}", path.display());
    }
}

#[test]
fn fmt_writes_what_is_right_and_leaves_what_is_wrong() {
    let folder = folder("fmt");
    let untidy = file(&folder, "untidy.toml", "title='t'\nsteps=[\"turn\",]\n");
    let wrong = file(&folder, "wrong.toml", WRONG);
    let paths = folder.to_string_lossy();
    let (code, out, _) = forget_me_not(&["fmt", "--check", &untidy]);
    assert_eq!((code, out), (1, format!("would change {untidy}\n1 file, 1 would change\n")));
    let (code, out, _) = forget_me_not(&["fmt", &paths]);
    assert_eq!(code, 1);
    assert!(
        out.contains("unknown step \"swich S2\"")
            && out.ends_with("2 files, 1 changed, 1 with mistakes stayed as they were\n")
    );
    let read = |path: &str| fs::read_to_string(path).expect("text");
    assert_eq!((read(&untidy).as_str(), read(&wrong).as_str()), ("title = 't'\nsteps = [\"turn\"]\n", WRONG));
    let schema = file(&folder, "schema.json", "{}");
    assert_eq!(forget_me_not(&["fmt", &untidy, "--schema", &schema]).0, 0);
    assert!(read(&untidy).starts_with("#:schema ./schema.json\ntitle"), "{}", read(&untidy));
    assert_eq!(forget_me_not(&["fmt", "--check", &untidy, "--schema", &schema]).0, 0);
    let (code, _, err) = forget_me_not(&["fmt", &untidy, "--schema", "/nowhere.json"]);
    assert_eq!(code, 1);
    assert!(err.contains("forget-me-not schema > /nowhere.json"), "{err}");
}

fn schema() -> Validator {
    jsonschema::draft7::new(&plan::schema(&Invariant::names())).expect("a schema")
}

fn value(text: &str) -> Option<serde_json::Value> {
    toml::from_str::<toml::Value>(text).ok().map(|value| serde_json::to_value(value).expect("JSON"))
}

#[test]
fn the_schema_in_the_repository_is_the_programs() {
    let (code, out, _) = forget_me_not(&["schema"]);
    let published = fs::read_to_string(project().join("docs/scenario.schema.json")).unwrap_or_default();
    assert_eq!(code, 0);
    assert!(out == published, "forget-me-not schema > docs/scenario.schema.json");
    let meta = serde_json::from_str(&out).expect("JSON");
    assert!(jsonschema::meta::is_valid(&meta));
}

#[test]
fn the_schema_accepts_every_scenario_and_every_form() {
    let schema = schema();
    for (path, text) in corpus() {
        let value = value(&text).expect("TOML");
        let complaints: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(complaints.is_empty(), "{}: {complaints:?}", path.display());
    }
    let steps: Vec<&str> = plan::step_forms().iter().map(|form| form.example).collect();
    let faults: serde_json::Map<_, _> =
        plan::request_fault_forms().iter().zip(1..).map(|(form, n)| (n.to_string(), form.example.into())).collect();
    let commits: serde_json::Map<_, _> =
        plan::commit_fault_forms().iter().zip(1..).map(|(form, n)| (n.to_string(), form.example.into())).collect();
    let every = serde_json::json!({
        "title": "t", "steps": steps,
        "faults": { "retain": faults, "commit": { "a": commits }, "kills": plan::Kill::EXAMPLES },
    });
    let complaints: Vec<String> = schema.iter_errors(&every).map(|error| error.to_string()).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
    for key in plan::KEYS {
        for written in
            [key.example.to_owned(), format!("{} = {}", key.key, key.least), format!("{} = {}", key.key, key.most)]
        {
            let text = format!("title = \"t\"\nsteps = [\"turn\"]\n[config]\n{written}\n");
            assert!(schema.is_valid(&value(&text).expect("TOML")), "{written}");
        }
    }
}

#[test]
fn completions_and_manual_pages_are_of_this_program() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, out, err) = forget_me_not(&["completions", shell]);
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(out.contains("forget-me-not") && out.contains("write-expectations"), "{shell}: {out}");
    }
    let folder = folder("man");
    let (code, out, _) = forget_me_not(&["man", &folder.to_string_lossy()]);
    let pages: Vec<String> = fs::read_dir(&folder)
        .expect("a folder")
        .map(|page| page.expect("a page").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!((code, out.split(' ').next()), (0, Some(&*pages.len().to_string())));
    for command in sim::cli::command().get_subcommands() {
        assert!(pages.contains(&format!("forget-me-not-{}.1", command.get_name())), "{pages:?}");
    }
}

#[test]
fn a_new_file_is_right_and_passes() {
    let folder = folder("new");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let hosts = model::hosts::Kind::ALL.map(model::hosts::Kind::name);
    for host in hosts {
        let path = path(&format!("{host}.toml"));
        let (code, out, err) = forget_me_not(&["new", &path, "--host", host]);
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(out.contains(&format!("forget-me-not check {path}")), "{out}");
        assert_eq!(forget_me_not(&["replay", &path]).0, 0, "{host}");
    }
    for (seed, profile) in [("3", "default"), ("4", "gateway"), ("5", "webui"), ("6", "whole")] {
        let path = path(&format!("drawn_{profile}.toml"));
        assert_eq!(forget_me_not(&["new", &path, "--from", seed, "--profile", profile]).0, 0);
        let drawn = sim::draw::scenario(seed.parse().expect("a number"), profile.parse().expect("a profile")).scenario;
        let text = fs::read_to_string(&path).expect("text");
        let read = Scenario::parse(Path::new(&path), &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!((read.lanes, read.faults, read.config), (drawn.lanes, drawn.faults, drawn.config), "{text}");
    }
    let everything = fs::read_dir(&folder).expect("a folder").map(|file| file.expect("a file").path());
    for path in everything {
        let text = fs::read_to_string(&path).expect("text");
        assert!(text.matches("\n    # ").count() >= 2, "{text}");
        assert_eq!(plan::formatted(&text), text);
    }
    let (code, _, err) = forget_me_not(&["new", &path("cli.toml")]);
    assert!(code == 1 && err.contains("exists; name another file"), "{err}");
    let (code, _, err) = forget_me_not(&["new"]);
    assert!(code == 1 && err.contains("there is nobody to ask"), "{err}");
    let (_, out, _) = forget_me_not(&["new", &path("of_e4.toml"), "--release", "E4"]);
    assert!(
        out.contains("--release E4")
            && fs::read_to_string(path("of_e4.toml")).expect("text").contains("host = \"gateway\"")
    );
}

#[test]
fn a_shrunk_scenario_is_filed_with_what_each_release_does() {
    let folder = folder("accept");
    let shrunk = folder.join("shrunk").to_string_lossy().into_owned();
    let scenario = "scenarios/reported/batch_lost_on_switch.toml";
    let options = ["--release", "B", "--invariant", "no-loss", "--runs", "200", "--out", &shrunk];
    assert_eq!(forget_me_not(&[&["shrink", scenario][..], &options].concat()).0, 2);
    let found = fs::read_dir(&shrunk).expect("a folder").next().expect("a file").expect("a file").path();
    let (found, into) = (found.to_string_lossy(), folder.join("mine").to_string_lossy().into_owned());
    let accept = [
        "accept",
        &*found,
        "--title",
        "A switch clears: half a batch!",
        "--report",
        "a/b#1",
        "--release",
        "B",
        "--release",
        "C",
        "--into",
        &into,
    ];
    let (code, out, err) = forget_me_not(&accept);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let path = folder.join("mine/a_switch_clears_half_a_batch.toml");
    let text = fs::read_to_string(&path).expect("text");
    assert!(text.starts_with("# Shrunk from ") && !text.contains("The expectation below"), "{text}");
    let read = Scenario::read(&path, &Invariant::names()).expect("a scenario");
    let (report, kept) = read.reports.split_last().expect("reports");
    assert_eq!((read.title.as_str(), report.as_str(), kept.len()), ("A switch clears: half a batch!", "a/b#1", 2));
    let names: Vec<String> = read.expect.releases().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["reference", "B", "C"]);
    assert_eq!(forget_me_not(&["replay", &path.to_string_lossy()]).0, 0);
    assert!(out.contains(", a/b#1 | `a_switch_clears_half_a_batch` | B, C | reference |"), "{out}");
    let (code, _, err) = forget_me_not(&accept);
    assert!(code == 1 && err.contains("exists; give another --title or --into"), "{err}");
}

#[test]
fn what_proves_nothing_is_not_filed() {
    let folder = folder("not_accepted");
    let path = file(&folder, "void.toml", "title = \"nothing happens\"\nsteps = [\"sleep 1s\"]\n");
    let into = folder.join("mine");
    let (code, out, _) = forget_me_not(&["accept", &path, "--into", &into.to_string_lossy()]);
    assert!(code == 2 && out.contains("is not accepted: the reference does not pass"), "{out}");
    assert!(!into.exists());
}
