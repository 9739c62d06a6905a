//! What happens to a gateway: turns that run, chats, stops, signals, starts, and jobs beside them.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::Just;
use proptest::strategy::{BoxedStrategy, Strategy};

use super::memory::{Choices, Lines, disk, line, lines as these};
use super::swarm::{Family, Swarm};
use super::{Setting, one_of};
use model::words::server::Server;

/// The configuration and the server.
pub(super) fn settings(_: Swarm) -> BoxedStrategy<Setting> {
    let drain = one_of(
        ["0s", "5s", "60s"]
            .map(|drain| (1, Just(Some(drain)).boxed()))
            .into_iter()
            .chain([(2, Just(None).boxed())])
            .collect(),
    );
    let stop = one_of(
        ["10s", "30s", "90s"]
            .map(|stop| (1, Just(Some(stop)).boxed()))
            .into_iter()
            .chain([(3, Just(None).boxed())])
            .collect(),
    );
    (1..4_u32, 1..4_u32, drain, stop)
        .prop_map(|(batch, agent_cache, drain, stop)| {
            let mut config = BTreeMap::new();
            let mut set = |key: &str, value: String| _ = config.insert(key.to_owned(), value);
            set("host", "\"gateway\"".into());
            set("shutdown_limit", "\"4m\"".into());
            if batch > 1 {
                set("retain_every_n_turns", batch.to_string());
            }
            if agent_cache < 3 {
                set("agent_cache", agent_cache.to_string());
            }
            if let Some(drain) = drain {
                set("drain_timeout", format!("\"{drain}\""));
            }
            if let Some(stop) = stop {
                set("stop_timeout", format!("\"{stop}\""));
            }
            Setting { server: Server::Append, config }
        })
        .boxed()
}

/// The steps of one gateway after another.
pub(super) fn lists(swarm: Swarm) -> BoxedStrategy<Vec<Lines>> {
    let list = vec(one_of(choices(swarm)), 1..16).prop_map(|lines| lines.concat());
    list.prop_map(|mut list| {
        // A last start, and time for what it takes up.
        list.extend(["sleep 10s", "sigkill", "restart", "sleep 5m", "turn", "sleep 1m"].map(str::to_owned));
        vec![list]
    })
    .boxed()
}

fn choices(swarm: Swarm) -> Choices {
    let run = |what: &'static str| (1..90_u32).prop_map(move |s| vec![format!("run {s}s{what}")]).boxed();
    let mut choices = vec![
        (4, line("turn")),
        (5, run("")),
        (4, (1..20_u32).prop_map(|s| vec![format!("sleep {s}s")]).boxed()),
        (4, restarts()),
    ];
    let mut family = |family, weight, strategy| {
        if swarm.has(family) {
            choices.push((weight, strategy));
        }
    };
    family(Family::Hangs, 2, line("run hangs"));
    family(Family::Refusals, 2, run(" fails"));
    family(Family::ServerRestarts, 1, run(" restarts"));
    family(Family::Agents, 4, (1..4_u32).prop_map(|n| vec![format!("use S{n}")]).boxed());
    family(Family::LongSleeps, 2, (1..90_u32).prop_map(|m| vec![format!("sleep {m}m")]).boxed());
    family(Family::New, 1, (4..6_u32).prop_map(|n| vec![format!("new S{n}")]).boxed());
    family(Family::Unwanted, 1, line("stop"));
    family(Family::Network, 1, line("reconnect"));
    family(Family::SlowOperations, 1, (5..90_u32).prop_map(|s| vec![format!("cron {s}s")]).boxed());
    family(Family::Outages, 1, line("server_down 20s"));
    family(Family::Cache, 1, (1..4_u32).prop_map(|n| vec![format!("close S{n}")]).boxed());
    family(Family::Probes, 1, line("lose sessions.json"));
    family(Family::Disk, 2, disk());
    choices
}

fn restarts() -> BoxedStrategy<Lines> {
    let end =
        one_of(["sigterm", "sigkill", "power_loss", "request_restart"].map(|end| (1, Just(end).boxed())).to_vec());
    let again =
        one_of(vec![(4, these(&["restart"])), (1, these(&["restart after 30s"])), (1, these(&["restart after 2h"]))]);
    (end, again).prop_map(|(end, again)| [vec![end.to_owned()], again].concat()).boxed()
}
