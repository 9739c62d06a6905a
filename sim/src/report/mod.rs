//! What people and programs read. Nothing here influences a run.

mod command;
mod comparison;
mod damage;
mod harm;
mod json;
mod layout;
mod matrix;
mod table;
mod text;

pub use comparison::comparison;
pub use json::{cell_line, change_line, json_line};
pub use matrix::matrix;
pub use text::{divergence, summary, text};
