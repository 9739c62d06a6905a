//! Weaves every small mistake into one program, and says which of them no judge notices. `docs/mutation.md` says how to use it.
//!
//! Each module uses only those above it:
//!
//! - [`failure`], [`stopwatch`], [`interrupts`]: errors, real time, and Ctrl-C.
//! - [`target`]: the parts that are mutated. - [`finding`]: the places where a mistake can be made. - [`mutant`]: one mistake of them.
//! - [`weaving`]: a copy of the project with all mutants, each behind a switch.
//! - [`judging`]: who notices which. Start here. - [`survivors`]: the table of those that nobody notices.
//! - [`report`]: text. - [`cli`]: the command line.

mod cli;
mod failure;
mod finding;
mod interrupts;
mod judging;
mod mutant;
mod report;
mod stopwatch;
mod survivors;
mod target;
mod weaving;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
