//! `serve`: the simulated provider as a real HTTP server.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::{Failure, input, interrupts, named};
use crate::plan::ServerPlan;
use crate::serve::{self, Options, Trouble};

#[derive(Args)]
pub(super) struct Serve {
    /// Scenario file, or a file with nothing but [faults] and the server's settings
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Port on 127.0.0.1; 0 is any that is free
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// File for the log, which must be new or empty
    #[arg(long, value_name = "LOG.jsonl")]
    log: Option<PathBuf>,
    /// Version of the server: replace (0.4.0), append (0.6.0) or idempotent (0.9.1)
    #[arg(long, value_name = "S", default_value = "idempotent")]
    server: String,
}

impl Serve {
    pub(super) fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> Result<u8, Failure> {
        let server = named(&self.server)?;
        let plan = self.faults.as_deref().map(ServerPlan::read).transpose();
        let plan = plan.map_err(|error| input(error.to_string()))?.unwrap_or_default();
        if let (Some(file), [_, ..]) = (&self.faults, &plan.not_served[..]) {
            _ = writeln!(
                err,
                "{}: {} are no part of a server, and left out",
                file.display(),
                plan.not_served.join(", ")
            );
        }
        interrupts::listen();
        let before = interrupts::count();
        let options = Options { port: self.port, server, plan, log: self.log.as_deref() };
        let mut ready = |address| -> io::Result<()> {
            writeln!(out, "http://{address}")?;
            out.flush()
        };
        match serve::run(options, &mut ready, &|| interrupts::count() > before) {
            Ok(()) => Ok(0),
            Err(Trouble::Input(message)) => Err(input(message)),
            Err(Trouble::Output(error)) => Err(Failure::Output(error)),
        }
    }
}
