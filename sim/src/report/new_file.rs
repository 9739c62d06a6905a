//! Files that a user goes on with: a new scenario whose parts are explained, and one that was filed among the others.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::layout::{counted, wrapped};
use crate::plan::{Form, KEYS, Scenario, Setting, commit_fault_forms, formatted, request_fault_forms, step_forms};
use crate::search::accepting::Accepted;

/// How wide a comment is.
const COMMENT: usize = 110;

/// A new scenario as a file: each step, setting and fault is explained where it first stands. `head` is the comment above all.
pub fn new_file(head: &[String], scenario: &Scenario) -> String {
    let mut text = String::new();
    head.iter().for_each(|line| comment(&mut text, "", line));
    let mut explained = Explained::default();
    for line in scenario.to_string().lines() {
        match line.split_once(" = ") {
            Some(("title", _)) => _ = writeln!(text, "{line}\n# reports = [\"owner/repository#1\"]"),
            Some(("config", _)) => {
                scenario.config.settings().iter().for_each(|setting| setting_comment(&mut text, setting));
                _ = writeln!(text, "{line}");
            }
            Some(("steps", _)) => {
                _ = writeln!(text, "steps = [");
                explained.lane(&mut text, "    ", &scenario.lanes[0]);
                _ = writeln!(text, "]");
            }
            _ if line == "[faults]" => {
                _ = writeln!(text, "{line}");
                for fault in scenario.faults.planned() {
                    explained.fault(&mut text, &fault.fault());
                }
            }
            Some(_) | None => _ = writeln!(text, "{line}"),
        }
    }
    formatted(&text)
}

fn comment(text: &mut String, indent: &str, line: &str) {
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    wrapped(&words, " ", COMMENT).iter().for_each(|line| _ = writeln!(text, "{indent}# {line}"));
}

fn setting_comment(text: &mut String, setting: &Setting) {
    if let Some(key) = KEYS.iter().find(|key| key.key == setting.key()) {
        comment(text, "", &format!("{}: {}", key.key, plain(key.means)));
    }
}

/// What was explained so far.
#[derive(Default)]
struct Explained(BTreeSet<&'static str>);

impl Explained {
    fn lane(&mut self, text: &mut String, indent: &str, steps: &[crate::plan::Step]) {
        for step in steps {
            let step = step.to_string();
            self.form(text, indent, &step, &step_forms());
            _ = writeln!(text, "{indent}{},", quoted(&step));
        }
    }

    fn fault(&mut self, text: &mut String, fault: &str) {
        let fault = fault.split(" until ").next().unwrap_or(fault);
        self.form(text, "", fault, &[request_fault_forms(), commit_fault_forms()].concat());
    }

    fn form(&mut self, text: &mut String, indent: &str, written: &str, forms: &[Form]) {
        if let Some(form) = forms.iter().find(|form| form.is_of(written)).filter(|form| self.0.insert(form.means)) {
            comment(text, indent, &format!("{written}: {}", plain(form.means)));
        }
    }
}

/// A meaning without the marks of the documentation.
fn plain(means: &str) -> String {
    means.replace('`', "").replace("](#hosts)", " in docs/format.md").replace('[', "")
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Where a scenario was filed, what is expected in it, and what else must be renewed if this is the project's own corpus.
pub fn accepted(accepted: &Accepted) -> String {
    let path = accepted.path.display().to_string();
    let mut text = format!("{path}: filed, with {}\n", counted(accepted.written.lines.len() as u64, "expectation"));
    accepted.written.lines.iter().for_each(|line| _ = writeln!(text, "  {line}"));
    accepted.written.left_out.iter().for_each(|line| _ = writeln!(text, "  not written: {line}"));
    let name = accepted.path.file_stem().unwrap_or_default().to_string_lossy();
    let failing: Vec<String> = accepted.failing.iter().map(ToString::to_string).collect();
    let or = |list: Vec<String>, none: &str| if list.is_empty() { none.to_owned() } else { list.join(", ") };
    let (reports, failing) = (or(accepted.reports.clone(), "–"), or(failing, "none"));
    _ = writeln!(text, "to look at it: {}", shlex::try_join(["forget-me-not", "replay", &path]).expect("no NUL byte"));
    _ = writeln!(text, "in the project of Forget-Me-Not, renew what lists all scenarios:");
    _ = writeln!(text, "  scenarios/README.md: | {} | {reports} | `{name}` | {failing} | reference |", accepted.title);
    for command in [
        "forget-me-not fmt --schema docs/scenario.schema.json scenarios",
        "INSTA_UPDATE=always cargo test --test command_line",
        "cargo test --test baseline -- --update",
        "cargo test --test documentation",
    ] {
        _ = writeln!(text, "  {command}");
    }
    text
}
