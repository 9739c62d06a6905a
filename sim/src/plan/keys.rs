//! The keys of a scenario's `config`: what each means, its default, and its bounds.

/// The documentation of a key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The key.
    pub key: &'static str,
    /// Its default.
    pub default: &'static str,
    /// As a file writes it.
    pub example: &'static str,
    /// The least value, while the other settings are what they are by default.
    pub least: &'static str,
    /// The greatest value, or for a number without bounds a large one.
    pub most: &'static str,
    /// Its meaning.
    pub means: &'static str,
}

/// All keys.
pub const KEYS: [Key; 24] = [
    Key {
        key: "host",
        default: "`\"cli\"`",
        example: "host = \"gateway\"",
        least: "\"cli\"",
        most: "\"desktop\"",
        means: "the host; see [Hosts](#hosts)",
    },
    Key {
        key: "drain_timeout",
        default: "the release's",
        example: "drain_timeout = \"5s\"",
        least: "\"0s\"",
        most: "\"24h\"",
        means: "how long a stopping WebUI drains, and how long a stopping gateway waits for running turns \
            (`agent.restart_drain_timeout`); E0 and E1 have 60 s, E2 180 s, E3 and E4 none. The reference's \
            gateway has 10 s, and less where `stop_timeout` leaves less than 10 s for the rest; its WebUI 4 s, or a second less than a shorter `stop_timeout`",
    },
    Key {
        key: "end_hook_budget",
        default: "none, or 1.5s",
        example: "end_hook_budget = \"1500ms\"",
        least: "\"1ms\"",
        most: "\"24h\"",
        means: "how long the host gives `end`, `shutdown`, `cli_exit`, the cleanup after Ctrl-C and its own work after the last step, on its own clock, \
            before it sends SIGKILL to the process; `cli`, `chat_q`, `oneshot`, `desktop`, `tui`, and `hooks`, whose default is 1.5 s",
    },
    Key {
        key: "agent_cache",
        default: "`128`",
        example: "agent_cache = 2",
        least: "1",
        most: "1000000",
        means: "agents that the gateway keeps, at least 1; the default of a WebUI is 25",
    },
    Key {
        key: "agent_raises",
        default: "`false`",
        example: "agent_raises = true",
        least: "false",
        most: "true",
        means: "whether the WebUI's agents pass on the exceptions of their memory at a commit; the real one swallows \
            them",
    },
    Key {
        key: "retain_every_n_turns",
        default: "`1`",
        example: "retain_every_n_turns = 3",
        least: "1",
        most: "4294967295",
        means: "turns per retain, at least 1; the reference sends at most 100 together",
    },
    Key {
        key: "timeout",
        default: "`\"120s\"`",
        example: "timeout = \"10s\"",
        least: "\"5ms\"",
        most: "\"24h\"",
        means: "how long a request may take, more than four times the latency: connecting and asking cross the \
            network four times",
    },
    Key {
        key: "auto_recall",
        default: "`true`",
        example: "auto_recall = false",
        least: "false",
        most: "true",
        means: "whether a turn's end warms up the recall for the next turn",
    },
    Key {
        key: "retain_async",
        default: "`true`",
        example: "retain_async = false",
        least: "false",
        most: "true",
        means: "whether the provider may accept a retain first and apply it later",
    },
    Key {
        key: "bank_id_template",
        default: "`\"{profile}\"`",
        example: "bank_id_template = \"{profile}-{session}\"",
        least: "\"{profile}\"",
        most: "\"{profile}-{session}\"",
        means: "how the bank of a session is named; or `\"{profile}-{session}\"`: each session has a bank of its own",
    },
    Key {
        key: "cold_client_import",
        default: "`false`",
        example: "cold_client_import = true",
        least: "false",
        most: "true",
        means: "whether the HTTP client is imported on its first use; the import takes a while, and fails once the \
            executors are closed",
    },
    Key {
        key: "stop_budget",
        default: "`\"5s\"`",
        example: "stop_budget = \"1s\"",
        least: "\"0s\"",
        most: "\"29s\"",
        means: "how long the reference lets a shutdown take, at most `shutdown_limit` and half of what the supervisor waits; Hermes has its own constants",
    },
    Key {
        key: "stop_timeout",
        default: "the release's, or 60s",
        example: "stop_timeout = \"8s\"",
        least: "\"10s\"",
        most: "\"24h\"",
        means: "from SIGTERM until the supervisor sends SIGKILL (`TimeoutStopSec`), at least a second and twice the `stop_budget`; the defaults are 60 s for E0 and \
            E3, 90 s for E1 and E2, 70 s for E4",
    },
    Key {
        key: "latency",
        default: "`\"1ms\"`",
        example: "latency = \"40ms\"",
        least: "\"0s\"",
        most: "\"29999ms\"",
        means: "one-way latency of the network",
    },
    Key {
        key: "visibility_lag",
        default: "`\"0s\"`",
        example: "visibility_lag = \"3s\"",
        least: "\"0s\"",
        most: "\"24h\"",
        means: "from the time a retain is applied until a recall sees it",
    },
    Key {
        key: "operation_lag",
        default: "`\"0s\"`",
        example: "operation_lag = \"800ms\"",
        least: "\"0s\"",
        most: "\"24h\"",
        means: "how long an accepted asynchronous retain waits before it is applied",
    },
    Key {
        key: "append_lag",
        default: "`\"0s\"`",
        example: "append_lag = \"200ms\"",
        least: "\"0s\"",
        most: "\"24h\"",
        means: "how long the provider works on an asynchronous append, from reading the document to writing it. Of two at \
            once the last wins, and the texts of the other are lost",
    },
    Key {
        key: "unsynced_tail",
        default: "`\"cut\"`",
        example: "unsynced_tail = \"zeros\"",
        least: "\"zeros\"",
        most: "\"garbage\"",
        means: "what a loss of power leaves of the end of a file that was not synced: `cut`, perhaps the beginning of the last writes; `zeros` or `garbage`, \
            zeros or random bytes in the place of blocks that are lost, up to the length that the file had, or less",
    },
    Key {
        key: "turn_limit",
        default: "`\"500ms\"`",
        example: "turn_limit = \"2s\"",
        least: "\"500ms\"",
        most: "\"24h\"",
        means: "judged: how long a turn's end may block the caller, more than 0",
    },
    Key {
        key: "command_limit",
        default: "`\"5s\"`",
        example: "command_limit = \"10s\"",
        least: "\"5s\"",
        most: "\"24h\"",
        means: "judged: how long any other command of the user may block the caller, at least `stop_budget` except on a `webui`; a \
            shutdown and `flush` have the limit of a shutdown. If it is not set: `stop_budget`, where that is longer",
    },
    Key {
        key: "shutdown_limit",
        default: "`\"30s\"`",
        example: "shutdown_limit = \"4m\"",
        least: "\"6s\"",
        most: "\"24h\"",
        means: "judged: how long a shutdown may take, at least a second more than `stop_budget` and, on a `gateway` or `webui`, \
            `drain_timeout` (10 s by default) together. If it is not set: as long as that, where it is longer",
    },
    Key {
        key: "memory_limit",
        default: "`512`",
        example: "memory_limit = 300",
        least: "256",
        most: "4294967295",
        means: "judged: how many turns a process may hold in memory, at least 256: batches are filled from them",
    },
    Key {
        key: "convergence_limit",
        default: "`\"10m\"`",
        example: "convergence_limit = \"1h\"",
        least: "\"10m\"",
        most: "\"24h\"",
        means: "judged: how long the next pending turn may take to arrive after the faults have stopped. At least, and if \
            it is not set: four times the timeout, two and a quarter times the operation lag, and two minutes, where that is longer. Five \
            minutes and sixteen timeouts come on top for each turn that meets a fault for ever",
    },
    Key {
        key: "delivery_limit",
        default: "`\"30s\"`",
        example: "delivery_limit = \"5s\"",
        least: "\"1020ms\"",
        most: "\"24h\"",
        means: "judged: how long the next turn of a session may take to arrive once it is due, while nothing holds its memory up; \
            as long as Hermes lets its exit take (`HERMES_EXIT_WATCHDOG_S`). At least, and if it is not set: sixteen times the \
            latency, two and a quarter times the operation lag, and a second, where that is longer",
    },
];
