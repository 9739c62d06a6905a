//! `judge`: judges the log of any system.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::{Failure, input, print};
use crate::plan::parse_duration;
use crate::{hearing, report};

#[derive(Args)]
pub(super) struct Judge {
    /// Files of the log, of JSON lines; several are put in order by their times
    #[arg(required = true, value_name = "LOG.jsonl")]
    paths: Vec<PathBuf>,
    /// How long the end of a turn may hold its caller
    #[arg(long, value_name = "TIME", default_value = "500ms")]
    turn_limit: String,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

impl Judge {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<u8, Failure> {
        let limit = parse_duration(&self.turn_limit).map_err(|message| input(format!("--turn-limit: {message}")))?;
        let turn_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        let heard = hearing::judge(&self.paths, turn_ms).map_err(|mistake| input(mistake.to_string()))?;
        match self.json {
            true => print(out, &format!("{}\n", report::hearing_json(&heard)))?,
            false => print(out, &report::hearing(&heard))?,
        }
        Ok(heard.verdict.exit_code())
    }
}
