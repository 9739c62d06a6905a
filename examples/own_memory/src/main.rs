//! Every command of Forget-Me-Not, with two more releases: `cargo run -p own_memory -- fuzz --release hasty --seeds 500`.

use std::io::{stderr, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    own_memory::bring();
    ExitCode::from(sim::cli::run(std::env::args_os(), &mut stdout(), &mut stderr()))
}
