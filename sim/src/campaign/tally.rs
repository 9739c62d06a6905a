//! What a campaign has counted: a sum that does not depend on the order of its terms, so that threads, shards and a campaign that
//! was killed and resumed all come to the same.

use std::collections::BTreeMap;

use model::commits;
use model::host::Observation;
use serde::{Deserialize, Serialize};

use super::class::Class;
use crate::generate::Sketch;
use crate::hindsight::Happening;
use crate::history::What;
use crate::marks;
use crate::runner::{Run, Verdict};

/// How many seeds of a class are named.
const SEEDS_NAMED: usize = 10;

/// What was counted over some seeds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Runs.
    pub runs: u64,
    /// Runs that proved nothing.
    pub vacuous: u64,
    /// Runs in which an invariant was violated.
    pub violated: u64,
    /// Simulated time, in milliseconds.
    pub simulated_ms: u64,
    /// Runs that were made twice.
    pub twice: u64,
    /// The seeds whose second run went another way.
    pub diverged: Vec<u64>,
    /// The seeds over which the harness itself broke.
    pub panicked: Vec<u64>,
    /// How often each invariant was judged.
    pub judged: BTreeMap<String, u64>,
    /// In how many runs each mark was reached.
    pub marks: BTreeMap<String, u64>,
    /// Faults by kind: how many were planned.
    pub planned: BTreeMap<String, u64>,
    /// Faults by kind: how many struck.
    pub struck: BTreeMap<String, u64>,
    /// The classes of violations.
    #[serde(with = "as_list")]
    pub classes: BTreeMap<Class, Found>,
    /// The sum of all digests: equal for equal campaigns.
    pub digest: u64,
}

/// What was found of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// In how many runs.
    pub count: u64,
    /// The first seeds, in order.
    pub seeds: Vec<u64>,
    /// The smallest scenario: its size, and its seed.
    pub smallest: (usize, u64),
}

impl Found {
    /// It was found once, in the scenario of this size and seed.
    fn once(size: usize, seed: u64) -> Self {
        Self { count: 1, seeds: vec![seed], smallest: (size, seed) }
    }

    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.seeds.extend(&other.seeds);
        self.seeds.sort_unstable();
        self.seeds.truncate(SEEDS_NAMED);
        self.smallest = self.smallest.min(other.smallest);
    }
}

impl Tally {
    /// Counts a run.
    pub(super) fn count(&mut self, seed: u64, sketch: &Sketch, run: &Run) {
        self.runs += 1;
        self.vacuous += u64::from(run.verdict == Verdict::Vacuous);
        self.violated += u64::from(!run.violations.is_empty());
        self.simulated_ms += run.simulated_ms;
        let half = u64::from_str_radix(&run.digest[..16], 16).expect("a digest is a hexadecimal number");
        self.digest = self.digest.wrapping_add(half);
        for (name, judged) in &run.judged {
            add(&mut self.judged, name, *judged);
        }
        let reached = run.marks.union(marks::read(&run.events));
        for row in marks::TABLE.iter().filter(|row| reached.contains(row.mark)) {
            add(&mut self.marks, row.words, 1);
        }
        self.count_faults(sketch, run);
        if !run.violations.is_empty() {
            let (steps, faults) = sketch.size();
            for class in Class::of(run) {
                let found = Found::once(steps + faults, seed);
                self.classes.entry(class).and_modify(|known| known.add(&found)).or_insert(found);
            }
        }
    }

    fn count_faults(&mut self, sketch: &Sketch, run: &Run) {
        let mut planned = |kind: String| *self.planned.entry(kind).or_default() += 1;
        for (request, table) in &sketch.faults {
            for fault in table.values() {
                planned(match request.starts_with("commit.") {
                    true => commit(fault),
                    false => format!("{request} {}", fault.split(' ').next().unwrap_or_default()),
                });
            }
        }
        sketch.kills.iter().for_each(|kill| planned(how(kill)));
        let mut struck = |kind: String| *self.struck.entry(kind).or_default() += 1;
        for event in &run.events {
            match &event.what {
                What::Provider(Happening::Received { request, fault: Some(fault), .. }) => {
                    struck(format!("{request} {}", fault.word()));
                }
                What::Told(Observation::Commits(commits::Observation::Began { plan, .. })) if plan != "ok" => {
                    struck(commit(plan));
                }
                _ => {}
            }
        }
        sketch.kills.iter().filter(|kill| !run.missed_kills.contains(kill)).for_each(|kill| struck(how(kill)));
    }

    /// Adds what was counted over other seeds.
    pub fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.vacuous += other.vacuous;
        self.violated += other.violated;
        self.simulated_ms += other.simulated_ms;
        self.twice += other.twice;
        self.digest = self.digest.wrapping_add(other.digest);
        for (into, from) in [(&mut self.diverged, &other.diverged), (&mut self.panicked, &other.panicked)] {
            into.extend(from);
            into.sort_unstable();
            into.truncate(SEEDS_NAMED);
        }
        let sums = [
            (&mut self.judged, &other.judged),
            (&mut self.marks, &other.marks),
            (&mut self.planned, &other.planned),
            (&mut self.struck, &other.struck),
        ];
        for (into, from) in sums {
            for (name, count) in from {
                add(into, name, *count);
            }
        }
        for (class, found) in &other.classes {
            self.classes.entry(class.clone()).and_modify(|known| known.add(found)).or_insert_with(|| found.clone());
        }
    }
}

/// Adds to a sum that is mostly there already.
fn add(sums: &mut BTreeMap<String, u64>, name: &str, count: u64) {
    match sums.get_mut(name) {
        Some(sum) => *sum += count,
        None => _ = sums.insert(name.to_owned(), count),
    }
}

/// What becomes of a commit, by kind: those that take a while are one.
fn commit(plan: &str) -> String {
    let takes = plan.starts_with(|c: char| c.is_ascii_digit());
    format!("commit {}", if takes { "delay" } else { plan })
}

/// `sigkill at step 7 of process 1` as `sigkill`.
fn how(kill: &str) -> String {
    kill.split(' ').next().unwrap_or_default().to_owned()
}

/// A map whose keys are no strings, as JSON can have it.
mod as_list {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Class, Found};

    #[derive(Serialize, Deserialize)]
    struct Item {
        #[serde(flatten)]
        class: Class,
        #[serde(flatten)]
        found: Found,
    }

    pub(super) fn serialize<S: Serializer>(map: &BTreeMap<Class, Found>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map.iter().map(|(class, found)| Item { class: class.clone(), found: found.clone() }))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Class, Found>, D::Error> {
        let items = Vec::<Item>::deserialize(deserializer)?;
        Ok(items.into_iter().map(|item| (item.class, item.found)).collect())
    }
}
