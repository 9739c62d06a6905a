//! The reference: correct by design, no bug branches but the choices of `memory::design`.
//!
//! - `memory`: the memory lifecycle. - `commits`: which sessions of a WebUI wait for a commit. - `chats`: what a gateway
//!   keeps of its chats across a restart.
//! - `designs`: its row, and those of memories that differ from it in one choice.
//! - `journal`: the file in which memory and chats keep their records. - `frame`: how a record is written in it. - `scribe`: the
//!   thread that writes for the others.

mod chats;
mod commits;
mod designs;
mod frame;
mod journal;
mod memory;
mod scribe;

pub(super) use self::designs::{DESIGNS, REFERENCE};
