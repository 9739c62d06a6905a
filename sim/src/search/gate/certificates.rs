//! The certificates: each is swept again, and must come out as its file has it.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use model::agents::Subject;

use super::{Case, Section, Stop};
use crate::draw::Drawn;
use crate::judging::Invariant;
use crate::plan::Scenario;
use crate::run::Verdict;
use crate::search::schedules::{self, certificate::Certificate as OfSchedules};
use crate::search::sweep::certificate::Certificate;
use crate::search::sweep::{self, Attendance, Extent, Swept};

/// The folder of certificates, beside the scenarios.
const FOLDER: &str = "certificates";

/// The certificates under these paths, in the order of their names: files that end in .json, in a folder called `certificates`.
pub fn find(paths: &[PathBuf]) -> Vec<PathBuf> {
    let of_one = |path: &PathBuf| {
        let entries = std::fs::read_dir(path.join(FOLDER)).into_iter().flatten().flatten();
        let files = entries.map(|entry| entry.path());
        files.filter(|file| file.extension().is_some_and(|extension| extension == "json")).collect::<Vec<_>>()
    };
    let mut found: Vec<PathBuf> = paths.iter().flat_map(of_one).collect();
    found.sort();
    found.dedup();
    found
}

/// What became of a certificate.
enum Outcome {
    /// It is about another release.
    Other,
    /// It holds.
    Holds(u64),
    /// The sweep was interrupted.
    Interrupted,
    /// It does not hold, or cannot be checked; for this reason.
    Failed(String),
}

/// Sweeps again what the certificates of this release are about. `None` if there are none.
pub fn certificates(files: &[PathBuf], release: Subject, jobs: NonZeroUsize, stop: Stop<'_>) -> Option<Section> {
    let (mut cases, mut runs, mut interrupted) = (Vec::new(), 0, false);
    for file in files {
        let failure = match check(file, release, jobs, stop) {
            Outcome::Other => continue,
            Outcome::Holds(swept) => {
                runs += swept;
                None
            }
            Outcome::Interrupted => {
                interrupted = true;
                break;
            }
            Outcome::Failed(why) => Some(why),
        };
        cases.push(Case::new(file.display().to_string(), Some(file.clone()), failure));
    }
    if cases.is_empty() && !interrupted {
        return None;
    }
    let failed = cases.iter().any(|case| case.failure.is_some());
    let exit_code = if failed { Verdict::Violation.exit_code() } else { 0 };
    let done = format!("{runs} runs of {} certificates made again", cases.len());
    Some(Section::new("sweeps", done, cases, exit_code).so_far(interrupted))
}

fn check(file: &Path, release: Subject, jobs: NonZeroUsize, stop: Stop<'_>) -> Outcome {
    let text = match std::fs::read_to_string(file) {
        Ok(text) if OfSchedules::is_meant(&text) => return check_schedules(file, &text, release, jobs, stop),
        Ok(text) => text,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let certificate = match Certificate::read(&text) {
        Ok(certificate) if certificate.subject != release.name() => return Outcome::Other,
        Ok(certificate) => certificate,
        Err(why) => return Outcome::Failed(why),
    };
    let targets = match targets(&certificate) {
        Ok(targets) => targets,
        Err(why) => return Outcome::Failed(why),
    };
    let extent = Extent { depth: certificate.depth, alike: certificate.alike, jobs };
    let mut attendance = Attendance { known: &BTreeMap::new(), keep: &|_, _| {}, over: stop, tell: &mut |_, _| {} };
    let swept = sweep::sweep(&targets, release, extent, &mut attendance);
    if !swept.is_complete() {
        return Outcome::Interrupted;
    }
    let Some(now) = Certificate::of(&swept) else {
        return Outcome::Failed(format!("{release} cannot run some of its scenarios any more"));
    };
    let different = certificate.differences(&now);
    match different.is_empty() {
        true => Outcome::Holds(now.runs),
        false => Outcome::Failed(why(file, &certificate, &swept, &different)),
    }
}

/// The same with a certificate of schedules.
fn check_schedules(file: &Path, text: &str, release: Subject, jobs: NonZeroUsize, stop: Stop<'_>) -> Outcome {
    let certificate = match OfSchedules::read(text) {
        Ok(certificate) if certificate.subject != release.name() => return Outcome::Other,
        Ok(certificate) => certificate,
        Err(why) => return Outcome::Failed(why),
    };
    let targets = match certificate.targets() {
        Ok(targets) => targets,
        Err(why) => return Outcome::Failed(why),
    };
    let extent = schedules::Extent::of(certificate.preemptions, jobs);
    let explored = schedules::explore(&targets, release, extent, stop, &mut |_| {});
    let Some(now) = OfSchedules::of(&explored) else { return Outcome::Interrupted };
    let different = certificate.differences(&now);
    match different.is_empty() {
        true => Outcome::Holds(now.schedules),
        false => {
            let found: usize = explored.scenarios.iter().map(|one| one.found.len()).sum();
            let found = (found > 0).then(|| format!("{found} of the schedules violate an invariant"));
            Outcome::Failed(said(&different, found, &certificate.command(file)))
        }
    }
}

/// The scenarios that a certificate names, as they are now.
fn targets(certificate: &Certificate) -> Result<Vec<Drawn>, String> {
    let invariants = Invariant::names();
    let target = |(path, server, seed): (&PathBuf, Result<_, String>, u64)| {
        let scenario = Scenario::read(path, &invariants).map_err(|error| error.to_string())?;
        Ok(Drawn { scenario: scenario.seeded(seed), server: server? })
    };
    certificate.targets().map(target).collect()
}

/// What changed, and the command that writes the certificate anew.
fn why(file: &Path, certificate: &Certificate, swept: &Swept, different: &[String]) -> String {
    let violations: usize = swept.scenarios.iter().map(|one| one.found().count()).sum();
    let violations = (violations > 0).then(|| format!("{violations} of the faults violate an invariant"));
    said(different, violations, &certificate.command(file))
}

/// What changed, what is violated, and the command that writes the certificate anew; the first line matters most.
fn said(different: &[String], violations: Option<String>, command: &str) -> String {
    /// How many differences are named.
    const NAMED: usize = 4;
    let more = different.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("and {more} more"));
    let lines = different.iter().take(NAMED).cloned().chain(more);
    let head = "it does not come out as it is written".to_owned();
    let renew = format!("if that is meant: {command}");
    std::iter::once(head).chain(lines).chain(violations).chain([renew]).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOBS: NonZeroUsize = NonZeroUsize::MIN;

    fn folder(name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/certificates").join(name);
        _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join(FOLDER)).expect("a folder");
        folder
    }

    fn failure(files: &[PathBuf]) -> String {
        let section = certificates(files, Subject::REFERENCE, JOBS, &|| false).expect("a section");
        assert_eq!(section.exit_code, 2);
        section.cases[0].failure.clone().expect("a failure")
    }

    #[test]
    fn a_certificate_holds_until_its_scenario_or_its_file_changes() {
        let folder = folder("holds");
        let (scenario, file) = (folder.join("a.toml"), folder.join(FOLDER).join("a.json"));
        std::fs::write(&scenario, "title = \"t\"\nsteps = [\"turn\", \"shutdown\"]\n").expect("a file");
        let read = Scenario::read(&scenario, &Invariant::names()).expect("a scenario");
        let targets = [Drawn { scenario: read, server: Subject::REFERENCE.servers()[0] }];
        let extent = Extent { depth: 1, alike: 32, jobs: JOBS };
        let mut attendance =
            Attendance { known: &BTreeMap::new(), keep: &|_, _| {}, over: &|| false, tell: &mut |_, _| {} };
        let swept = sweep::sweep(&targets, Subject::REFERENCE, extent, &mut attendance);
        let certificate = Certificate::of(&swept).expect("everything was tried");
        std::fs::write(&file, certificate.text()).expect("a file");
        let files = find(std::slice::from_ref(&folder));
        assert_eq!(files, std::slice::from_ref(&file));
        let section = certificates(&files, Subject::REFERENCE, JOBS, &|| false).expect("a section");
        assert_eq!((section.exit_code, section.cases.len()), (0, 1));
        let of_another = "F".parse().expect("a release");
        assert!(certificates(&files, of_another, JOBS, &|| false).is_none());
        std::fs::write(&scenario, "title = \"u\"\nsteps = [\"turn\", \"turn\", \"shutdown\"]\n").expect("a file");
        let why = failure(&files);
        assert!(why.contains("its plan is another one") && why.contains("forget-me-not sweep "), "{why}");
        std::fs::write(&file, "{").expect("a file");
        assert!(failure(&files).contains("this is no certificate of a sweep"));
        std::fs::write(&file, certificate.text()).expect("a file");
        std::fs::remove_file(&scenario).expect("it is there");
        assert!(failure(&files).contains("a.toml"));
    }

    #[test]
    fn a_certificate_of_schedules_holds_until_its_scenario_changes() {
        let folder = folder("schedules");
        let (scenario, file) = (folder.join("a.toml"), folder.join(FOLDER).join("a.json"));
        std::fs::write(&scenario, "title = \"t\"\nsteps = [\"turn\", \"shutdown\"]\n").expect("a file");
        let read = Scenario::read(&scenario, &Invariant::names()).expect("a scenario");
        let targets = [Drawn { scenario: read, server: Subject::REFERENCE.servers()[0] }];
        let extent = schedules::Extent::of(1, JOBS);
        let explored = schedules::explore(&targets, Subject::REFERENCE, extent, &|| false, &mut |_| {});
        let certificate = OfSchedules::of(&explored).expect("everything was tried");
        std::fs::write(&file, certificate.text()).expect("a file");
        let files = std::slice::from_ref(&file);
        let section = certificates(files, Subject::REFERENCE, JOBS, &|| false).expect("a section");
        assert_eq!((section.exit_code, section.cases.len()), (0, 1));
        assert!(certificates(files, "F".parse().expect("a release"), JOBS, &|| false).is_none());
        std::fs::write(&scenario, "title = \"t\"\nsteps = [\"turn\", \"turn\", \"shutdown\"]\n").expect("a file");
        let why = failure(files);
        assert!(why.contains("its plan is another one") && why.contains(" --schedules 1 --certificate "), "{why}");
        let section = certificates(files, Subject::REFERENCE, JOBS, &|| true).expect("a section");
        assert!(section.interrupted);
    }

    #[test]
    fn an_interrupted_check_has_not_passed() {
        let folder = folder("interrupted");
        let file = folder.join(FOLDER).join("a.json");
        let scenario = folder.join("a.toml");
        std::fs::write(&scenario, "title = \"t\"\nsteps = [\"turn\", \"shutdown\"]\n").expect("a file");
        let one = format!(
            "{{\"program\":\"\",\"subject\":\"reference\",\"extent\":\"\",\"depth\":1,\"alike\":32,\"runs\":0,\"scenarios\":[{{\"path\":{:?},\"plan\":\"\",\"server\":\"append\",\"seed\":0,\"singles\":{{\"runs\":{{}},\"proved_nothing\":0,\"violations\":0,\"outcomes\":\"\"}}}}]}}",
            scenario.display().to_string()
        );
        std::fs::write(&file, one).expect("a file");
        let section = certificates(&[file], Subject::REFERENCE, JOBS, &|| true).expect("a section");
        assert!(section.interrupted && section.exit_code == Verdict::Vacuous.exit_code());
    }
}
