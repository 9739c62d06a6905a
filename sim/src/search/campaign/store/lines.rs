//! `tally.jsonl`: one line for each chunk that was counted, with a checksum.
//!
//! A kill can cut the last line short; that line does not count, and its chunk is run again. Any other line that cannot be read, or
//! whose checksum differs, was changed by somebody, and the file is refused.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::search::campaign::Tally;

#[derive(Serialize, Deserialize)]
struct Line {
    chunk: u64,
    tally: Tally,
    /// Of the chunk and the tally.
    checksum: String,
}

impl Line {
    fn new(chunk: u64, tally: Tally) -> Self {
        let counted = serde_json::to_vec(&(chunk, &tally)).expect("a tally always encodes");
        let checksum = blake3::hash(&counted).to_hex()[..16].to_owned();
        Self { chunk, tally, checksum }
    }
}

/// A chunk as a line.
pub(super) fn line(chunk: u64, tally: &Tally) -> String {
    serde_json::to_string(&Line::new(chunk, tally.clone())).expect("a tally always encodes") + "\n"
}

/// The chunks in a file, and how long the file is up to its last whole line. A file that does not exist has no chunks.
pub(super) fn read(path: &Path) -> Result<(BTreeMap<u64, Tally>, u64), StoreError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(StoreError::Io { path: path.to_owned(), error }),
    };
    let (mut done, mut whole) = (BTreeMap::new(), 0);
    for (number, text) in text.split_inclusive('\n').enumerate() {
        let Some(line) = text.strip_suffix('\n') else { break };
        let Some(Line { chunk, tally, .. }) = parse(line) else {
            return Err(StoreError::Changed { path: path.to_owned(), line: number + 1 });
        };
        done.insert(chunk, tally);
        whole += text.len() as u64;
    }
    Ok((done, whole))
}

/// A line, if its checksum is right.
fn parse(text: &str) -> Option<Line> {
    let line: Line = serde_json::from_str(text).ok()?;
    let right = Line::new(line.chunk, line.tally.clone()).checksum;
    (line.checksum == right).then_some(line)
}
