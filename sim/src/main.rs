//! The program: hands its arguments to the library, and exits with the code it returns.

use std::io::{self, BufWriter, IsTerminal};
use std::process::ExitCode;

#[expect(clippy::disallowed_methods, reason = "this is main, and the surroundings are handed in")]
fn main() -> ExitCode {
    let is_terminal = io::stdout().is_terminal();
    let can_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
    let environment = sim::cli::Environment { variables: std::env::vars().collect(), is_terminal, can_ask };
    let mut out = BufWriter::new(io::stdout().lock());
    ExitCode::from(sim::cli::run_in(&environment, std::env::args_os(), &mut out, &mut io::stderr()))
}
