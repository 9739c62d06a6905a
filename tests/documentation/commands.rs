//! The commands of the documentation.
//!
//! A `console` block is a session in a shell: each line that begins with `$ ` is run, and the lines after it are its output, first standard
//! output and then standard error. A line `...` stands for any number of lines. Numbers that depend on the machine are not compared: see
//! [`timeless`]. `$ echo $?` prints the exit code of the command before it.
//!
//! A command in an `sh` or `yaml` block has no output; the program must accept its arguments. Blocks in other languages show no command:
//! `toml` is a scenario, `jsonl` a log, `python` and `rust` stand in a file of `examples/`, and a block without a language is a drawing.

use std::fs;
use std::sync::LazyLock;

use clap::ArgMatches;
use model::agents::Subject;
use regex::Regex;

use crate::page::{self, Block};
use crate::{FOLDER, forget_me_not};

/// The arguments of a command line that starts the program, however it is started.
fn arguments(command: &str) -> Option<Vec<&str>> {
    let started = ["cargo run --release --", "cargo run --release", "forget-me-not"];
    let rest = started
        .iter()
        .find_map(|start| command.strip_prefix(start).filter(|rest| rest.is_empty() || rest.starts_with(' ')));
    rest.map(|rest| rest.split_whitespace().collect())
}

/// A text without the parts that depend on the machine and the moment: seconds with a fraction (simulated times have none), the speed, and
/// the counts of a gate with a time budget.
fn timeless(text: &str) -> String {
    static MEASURED: LazyLock<[(Regex, &str); 6]> = LazyLock::new(|| {
        [
            (r"\d+\.\d+ s\b", "# s"),
            (r"[\d,]+ a second", "# a second"),
            (r"python 3\.11\.\d+", "python 3.11.#"),
            (r"\d+ seeds drawn", "# seeds drawn"),
            (r"(?m)^fuzzing    FAILED \d+ of \d+ +", "fuzzing    FAILED # of # "),
            (r"in +\d+ runs: ", "in # runs: "),
        ]
        .map(|(pattern, instead)| (Regex::new(pattern).expect("a pattern"), instead))
    });
    let one = |text: String, (pattern, instead): &(Regex, &str)| pattern.replace_all(&text, *instead).into_owned();
    MEASURED.iter().fold(text.to_owned(), one)
}

/// Whether `printed` matches `shown`.
fn agrees(shown: &str, printed: &str) -> bool {
    fn fits(shown: &[&str], printed: &[&str]) -> bool {
        match (shown, printed) {
            ([], rest) => rest.is_empty(),
            (["...", shown @ ..], printed) => (0..=printed.len()).any(|skipped| fits(shown, &printed[skipped..])),
            ([first, shown @ ..], [line, printed @ ..]) => first == line && fits(shown, printed),
            (_, []) => false,
        }
    }
    fn lines(text: &str) -> Vec<&str> {
        text.trim_end().lines().collect()
    }
    fits(&lines(&timeless(shown)), &lines(&timeless(printed)))
}

/// Whether the commands of a block need an interpreter for real agents that is not here.
fn lacks_python(block: &Block) -> bool {
    static PYTHON: LazyLock<bool> = LazyLock::new(|| {
        let version = std::process::Command::new("python3.11").arg("--version").output();
        cfg!(target_os = "linux") && version.is_ok_and(|output| output.status.success())
    });
    let needs_it = ["--agent", "forget-me-not doctor", "F,mine"].iter().any(|word| block.text.contains(word));
    needs_it && !*PYTHON
}

/// Runs a console block. Returns how many commands of the program it has.
fn run(block: &Block) -> usize {
    let (mut commands, mut last_code) = (0, None);
    if lacks_python(block) {
        #[expect(clippy::print_stdout, reason = "who runs the tests reads it")]
        {
            println!("skipped: python3.11 is not installed: {}", block.place);
        }
        return 1;
    }
    let first = block.text.strip_prefix("$ ").unwrap_or_else(|| panic!("{}: begins without a command", block.place));
    for part in first.split("\n$ ") {
        let (command, shown) = part.split_once('\n').unwrap_or((part, ""));
        let printed = match (command, last_code) {
            ("echo $?", Some(code)) => format!("{code}"),
            _ => {
                let arguments =
                    arguments(command).unwrap_or_else(|| panic!("{}: \"{command}\" is not our program", block.place));
                let (code, out, err) = forget_me_not(&arguments);
                commands += 1;
                last_code = Some(code);
                format!("{out}{err}")
            }
        };
        assert!(agrees(shown, &printed), "{}: {command}\nprints\n{printed}", block.place);
    }
    commands
}

/// Writes the scenarios and logs of a page that name their file in a first line such as `# my_bug.toml: ...`.
fn write_files(blocks: &[Block]) {
    for block in blocks.iter().filter(|block| ["toml", "jsonl"].contains(&&*block.language)) {
        let named = block.text.strip_prefix("# ").and_then(|text| text.split_once(&format!(".{}: ", block.language)));
        if let Some((name, _)) = named {
            fs::write(FOLDER.join(format!("{name}.{}", block.language)), &block.text).expect("a file");
        }
    }
}

/// One test for all pages, because the commands of the process share a folder and use all cores.
#[test]
fn every_console_block_shows_what_is_really_printed() {
    for page in page::all() {
        let blocks = page::blocks(&page);
        write_files(&blocks);
        let consoles: Vec<&Block> = blocks.iter().filter(|block| block.language == "console").collect();
        let commands: usize = consoles.iter().map(|block| run(block)).sum();
        assert!(commands >= consoles.len(), "{page} has a console block without a command");
        assert!(page != "README.md" || commands >= 3, "the README shows three entrances at work");
    }
}

/// The tests start the program by themselves, so they do not notice when cargo cannot tell which one `cargo run` means.
#[test]
fn cargo_run_runs_the_program() {
    let mut cargo = std::process::Command::new(env!("CARGO"));
    let told =
        cargo.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).output().expect("cargo runs");
    let workspace: serde_json::Value = serde_json::from_slice(&told.stdout).expect("JSON");
    let packages = workspace["packages"].as_array().expect("a list");
    let named: Vec<&str> = packages.iter().filter_map(|package| package["default_run"].as_str()).collect();
    assert_eq!(named, ["forget-me-not"], "with several programs, one package has to name its own");
}

#[test]
fn no_block_shows_output_that_no_test_checks() {
    const KNOWN: [&str; 8] = ["console", "sh", "toml", "yaml", "jsonl", "python", "rust", ""];
    for block in page::all().iter().flat_map(|page| page::blocks(page)) {
        assert!(KNOWN.contains(&&*block.language), "{}: a block in \"{}\"", block.place, block.language);
        let shows_a_command = block.text.lines().any(|line| line.starts_with("$ ") || arguments(line).is_some());
        assert!(!block.language.is_empty() || !shows_a_command, "{}: a command without a language", block.place);
    }
}

#[test]
fn code_is_a_part_of_an_example() {
    let examples =
        ["examples/ten_turns/ten_turns.py", "examples/own_memory/src/lib.rs", "examples/first_memory/__init__.py"]
            .map(page::text);
    let is_code = |block: &Block| ["python", "rust"].contains(&&*block.language);
    let code: Vec<Block> = page::all().iter().flat_map(|page| page::blocks(page)).filter(is_code).collect();
    for block in &code {
        assert!(examples.iter().any(|example| example.contains(&block.text)), "{} stands in no example", block.place);
    }
    assert!(code.len() >= 2, "{} blocks of code", code.len());
}

/// The commands of a block without output: the text of a line after the way to start the program.
fn commands(block: &Block) -> Vec<Vec<String>> {
    let started = |line: &'_ str| {
        let place = ["cargo run --release", "forget-me-not "].iter().find_map(|start| line.find(start))?;
        let command = line[place..].split(['"', '#']).next()?.trim_end().replace("${{ matrix.shard }}", "0");
        arguments(&command).map(|words| words.into_iter().map(str::to_owned).collect())
    };
    let list = |line: &'_ str| {
        let words = line.trim().strip_prefix("args: [")?.strip_suffix(']')?;
        Some(words.split(", ").map(str::to_owned).collect())
    };
    let commands = block.text.lines().filter(|line| !line.starts_with("git ") && !line.starts_with("cd "));
    commands.filter_map(|line| started(line).or_else(|| list(line))).collect()
}

#[test]
fn every_command_without_output_is_accepted() {
    let mut accepted = 0;
    for block in page::all().iter().flat_map(|page| page::blocks(page)) {
        if !["sh", "yaml"].contains(&&*block.language) {
            continue;
        }
        for command in commands(&block) {
            let words = std::iter::once("forget-me-not").chain(command.iter().map(String::as_str));
            let matches = sim::cli::command().try_get_matches_from(words);
            let matches = matches.unwrap_or_else(|error| panic!("{}: {command:?}: {error}", block.place));
            releases_exist(&matches, &block.place);
            accepted += 1;
        }
        for bench in block.text.lines().filter_map(|line| line.strip_prefix("cargo bench --bench ")) {
            assert!(page::text("sim/Cargo.toml").contains(&format!("name = \"{bench}\"")), "{}: {bench}", block.place);
        }
    }
    assert!(accepted > 10, "only {accepted} commands");
}

/// Checks releases, which the parser of the command line accepts as any name.
fn releases_exist(matches: &ArgMatches, place: &str) {
    let Some((_, matches)) = matches.subcommand() else { return };
    for option in ["release", "releases", "compare"] {
        for name in matches.try_get_many::<String>(option).ok().flatten().into_iter().flatten() {
            name.parse::<Subject>().unwrap_or_else(|error| panic!("{place}: {error}"));
        }
    }
}

#[test]
fn a_block_agrees_up_to_what_it_leaves_out_and_what_the_clock_says() {
    assert!(agrees("a\nb\n", "a\nb\n") && !agrees("a\n", "a\nb\n") && !agrees("a\nb\n", "a\n"));
    assert!(agrees("a\n...\nd\n", "a\nb\nc\nd\n") && agrees("a\n...\n", "a\n") && agrees("...\nb\n...\n", "a\nb\n"));
    assert!(!agrees("a\n...\nd\n", "a\nb\nc\n") && !agrees("...\nx\n...\n", "a\nb\n"));
    assert!(agrees("took (1.5 s)", "took (22.0 s)") && agrees("9,000 a second", "77 a second"));
    assert!(!agrees("5 s simulated", "6 s simulated") && !agrees("lost 2", "lost 3") && !agrees("at 1 ms", "at 2 ms"));
}

#[test]
fn the_readme_is_read_in_a_minute() {
    let lines = page::text("README.md").lines().count();
    assert!(lines <= 120, "the README has {lines} lines, 120 are enough");
}
