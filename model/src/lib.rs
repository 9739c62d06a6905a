//! The memory lifecycle of an AI agent, written as plain asynchronous code on four seams.
//!
//! An agent completes turns; a memory provider must end up holding each of them exactly once, in its own session's
//! document, in order. This crate holds the code that has to achieve that, and nothing that simulates it: it knows no
//! simulator, opens no socket, reads no clock and touches no disk except through [`host::Host`].
//!
//! - [`turn`] and [`session`]: the vocabulary.
//! - [`host`]: the seams (network, disk, clock, tasks) and `step()`, where a thread may be preempted, delayed or killed.
//! - [`hindsight_api`]: the provider's wire format. [`hindsight_client`]: its HTTP client, with three outcomes.
//! - [`lifecycle`]: what a host process calls on a memory implementation. Start here. - [`hosts`]: those processes.
//! - [`reference`](mod@reference): correct by design, no bug branches.
//! - [`hermes`]: what Hermes Agent really shipped, release by release: a faithful, faulty model.
//! - [`release`]: the names under which all of them can be run.
//! - `observation`: what an implementation tells its witness.
//! - [`marks`]: rare states that a place in the code says it has reached.
//! - [`commits`]: when a WebUI commits its sessions. - [`continuity`]: where a gateway's chats go on after a restart.
//! - `gauge`: how many turns a process holds in memory. - [`signal`]: something that happens once.
//! - [`spelling`]: what was probably meant by a name that nothing has.

pub mod commits;
pub mod continuity;
mod gauge;
pub mod hermes;
pub mod hindsight_api;
pub mod hindsight_client;
pub mod host;
pub mod hosts;
pub mod lifecycle;
pub mod marks;
mod observation;
pub mod reference;
pub mod release;
pub mod session;
pub mod signal;
pub mod spelling;
pub mod turn;
