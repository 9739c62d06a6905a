//! The results of judging, one line for each mutant. A line is written when its mutant is judged, so nothing is judged twice after an
//! interruption.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::outcome::How;
use crate::failure::{At, Failure};
use crate::mutant::Mutant;

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// Its number.
    pub(crate) number: u32,
    /// Its file.
    pub(crate) file: String,
    /// Its line.
    pub(crate) line: usize,
    /// Its function.
    pub(crate) function: String,
    /// What the mistake is.
    pub(crate) what: String,
    /// The first judge that has noticed it. `None` if it has survived.
    pub(crate) killed: Option<Kill>,
    /// The processor's time that the judges used.
    pub(crate) seconds: f64,
}

/// How a mutant was noticed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kill {
    /// The judge.
    pub(crate) by: String,
    /// What it noticed.
    pub(crate) how: How,
    /// Names of invariants, scenarios or tests.
    pub(crate) what: Vec<String>,
}

/// The file with the results.
pub(crate) struct Results {
    path: PathBuf,
    file: File,
    known: BTreeMap<u32, Outcome>,
}

impl Results {
    /// Opens the file. A line that was cut off is dropped, and so is the result of a mutant that is another one now.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or written.
    pub(crate) fn open(path: &Path, mutants: &[Mutant]) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).unwrap_or_default();
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let lines = text[..whole].lines().filter_map(|line| serde_json::from_str::<Outcome>(line).ok());
        let mutants: BTreeMap<u32, &Mutant> = mutants.iter().map(|mutant| (mutant.number, mutant)).collect();
        let is_known = |result: &Outcome| {
            let name = (&*result.file, &*result.function, &*result.what);
            mutants.get(&result.number).is_some_and(|mutant| mutant.name() == name)
        };
        let known = lines.filter(is_known).map(|result| (result.number, result)).collect();
        if whole < text.len() {
            fs::write(path, &text[..whole]).at(path)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path).at(path)?;
        Ok(Self { path: path.to_owned(), file, known })
    }

    /// The results so far, by the numbers of the mutants.
    pub(crate) fn known(&self) -> &BTreeMap<u32, Outcome> {
        &self.known
    }

    /// Keeps a result.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub(crate) fn keep(&mut self, result: Outcome) -> Result<(), Failure> {
        let line = serde_json::to_string(&result).expect("data becomes JSON") + "\n";
        self.file.write_all(line.as_bytes()).at(&self.path)?;
        self.known.insert(result.number, result);
        Ok(())
    }
}
