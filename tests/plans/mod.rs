//! Plans, drawn at random: every step, fault, kill and host that a scenario file can have.

use proptest::prelude::*;
use sim::scenario::Server;

/// A scenario's text, the server to run it against, and what a judge has to know of it.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    /// The file.
    pub text: String,
    /// The server.
    pub server: Server,
    /// Whether an agent may be opened, or be open, after another was shut down.
    pub reopens: bool,
    /// Whether a turn's end is an agent's end, too, which may take longer.
    pub ends_with_turns: bool,
    /// Whether turns say the same, and so share a name.
    pub repeats: bool,
}

fn fixed(text: &'static str) -> impl Strategy<Value = String> {
    Just(text.to_owned())
}

/// What an agent does and what is done to it.
fn deeds() -> impl Strategy<Value = String> {
    prop_oneof![
        10 => fixed("\"turn\""),
        2 => (1..4_u32).prop_map(|n| format!("\"turn x{n}\"")),
        1 => prop_oneof![fixed("\"turn interrupted\""), fixed("\"turn ephemeral\"")],
        1 => prop_oneof![fixed("\"say ok\""), fixed("\"say ok\", \"say ok\"")],
        3 => fixed("\"undo\""),
        1 => prop_oneof![fixed("\"prefetch\""), fixed("\"end\"")],
        1 => fixed("\"reinit\""),
    ]
}

/// What becomes of sessions and agents.
fn moves() -> impl Strategy<Value = String> {
    let to = prop_oneof![Just("switch"), Just("resume"), Just("branch"), Just("compress"), Just("use")];
    let of = prop_oneof![Just("evict"), Just("idle"), Just("expire")];
    prop_oneof![
        5 => (to, 1..4_u32).prop_map(|(word, n)| format!("\"{word} S{n}\"")),
        1 => (4..6_u32).prop_map(|n| format!("\"new S{n}\"")),
        2 => ("[abc]", 1..4_u32).prop_map(|(name, n)| format!("\"agent {name} S{n}\"")),
        1 => fixed("\"agent main S1\""),
        1 => (of, 1..4_u32).prop_map(|(word, n)| format!("\"{word} S{n}\"")),
    ]
}

/// What happens around them.
fn surroundings() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (0..3_000_u32).prop_map(|ms| format!("\"sleep {ms}ms\"")),
        1 => fixed("\"sleep 140s\""),
        1 => fixed("\"server_down 2s\""),
        1 => fixed("\"wedge 700ms\""),
        1 => fixed("\"network hold\", \"sleep 300ms\", \"network release\""),
        1 => fixed("\"network partition\", \"sleep 1s\", \"network repair\""),
        1 => prop_oneof![fixed("\"network reset\""), fixed("\"network drop 2\"")],
        1 => (1..400_u32).prop_map(|ms| format!("\"network latency {ms}ms\"")),
        1 => fixed("\"on_sigterm\""),
    ]
}

/// One line of a plan, or a few that belong together.
fn steps() -> impl Strategy<Value = String> {
    let end = prop_oneof![
        Just("sigkill"),
        Just("power_loss"),
        Just("sigterm"),
        Just("on_sigterm\", \"sigterm"),
        Just("os_exit"),
        Just("shutdown"),
        Just("cli_exit"),
        Just("exit"),
    ];
    prop_oneof![
        8 => deeds(),
        3 => moves(),
        4 => surroundings(),
        1 => end.prop_map(|end| format!("\"{end}\", \"restart\"")),
    ]
}

/// A table of faults for the requests of one kind, of which the first `requests` may meet one.
fn faults(requests: u32, most: usize) -> impl Strategy<Value = String> {
    let fault = prop_oneof![
        Just("500"),
        Just("503"),
        Just("429"),
        Just("drop"),
        Just("apply_drop"),
        Just("delay 2s"),
        Just("delay 130s"),
        Just("delay_if_alive 6s"),
        Just("hang"),
        Just("restart 1s"),
        Just("accept_fail"),
        Just("worker_crash"),
    ];
    proptest::collection::btree_map(1..requests, fault, 0..most).prop_map(|faults| {
        let faults: Vec<String> = faults.iter().map(|(number, fault)| format!("{number} = \"{fault}\"")).collect();
        format!("{{ {} }}", faults.join(", "))
    })
}

/// The configuration, and the host.
fn configs() -> impl Strategy<Value = (String, &'static str)> {
    let lag = prop_oneof![Just("0s"), Just("800ms")];
    let host = prop_oneof![6 => Just("cli"), 1 => Just("chat_q"), 1 => Just("oneshot"), 1 => Just("cron"), 3 => Just("gateway")];
    (1..5_u32, lag, any::<bool>(), host, 1..3_usize).prop_map(|(batch, lag, retain_async, host, agent_cache)| {
        let config = format!(
            "{{ host = \"{host}\", agent_cache = {agent_cache}, retain_every_n_turns = {batch}, operation_lag = \"{lag}\", \
             retain_async = {retain_async} }}"
        );
        (config, host)
    })
}

/// The steps of one process after another; of some plans, two such lists side by side.
fn lists() -> impl Strategy<Value = Vec<Vec<String>>> {
    let list = |most| proptest::collection::vec(steps(), 1..most);
    prop_oneof![4 => list(14).prop_map(|list| vec![list]), 1 => (list(9), list(9)).prop_map(|(a, b)| vec![a, b])]
}

/// Where processes are killed: step, process, how.
fn kills() -> impl Strategy<Value = Vec<(u32, usize, &'static str)>> {
    let how = prop_oneof![Just("sigkill"), Just("power_loss"), Just("sigterm")];
    proptest::collection::vec((1..150_u32, 1..4_usize, how), 0..3)
}

/// A scenario.
pub(crate) fn plans() -> impl Strategy<Value = Drawn> {
    let server = prop_oneof![Just(Server::Replace), Just(Server::Append), Just(Server::Idempotent)];
    let tables = (faults(12, 5), faults(4, 2), faults(9, 3), faults(9, 2));
    (lists(), tables, kills(), configs(), any::<u32>(), server).prop_map(
        |(lists, tables, kills, config, seed, server)| {
            let (retain, version, operation, recall) = tables;
            let (config, host) = config;
            // The scheduler tells nobody of an undo: what becomes of it is not the memory's doing.
            let kept = |step: &&String| host != "cron" || *step != "\"undo\"";
            let lists: Vec<String> =
                lists.iter().map(|list| list.iter().filter(kept).cloned().collect::<Vec<_>>().join(", ")).collect();
            let lists: Vec<&String> = lists.iter().filter(|list| !list.is_empty()).collect();
            let steps = match lists[..] {
                [] => "steps = [\"turn\"]".to_owned(),
                [list] => format!("steps = [{list}]"),
                _ => format!(
                    "parallel = [{}]",
                    lists.iter().map(|list| format!("[{list}]")).collect::<Vec<_>>().join(", ")
                ),
            };
            let processes = lists.len().max(1) + steps.matches("restart").count();
            let kills: Vec<String> = kills
                .iter()
                .filter(|(_, process, _)| *process <= processes)
                .map(|(step, process, how)| format!("\"{how} at step {step} of process {process}\""))
                .collect();
            let text = format!(
                "title = \"drawn at random\"\nseed = {seed}\nconfig = {config}\n{steps}\n[faults]\n\
             retain = {retain}\nversion = {version}\noperation = {operation}\nrecall = {recall}\nkills = [{}]\n",
                kills.join(", "),
            );
            let reopens = ["cron", "gateway"].contains(&host) || steps.contains("agent") || steps.contains("reinit");
            Drawn { repeats: steps.contains("say"), ends_with_turns: host == "cron", reopens, server, text }
        },
    )
}
