//! What goes wrong at the provider, and where processes are killed.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::Just;
use proptest::strategy::{BoxedStrategy, Strategy};

use super::swarm::{Family, Swarm};
use super::{Ends, Profile, Tables, one_of};

/// Faults by kind of request.
pub(super) fn tables(swarm: Swarm) -> BoxedStrategy<Tables> {
    let Some(fault) = fault(swarm) else { return Just(Tables::new()).boxed() };
    let table = |requests: u32, most: usize| btree_map(1..requests, fault.clone(), 0..most);
    let most = if swarm.profile() == Profile::Storage { 8 } else { 5 };
    let none = || Just(BTreeMap::new()).boxed();
    let probes = if swarm.has(Family::Probes) { table(4, 2).boxed() } else { none() };
    let questions = if swarm.has(Family::Questions) { table(9, 3).boxed() } else { none() };
    let recalls = if swarm.has(Family::Recall) { table(9, 2).boxed() } else { none() };
    (table(12, most), probes, questions, recalls)
        .prop_map(|(retain, version, operation, recall)| {
            let tables = [("retain", retain), ("version", version), ("operation", operation), ("recall", recall)];
            tables.into_iter().map(|(kind, table)| (kind.to_owned(), table)).collect()
        })
        .boxed()
}

/// A fault of the families that take part, if any does.
fn fault(swarm: Swarm) -> Option<BoxedStrategy<String>> {
    let families = [
        (Family::Refusals, &["500", "503", "429"][..]),
        (Family::LostRequests, &["drop"]),
        (Family::LostReplies, &["apply_drop"]),
        (Family::Delays, &["delay 2s", "delay 130s", "delay_if_alive 6s"]),
        (Family::Hangs, &["hang"]),
        (Family::ServerRestarts, &["restart 1s", "worker_crash"]),
        (Family::FailedOperations, &["accept_fail"]),
    ];
    let part = families.into_iter().filter(|(family, _)| swarm.has(*family));
    let words: Vec<_> =
        part.flat_map(|(_, words)| words.iter().map(|&word| (1, Just(word.to_owned()).boxed()))).collect();
    (!words.is_empty()).then(|| one_of(words))
}

/// Where processes are killed.
pub(super) fn ends(swarm: Swarm) -> BoxedStrategy<Ends> {
    if !swarm.has(Family::Kills) {
        return Just(Ends::new()).boxed();
    }
    let how = one_of(["sigkill", "power_loss", "sigterm"].map(|how| (1, Just(how.to_owned()).boxed())).to_vec());
    vec((how, 1..150_u32, 1..4_u32), 0..3).boxed()
}
