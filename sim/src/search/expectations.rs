//! What runs have shown, as the expectations of their scenario's file. Comments and layout of the file stay as they are.
//!
//! A release whose runs are all as expected keeps its lines. Of several schedules with the same damage, the first is named.

use std::collections::BTreeMap;

use model::agents::Subject;
use model::words::server::Server;
use toml_edit::{DocumentMut, Item, TableLike};

use crate::plan::{Expectation, Outcome, Scenario};
use crate::run::Verdict;
use crate::search::replay::Replayed;

/// The text of a scenario's file with the expectations that these runs have shown.
#[derive(Debug, PartialEq, Eq)]
pub struct Written {
    /// The file's new text.
    pub text: String,
    /// What changed, a line each: `F = "pass"`, `F on append = { lost = ["S1#1"] }`.
    pub lines: Vec<String>,
    /// The runs that no expectation can describe, each with the reason.
    pub left_out: Vec<String>,
}

/// Writes the expectations of one scenario's runs into the text of its file.
///
/// # Errors
///
/// If the text is no TOML, or gives its expectations in a form that cannot be edited.
pub fn written(scenario: &Scenario, text: &str, replays: &[Replayed]) -> Result<Written, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    let left_out: Vec<String> = replays.iter().filter_map(undescribable).collect();
    let mut lines = Vec::new();
    for (release, shown) in shown(scenario, replays) {
        for (server, expectation) in placed(scenario, release, shown) {
            let known = scenario.expect.written(release, server);
            if known == expectation.as_ref() {
                continue;
            }
            match &expectation {
                Some(expectation) => {
                    set(table(&mut document, server)?, release.name(), &expectation.toml());
                    lines.push(line(release, server, expectation));
                }
                None => remove(&mut document, server, release.name())?,
            }
        }
    }
    Ok(Written { text: document.to_string(), lines, left_out })
}

/// The line of an expectation: `F = "pass"`.
pub fn line(release: Subject, server: Option<Server>, expectation: &Expectation) -> String {
    let on = server.map_or_else(String::new, |server| format!(" on {server}"));
    format!("{release}{on} = {}", expectation.toml())
}

/// Why a run is no expectation, if it is none.
fn undescribable(replayed: &Replayed) -> Option<String> {
    let run = &replayed.run;
    let why = match (&replayed.divergence, run.verdict) {
        (Some(_), _) => "two runs differ",
        (None, Verdict::Vacuous) => "the run proved nothing",
        (None, Verdict::Pass | Verdict::NotConverged | Verdict::Violation) => return None,
    };
    Some(format!("{} on {}, seed {}: {why}", run.release, run.server, run.seed))
}

type ByServer = BTreeMap<Server, Expectation>;

/// For each release with a run that was not as expected: what it does on each server that an expectation or a run names.
fn shown(scenario: &Scenario, replays: &[Replayed]) -> BTreeMap<Subject, ByServer> {
    let new = |replayed: &&Replayed| replayed.as_expected != Some(true) && undescribable(replayed).is_none();
    let mut shown: BTreeMap<Subject, ByServer> = BTreeMap::new();
    for replayed in replays.iter().filter(new) {
        let (release, server) = (replayed.run.release, replayed.run.server);
        let by_server = shown.entry(release).or_insert_with(|| known(scenario, release));
        let its_runs = replays.iter().filter(|one| (one.run.release, one.run.server) == (release, server));
        by_server.insert(server, outcomes(scenario, release, server, its_runs));
    }
    shown
}

/// What the file expects of a release today.
fn known(scenario: &Scenario, release: Subject) -> ByServer {
    let servers = scenario.expect.servers(release).into_iter();
    servers.map(|server| (server, Expectation(scenario.expect.of(release, server).to_vec()))).collect()
}

/// What the file knows of other schedules and what the runs have shown, each damage once, the scenario's own schedule first.
fn outcomes<'a>(
    scenario: &Scenario,
    release: Subject,
    server: Server,
    runs: impl Iterator<Item = &'a Replayed>,
) -> Expectation {
    let known = scenario.expect.of(release, server).iter();
    let mut by_seed: BTreeMap<(bool, u64), Outcome> = BTreeMap::new();
    let mut keep = |seed: u64, damage| {
        let own = seed == scenario.seed;
        by_seed.insert((!own, seed), Outcome::shown((!own).then_some(seed), damage));
    };
    known.for_each(|outcome| keep(outcome.seed.unwrap_or(scenario.seed), outcome.damage.sorted()));
    for replayed in runs.filter(|replayed| undescribable(replayed).is_none()) {
        keep(replayed.run.seed, replayed.run.damage().sorted());
    }
    let mut distinct: Vec<Outcome> = Vec::new();
    for outcome in by_seed.into_values() {
        if distinct.iter().all(|known| known.damage != outcome.damage) {
            distinct.push(outcome);
        }
    }
    Expectation(distinct)
}

/// Where the expectations of a release stand: in `[expect]` if all servers that it was made for show the same, and in the table of a server
/// if that one differs. `None` is an entry that must go.
fn placed(scenario: &Scenario, release: Subject, shown: ByServer) -> Vec<(Option<Server>, Option<Expectation>)> {
    let native = release.servers();
    let general = native.first().and_then(|server| shown.get(server)).cloned();
    let general = general.filter(|general| native.iter().all(|server| shown.get(server) == Some(general)));
    let of_a_server = |&server: &Server| {
        let here = shown.get(&server).cloned();
        let is_general = native.contains(&server) && here == general;
        let here = here.filter(|_| !is_general);
        (here.is_some() || scenario.expect.written(release, Some(server)).is_some()).then_some((Some(server), here))
    };
    let servers: Vec<_> = Server::ALL.iter().filter_map(of_a_server).collect();
    std::iter::once((None, general)).chain(servers).collect()
}

/// `[expect]`, or the table of a server in it.
fn table(document: &mut DocumentMut, server: Option<Server>) -> Result<&mut dyn TableLike, String> {
    let implicit = || {
        let mut table = toml_edit::Table::new();
        table.set_implicit(true);
        Item::Table(table)
    };
    let expect = document.entry("expect").or_insert_with(implicit);
    let item = match server {
        None => expect,
        Some(server) => {
            let tables = expect.as_table_like_mut().ok_or("expect is no table")?;
            tables.entry(server.name()).or_insert_with(toml_edit::table)
        }
    };
    item.as_table_like_mut().ok_or_else(|| "expect is no table".to_owned())
}

/// Removes a key, and the table of a server that has no other.
fn remove(document: &mut DocumentMut, server: Option<Server>, key: &str) -> Result<(), String> {
    let table = table(document, server)?;
    _ = table.remove(key);
    if let (true, Some(server)) = (table.is_empty(), server) {
        _ = self::table(document, None)?.remove(server.name());
    }
    Ok(())
}

/// Sets a key, and keeps the space around an old value.
fn set(table: &mut dyn TableLike, key: &str, value: &str) {
    let mut value: toml_edit::Value = value.parse().expect("an expectation is written as TOML");
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => _ = table.insert(key, Item::Value(value)),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::search::replay::{self, Selection};

    const LOST: &str =
        "# A story.\ntitle = \"t\" # kept\nsteps = [\"turn\", \"exit\"]\nconfig = { retain_every_n_turns = 3 }\n";

    /// The lines that appear when the scenario is run with this release, and the file after it.
    fn check(text: &str, release: &str, server: Option<Server>) -> (Vec<String>, String) {
        let scenario = Scenario::parse(Path::new("a.toml"), text).expect("a scenario");
        let release = release.parse().expect("a release");
        let selection = Selection { release: Some(release), server, ..Selection::default() };
        let runs = replay::pairs(&scenario, &selection).into_iter();
        let runs: Vec<Replayed> =
            runs.map(|(release, server, seed)| replay::replay(&scenario, release, server, seed, false)).collect();
        let written = written(&scenario, text, &runs).expect("it can be edited");
        let after = Scenario::parse(Path::new("a.toml"), &written.text).expect("a scenario");
        for run in &runs {
            let expected = after.expect.of(release, run.run.server);
            let shows = |outcome: &Outcome| outcome.damage.sorted() == run.run.damage().sorted();
            assert!(expected.iter().any(shows), "{}", written.text);
        }
        (written.lines, written.text)
    }

    #[test]
    fn a_release_that_does_the_same_everywhere_gets_one_line() {
        let (lines, text) = check(LOST, "F", None);
        assert_eq!(lines, ["F = { lost = [\"S1#1\"] }"]);
        assert_eq!(text, format!("{LOST}\n[expect]\nF = {{ lost = [\"S1#1\"] }}\n"));
        assert_eq!(check(&text, "F", None), (Vec::new(), text.clone()), "nothing is left to write");
    }

    #[test]
    fn a_server_that_was_run_alone_gets_a_table_of_its_own() {
        let (lines, text) = check(LOST, "F", Some(Server::Append));
        assert_eq!(lines, ["F on append = { lost = [\"S1#1\"] }"]);
        assert!(text.contains("\n[expect.append]\nF = "), "{text}");
        let (lines, text) = check(&text, "F", Some(Server::Replace));
        assert_eq!(lines, ["F = { lost = [\"S1#1\"] }"]);
        assert_eq!(text, format!("{LOST}\n[expect]\nF = {{ lost = [\"S1#1\"] }}\n"));
    }

    #[test]
    fn a_wrong_expectation_is_replaced_and_its_comment_stays() {
        let wrong = format!("{LOST}[expect]\nreference = \"pass\"\nF   = \"pass\" # as measured\nB = \"pass\"\n");
        let (lines, text) = check(&wrong, "F", None);
        assert_eq!(lines, ["F = { lost = [\"S1#1\"] }"]);
        assert_eq!(text, wrong.replace("F   = \"pass\"", "F   = { lost = [\"S1#1\"] }"));
    }
}
