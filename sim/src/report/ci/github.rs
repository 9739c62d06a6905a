//! GitHub's annotations, one for each class and never more than ten, and the summary of a step.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use model::agents::Subject;

use super::{Finding, demand};
use crate::plan::ScenarioError;
use crate::report::layout::counted;
use crate::search::gate::{self, Section};

/// GitHub shows no more of a step.
const ANNOTATIONS: usize = 10;
/// GitHub takes a summary of less than 1 MiB.
const SUMMARY: usize = 1_000_000;
/// How many findings of a class are named.
const NAMED: usize = 20;

/// The findings of each class: the same rule, broken in the same way.
fn classes(findings: &[Finding]) -> Vec<(&str, Vec<&Finding>)> {
    let mut classes: BTreeMap<(&str, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        classes.entry((&finding.rule, &finding.mechanism)).or_default().push(finding);
    }
    let mut classes: Vec<_> = classes.into_iter().map(|((rule, _), findings)| (rule, findings)).collect();
    classes.sort_by_key(|(_, findings)| std::cmp::Reverse(findings.len()));
    classes
}

/// The commands that annotate a run: one for each class of findings, a line each. Beyond ten the last one says how many more there are.
pub fn annotations(findings: &[Finding]) -> String {
    let one = |(rule, findings): &(&str, Vec<&Finding>)| {
        let first = findings[0];
        let others = match findings.len() - 1 {
            0 => String::new(),
            more => format!("\nand in {more} more"),
        };
        annotation(first.uri().as_deref(), None, rule, &format!("{}{others}", first.why))
    };
    limited(classes(findings).iter().map(one).collect())
}

/// The same for mistakes in scenario files, each with its line.
pub fn mistake_annotations<'a>(mistakes: impl Iterator<Item = &'a ScenarioError>) -> String {
    let one = |mistake: &ScenarioError| {
        let place = mistake.place().map(|place| (place.line, place.column));
        let path = mistake.path().to_string_lossy().replace('\\', "/");
        annotation(Some(&path), place, "mistake in a scenario", mistake.message())
    };
    limited(mistakes.map(one).collect())
}

fn limited(mut lines: Vec<String>) -> String {
    if lines.len() > ANNOTATIONS {
        let more = lines.len() - (ANNOTATIONS - 1);
        lines.truncate(ANNOTATIONS - 1);
        lines.push(annotation(
            None,
            None,
            "forget-me-not",
            &format!("{more} more; the log of this step has all of them"),
        ));
    }
    lines.concat()
}

fn annotation(path: Option<&str>, place: Option<(usize, usize)>, title: &str, message: &str) -> String {
    let property = |text: &str| escaped(text).replace(':', "%3A").replace(',', "%2C");
    let (line, column) = place.unwrap_or((1, 1));
    let at = path.map_or_else(String::new, |path| format!("file={},line={line},col={column},", property(path)));
    format!("::error {at}title={}::{}\n", property(title), escaped(message))
}

/// A text as the value of a command, which is one line.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The summary of a step, in Markdown: the verdict, each part, and each class with its cases and what to run.
pub fn step_summary(release: Subject, sections: &[(Section, Duration)], findings: &[Finding]) -> String {
    let code = gate::exit_code(sections.iter().map(|(section, _)| section));
    let verdict = super::super::gate::verdict(code);
    let mut text = format!("## Gate of {release}: {}\n\n| part | | |\n|---|---|---|\n", cell(verdict));
    for (section, took) in sections {
        let failed = section.failures().count();
        let outcome = match (failed, section.interrupted) {
            (0, false) => "passed".to_owned(),
            (0, true) => "interrupted".to_owned(),
            (failed, _) => format!("**{failed} of {} failed**", section.cases.len()),
        };
        let known = if section.known > 0 { format!(", {} known", section.known) } else { String::new() };
        _ = writeln!(
            text,
            "| {} | {outcome}{known} | {} in {:.1} s |",
            section.name,
            cell(&section.done),
            took.as_secs_f64()
        );
    }
    for (rule, findings) in classes(findings) {
        let part = class(rule, &findings);
        if text.len() + part.len() > SUMMARY {
            text += "\nThe summary ends here; the log of this step has the rest.\n";
            break;
        }
        text += &part;
    }
    text
}

fn class(rule: &str, findings: &[&Finding]) -> String {
    let first = findings[0];
    let how = if first.mechanism.is_empty() { String::new() } else { format!(": {}", cell(&first.mechanism)) };
    let mut text =
        format!("\n### {rule}{how}\n\n{}; {}\n\n", cell(demand(rule)), counted(findings.len() as u64, "case"));
    for finding in findings.iter().take(NAMED) {
        let shown = finding.uri().unwrap_or_else(|| finding.case.clone());
        _ = writeln!(text, "- `{}`", shown.replace('`', "'"));
    }
    if findings.len() > NAMED {
        _ = writeln!(text, "- and {} more", findings.len() - NAMED);
    }
    let why = first.why.replace("```", "'''");
    _ = write!(text, "\n<details><summary>The first</summary>\n\n```text\n{}\n```\n\n</details>\n", why.trim_end());
    text
}

/// A text that breaks no table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\r', '\n'], " ").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn each_class_is_annotated_once() {
        let text = annotations(&super::super::tests::some());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(lines.contains(
            &"::error file=a/b.toml,line=1,col=1,title=order::F on append: lost 2, 100%25%0Ano-loss: S1#1 was lost%0Areplay: forget-me-not replay"
        ), "{text}");
        assert!(lines.iter().any(|line| line.starts_with("::error title=scenarios::")), "{text}");
    }

    #[test]
    fn there_are_never_more_than_ten() {
        let finding = &super::super::tests::some()[0];
        let many: Vec<Finding> =
            (0..25).map(|number| Finding { rule: format!("rule-{number}"), ..finding.clone() }).collect();
        let text = annotations(&many);
        assert_eq!(text.lines().count(), 10);
        assert!(
            text.ends_with("::error title=forget-me-not::16 more; the log of this step has all of them\n"),
            "{text}"
        );
        let mistake = ScenarioError::whole_file(Path::new("a,b.toml"), "no such file".into());
        let text = mistake_annotations(std::iter::repeat_n(&mistake, 12));
        assert_eq!(text.lines().count(), 10);
        assert!(
            text.starts_with("::error file=a%2Cb.toml,line=1,col=1,title=mistake in a scenario::no such file\n"),
            "{text}"
        );
    }

    #[test]
    fn a_summary_of_very_many_classes_stays_below_a_mebibyte() {
        let finding = &super::super::tests::some()[0];
        let long = "x".repeat(10_000);
        let many: Vec<Finding> = (0..300)
            .map(|number| Finding { rule: format!("rule-{number:03}"), why: long.clone(), ..finding.clone() })
            .collect();
        let text = step_summary(Subject::REFERENCE, &[], &many);
        assert!(text.len() < 1 << 20 && text.len() > 900_000, "{}", text.len());
        assert!(text.ends_with("has the rest.\n"));
        let few = step_summary(Subject::REFERENCE, &[], &many[..2]);
        assert!(few.contains("### rule-001") && !few.contains("ends here"));
    }
}
