//! The memory lifecycle of an AI agent: its contracts, and their implementations.
//!
//! An agent completes turns, and a memory provider must end up holding each of them exactly once, in its own session's
//! document, in order. This crate holds the code that has to achieve that. It knows no simulator, opens no socket, reads no
//! clock and touches no disk except through [`machine::Machine`].
//!
//! Each module uses only those above it:
//!
//! - [`words`]: the vocabulary.
//! - [`facts`]: what an implementation and its host can report, as plain data.
//! - [`machine`]: the seams (network, disk, clock, tasks), and `step()`, where a thread may be preempted, delayed or killed.
//! - [`contracts`]: what a host calls on a memory implementation. Start here.
//! - [`protocols`]: the client side of each provider's protocol.
//! - [`agents`]: the implementations of the contracts: the reference, and what Hermes Agent shipped.
//! - [`hosts`]: the processes that own agents. They know contracts only, and no agent.

pub mod agents;
pub mod contracts;
pub mod facts;
pub mod hosts;
pub mod machine;
pub mod protocols;
pub mod words;
