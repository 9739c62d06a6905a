//! All mistakes of a file at once. A part with a mistake is taken out, and the rest is read again, until it can be read.
//!
//! Its one rule: no mistake is only the consequence of another. What depends on a part that was taken out is not checked.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use toml::de::{DeTable, DeValue, Deserializer};
use toml::{Spanned, de};

use super::file::{File, Spans};
use super::pruning::prune;
use super::sound::Doubts;
use super::{Mistake, Scenario, ScenarioError, known_turns};

/// The most mistakes of a file that are looked for.
pub const MISTAKES_MAX: usize = 100;

impl Scenario {
    /// All mistakes of a text, in their order, at most [`MISTAKES_MAX`]; none if it is a scenario in which expectations may name these
    /// invariants as violated. `path` names it.
    pub fn mistakes(path: &Path, text: &str, invariants: &[&str]) -> Vec<ScenarioError> {
        match Self::parse_knowing(path, text, invariants) {
            Ok(_) => Vec::new(),
            Err(only) if text.trim().is_empty() => vec![only],
            Err(first) => {
                let found = Check::of(path, text).all(invariants);
                if found.is_empty() { vec![first] } else { found }
            }
        }
    }
}

/// A file that is being checked.
struct Check<'a> {
    path: &'a Path,
    text: &'a str,
    /// What is left of it.
    root: Spanned<DeTable<'a>>,
    doubts: Doubts,
    /// Whether an unknown key of the file itself was taken out, which may have been meant as any other.
    unknown_key: bool,
    /// Whether the title was taken out.
    untitled: bool,
    found: Vec<ScenarioError>,
}

impl<'a> Check<'a> {
    fn of(path: &'a Path, text: &'a str) -> Self {
        let (root, unreadable) = DeTable::parse_recoverable(text);
        let found = unreadable.iter().map(|error| ScenarioError::from_toml(path, text, error)).collect();
        Self { path, text, root, doubts: Doubts::default(), unknown_key: false, untitled: false, found }
    }

    fn all(mut self, invariants: &[&str]) -> Vec<ScenarioError> {
        // Behind text that is no TOML, nothing that was understood needs to be what was meant.
        let readable = self.found.iter().filter_map(|error| Some(error.place()?.bytes.start)).min();
        let unreadable = std::mem::take(&mut self.found);
        if let Some((scenario, spans)) = self.plan()
            && readable.is_none()
        {
            self.tell(scenario.flaws(self.doubts).into_iter().map(|flaw| (spans.of(&flaw.place), flaw.message)));
            if !self.doubts.steps {
                self.tell(known_turns::unknown(&scenario).into_iter());
            }
            self.tell(scenario.expect.unknown_names(invariants).into_iter());
        }
        if let Some(end) = readable {
            let end = self.text[..self.text.floor_char_boundary(end)].rfind('\n').map_or(0, |newline| newline + 1);
            let is_before = |error: &ScenarioError| error.place().is_some_and(|place| place.bytes.end <= end);
            self.found.retain(|error| is_before(error) && !is_missing(error.message()));
            self.found.extend(their_own(unreadable));
        }
        self.found.sort_by_key(|error| error.place().map(|place| (place.line, place.column)));
        self.found.dedup();
        self.found.truncate(MISTAKES_MAX);
        self.found
    }

    /// Reads until nothing is wrong. `None` if a mistake cannot be taken out.
    fn plan(&mut self) -> Option<(Scenario, Spans)> {
        while self.found.len() < MISTAKES_MAX {
            let read = File::deserialize(Deserializer::from(self.root.clone()));
            match read.map_err(Wrong::Shape).and_then(|file| file.into_plan(self.path).map_err(Wrong::Word)) {
                Ok((scenario, spans)) => {
                    // The steps may stand under a key that is not known.
                    self.doubts.steps |= self.unknown_key && scenario.lanes.is_empty();
                    return Some((scenario, spans));
                }
                Err(Wrong::Shape(error)) if error.message().starts_with("missing field `title`") => {
                    if !self.unknown_key && !self.untitled {
                        self.found.push(ScenarioError::from_toml(self.path, self.text, &error));
                    }
                    let title = Spanned::new(0..0, DeValue::String("untitled".into()));
                    self.root.get_mut().insert(Spanned::new(0..0, "title".into()), title);
                }
                Err(wrong) => {
                    let bytes = wrong.bytes();
                    self.found.push(wrong.told(self.path, self.text));
                    let keys = prune(self.root.get_mut(), &bytes)?;
                    self.doubt(&keys);
                }
            }
        }
        None
    }

    /// Keeps in mind what is not known without the part that was taken out.
    fn doubt(&mut self, keys: &[String]) {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let root = self.root.get_ref();
        let has_host = root.get("config").and_then(|config| config.get_ref().get("host")).is_some();
        match keys[..] {
            ["steps" | "parallel", ..] => self.doubts.steps = true,
            ["config", ..] => (self.doubts.settings, self.doubts.host) = (true, !has_host),
            ["seed"] => self.doubts.seed = true,
            ["title", ..] => self.untitled = true,
            ["reports" | "schedule" | "faults" | "agent" | "missed_steps" | "expect", ..] | [] => {}
            [..] => {
                self.unknown_key = true;
                self.doubts.settings |= !root.contains_key("config");
                self.doubts.host |= !root.contains_key("config");
                self.doubts.seed |= !root.contains_key("seed");
            }
        }
    }

    fn tell(&mut self, mistakes: impl Iterator<Item = Mistake>) {
        let told = mistakes.map(|(bytes, message)| ScenarioError::over(self.path, self.text, bytes, &message));
        self.found.extend(told);
    }
}

/// A mistake that keeps a file from being read.
enum Wrong {
    /// Of a key or a type.
    Shape(de::Error),
    /// Of a word.
    Word(Mistake),
}

impl Wrong {
    fn bytes(&self) -> std::ops::Range<usize> {
        match self {
            Self::Shape(error) => error.span().unwrap_or_default(),
            Self::Word((bytes, _)) => bytes.clone(),
        }
    }

    fn told(self, path: &Path, text: &str) -> ScenarioError {
        match self {
            Self::Shape(error) => ScenarioError::from_toml(path, text, &error),
            Self::Word((bytes, message)) => ScenarioError::over(path, text, bytes, &message),
        }
    }
}

fn is_missing(message: &str) -> bool {
    message.starts_with("missing field")
}

/// The mistakes that are their own: the first of each line, and of a list that is not closed only the first. The others are what the parser makes
/// of the lines behind it.
fn their_own(errors: Vec<ScenarioError>) -> impl Iterator<Item = ScenarioError> {
    let (mut lines, mut last) = (BTreeSet::new(), String::new());
    errors.into_iter().filter(move |error| {
        let is_open = error.message().contains("array elements") || error.message().contains("inline table");
        let goes_on = is_open && last == error.message();
        error.message().clone_into(&mut last);
        lines.insert(error.place().map(|place| place.line)) && !goes_on
    })
}
