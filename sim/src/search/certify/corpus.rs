//! The scenarios that every memory meets: those of `corpus.toml`, with each kill and each answer that goes wrong.

use std::collections::BTreeMap;
use std::path::Path;

use model::words::server::Server;
use toml::{Table, Value};

use super::Situation;
use crate::draw::Drawn;
use crate::plan::Scenario;

const CORPUS: &str = include_str!("corpus.toml");

/// What a write can be answered with, or how it can go unanswered.
const ANSWERS: [&str; 17] = [
    "500",
    "429",
    "503",
    "408",
    "drop",
    "apply_drop",
    "delay 8s",
    "delay_if_alive 8s",
    "hang",
    "garbled",
    "html",
    "foreign",
    "empty",
    "unsuccessful",
    "307 to itself",
    "302 to elsewhere",
    "restart 3s",
];
/// The writes of a scenario that go wrong, one at a time.
const WRITES: [u32; 2] = [1, 2];

/// The parts of the file.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Corpus {
    scenarios: BTreeMap<String, Table>,
    kills: BTreeMap<String, Table>,
    answers: BTreeMap<String, Table>,
}

/// What is run of a corpus.
pub(super) struct Planned {
    /// The runs, in order.
    pub situations: Vec<Situation>,
    /// How many of them are scenarios, kills and answers.
    pub counts: [usize; 3],
}

/// All of them, against a server of this version.
pub(super) fn planned(server: Server) -> Planned {
    let Corpus { scenarios, kills, answers } = toml::from_str(CORPUS).expect("corpus.toml is well-formed");
    let scenarios: Vec<Situation> =
        scenarios.into_iter().map(|(name, table)| situation(&name, table, server)).collect();
    let killed = |(name, table): (String, Table)| killed(&name, table, server);
    let kills: Vec<Situation> = kills.into_iter().flat_map(killed).collect();
    let answered = |(name, table): (String, Table)| answered(&name, &table, server);
    let answers: Vec<Situation> = answers.into_iter().flat_map(answered).collect();
    let counts = [scenarios.len(), kills.len(), answers.len()];
    Planned { situations: [scenarios, kills, answers].concat(), counts }
}

/// A scenario with each of its kills.
fn killed(name: &str, mut table: Table, server: Server) -> Vec<Situation> {
    let at = table.remove("at").and_then(|at| at.as_array().cloned()).expect("a list of times");
    let kill = |at: &Value| {
        let at = at.as_str().expect("a time");
        let when = if at.ends_with(" after") { format!("{at} the start") } else { at.to_owned() };
        let mut table = table.clone();
        faults(&mut table).insert("kills".to_owned(), vec![format!("sigkill {when} of process 1")].into());
        situation(name, table, server)
    };
    at.iter().map(kill).collect()
}

/// A scenario with each of the answers to each of its first writes.
fn answered(name: &str, table: &Table, server: Server) -> Vec<Situation> {
    let answer = |(write, answer): (u32, &str)| {
        let mut table = table.clone();
        let writes = Table::from_iter([(write.to_string(), Value::from(answer))]);
        faults(&mut table).insert("retain".to_owned(), writes.into());
        situation(name, table, server)
    };
    let all = WRITES.iter().flat_map(|write| ANSWERS.iter().map(move |answer| (*write, *answer)));
    all.map(answer).collect()
}

/// The faults of a scenario.
fn faults(table: &mut Table) -> &mut Table {
    table.entry("faults").or_insert_with(|| Table::new().into()).as_table_mut().expect("faults are a table")
}

fn situation(name: &str, table: Table, server: Server) -> Situation {
    let text = toml::to_string(&table).expect("what was TOML is TOML");
    let scenario = Scenario::parse(Path::new(&format!("{name}.toml")), &text);
    let scenario = scenario.unwrap_or_else(|error| panic!("corpus.toml: {error}"));
    Situation { title: scenario.title.clone(), drawn: Drawn { scenario, server } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corpus_can_be_read_and_has_every_kind() {
        let Planned { situations, counts } = planned(Server::Append);
        assert_eq!(situations.len(), counts.iter().sum::<usize>());
        assert!(counts.iter().all(|count| *count >= 30), "{counts:?}");
        assert!(situations.iter().all(|one| one.drawn.scenario.check().is_ok()));
    }

    #[test]
    fn a_kill_and_an_answer_are_faults_of_their_scenario() {
        let Planned { situations, counts: [scenarios, kills, _] } = planned(Server::Append);
        let short = |place: usize| situations[place].drawn.scenario.in_short();
        assert!(short(scenarios).contains("sigkill"), "{}", short(scenarios));
        assert!(short(scenarios + kills).contains("500"), "{}", short(scenarios + kills));
    }
}
