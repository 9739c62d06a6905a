//! Everything that people and programs read. Nothing here influences a run.

mod campaign;
mod comparison;
mod coverage;
mod damage;
mod faults;
mod gate;
mod hearing;
mod json;
mod layout;
mod matrix;
mod not_judged;
mod strength;
mod table;
mod text;

pub use campaign::{CampaignResult, campaign, campaign_bar, campaign_json, campaign_progress, shrunk_file};
pub use comparison::comparison;
pub use gate::{gate_head, gate_json, gate_junit, gate_section, gate_verdict};
pub use hearing::{hearing, hearing_json};
pub use json::{cell_line, change_line, json_line};
pub use matrix::matrix;
pub use strength::{strength, strength_json};
pub use text::{divergence, schedules, summary, text};
