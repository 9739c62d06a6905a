//! `accept`: a shrunk scenario becomes one of the corpus, with what the reference and the named releases do in it.

use std::path::{Path, PathBuf};

use model::agents::Subject;
use model::words::part::Part;

use super::expectations::{self, Written};
use super::replay::{self, Replayed, Selection};
use crate::plan::{Expectations, Scenario, formatted};
use crate::run::Verdict;

/// What says that a file was shrunk, and no longer holds once its expectations are those of runs.
const OF_A_SHRUNK_FILE: [&str; 2] = ["# The expectation below is", "# Release "];

/// How a scenario is to be filed.
pub struct Filing<'a> {
    /// The title; otherwise the file's own.
    pub title: Option<&'a str>,
    /// The reports; those of the file stay.
    pub reports: &'a [String],
    /// The releases besides the reference; otherwise those that the file names.
    pub releases: &'a [Subject],
    /// The folder; otherwise that of the part that the scenario is about, under `scenarios`.
    pub folder: Option<&'a Path>,
}

/// A scenario that can be filed.
pub struct Accepted {
    /// Where it belongs.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// The expectations that were written, and the runs that can be none.
    pub written: Written,
    /// Its title, its reports, and the releases that fail in it.
    pub title: String,
    /// The reports.
    pub reports: Vec<String>,
    /// The releases with damage.
    pub failing: Vec<Subject>,
}

/// Makes a scenario and its file's `text` one of the corpus.
///
/// # Errors
///
/// If the reference does not pass, or the title names no file.
pub fn accept(scenario: &Scenario, text: &str, filing: &Filing<'_>) -> Result<Accepted, String> {
    let mut new = scenario.clone();
    filing.title.unwrap_or(&scenario.title).clone_into(&mut new.title);
    new.reports.extend(filing.reports.iter().filter(|report| !scenario.reports.contains(report)).cloned());
    new.expect = Expectations::default();
    let folder = filing.folder.map_or_else(|| Path::new("scenarios").join(part(scenario)), Path::to_owned);
    new.name = slug(&new.title)?;
    new.path = folder.join(format!("{}.toml", new.name));
    let named = if filing.releases.is_empty() { scenario.expect.releases() } else { filing.releases.to_vec() };
    let releases =
        std::iter::once(Subject::REFERENCE).chain(named.into_iter().filter(|one| *one != Subject::REFERENCE));
    let replays: Vec<Replayed> = releases.flat_map(|release| runs(&new, release)).collect();
    if let Some(failed) =
        replays.iter().find(|one| one.run.release == Subject::REFERENCE && one.run.verdict != Verdict::Pass)
    {
        return Err(format!(
            "the reference does not pass on {}: {}; a scenario of the corpus shows what a correct memory does",
            failed.run.server,
            if failed.run.verdict == Verdict::Vacuous {
                "it proves nothing".to_owned()
            } else {
                failed.run.damage().summary()
            }
        ));
    }
    let plain = format!("{}{new}", head(text));
    let written = expectations::written(&new, &plain, &replays)?;
    let damaged = replays.iter().filter(|one| one.run.verdict != Verdict::Pass).map(|one| one.run.release);
    let mut failing: Vec<Subject> = damaged.collect();
    failing.dedup();
    Ok(Accepted {
        path: new.path,
        text: formatted(&written.text),
        written,
        title: new.title,
        reports: new.reports,
        failing,
    })
}

fn runs(scenario: &Scenario, release: Subject) -> impl Iterator<Item = Replayed> {
    let selection = Selection { release: Some(release), ..Selection::default() };
    let pairs = replay::pairs(scenario, &selection);
    pairs.into_iter().map(move |(release, server, seed)| {
        let mut replayed = replay::replay(scenario, release, server, seed, false);
        replayed.run.forget_history();
        replayed
    })
}

/// The folder of a part.
fn part(scenario: &Scenario) -> &'static str {
    match scenario.part() {
        Part::Memory => "reported",
        Part::Gateway => "gateway",
        Part::WebUi => "webui",
    }
}

/// The comments at the head of a file, without those of a shrunk one that hold no longer.
fn head(text: &str) -> String {
    let comments = text.lines().take_while(|line| line.starts_with('#'));
    let still_true = comments.filter(|line| !OF_A_SHRUNK_FILE.iter().any(|start| line.starts_with(start)));
    still_true.map(|line| format!("{line}\n")).collect()
}

/// The name of a file after its title: small letters, digits and `_`.
pub fn slug(title: &str) -> Result<String, String> {
    const LONGEST: usize = 64;
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = String::new();
    for word in words.map(str::to_ascii_lowercase) {
        if name.len() + word.len() >= LONGEST {
            break;
        }
        name += if name.is_empty() { "" } else { "_" };
        name += &word;
    }
    match name.is_empty() {
        true => Err(format!("\"{title}\" names no file; write a title with words of letters")),
        false => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_its_title() {
        assert_eq!(slug("a half-full batch is lost, when?"), Ok("a_half_full_batch_is_lost_when".into()));
        assert_eq!(slug(&"word ".repeat(40)).map(|name| name.len()), Ok(64));
        assert!(slug("???").is_err());
    }

    #[test]
    fn the_comments_of_a_shrunk_file_stay_if_they_still_hold() {
        let text = "# Found by fuzzing release F, and shrunk.\n# Release F today: lost 1\n# The expectation below is the correct behavior, not what this release does.\ntitle = \"t\"\n# no head\n";
        assert_eq!(head(text), "# Found by fuzzing release F, and shrunk.\n");
    }
}
