//! `man`: the manual pages, one for the program and one for each command.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::{Failure, command, destination, input, print};

#[derive(Args)]
pub(super) struct Man {
    /// Folder for the pages, such as ~/.local/share/man/man1
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Man {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<u8, Failure> {
        destination::try_folder("man", &self.folder)?;
        let pages = command().get_subcommands().filter(|command| command.get_name() != "help").count() + 1;
        let shown = self.folder.display();
        std::fs::create_dir_all(&self.folder)
            .and_then(|()| clap_mangen::generate_to(command().disable_help_subcommand(true), &self.folder))
            .map_err(|error| input(format!("man {shown}: the pages cannot be written: {error}")))?;
        print(out, &format!("{pages} manual pages written into {shown}; forget-me-not.1 is the first\n")).map(|()| 0)
    }
}
