//! The environment of the process. Only `main` reads it; everything else gets it as an argument.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::search::campaign::Shard;

/// The environment's variables.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The variables.
    pub variables: BTreeMap<String, String>,
    /// Whether the output is a terminal.
    pub is_terminal: bool,
    /// Whether the user can be asked: the input and the errors are a terminal.
    pub can_ask: bool,
}

impl Environment {
    /// A variable. One that is empty counts as unset: a pipeline often passes on what it does not have.
    fn value(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.value(name)?.parse().ok()
    }

    /// Whether the output has colors: on a terminal, unless `NO_COLOR` asks for none.
    pub(super) fn has_colors(&self) -> bool {
        self.is_terminal && self.value("NO_COLOR").is_none() && self.value("TERM") != Some("dumb")
    }

    /// Whether a step of GitHub Actions runs the program.
    pub(super) fn is_github(&self) -> bool {
        self.value("GITHUB_ACTIONS") == Some("true")
    }

    /// The file for the summary of that step, if it has one.
    pub(super) fn step_summary(&self) -> Option<PathBuf> {
        self.value("GITHUB_STEP_SUMMARY").filter(|_| self.is_github()).map(PathBuf::from)
    }

    /// The shard that a CI engine assigned to this process: Kubernetes (Indexed Job), Slurm (job array) and GitLab (`parallel`)
    /// set variables of their own; elsewhere the user sets `FORGET_ME_NOT_SHARD`, as in `0/4`.
    pub(super) fn shard(&self) -> Option<Result<Shard, String>> {
        const OURS: &str = "FORGET_ME_NOT_SHARD";
        if let Some(text) = self.value(OURS) {
            return Some(shard(text).map_err(|error| format!("{OURS}: {error}")));
        }
        let pairs = [
            ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", 0),
            ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", self.number("SLURM_ARRAY_TASK_MIN").unwrap_or(0)),
            ("CI_NODE_INDEX", "CI_NODE_TOTAL", 1),
        ];
        let (index_name, of_name, first) =
            pairs.into_iter().find(|(index_name, ..)| self.value(index_name).is_some())?;
        let (Some(index), Some(of)) = (self.number(index_name), self.number(of_name)) else {
            // Otherwise every process would run all seeds, and the user would believe that they were shared out.
            return Some(Err(format!(
                "{index_name} is set, so this process is one of several, but {of_name} is not: set it to their number, or pass --shard 0/1"
            )));
        };
        Some(checked(index.checked_sub(first), of, &format!("{index} of {of}, counted from {first}")))
    }
}

/// `2/8`: the third of eight.
pub(super) fn shard(text: &str) -> Result<Shard, String> {
    let numbers = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
    match numbers {
        Some((index, of)) => checked(Some(index), of, text),
        None => Err(format!(
            "\"{text}\" is not a shard; write its number, counted from 0, and how many there are, as in 0/4"
        )),
    }
}

fn checked(index: Option<u64>, of: u64, text: &str) -> Result<Shard, String> {
    match index {
        Some(index) if index < of => Ok(Shard { index, of }),
        _ => Err(format!("there is no shard {text}; of four they are 0/4, 1/4, 2/4 and 3/4")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_assigns_a_shard() {
        let of = |pairs: &[(&str, &str)]| {
            let variables = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            Environment { variables, ..Environment::default() }.shard()
        };
        let third = Some(Ok(Shard { index: 2, of: 4 }));
        assert_eq!(of(&[("JOB_COMPLETION_INDEX", "2"), ("JOB_COMPLETIONS", "4")]), third);
        assert_eq!(of(&[("CI_NODE_INDEX", "3"), ("CI_NODE_TOTAL", "4")]), third);
        let slurm = [("SLURM_ARRAY_TASK_ID", "12"), ("SLURM_ARRAY_TASK_COUNT", "4"), ("SLURM_ARRAY_TASK_MIN", "10")];
        assert_eq!(of(&slurm), third);
        assert_eq!(of(&[("FORGET_ME_NOT_SHARD", "2/4")]), third);
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("FORGET_ME_NOT_SHARD", " "), ("JOB_COMPLETION_INDEX", "")]), None);
        assert_eq!(of(&[("FORGET_ME_NOT_SHARD", ""), ("CI_NODE_INDEX", "3"), ("CI_NODE_TOTAL", "4")]), third);
        for wrong in ["2", "4/4", "a/b", "-1/4"] {
            let error = of(&[("FORGET_ME_NOT_SHARD", wrong)]).expect("a shard, or an error").expect_err("an error");
            assert!(error.starts_with("FORGET_ME_NOT_SHARD: ") && error.contains(wrong), "{error}");
        }
        assert!(of(&[("JOB_COMPLETION_INDEX", "2")]).expect("a shard, or an error").is_err());
        assert!(of(&[("FORGET_ME_NOT_SHARD", "4/4")]).expect("a shard, or an error").is_err());
    }
}
