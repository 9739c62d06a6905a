//! The tables of the documentation, held against the code.

use std::collections::BTreeSet;

use clap::{Arg, ArgAction, Command};
use model::agents::Subject;
use model::words::server::Server;
use sim::draw::Profile;
use sim::history::Grade;
use sim::judging::Invariant;

use crate::page::{section, text};

/// The lines of a table's rows: those that begin with a cell in code.
fn rows(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("| `")).collect()
}

/// The row of an option or an argument: how it is written, and its help.
fn row(argument: &Arg) -> String {
    let value = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let takes_value = argument.get_action().takes_values();
    let written = match (argument.get_long(), value) {
        (Some(long), Some(value)) if takes_value => format!("--{long} {value}"),
        (Some(long), _) => format!("--{long}"),
        (None, value) => {
            let several = if matches!(argument.get_action(), ArgAction::Append) { "..." } else { "" };
            format!("{}{several}", value.unwrap_or_default())
        }
    };
    let help = argument.get_help().expect("every option has a help").to_string();
    let defaults: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let default =
        if defaults.is_empty() || !takes_value { String::new() } else { format!(" [default: {}]", defaults.join(",")) };
    format!("| `{written}` | {help}{default} |")
}

#[test]
fn every_option_of_every_command_is_listed_with_its_help() {
    let program = sim::cli::command();
    let page = "docs/command-line.md";
    let commands: Vec<&Command> = program.get_subcommands().collect();
    for command in &commands {
        let expected: Vec<String> = command.get_arguments().filter(|one| one.get_id() != "help").map(row).collect();
        let section = section(page, &format!("## `{}`", command.get_name()));
        let (table, _) = section.trim_start().split_once("\n\n").expect("a table, and more");
        let expected_table = expected.join("\n");
        assert_eq!(rows(table).join("\n"), expected_table, "{page}: the table of {}", command.get_name());
    }
    let named = |line: &&str| commands.iter().any(|command| line.starts_with(&format!("| [`{}`]", command.get_name())));
    assert_eq!(text(page).lines().filter(named).count(), commands.len(), "{page}: the table of commands");
}

#[test]
fn every_exit_code_is_listed() {
    let help = sim::cli::command().render_help().to_string();
    let (_, codes) = help.split_once("Exit codes: ").expect("the exit codes");
    let numbers = |text: &str| -> BTreeSet<u32> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
    };
    let rows = |text: &str| -> BTreeSet<u32> {
        let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
        rows.filter_map(|(code, _)| code.parse().ok()).collect()
    };
    assert_eq!(rows(&section("docs/command-line.md", "## Exit codes")), numbers(codes));
    let readme = text("README.md");
    let sentence = readme.split("\n\n").find(|paragraph| paragraph.starts_with("Exit codes: ")).expect("exit codes");
    assert_eq!(numbers(&sentence.replace("`2>&1`", "")), numbers(codes), "README.md");
}

#[test]
fn every_release_is_listed_with_what_it_is() {
    let page = text("docs/releases.md");
    for subject in Subject::all().filter(|subject| subject.making().is_none()) {
        let row = format!("| `{}` | {} |", subject.name(), subject.about());
        assert!(page.lines().any(|line| line == row), "docs/releases.md needs this row:\n{row}");
    }
    let servers = section("docs/releases.md", "## Servers");
    let known: BTreeSet<String> =
        Server::ALL.iter().map(|server| format!("| `{server}` | {} |", server.api_version())).collect();
    assert!(known.iter().all(|row| servers.contains(row)), "{known:?}");
    let names = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let servers: Vec<String> = Server::ALL.iter().map(ToString::to_string).collect();
    for (name, _) in names.filter(|(name, _)| !servers.iter().any(|server| server == name)) {
        assert!(name.parse::<Subject>().is_ok(), "docs/releases.md lists {name}, which does not exist");
    }
}

#[test]
fn the_readme_says_what_the_names_of_releases_mean() {
    let readme = text("README.md");
    let (legend, rest) = readme.split_once("## I have a bug report").expect("the first entrance");
    for name in ["`reference` is", "`A` to `F` and `N` are", "`W1` to `W3`", "`E0` to `E4`", "`pr-34859`"] {
        assert!(legend.contains(name), "README.md does not say what {name} is before it is used");
    }
    assert!(!legend.contains("--release B") && rest.contains("--release B"));
    assert!(legend.contains(concat!("Rust ", env!("CARGO_PKG_RUST_VERSION"), " ")), "the minimum Rust version");
}

fn whose_word(grade: Grade) -> &'static str {
    match grade {
        Grade::Seen => "seen",
        Grade::ToldByHost => "host",
        Grade::ToldByImplementation => "implementation",
    }
}

#[test]
fn every_invariant_is_listed_with_its_rule() {
    let page = text("docs/invariants.md");
    for Invariant { name, letter, words, rule, data, needs, .. } in Invariant::all() {
        let (start, end) = (format!("| `{name}` | `{letter}` | {words} | "), format!(" | {rule} |"));
        let row = page.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix(&end));
        let cells = row.unwrap_or_else(|| panic!("docs/invariants.md needs this row:\n{start}...{end}"));
        let (expected_as, evidence) = cells.split_once(" | ").expect("how it is expected, and the evidence it needs");
        assert_eq!(evidence, whose_word(*needs), "docs/invariants.md: the evidence of {name}");
        assert_eq!(expected_as == "name", data.is_none(), "docs/invariants.md: how {name} is expected");
    }
    assert_eq!(
        rows(&page).len(),
        Invariant::all().count(),
        "docs/invariants.md lists an invariant that does not exist"
    );
}

#[test]
fn every_profile_is_listed() {
    let fuzz = section("docs/command-line.md", "## `fuzz`");
    for &profile in Profile::ALL {
        assert!(fuzz.contains(&format!("\n| `{profile}` | ")), "docs/command-line.md does not list {profile}");
    }
}
