//! `completions`: what a shell completes.

use std::io::Write;

use clap::Args;
use clap_complete::Shell;

use super::{Failure, command, print};

#[derive(Args)]
pub(super) struct Completions {
    /// Shell: bash, elvish, fish, powershell or zsh
    #[arg(value_enum, value_name = "SHELL", hide_possible_values = true)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<u8, Failure> {
        let (mut program, mut script) = (command(), Vec::new());
        let name = program.get_name().to_owned();
        clap_complete::generate(self.shell, &mut program, name, &mut script);
        print(out, &String::from_utf8_lossy(&script)).map(|()| 0)
    }
}
