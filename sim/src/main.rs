//! The program: hands its arguments to the library, and exits with the code it returns.

use std::io::{self, BufWriter};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    ExitCode::from(sim::cli::run(std::env::args_os(), &mut out, &mut io::stderr().lock()))
}
