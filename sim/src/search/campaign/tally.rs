//! The counts of a campaign: a sum that does not depend on the order of its terms. Threads, shards, and a campaign that was killed and
//! resumed all give the same sum.

use std::collections::{BTreeMap, BTreeSet};

use model::agents::outside::Failure;
use serde::{Deserialize, Serialize};

use super::class::Class;
use super::faults::{self, FaultCounts};
use super::marks;
use crate::history::Bound;
use crate::judging;
use crate::plan::Scenario;
use crate::run::{Run, Verdict};

/// The number of seeds listed per class.
const SEEDS_NAMED: usize = 10;

/// The counts over some seeds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Runs.
    pub runs: u64,
    /// Runs that proved nothing.
    pub vacuous: u64,
    /// Runs in which an invariant was violated.
    pub violated: u64,
    /// The number of runs that violated each invariant; a run counts once, however many classes its violations fall into.
    pub violations: BTreeMap<String, u64>,
    /// Simulated time, in milliseconds.
    pub simulated_ms: u64,
    /// Runs that were made twice.
    pub twice: u64,
    /// The seeds whose second run diverged, and where.
    pub diverged: BTreeMap<u64, String>,
    /// The seeds on which the harness itself panicked.
    pub panicked: Vec<u64>,
    /// The runs that a real agent could not make because it lacks what their scenarios need, by what that is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub skipped: BTreeMap<String, Found>,
    /// The runs in which a real agent broke, by how.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub broken: BTreeMap<String, Found>,
    /// The first seeds whose runs were cut short and showed no violation, and at which bound. A run that waited for ever is not among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cut_short: BTreeMap<u64, String>,
    /// How often each invariant was judged.
    pub judged: BTreeMap<String, u64>,
    /// The number of runs that reached each mark.
    pub marks: BTreeMap<String, u64>,
    /// The faults, by kind.
    pub faults: FaultCounts,
    /// The number of runs with planned faults in which a request of this kind was made.
    pub requests: BTreeMap<String, u64>,
    /// The classes of violations.
    #[serde(with = "as_list")]
    pub classes: BTreeMap<Class, Found>,
    /// The sum of all digests: equal for equal campaigns. JSON holds it in hexadecimal, because not every JSON reader can hold the number.
    #[serde(with = "hexadecimal")]
    pub digest: u64,
}

/// The runs of one class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The number of runs.
    pub count: u64,
    /// The first seeds, in order.
    pub seeds: Vec<u64>,
    /// The smallest scenario: its size, and its seed.
    pub smallest: (usize, u64),
}

impl Found {
    /// Found once, in the scenario of this size and seed.
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
    pub(super) fn count(&mut self, seed: u64, scenario: &Scenario, run: &Run, classes: &BTreeSet<Class>) {
        self.runs += 1;
        self.vacuous += u64::from(run.verdict == Verdict::Vacuous);
        if let Some(cut) = run.cut_short.as_ref().filter(|cut| cut.bound != Bound::Time && run.violations.is_empty()) {
            self.cut_short.insert(seed, cut.to_string());
        }
        self.violated += u64::from(!run.violations.is_empty());
        let violated: BTreeSet<&str> = classes.iter().map(|class| &*class.invariant).collect();
        violated.into_iter().for_each(|invariant| add(&mut self.violations, invariant, 1));
        self.simulated_ms += run.simulated_ms;
        let half = u64::from_str_radix(&run.digest[..16], 16).expect("a digest is a hexadecimal number");
        self.digest = self.digest.wrapping_add(half);
        for (name, judged) in &run.judged {
            add(&mut self.judged, name, *judged);
        }
        let reached = run.marks.union(judging::marks::read(&run.reading));
        for row in marks::TABLE.iter().filter(|row| reached.contains(row.mark)) {
            add(&mut self.marks, row.words, 1);
        }
        let faults = faults::count(scenario, run);
        add_faults(&mut self.faults, &faults.by_kind);
        faults.requests.iter().for_each(|request| add(&mut self.requests, &request.to_string(), 1));
        let (steps, faults) = scenario.size();
        for class in classes {
            let found = Found::once(steps + faults, seed);
            self.classes.entry(class.clone()).and_modify(|known| known.add(&found)).or_insert(found);
        }
    }

    /// Counts a run without a result.
    pub(super) fn without_result(&mut self, seed: u64, scenario: &Scenario, why: Failure) {
        self.runs += 1;
        self.vacuous += 1;
        self.broke_again(seed, scenario, why);
    }

    /// Notes that the second run of a seed has no result.
    pub(super) fn broke_again(&mut self, seed: u64, scenario: &Scenario, why: Failure) {
        let (steps, faults) = scenario.size();
        let found = Found::once(steps + faults, seed);
        let (into, why) = match why {
            Failure::Lacks(why) => (&mut self.skipped, why),
            Failure::Broken(why) => (&mut self.broken, why),
        };
        let last = why.trim_end().lines().last().unwrap_or_default().trim().to_owned();
        into.entry(last).and_modify(|known| known.add(&found)).or_insert(found);
    }

    /// Adds the counts over other seeds.
    pub fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.vacuous += other.vacuous;
        self.violated += other.violated;
        self.simulated_ms += other.simulated_ms;
        self.twice += other.twice;
        self.digest = self.digest.wrapping_add(other.digest);
        self.panicked.extend(&other.panicked);
        self.panicked.sort_unstable();
        self.panicked.truncate(SEEDS_NAMED);
        self.diverged.extend(other.diverged.clone());
        while self.diverged.len() > SEEDS_NAMED {
            self.diverged.pop_last();
        }
        self.cut_short.extend(other.cut_short.clone());
        while self.cut_short.len() > SEEDS_NAMED {
            self.cut_short.pop_last();
        }
        add_faults(&mut self.faults, &other.faults);
        let sums = [
            (&mut self.violations, &other.violations),
            (&mut self.judged, &other.judged),
            (&mut self.marks, &other.marks),
            (&mut self.requests, &other.requests),
        ];
        for (into, from) in sums {
            for (name, count) in from {
                add(into, name, *count);
            }
        }
        for (into, from) in [(&mut self.skipped, &other.skipped), (&mut self.broken, &other.broken)] {
            for (why, found) in from {
                into.entry(why.clone()).and_modify(|known| known.add(found)).or_insert_with(|| found.clone());
            }
        }
        for (class, found) in &other.classes {
            self.classes.entry(class.clone()).and_modify(|known| known.add(found)).or_insert_with(|| found.clone());
        }
    }
}

fn add_faults(into: &mut FaultCounts, from: &FaultCounts) {
    from.iter().for_each(|(kind, count)| into.entry(kind.clone()).or_default().add(*count));
}

/// Adds to a sum that usually has an entry already.
fn add(sums: &mut BTreeMap<String, u64>, name: &str, count: u64) {
    match sums.get_mut(name) {
        Some(sum) => *sum += count,
        None => _ = sums.insert(name.to_owned(), count),
    }
}

/// A map with keys that are not strings, as JSON can represent it.
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

/// A 64-bit number as text.
mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
    pub(super) fn serialize<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{number:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map_err(de::Error::custom)
    }
}
