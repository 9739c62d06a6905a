//! One JSON object per run, on one line.

use crate::replay::Replayed;

/// The object that `replay --json` prints for a run, without a line end.
pub fn json_line(replayed: &Replayed) -> String {
    serde_json::to_string(replayed).expect("a run always serializes")
}
