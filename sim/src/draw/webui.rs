//! What happens to a WebUI: turns that run, sessions, evictions, commits, stops and updates, and what its agents' commits meet.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::{Just, any, prop_oneof};
use proptest::strategy::{BoxedStrategy, Strategy};

use super::memory::{Choices, Lines, disk, line, lines as these};
use super::swarm::{Family, Swarm};
use super::{Setting, Tables, one_of};
use model::words::server::Server;

/// The configuration and the server.
pub(super) fn settings(_: Swarm) -> BoxedStrategy<Setting> {
    // A full cache is where the WebUI's rows of the catalogue begin: most have room for one agent, or for two.
    let agent_cache = prop_oneof![3 => Just(1_u32), 2 => Just(2), 1 => Just(3), 1 => Just(4)];
    (1..4_u32, agent_cache, any::<bool>())
        .prop_map(|(batch, agent_cache, raises)| {
            let mut config = BTreeMap::new();
            let mut set = |key: &str, value: String| _ = config.insert(key.to_owned(), value);
            set("host", "\"webui\"".into());
            if batch > 1 {
                set("retain_every_n_turns", batch.to_string());
            }
            if agent_cache < 4 {
                set("agent_cache", agent_cache.to_string());
            }
            if raises {
                set("agent_raises", "true".into());
            }
            Setting { server: Server::Append, config }
        })
        .boxed()
}

/// The steps of one WebUI after another.
pub(super) fn lists(swarm: Swarm) -> BoxedStrategy<Vec<Lines>> {
    let list = vec(one_of(choices(swarm)), 1..16).prop_map(|lines| lines.concat());
    list.prop_map(|mut list| {
        // Compression makes a session that nobody has seen.
        for (number, step) in (10..).zip(list.iter_mut().filter(|step| *step == "compress")) {
            *step = format!("compress S{number}");
        }
        // A stop, and a start that finds what it left.
        list.extend(["sleep 10s", "sigterm", "restart", "sleep 5m"].map(str::to_owned));
        vec![list]
    })
    .boxed()
}

fn choices(swarm: Swarm) -> Choices {
    let session = |word: &'static str| (1..4_u32).prop_map(move |n| vec![format!("{word} S{n}")]).boxed();
    let mut choices = vec![
        (5, line("turn")),
        (3, (1..20_u32).prop_map(|s| vec![format!("run {s}s")]).boxed()),
        (3, (1..8_000_u32).prop_map(|ms| vec![format!("sleep {ms}ms")]).boxed()),
        (3, session("use")),
    ];
    let mut family = |family, weight, strategy| {
        if swarm.has(family) {
            choices.push((weight, strategy));
        }
    };
    family(
        Family::Parallel,
        2,
        one_of(vec![(2, line("start turn")), (1, session("start commit")), (1, session("start evict"))]),
    );
    family(Family::New, 2, (4..7_u32).prop_map(|n| vec![format!("new S{n}")]).boxed());
    family(Family::Compress, 1, line("compress"));
    family(Family::Cache, 2, session("evict"));
    family(Family::Questions, 1, one_of(vec![(1, session("commit")), (1, session("discard")), (1, session("dirty"))]));
    family(Family::Recall, 1, session("commit_in_background"));
    family(Family::Unwanted, 1, one_of(vec![(1, line("turn interrupted")), (1, line("turn ephemeral"))]));
    family(Family::Hangs, 1, line("run hangs"));
    family(Family::Restarts, 2, restarts());
    family(Family::Disk, 2, disk());
    choices
}

fn restarts() -> BoxedStrategy<Lines> {
    let ends = ["sigterm", "sigkill", "power_loss", "self_update"].map(|end| (1, these(&[end, "restart"])));
    one_of(ends.to_vec())
}

/// What the commits of the sessions' agents meet.
pub(super) fn tables(swarm: Swarm) -> BoxedStrategy<Tables> {
    let mut words = vec!["500ms", "2s"];
    if swarm.has(Family::Refusals) {
        words.push("fail");
    }
    if swarm.has(Family::Hangs) {
        words.push("hang");
    }
    if swarm.has(Family::Delays) {
        words.push("20s");
    }
    let fault = one_of(words.into_iter().map(|word| (1, Just(word.to_owned()).boxed())).collect());
    let table = || btree_map(1..4_u32, fault.clone(), 0..4);
    (table(), table())
        .prop_map(|(first, second)| {
            let tables = [("commit.S1", first), ("commit.S2", second)];
            tables.into_iter().map(|(agent, table)| (agent.to_owned(), table)).collect()
        })
        .boxed()
}
