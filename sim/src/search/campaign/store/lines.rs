//! `tally.jsonl`: one line for each chunk that was counted, with a checksum.
//!
//! The checksum is of the campaign's identity, too: a line of another campaign, or of another shard, does not fit. A kill can cut the last
//! line short; that line does not count, and its chunk is run again. Any other line that the program would not write so, byte for byte,
//! or whose chunk was counted before, was changed by somebody, and the file is refused.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Identity, StoreError};
use crate::search::campaign::Tally;

#[derive(Serialize, Deserialize)]
struct Line {
    chunk: u64,
    tally: Tally,
    /// Of the campaign, the chunk and the tally.
    checksum: String,
}

impl Line {
    fn new(of: &Identity, chunk: u64, tally: Tally) -> Self {
        let counted = serde_json::to_vec(&(of, chunk, &tally)).expect("a tally always encodes");
        let checksum = blake3::hash(&counted).to_hex()[..16].to_owned();
        Self { chunk, tally, checksum }
    }
}

/// A chunk as a line.
pub(super) fn line(of: &Identity, chunk: u64, tally: &Tally) -> String {
    serde_json::to_string(&Line::new(of, chunk, tally.clone())).expect("a tally always encodes") + "\n"
}

/// The chunks of a campaign in a file, and how long the file is up to its last whole line. A file that does not exist has no chunks.
pub(super) fn read(of: &Identity, path: &Path) -> Result<(BTreeMap<u64, Tally>, u64), StoreError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(StoreError::Io { path: path.to_owned(), error }),
    };
    let (mut done, mut whole) = (BTreeMap::new(), 0);
    for (number, text) in text.split_inclusive('\n').enumerate() {
        let Some(line) = text.strip_suffix('\n') else { break };
        let Some(Line { chunk, tally, .. }) = parse(of, line) else {
            return Err(StoreError::Changed { path: path.to_owned(), line: number + 1 });
        };
        if done.insert(chunk, tally).is_some() {
            return Err(StoreError::Twice { path: path.to_owned(), line: number + 1, chunk });
        }
        whole += text.len() as u64;
    }
    Ok((done, whole))
}

/// A line, if the program writes it so. A key too many is as foreign as a wrong checksum.
fn parse(of: &Identity, text: &str) -> Option<Line> {
    let parsed: Line = serde_json::from_str(text).ok()?;
    (line(of, parsed.chunk, &parsed.tally).trim_end() == text).then_some(parsed)
}
