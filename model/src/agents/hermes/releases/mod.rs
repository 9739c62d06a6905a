//! The tables of releases: one row for each release that shipped and for each fix that was proposed, by part.
//!
//! Hermes' agent, WebUI and gateway were released apart. A row of one part names the releases of the other parts that were
//! current at its date. The rooms beside this one hold the behaviors. Only these tables combine them.

pub(crate) mod chats;
pub(crate) mod commits;
pub(crate) mod memory;
