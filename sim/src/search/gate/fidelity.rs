//! The measured cases of the real releases whose scenarios are given.

use std::num::NonZeroUsize;

use model::agents::Subject;

use super::baseline::Failing;
use super::{Case, Section, Stop};
use crate::parallel;
use crate::plan::Scenario;
use crate::run::Verdict;
use crate::search::fidelity::{self, Agreement};

/// Compares the cells of one release, or all cells for the reference; `None` if none of the measured cases is among the scenarios.
pub fn fidelity(scenarios: &[Scenario], release: Subject, jobs: NonZeroUsize, stop: Stop<'_>) -> Option<Section> {
    let measured: Vec<(fidelity::Case, &Scenario)> = fidelity::cases()
        .into_iter()
        .filter_map(|case| {
            let scenario = fidelity::scenario_of(&case.scenario, scenarios)?;
            Some((case, scenario))
        })
        .collect();
    let release = Some(release).filter(|release| *release != Subject::REFERENCE);
    let compared = parallel::map_until(&measured, jobs, stop, |(case, scenario)| case.compare(scenario, release));
    let interrupted = compared.iter().any(Option::is_none);
    let (mut cases, mut total) = (Vec::new(), Agreement::default());
    for ((case, scenario), agreement) in measured.iter().zip(compared) {
        let Some(agreement) = agreement else { continue };
        if agreement.cells > 0 {
            let failure = (!agreement.wrong.is_empty()).then(|| agreement.wrong.join("\n"));
            let found = agreement.wrong.iter().map(|wrong| (failing(wrong), 1)).collect();
            let file = Some(scenario.path.clone());
            cases.push(Case { found, ..Case::new(case.scenario.clone(), file, failure) });
        }
        total.add(agreement);
    }
    if cases.is_empty() && !interrupted {
        return None;
    }
    let done = format!("{} of {} cells are as they were measured", total.agree, total.cells);
    let exit_code = if total.wrong.is_empty() { 0 } else { Verdict::Violation.exit_code() };
    Some(Section::new("fidelity", done, cases, exit_code).so_far(interrupted))
}

/// A cell that is not as it was measured. Its text names release and server.
fn failing(wrong: &str) -> Failing {
    Failing { release: None, server: None, invariant: "fidelity".to_owned(), turn: wrong.to_owned() }
}
