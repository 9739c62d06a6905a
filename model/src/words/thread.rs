//! The names of the threads that a host starts by itself, and of one that outlives what started it. All others belong to what the host runs, and end
//! with it.

/// A turn of a gateway.
pub const TURN: &str = "turn";
/// A turn of a WebUI.
pub const RUN: &str = "run";
/// A request to a WebUI.
pub const REQUEST: &str = "request";
/// A turn that a gateway resumes at its start.
pub const RESUMPTION: &str = "resumption";
/// An answer that a gateway sends once more.
pub const DELIVERY: &str = "delivery";
/// A scheduled job of a gateway.
pub const JOB: &str = "job";
/// The end of an agent that a gateway lets go.
pub const CLEANUP: &str = "cleanup";
/// An agent of the runtime that reviews a session.
pub const REVIEW: &str = "review";

/// The thread that writes a journal. It keeps what comes after the end of a memory, too.
pub const SCRIBE: &str = "scribe";

/// Whether threads of this name live as long as their process.
pub fn lives_with_its_process(name: &str) -> bool {
    name == SCRIBE
}

/// Whether a host starts threads of this name.
pub fn is_of_host(name: &str) -> bool {
    [TURN, RUN, REQUEST, RESUMPTION, DELIVERY, JOB, CLEANUP, REVIEW].contains(&name)
}
