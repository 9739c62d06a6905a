//! What happens to the memory of agents: turns, sessions, agents, their surroundings, and the ends of processes.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::{Just, any, prop_oneof};
use proptest::sample::subsequence;
use proptest::strategy::{BoxedStrategy, Strategy};

use super::swarm::{Family, Swarm};
use super::{Profile, Setting, one_of};
use model::words::server::Server;

/// Lines of a plan that belong together.
pub(super) type Lines = Vec<String>;

/// One plan in so many has far more turns than a process may hold in memory, while the provider is away. They take long.
const FLOODS: u32 = 200;
/// The key that such a plan has, and its value: the reference holds 256 texts.
const FLOOD: &str = "memory_limit";
const FLOOD_LIMIT: u32 = 300;

/// The configuration, the host and the server.
pub(super) fn settings(swarm: Swarm) -> BoxedStrategy<Setting> {
    let host = one_of(vec![
        (6, Just("cli").boxed()),
        (1, Just("chat_q").boxed()),
        (1, Just("oneshot").boxed()),
        (1, Just("cron").boxed()),
        (3, Just("gateway").boxed()),
    ]);
    let server = one_of(vec![
        (1, Just(Server::Replace).boxed()),
        (1, Just(Server::Append).boxed()),
        (1, Just(Server::Idempotent).boxed()),
    ]);
    let drawn = (1..5_u32, any::<bool>(), host, 1..3_u32, server, 0..FLOODS, rarely(), patience());
    drawn
        .prop_map(move |(batch, retain_async, host, agent_cache, server, flood, rare, patience)| {
            let mut config = BTreeMap::new();
            let mut set = |key: &str, value: String| _ = config.insert(key.to_owned(), value);
            if host != "cli" {
                set("host", format!("\"{host}\""));
            }
            if host == "gateway" {
                set("agent_cache", agent_cache.to_string());
            }
            if batch > 1 {
                set("retain_every_n_turns", batch.to_string());
            }
            if !retain_async {
                set("retain_async", "false".into());
            }
            if flood == 0 {
                set(FLOOD, FLOOD_LIMIT.to_string());
                // One after the other, they arrive in ten minutes and a little.
                set("convergence_limit", "\"1h\"".into());
            }
            if swarm.has(Family::SlowOperations) {
                set("operation_lag", "\"800ms\"".into());
            }
            for (key, value) in rare {
                set(key, value.into());
            }
            if let Some((stop_timeout, stop_budget)) = patience.filter(|_| swarm.has(Family::SignalHandler)) {
                set("stop_timeout", format!("\"{stop_timeout}\""));
                set("stop_budget", format!("\"{stop_budget}\""));
            }
            Setting { server, config }
        })
        .boxed()
}

/// Keys that are seldom set, and to what. Nobody works on a request for longer than twice its timeout after it was given up, and some
/// here are delayed for 130 s.
fn rarely() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let keys = vec![
        ("auto_recall", "false"),
        ("cold_client_import", "true"),
        ("timeout", "\"90s\""),
        ("latency", "\"40ms\""),
        ("visibility_lag", "\"3s\""),
    ];
    prop_oneof![2 => Just(Vec::new()), 1 => subsequence(keys, 1..3)]
}

/// How long a supervisor waits after SIGTERM, and how long a shutdown may take that has to fit into it.
fn patience() -> impl Strategy<Value = Option<(&'static str, &'static str)>> {
    prop_oneof![3 => Just(None), 1 => Just(Some(("2s", "1s"))), 1 => Just(Some(("8s", "3s")))]
}

/// The steps of one process after another; of some plans, two such lists side by side.
pub(super) fn lists(swarm: Swarm, setting: &Setting) -> BoxedStrategy<Vec<Lines>> {
    let host = setting.config.get("host").map_or("cli", |host| host.trim_matches('"')).to_owned();
    let long = if swarm.profile() == Profile::Storage { 24 } else { 14 };
    let list =
        |most: usize| vec(steps(swarm, &host), 1..most).prop_map(|lines| at_least_a_turn(lines.concat())).boxed();
    let one = list(long).prop_map(|list| vec![list]).boxed();
    if setting.config.contains_key(FLOOD) {
        let flood = ["server_down 10m".to_owned(), format!("turn x{}", 2 * FLOOD_LIMIT)];
        return list(3).prop_map(move |rest| vec![[&flood[..], &rest].concat()]).boxed();
    }
    match swarm.has(Family::Parallel) {
        true => one_of(vec![(2, one), (1, (list(9), list(9)).prop_map(|(first, second)| vec![first, second]).boxed())]),
        false => one,
    }
}

/// A plan has at least one step.
fn at_least_a_turn(lines: Vec<String>) -> Lines {
    if lines.is_empty() { vec!["turn".into()] } else { lines }
}

pub(super) fn line(text: &str) -> BoxedStrategy<Lines> {
    Just(vec![text.to_owned()]).boxed()
}

pub(super) fn lines(texts: &[&str]) -> BoxedStrategy<Lines> {
    Just(texts.iter().map(|&text| text.to_owned()).collect()).boxed()
}

/// One line of a plan, or a few that belong together.
fn steps(swarm: Swarm, host: &str) -> BoxedStrategy<Lines> {
    let mut choices = deeds(swarm, host);
    choices.extend(moves(swarm));
    choices.extend(surroundings(swarm));
    choices.extend(ends(swarm, host));
    one_of(choices)
}

pub(super) type Choices = Vec<(u32, BoxedStrategy<Lines>)>;

/// What an agent does and what is done to it.
fn deeds(swarm: Swarm, host: &str) -> Choices {
    let several = (2..4_u32).prop_map(|n| vec![format!("turn x{n}")]).boxed();
    let mut choices = vec![(10, line("turn")), (3, several)];
    let mut family = |family, weight, strategy| {
        if swarm.has(family) {
            choices.push((weight, strategy));
        }
    };
    family(Family::Unwanted, 2, one_of(vec![(1, line("turn interrupted")), (1, line("turn ephemeral"))]));
    family(Family::Identical, 3, one_of(vec![(2, line("say ok")), (1, lines(&["say ok", "say ok"]))]));
    if host != "cron" {
        // The scheduler tells nobody of an undo: what becomes of it is not the memory's doing.
        family(Family::Undo, 3, line("undo"));
    }
    family(Family::Recall, 2, line("prefetch"));
    family(Family::Cache, 1, line("end"));
    family(Family::Reinit, 1, line("reinit"));
    choices
}

/// What becomes of sessions and agents.
fn moves(swarm: Swarm) -> Choices {
    let mut choices = Choices::new();
    let to = |word: &'static str, weight: u32, range: std::ops::Range<u32>| {
        (weight, range.prop_map(move |n| vec![format!("{word} S{n}")]).boxed())
    };
    if swarm.has(Family::Switches) {
        choices.extend(["switch", "resume", "branch"].map(|word| to(word, 2, 1..4)));
    }
    if swarm.has(Family::New) {
        choices.push(to("new", 2, 4..6));
    }
    if swarm.has(Family::Compress) {
        choices.push(to("compress", 2, 1..4));
    }
    if swarm.has(Family::Agents) {
        let agent = ("[abc]", 1..4_u32).prop_map(|(name, n)| vec![format!("agent {name} S{n}")]);
        choices.extend([(2, agent.boxed()), (1, line("agent main S1")), to("use", 1, 1..4)]);
    }
    if swarm.has(Family::Cache) {
        choices.extend(["evict", "idle", "expire"].map(|word| to(word, 1, 1..4)));
    }
    choices
}

/// What happens around them.
fn surroundings(swarm: Swarm) -> Choices {
    let mut choices = Choices::new();
    let mut family = |family, weight, strategy| {
        if swarm.has(family) {
            choices.push((weight, strategy));
        }
    };
    family(Family::Sleeps, 4, (1..3_000_u32).prop_map(|ms| vec![format!("sleep {ms}ms")]).boxed());
    family(Family::LongSleeps, 2, (2..40_u32).prop_map(|minutes| vec![format!("sleep {minutes}m")]).boxed());
    family(Family::Outages, 1, line("server_down 2s"));
    family(Family::Wedge, 1, line("wedge 700ms"));
    let weather = one_of(vec![
        (1, lines(&["network hold", "sleep 300ms", "network release"])),
        (1, lines(&["network partition", "sleep 1s", "network repair"])),
        (1, one_of(vec![(1, line("network reset")), (1, line("network drop 2"))])),
        (1, (1..400_u32).prop_map(|ms| vec![format!("network latency {ms}ms")]).boxed()),
    ]);
    family(Family::Network, 3, weather);
    family(Family::Disk, 2, disk());
    family(Family::SignalHandler, 1, line("on_sigterm"));
    choices
}

/// A disk that does not do what it should, for so short that no turn is held for too long: what is acknowledged is written first.
pub(super) fn disk() -> BoxedStrategy<Lines> {
    let fault = |word: &'static str| (1, (1..100_u32).prop_map(move |ms| vec![format!("disk {word} {ms}ms")]).boxed());
    one_of(vec![fault("fails"), fault("full"), fault("stalls")])
}

/// How processes end, and what follows.
fn ends(swarm: Swarm, host: &str) -> Choices {
    if !swarm.has(Family::Restarts) {
        return Choices::new();
    }
    let weight = if swarm.profile() == Profile::Shutdown { 3 } else { 1 };
    let mut endings: Vec<&[&str]> = vec![
        &["sigkill", "restart"],
        &["power_loss", "restart"],
        &["sigterm", "restart"],
        &["on_sigterm", "sigterm", "restart"],
        &["os_exit", "restart"],
        &["exit", "restart"],
    ];
    // What is nothing to a host ends nothing, and a gateway goes on behind the shutdown of its agents.
    if !["cron", "gateway"].contains(&host) {
        endings.extend([&["shutdown", "restart"][..], &["cli_exit", "restart"]]);
    }
    let endings = endings.into_iter().map(|words| (1, lines(words))).collect();
    vec![(weight, one_of(endings))]
}
