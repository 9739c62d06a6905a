use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::project::Files;
use super::{SWITCH, VARIABLE, find, weave};
use crate::mutant::Mutant;
use crate::target::Target;

/// A folder of one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("forget-me-not-weaving-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

const FILE: &str = "model/src/agents/reference/mod.rs";

/// A project with one source of the reference.
fn project(source: &str) -> Files {
    let lock = "version = 4\n\n[[package]]\nname = \"model\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"sim\"\nversion = \"0.1.0\"\n";
    let package = |name: &str| format!("[package]\nname = \"{name}\"\nversion.workspace = true\nedition = \"2024\"\n");
    let sim = format!("{}default-run = \"p\"\n\n[[bin]]\nname = \"p\"\npath = \"src/main.rs\"\n", package("sim"));
    let files = [
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"model\", \"sim\"]\nresolver = \"3\"\n\n[workspace.package]\nversion = \"0.1.0\"\n",
        ),
        ("Cargo.lock", lock),
        ("model/Cargo.toml", &package("model")),
        ("model/src/lib.rs", "pub mod agents {\n    pub mod reference;\n}\n"),
        (FILE, source),
        ("sim/Cargo.toml", &sim),
        ("sim/src/main.rs", "fn main() {}\n"),
    ];
    files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into()
}

/// The names of the mutants of a source.
fn mutants(source: &str) -> Vec<Mutant> {
    find(Target::Reference, &project(source)).unwrap_or_else(|failure| panic!("{failure}")).mutants
}

fn named(mutants: &[Mutant]) -> Vec<String> {
    mutants.iter().map(|mutant| format!("{}: {}", mutant.function, mutant.what)).collect()
}

const EACH_KIND: &str = r#"
pub fn less(a: i32, b: i32) -> bool {
    a < b // not a == b
}
pub fn both(a: bool, b: bool) -> bool {
    a && !b
}
pub fn sum(mut n: i32) -> i32 {
    n += 2;
    n * 3 - 1
}
pub fn name(n: u8) -> &'static str {
    match n {
        0 => "none",
        1 if n > 0 => "one",
        _ => "many",
    }
}
pub fn items(n: u8) -> impl Iterator<Item = u8> {
    0..n
}
pub fn chain(a: Option<u8>) -> bool {
    if let Some(a) = a && a > 3 { true } else { false }
}
pub fn clear(list: &mut Vec<u8>) {
    list.clear();
}
"#;

/// What the program prints without a mutant, and with each. A word of it for each call.
const PRINTED: &str = "true false true 8 none one 3 true 0";

/// The function and the mistake, and what is printed with it.
const KINDS: &[(&str, &str)] = &[
    ("less: replace with true", PRINTED),
    ("less: replace with false", "false false true 8 none one 3 true 0"),
    ("less: replace < with == in \"a < b\"", "false false true 8 none one 3 true 0"),
    ("less: replace < with > in \"a < b\"", "false false true 8 none one 3 true 0"),
    ("less: replace < with <= in \"a < b\"", PRINTED),
    ("both: replace with true", "true true true 8 none one 3 true 0"),
    ("both: replace with false", "true false false 8 none one 3 true 0"),
    ("both: replace && with || in \"a && !b\"", "true true true 8 none one 3 true 0"),
    ("both: delete ! in \"!b\"", "true false false 8 none one 3 true 0"),
    ("sum: replace with 0", "true false true 0 none one 3 true 0"),
    ("sum: replace with 1", "true false true 1 none one 3 true 0"),
    ("sum: replace with -1", "true false true -1 none one 3 true 0"),
    ("sum: replace += with -= in \"n += 2\"", "true false true -4 none one 3 true 0"),
    ("sum: replace += with *= in \"n += 2\"", "true false true 5 none one 3 true 0"),
    ("sum: replace - with + in \"n * 3 - 1\"", "true false true 10 none one 3 true 0"),
    ("sum: replace - with / in \"n * 3 - 1\"", "true false true 9 none one 3 true 0"),
    ("sum: replace * with + in \"n * 3\"", "true false true 5 none one 3 true 0"),
    ("sum: replace * with / in \"n * 3\"", "true false true 0 none one 3 true 0"),
    ("name: replace with \"\"", "true false true 8   3 true 0"),
    ("name: replace with \"xyzzy\"", "true false true 8 xyzzy xyzzy 3 true 0"),
    ("name: delete match arm \"0\"", "true false true 8 many one 3 true 0"),
    ("name: delete match arm \"1 if n > 0\"", "true false true 8 none many 3 true 0"),
    ("name: replace match guard \"n > 0\" with true", PRINTED),
    ("name: replace match guard \"n > 0\" with false", "true false true 8 none many 3 true 0"),
    ("name: replace > with == in \"n > 0\"", "true false true 8 none many 3 true 0"),
    ("name: replace > with < in \"n > 0\"", "true false true 8 none many 3 true 0"),
    ("name: replace > with >= in \"n > 0\"", PRINTED),
    ("items: replace with no items", "true false true 8 none one 0 true 0"),
    ("chain: replace with true", PRINTED),
    ("chain: replace with false", "true false true 8 none one 3 false 0"),
    ("chain: replace > with == in \"a > 3\"", "true false true 8 none one 3 false 0"),
    ("chain: replace > with < in \"a > 3\"", "true false true 8 none one 3 false 0"),
    ("chain: replace > with >= in \"a > 3\"", PRINTED),
    ("clear: replace with ()", "true false true 8 none one 3 true 1"),
];

#[test]
fn each_kind_of_mistake_is_woven_in_and_only_the_one_that_is_on_is_made() {
    let folder = Folder::new("kinds");
    let (files, found) = (project(EACH_KIND), find(Target::Reference, &project(EACH_KIND)));
    let found = found.unwrap_or_else(|failure| panic!("{failure}"));
    let all = found.mutants.iter().map(|mutant| mutant.number).collect();
    let woven = super::woven_sources(&found, &files, &all).unwrap_or_else(|failure| panic!("{failure}"));
    let main = r#"fn main() {
    let mut list = vec![1];
    clear(&mut list);
    print!("{} {} {} {} ", less(1, 2), both(false, false), both(true, false), sum(1));
    print!("{} {} {} {} {}", name(0), name(1), items(3).count(), chain(Some(5)), list.len());
}"#;
    let (source, program) = (folder.0.join("main.rs"), folder.0.join("main"));
    fs::write(&source, format!("{}{SWITCH}{main}", woven[FILE].text)).expect("a file");
    let compiled = Command::new("rustc").args(["--edition=2024", "-Aunused", "-o"]).arg(&program).arg(&source).output();
    let compiled = compiled.expect("rustc is there");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let run = |mutant: u32| {
        let output = Command::new(&program).env(VARIABLE, mutant.to_string()).output().expect("a program");
        String::from_utf8(output.stdout).expect("text")
    };
    assert_eq!(run(0), PRINTED);
    let printed: Vec<(String, String)> = named(&found.mutants)
        .into_iter()
        .zip(&found.mutants)
        .map(|(name, mutant)| (name, run(mutant.number)))
        .collect();
    let expected: Vec<(String, String)> = KINDS.iter().map(|(name, out)| ((*name).into(), (*out).into())).collect();
    assert_eq!(printed, expected);
}

#[test]
fn what_is_for_tests_or_for_the_compiler_has_no_mutants() {
    let source = "pub const A: u8 = 1 + 2;\npub static B: u8 = 1 + 2;\npub const fn c(a: u8) -> u8 {\n    a + 1\n}\n#[cfg(test)]\nmod tests {\n    fn d() -> bool {\n        true\n    }\n}\n#[test]\nfn e() {\n    assert!(1 + 1 == 2);\n}\npub fn f() -> [u8; 1 + 1] {\n    [0; 1 + 1]\n}\npub fn g() {}\n";
    assert_eq!(named(&mutants(source)), ["f: replace with [0; _]", "f: replace with [1; _]"]);
}

#[test]
fn a_mistake_has_a_name_of_its_own_and_the_lines_that_it_changes() {
    let source = "struct A;\nimpl A {\n    fn f(a: bool) -> u8 {\n        if !a { 1 } else if !a\n            && a { 2 } else { 3 }\n    }\n}\n";
    let mutants = mutants(source);
    assert_eq!(
        named(&mutants),
        [
            "A::f: replace with 0",
            "A::f: replace with 1",
            "A::f: delete ! in \"!a\"",
            "A::f: replace && with || in \"!a && a\"",
            "A::f: delete ! in \"!a\" #2",
        ]
    );
    let lines: Vec<_> = mutants.iter().map(|mutant| mutant.lines).collect();
    assert_eq!(lines, [(3, 6), (3, 6), (4, 4), (4, 5), (4, 4)]);
}

#[test]
fn what_does_not_compile_is_left_out_and_the_rest_is_woven() {
    let folder = Folder::new("compiles");
    let source = "use std::time::Duration;\n\npub struct A;\n\npub fn a() -> A {\n    A\n}\npub fn b(d: Duration) -> Duration {\n    d + d\n}\npub fn c(a: Vec<u8>) -> bool {\n    a.len() > 1 && a.into_iter().count() > 1\n}\n";
    let (files, into, builds) = (project(source), folder.0.join("copy"), folder.0.join("builds"));
    let all: &dyn Fn(&Mutant) -> bool = &|_| true;
    let weave = |files: &Files| weave(Target::Reference, files, &into, &builds, all);
    let copy = weave(&files).unwrap_or_else(|failure| panic!("{failure}"));
    let left_out: Vec<Mutant> = copy.mutants.iter().filter(|mutant| !mutant.compiles).cloned().collect();
    assert_eq!(named(&left_out), ["a: replace with Default::default()", "b: replace + with * in \"d + d\""]);
    assert!(copy.compiling().count() > 8);
    let lock = fs::read_to_string(into.join("Cargo.lock")).expect("a lock");
    assert!(
        lock.contains("0.0.0-w") && !lock.contains("0.1.0"),
        "cargo would take the copy's packages for the project's"
    );
    let text = fs::read_to_string(into.join(FILE)).expect("a woven source");
    assert!(text.contains("crate::mutant(2)") && !text.contains("crate::mutant(1)"), "{text}");
    let written: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(&fs::read_to_string(into.join("mutants.json")).expect("a list")).expect("JSON");
    assert_eq!(written["mutants"].as_array().map(Vec::len), Some(copy.mutants.len()));

    let results = into.join("results.jsonl");
    fs::write(&results, "").expect("a file");
    weave(&files).unwrap_or_else(|failure| panic!("{failure}"));
    assert!(results.exists(), "nothing has changed");
    weave(&project(&source.replace("> 1", "> 2"))).unwrap_or_else(|failure| panic!("{failure}"));
    assert!(!results.exists() && into.join("results.before.jsonl").exists());
}

#[test]
fn a_mistake_of_the_project_is_no_mutant_s_fault_and_a_full_folder_is_no_copy() {
    let folder = Folder::new("fails");
    let all: &dyn Fn(&Mutant) -> bool = &|_| true;
    let weave = |source: &str, into: &Path| {
        let builds = folder.0.join("builds");
        weave(Target::Reference, &project(source), into, &builds, all).err().map(|failure| failure.to_string())
    };
    let failure = weave("pub struct A(Missing);\npub fn f() -> bool {\n    true\n}\n", &folder.0.join("copy"));
    assert!(failure.as_ref().is_some_and(|text| text.contains("no mutant is to blame")), "{failure:?}");
    let full = folder.0.join("full");
    fs::create_dir_all(full.join("mine")).expect("a folder");
    let failure = weave("pub fn f() {}\n", &full);
    assert!(failure.is_some_and(|text| text.contains("neither empty nor a woven copy")));
    assert!(full.join("mine").exists());
}
