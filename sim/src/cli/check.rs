//! `check`: every mistake in scenario files, without running them.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::{Environment, Failure, print, scenarios};
use crate::report;
use crate::search::check::{self, Checked};

#[derive(Args)]
pub(super) struct Check {
    /// Scenario files, or folders of them [default: scenarios]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Print one JSON object for each mistake
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(
        &self,
        environment: &Environment,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let jobs = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let checked = check::check(&scenarios(&self.paths, "check")?, jobs);
        match self.json {
            true => {
                let of_a_file = |Checked { text, mistakes }: &Checked| -> String {
                    mistakes.iter().map(|mistake| report::mistake_json(mistake, text)).collect()
                };
                print(out, &checked.iter().map(of_a_file).collect::<String>())?;
            }
            false => print(out, &report::mistakes(&checked, environment.has_colors()))?,
        }
        if environment.is_github() {
            let all = checked.iter().flat_map(|file| &file.mistakes);
            // A step whose log is full still ends with its exit code.
            _ = err.write_all(report::mistake_annotations(all).as_bytes());
        }
        Ok(u8::from(checked.iter().any(|file| !file.mistakes.is_empty())))
    }
}
