//! Lists of names.

use std::fmt::Write;

use serde::Serialize;

use super::layout::{WIDTH, cut, width};

/// A name and what it stands for.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    /// The name, as commands take it.
    pub name: String,
    /// The part of an agent that it belongs to, or its reports.
    pub of: Vec<String>,
    /// What it is.
    pub about: String,
}

/// A line each if the names are short; otherwise the rest stands on a line of its own.
pub fn listed(all: &[Listed]) -> String {
    let mut text = String::new();
    let names = all.iter().map(|one| width(&one.name)).max().unwrap_or_default();
    let of = |one: &Listed| one.of.join(", ");
    let parts = all.iter().map(|one| width(&of(one))).max().unwrap_or_default();
    for one in all {
        let Listed { name, about, .. } = one;
        let of = of(one);
        match names + parts < WIDTH / 2 {
            true => {
                _ = writeln!(text, "{}", cut(&format!("{name:<names$}  {of:<parts$}  {about}"), 2 * WIDTH).trim_end())
            }
            false => {
                let of = if of.is_empty() { of } else { format!(" ({of})") };
                _ = writeln!(text, "{name}\n    {}", cut(&format!("{about}{of}"), 2 * WIDTH));
            }
        }
    }
    text
}

/// One object a line.
pub fn listed_json(all: &[Listed]) -> String {
    all.iter().map(|one| serde_json::to_string(one).expect("a name always serializes") + "\n").collect()
}
