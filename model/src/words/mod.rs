//! The vocabulary: turns, sessions, commands. It imports nothing else of this crate.

pub mod command;
pub mod course;
pub mod echo;
pub mod endpoint;
pub mod mentions;
pub mod part;
pub mod profile;
pub mod server;
pub mod session;
pub mod spelling;
pub mod thread;
pub mod timestamp;
pub mod turn;
