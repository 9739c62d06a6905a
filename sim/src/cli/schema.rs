//! `schema`: the format of scenario files, for editors.

use std::io::Write;

use clap::Args;

use super::{Failure, print};
use crate::judging::Invariant;
use crate::plan;

#[derive(Args)]
pub(super) struct Schema {}

impl Schema {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<u8, Failure> {
        let schema = serde_json::to_string_pretty(&plan::schema(&Invariant::names())).expect("a schema is JSON");
        print(out, &format!("{schema}\n")).map(|()| 0)
    }
}
