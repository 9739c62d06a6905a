//! The vocabulary: what turns, sessions and commands are called. Imports nothing of this crate.

pub mod command;
pub mod course;
pub mod mentions;
pub mod part;
pub mod server;
pub mod session;
pub mod spelling;
pub mod turn;
