//! `strength`: how soon fuzzing finds every known defect.

use std::io::Write;
use std::num::NonZeroUsize;

use clap::Args;

use super::{Failure, print};
use crate::report;
use crate::run::Verdict;
use crate::search::strength::{Effort, strength};

#[derive(Args)]
pub(super) struct Strength {
    /// Print one JSON object per release
    #[arg(long)]
    json: bool,
    /// Stop as soon as each wrong release is caught once under the random schedule and each invariant is violated once, from one start
    #[arg(long)]
    short: bool,
    /// Number of threads, at most one per core [default: one per core]
    #[arg(long, value_name = "J")]
    jobs: Option<NonZeroUsize>,
}

impl Strength {
    pub(super) fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> Result<u8, Failure> {
        let effort = if self.short { Effort::SHORT } else { Effort::FULL };
        let found = strength(&effort, super::jobs(self.jobs, err), &|| false);
        match self.json {
            true => {
                for (place, one) in found.releases.iter().enumerate() {
                    let compared = effort.compared.as_ref().zip(found.compared.get(place));
                    print(out, &format!("{}\n", report::strength_json(one, compared)))?;
                }
            }
            false => print(out, &report::strength(&found, &effort))?,
        }
        Ok(if found.shortcomings().is_empty() { 0 } else { Verdict::Vacuous.exit_code() })
    }
}
