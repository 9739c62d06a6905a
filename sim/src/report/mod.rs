//! Everything that people and programs read. Nothing here influences a run.

mod campaign;
mod comparison;
mod coverage;
mod damage;
mod expected;
mod explore;
mod faults;
mod fidelity;
mod gate;
mod hearing;
mod history;
mod json;
mod layout;
mod list;
mod matrix;
mod not_judged;
mod outcomes;
mod shrunk;
mod strength;
mod table;
mod text;

pub use campaign::{CampaignResult, campaign, campaign_bar, campaign_json, campaign_progress, runs_bar, runs_progress};
pub use comparison::comparison;
pub use expected::written;
pub use explore::{explored, explored_json};
pub use fidelity::{fidelity, fidelity_json, real_fidelity, real_fidelity_json};
pub use gate::{gate_baseline, gate_head, gate_json, gate_junit, gate_known, gate_section, gate_verdict};
pub use hearing::{hearing, hearing_json};
pub use history::{history, history_json};
pub use json::{cell_line, change_line, json_line};
pub use list::{Listed, listed, listed_json};
pub use matrix::matrix;
pub use outcomes::outcomes;
pub use shrunk::{shrunk_file, shrunk_path, smallest, smallest_json};
pub use strength::{strength, strength_json};
pub use text::{divergence, kept, schedules, summary, text};
