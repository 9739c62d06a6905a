//! What people and programs read. Nothing here influences a run.

mod json;
mod text;

pub use json::json_line;
pub use text::{divergence, summary, text};
