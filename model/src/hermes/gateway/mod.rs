//! Hermes' gateway over a restart: which session a chat goes on in, era by era.

mod release;

pub use release::Release;
