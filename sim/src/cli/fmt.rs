//! `fmt`: scenario files in their canonical layout.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::{Environment, Failure, input, print, scenarios};
use crate::search::check::Checked;
use crate::search::formatting::{self, Formatted};
use crate::search::replay;
use crate::{files, report};

#[derive(Args)]
pub(super) struct Fmt {
    /// Scenario files, or folders of them [default: scenarios]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write nothing, name the files that would change, and exit with 1 if there is one
    #[arg(long)]
    check: bool,
    /// Name this JSON Schema in the first line of each file, where editors look for it
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
}

impl Fmt {
    pub(super) fn run(&self, environment: &Environment, out: &mut dyn Write) -> Result<u8, Failure> {
        if let Some(schema) = self.schema.as_deref().filter(|schema| !schema.is_file()) {
            let shown = schema.display();
            let message = format!("--schema {shown}: no such file; forget-me-not schema > {shown} makes it");
            return Err(input(message));
        }
        let (mut changed, mut wrong) = (0, Vec::new());
        let found = replay::found(&scenarios(&self.paths, "fmt")?);
        let of = found.len();
        for file in found {
            let read = match &file {
                Ok(path) => formatting::of_file(path, self.schema.as_deref()),
                Err(error) => Err(Checked { text: String::new(), mistakes: vec![error.clone()] }),
            };
            match (file, read) {
                (Ok(path), Ok(Formatted { before, after })) if before != after => {
                    changed += 1;
                    let shown = path.display();
                    if !self.check {
                        let written = files::replace(&path, after.as_bytes());
                        written.map_err(|error| input(format!("{shown} cannot be written: {error}")))?;
                    }
                    print(out, &format!("{} {shown}\n", if self.check { "would change" } else { "changed" }))?;
                }
                (_, Ok(_)) => {}
                (_, Err(mistakes)) => wrong.push(mistakes),
            }
        }
        print(out, &report::formatted(of, changed, &wrong, self.check, environment.has_colors()))?;
        Ok(u8::from(!wrong.is_empty() || (self.check && changed > 0)))
    }
}
