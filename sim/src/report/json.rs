//! One JSON object per run, on one line.

use crate::runner::Run;

/// The object that `replay --json` prints for a run, without a line end.
pub fn json_line(run: &Run) -> String {
    serde_json::to_string(run).expect("a run always serializes")
}
