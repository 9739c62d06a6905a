//! Whether the model behaves as the real releases were measured to behave, case by case.
//!
//! The measurements are in `scenarios/ground-truth/*.jsonl` (`tests/fidelity/README.md` says how they were made), the cases are scenarios
//! of `scenarios/ground-truth` and `scenarios/webui`, and `exceptions.toml` gives the reason for each known difference. A new difference is
//! an error, and so is an exception that no longer applies.
//!
//! - `measured`: the memory's lines. - `observed`: the model's behavior, in the same shape. - `compare`: one against the other.
//! - `webui`: the same for the WebUI's session lifecycle. - `real`: real code in the simulation, against the measurements and the models.
//! - `plugins`: the other memory plugins of Hermes, against their own measurements.

pub mod compare;
pub mod measured;
mod observed;
pub mod plugins;
pub mod real;
pub mod webui;

use std::collections::BTreeMap;

use model::agents::Subject;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use self::measured::Cell;
use self::webui::Line;
use crate::plan::Scenario;
use model::words::server::Server;

const MEASURED: &str = include_str!("../../../../scenarios/ground-truth/measured.jsonl");
const MEASURED_WEBUI: &str = include_str!("../../../../scenarios/ground-truth/webui.jsonl");
const EXCEPTIONS: &str = include_str!("exceptions.toml");

/// The number of exceptions allowed.
const EXCEPTIONS_MAX: usize = 5;

/// The measurements of one scenario.
#[derive(Clone, Debug)]
pub struct Case {
    /// The scenario, as in `ground-truth/n3_switch`.
    pub scenario: String,
    cells: Cells,
}

#[derive(Clone, Debug)]
enum Cells {
    Memory(Vec<Cell>),
    WebUi(Vec<Line>),
}

/// The number of cells that agree, and the differences of the others.
#[derive(Clone, Debug, Default)]
pub struct Agreement {
    /// The number of cells compared.
    pub cells: usize,
    /// The number of cells that agree.
    pub agree: usize,
    /// Known exceptions, each with its reason.
    pub excepted: Vec<String>,
    /// Errors: unknown differences, and exceptions that no longer apply.
    pub wrong: Vec<String>,
}

/// The known differences of the model, with their reasons.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    #[serde(default)]
    exception: Vec<Exception>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    case: String,
    release: Subject,
    server: Server,
    reason: String,
}

/// The memory's lines, by case.
pub fn cells() -> BTreeMap<String, Vec<Cell>> {
    by_case(MEASURED, |cell: &Cell| &cell.case)
}

/// The WebUI's lines, by case.
pub fn lines() -> BTreeMap<String, Vec<Line>> {
    by_case(MEASURED_WEBUI, |line: &Line| &line.case)
}

fn by_case<T: DeserializeOwned>(lines: &str, case: fn(&T) -> &String) -> BTreeMap<String, Vec<T>> {
    let mut by_case: BTreeMap<String, Vec<T>> = BTreeMap::new();
    for line in lines.lines() {
        let read: T = serde_json::from_str(line).expect("a line of what was measured");
        by_case.entry(case(&read).clone()).or_default().push(read);
    }
    by_case
}

/// The scenario of a case, as in `ground-truth/n3_switch`, if it is among these.
pub fn scenario_of<'a>(case: &str, scenarios: &'a [Scenario]) -> Option<&'a Scenario> {
    scenarios.iter().find(|scenario| scenario.path.with_extension("").ends_with(case))
}

/// All measured cases.
pub fn cases() -> Vec<Case> {
    let memory = cells()
        .into_iter()
        .map(|(case, cells)| Case { scenario: format!("ground-truth/{case}"), cells: Cells::Memory(cells) });
    let webui =
        lines().into_iter().map(|(case, lines)| Case { scenario: format!("webui/{case}"), cells: Cells::WebUi(lines) });
    memory.chain(webui).collect()
}

impl Case {
    /// Compares the cells of one release, or of all, with the model's behavior in this scenario.
    pub fn compare(&self, scenario: &Scenario, release: Option<Subject>) -> Agreement {
        let mut agreement = Agreement::default();
        let wanted = |of: Subject| release.is_none_or(|release| release == of);
        match &self.cells {
            Cells::Memory(cells) => {
                for cell in cells.iter().filter(|cell| wanted(cell.release)) {
                    let place = format!("{} {} {}", cell.case, cell.release, cell.server);
                    let known = exception(&cell.case, cell.release, cell.server);
                    agreement.count(&place, &compare::deviations(cell, scenario), known);
                }
            }
            Cells::WebUi(lines) => {
                for line in lines.iter().filter(|line| wanted(line.release)) {
                    let place = format!("{} {}", line.case, line.release);
                    agreement.count(&place, &webui::deviations(line, scenario), None);
                }
            }
        }
        agreement
    }
}

impl Agreement {
    fn count(&mut self, place: &str, deviations: &[String], known: Option<String>) {
        self.cells += 1;
        self.agree += usize::from(deviations.is_empty());
        match (deviations.is_empty(), known) {
            (true, None) => {}
            (true, Some(_)) => self.wrong.push(format!("{place} agrees: it is no exception any more")),
            (false, Some(reason)) => self.excepted.push(format!("{place}: {reason}")),
            (false, None) => self.wrong.push(format!("{place}: {}", deviations.join("\n    "))),
        }
    }

    /// Adds the comparison of another case.
    pub fn add(&mut self, other: Self) {
        self.cells += other.cells;
        self.agree += other.agree;
        self.excepted.extend(other.excepted);
        self.wrong.extend(other.wrong);
    }
}

/// The reason for a known difference here, if there is one.
fn exception(case: &str, release: Subject, server: Server) -> Option<String> {
    let Exceptions { exception } = toml::from_str(EXCEPTIONS).expect("exceptions.toml");
    assert!(exception.len() <= EXCEPTIONS_MAX, "more than {EXCEPTIONS_MAX} exceptions");
    let mut known = exception.into_iter();
    let known = known.find(|known| (known.case.as_str(), known.release, known.server) == (case, release, server));
    known.map(|known| known.reason)
}
