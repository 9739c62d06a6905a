//! The names of the threads that a host starts by itself. All others belong to what it runs.

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

/// Whether a host starts threads of this name.
pub fn is_of_host(name: &str) -> bool {
    [TURN, RUN, REQUEST, RESUMPTION, DELIVERY, JOB, CLEANUP, REVIEW].contains(&name)
}
