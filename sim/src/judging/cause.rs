//! What led to a violation: where in the program, by which request, by which step of the plan.

use serde::Serialize;

/// What led to a violation, as far as the history says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// The process.
    pub process: Option<u32>,
    /// Its task: `main`, or the name of a thread.
    pub task: Option<&'static str>,
    /// The request, as `retain 2`: the second to that endpoint.
    pub request: Option<String>,
    /// The step of the plan that the process had begun last, waits aside, as `step 3 "switch S2"`.
    pub step: Option<String>,
    /// The last that was seen of the turn, as `in the buffer, at 800 ms`.
    pub last_station: Option<String>,
}
