//! Which mutants are judged: all of them, a shard, a sample, or those that a change touches.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::str::FromStr;

use crate::failure::{At, Failure};
use crate::mutant::Mutant;

/// One of several equal parts: `0/4` is the first of four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    index: u32,
    of: u32,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((index, of)) if index < of => Ok(Self { index, of }),
            Some(_) | None => Err("a shard is I/N, with I from 0 to N - 1: 0/4 is the first of four".to_owned()),
        }
    }
}

impl Shard {
    /// Whether a mutant belongs to it.
    pub(crate) fn has(self, number: u32) -> bool {
        number % self.of == self.index
    }
}

/// Mixes a mutant's number with a seed. Mutants in the order of their mixed numbers are a fair sample, wherever it ends.
pub(crate) fn mixed(number: u32, seed: u64) -> u64 {
    let hash = blake3::Hasher::new().update(&seed.to_le_bytes()).update(&number.to_le_bytes()).finalize();
    let (first, _) = hash.as_bytes().split_at(8);
    u64::from_le_bytes(first.try_into().expect("eight bytes"))
}

/// The lines of each file that a change has touched, as it stands now. Each pair is a first and a last line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Touched(BTreeMap<String, Vec<(usize, usize)>>);

impl Touched {
    /// What differs in the sources from a revision on, committed or not.
    ///
    /// # Errors
    ///
    /// If git does not know the revision.
    pub(crate) fn since(root: &Path, revision: &str) -> Result<Self, Failure> {
        let arguments = [
            "diff",
            "--unified=0",
            "--no-color",
            "--no-ext-diff",
            "--no-prefix",
            revision,
            "--",
            "model/src",
            "sim/src",
        ];
        let output = Command::new("git").args(arguments).current_dir(root).output().at(Path::new("git"))?;
        if output.status.success() {
            Ok(Self::read(&String::from_utf8_lossy(&output.stdout)))
        } else {
            Err(Failure(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
        }
    }

    fn read(diff: &str) -> Self {
        let (mut touched, mut file) = (Self::default(), None);
        for line in diff.lines() {
            if let Some(path) = line.strip_prefix("+++ ") {
                file = Some(path.to_owned()).filter(|path| path != "/dev/null");
            } else if let Some((file, lines)) = file.clone().zip(hunk(line)) {
                touched.0.entry(file).or_default().push(lines);
            }
        }
        touched
    }

    /// Whether it touches any file for which this holds.
    pub(crate) fn any(&self, is_one: impl Fn(&str) -> bool) -> bool {
        self.0.keys().any(|file| is_one(file))
    }

    /// Whether it touches what is mutated.
    pub(crate) fn has(&self, mutant: &Mutant) -> bool {
        let (first, last) = mutant.lines;
        self.0.get(&mutant.file).is_some_and(|lines| lines.iter().any(|(from, to)| *from <= last && first <= *to))
    }
}

/// The new lines of a hunk: `@@ -3,2 +3,4 @@`. Of lines that are gone, those around the gap.
fn hunk(line: &str) -> Option<(usize, usize)> {
    let new = line.strip_prefix("@@ ")?.split_whitespace().find_map(|word| word.strip_prefix('+'))?;
    let (first, count) = match new.split_once(',') {
        Some((first, count)) => (first.parse::<usize>().ok()?, count.parse::<usize>().ok()?),
        None => (new.parse().ok()?, 1),
    };
    Some(if count == 0 { (first, first + 1) } else { (first, first + count - 1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(file: &str, lines: (usize, usize)) -> Mutant {
        let (function, what) = ("f".to_owned(), "w".to_owned());
        Mutant { number: 1, file: file.to_owned(), line: lines.0, lines, function, what, compiles: true }
    }

    #[test]
    fn a_change_touches_the_mutants_of_its_lines() {
        let diff = "diff --git a.rs a.rs\n--- a.rs\n+++ a.rs\n@@ -3 +3 @@ fn f\n-x\n+y\n@@ -10,2 +9,0 @@\n-x\n-x\n--- b.rs\n+++ /dev/null\n@@ -1,9 +0,0 @@\n-x\n";
        let touched = Touched::read(diff);
        assert_eq!(touched.0, BTreeMap::from([("a.rs".to_owned(), vec![(3, 3), (9, 10)])]));
        for (lines, expected) in [((1, 2), false), ((1, 3), true), ((3, 3), true), ((4, 8), false), ((10, 12), true)] {
            assert_eq!(touched.has(&mutant("a.rs", lines)), expected, "{lines:?}");
        }
        assert!(!touched.has(&mutant("b.rs", (1, 9))) && !touched.any(|file| file == "b.rs"));
    }

    #[test]
    fn the_shards_are_all_of_it_and_none_twice() {
        let shards: Vec<Shard> = ["0/3", "1/3", "2/3"].iter().map(|text| text.parse().expect("a shard")).collect();
        for number in 1..20 {
            assert_eq!(shards.iter().filter(|shard| shard.has(number)).count(), 1);
        }
        assert!("3/3".parse::<Shard>().is_err() && "x".parse::<Shard>().is_err());
    }

    #[test]
    fn another_seed_is_another_order() {
        let order = |seed| {
            let mut numbers: Vec<u32> = (1..100).collect();
            numbers.sort_by_key(|number| mixed(*number, seed));
            numbers
        };
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
    }
}
