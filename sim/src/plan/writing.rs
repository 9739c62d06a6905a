//! A scenario as its file: defaults are left out, and the text reads back as the same scenario.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use model::agents::Subject;

use super::faults::PlannedFault;
use super::span::Span;
use super::{Damage, Expectation, Expectations, Faults, Outcome, Scenario, Step};

impl Display for Scenario {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "title = {}", quoted(&self.title))?;
        if !self.reports.is_empty() {
            writeln!(f, "reports = {}", list(&self.reports))?;
        }
        if self.seed != 0 {
            writeln!(f, "seed = {}", self.seed)?;
        }
        if let Some(schedule) = self.schedule.toml() {
            writeln!(f, "schedule = {schedule}")?;
        }
        let settings: Vec<String> = self.config.settings().iter().map(ToString::to_string).collect();
        if !settings.is_empty() {
            writeln!(f, "config = {{ {} }}", settings.join(", "))?;
        }
        match &self.lanes[..] {
            [steps] => writeln!(f, "steps = {}", list(steps))?,
            lanes => {
                let lanes: Vec<String> = lanes.iter().map(|steps| format!("    {},\n", list(steps))).collect();
                writeln!(f, "parallel = [\n{}]", lanes.concat())?;
            }
        }
        if self.may_miss_steps {
            writeln!(f, "missed_steps = \"allowed\"")?;
        }
        write_faults(&self.faults, f)?;
        self.agent.iter().try_for_each(|agent| agent.fmt(f))?;
        write_expectations(&self.expect, f)
    }
}

impl Scenario {
    /// The steps and the faults, in one line.
    pub fn in_short(&self) -> String {
        let lane = |steps: &Vec<Step>| steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" · ");
        let steps = self.lanes.iter().map(lane).collect::<Vec<_>>().join(" || ");
        let faults = self.faults.planned().map(|fault| fault.to_string());
        let wrong: Vec<String> = faults.chain(self.faults.kills.iter().map(ToString::to_string)).collect();
        if wrong.is_empty() { steps } else { format!("{steps} [{}]", wrong.join(", ")) }
    }
}

/// A string of TOML.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A key of TOML.
pub(super) fn key(name: &str) -> String {
    let is_bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_bare { name.to_owned() } else { quoted(name) }
}

/// A list of strings of TOML.
fn list<T: Display>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(|item| quoted(&item.to_string())).collect();
    format!("[{}]", items.join(", "))
}

fn write_faults(faults: &Faults, f: &mut Formatter<'_>) -> fmt::Result {
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for fault in faults.planned() {
        let (table, which) = match &fault {
            PlannedFault::Request(endpoint, which, _) => (endpoint.name().to_owned(), which),
            PlannedFault::Commit(agent, which, _) => (format!("commit.{}", key(agent)), which),
        };
        let entry = format!("{} = {}", key(&which.to_string()), quoted(&fault.fault()));
        tables.entry(table).or_default().push(entry);
    }
    if tables.is_empty() && faults.down.is_zero() && faults.kills.is_empty() {
        return Ok(());
    }
    f.write_str("\n[faults]\n")?;
    if !faults.down.is_zero() {
        writeln!(f, "down = \"{}\"", Span(faults.down))?;
    }
    for (table, entries) in tables {
        writeln!(f, "{table} = {{ {} }}", entries.join(", "))?;
    }
    match faults.kills.is_empty() {
        true => Ok(()),
        false => writeln!(f, "kills = {}", list(&faults.kills)),
    }
}

fn write_expectations(expect: &Expectations, f: &mut Formatter<'_>) -> fmt::Result {
    let mut write = |table: &str, releases: &BTreeMap<Subject, Expectation>| {
        if releases.is_empty() {
            return Ok(());
        }
        writeln!(f, "\n[{table}]")?;
        releases.iter().try_for_each(|(release, expected)| writeln!(f, "{} = {}", key(release.name()), expected.toml()))
    };
    write("expect", &expect.everywhere)?;
    expect.on.iter().try_for_each(|(server, releases)| write(&format!("expect.{server}"), releases))
}

impl Expectation {
    /// As the value of a release's key.
    pub fn toml(&self) -> String {
        match &self.0[..] {
            [only] => outcome(only),
            several => format!("[{}]", several.iter().map(outcome).collect::<Vec<_>>().join(", ")),
        }
    }
}

fn outcome(Outcome { seed, damage, .. }: &Outcome) -> String {
    let Damage { lost, duplicated, misattributed, polluted, order_broken, stale_recall, violates } = damage;
    let mut entries: Vec<String> = seed.iter().map(|seed| format!("seed = {seed}")).collect();
    let mut turns = |kind: &str, turns: &[model::words::turn::TurnId]| {
        entries.extend((!turns.is_empty()).then(|| format!("{kind} = {}", list(turns))));
    };
    turns("lost", lost);
    turns("misattributed", misattributed);
    turns("polluted", polluted);
    turns("stale_recall", stale_recall);
    if !duplicated.is_empty() {
        let copies: Vec<String> =
            duplicated.iter().map(|(turn, copies)| format!("{} = {copies}", quoted(&turn.to_string()))).collect();
        entries.push(format!("duplicated = {{ {} }}", copies.join(", ")));
    }
    if *order_broken {
        entries.push("order_broken = true".into());
    }
    if !violates.is_empty() {
        entries.push(format!("violates = {}", list(violates)));
    }
    if entries.is_empty() { "\"pass\"".into() } else { format!("{{ {} }}", entries.join(", ")) }
}
