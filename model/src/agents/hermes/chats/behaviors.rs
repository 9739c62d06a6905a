//! The behaviors in which the gateway's eras differ: the difference of two eras is the difference of two values.

use serde::Serialize;

/// What an era does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Behaviors {
    /// When a stop writes `.clean_shutdown`.
    pub receipt: Receipt,
    /// What a start without receipt does to the chats of the last two minutes.
    pub sweep: Sweep,
    /// When running chats are marked `resume_pending` by a stop.
    pub marks_pending: MarksPending,
    /// Whether pending chats are taken up again at the start, by themselves (#21192).
    pub auto_resume: bool,
    /// Whether a chat is taken before its resumed turn is started (#45682).
    pub claims_first: bool,
    /// What a pending mark means to the next message when it is old.
    pub on_stale_pending: StalePending,
    /// What ends a loop of restarts.
    pub breaker: Breaker,
    /// Whether every running turn has a mark of its own, written before it begins.
    pub turn_markers: bool,
    /// Whether chats find their sessions again without `sessions.json` (#54442).
    pub durable_routing: bool,
    /// What becomes of a message to a session whose row has ended.
    pub ended_row: EndedRow,
    /// Whether answers are written down before they are sent (#67181).
    pub delivery_ledger: bool,
    /// What counts the attempts of a stuck chat.
    pub counts: Counts,
    /// Whether a start keeps counts that are below the threshold (#20030).
    pub keeps_counts: bool,
    /// Whether a restart that is asked for inside waits for turns first (#77184).
    pub waits_for_turns: bool,
    /// How long a stop waits for turns, in seconds, unless the user says otherwise.
    pub drain_s: u64,
    /// How long it waits for cron jobs, in seconds, if it knows of them (#60432).
    pub cron_drain_s: Option<u64>,
    /// What the unit file allows a stop.
    pub stop_timeout: StopTimeout,
}

/// When a stop writes `.clean_shutdown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Receipt {
    /// At its very end, unless it gave up waiting.
    AfterDrain,
    /// When it begins, and once more at its end (#11099, #9128).
    BeforeDrain,
}

/// What a start without receipt does to chats with a message in the last 120 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Sweep {
    /// They are suspended: the next message begins a new session.
    Suspends,
    /// They are suspended, but for those that are pending (#11852).
    SuspendsUnlessPending,
    /// They are marked pending (#28576).
    MarksPending,
    /// Nothing: only marked turns count.
    Nothing,
}

/// When a stop marks running chats `resume_pending`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum MarksPending {
    /// Never.
    Never,
    /// When it has waited in vain (#12301).
    OnTimeout,
    /// Before it waits, too; whoever finishes in time is unmarked (#28576).
    BeforeDrain,
}

/// What a pending mark older than an hour means to the next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum StalePending {
    /// What a fresh one means (#46934).
    Continues,
    /// The message begins a new session (#46963, #58933).
    Resets,
    /// Nothing.
    Ignored,
}

/// What ends a loop of restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Breaker {
    /// Nothing does.
    Missing,
    /// Three starts within 60 s (#56240).
    Window,
    /// Three starts, none more than 300 s after the one before (#81642).
    Chain,
}

/// What becomes of a message to a session whose row has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum EndedRow {
    /// Nobody answers it.
    Swallows,
    /// The row is opened again. A start does that too, and takes it for activity (#85709).
    ReopensAsActive,
    /// The row is opened again, and keeps its times.
    Reopens,
}

/// What counts the attempts of a stuck chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Counts {
    /// An orderly stop, for every chat that ran when it began.
    OrderlyStops,
    /// Every resumption, before it is started (proposed in #96204).
    Resumptions,
}

/// What the unit file allows a stop (`TimeoutStopSec`), in terms of the drain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum StopTimeout {
    /// The drain, at least 60 s.
    Drain,
    /// 30 s more than the drain (#14728).
    DrainAnd30,
    /// 90 s: the file was written when the drain was 60 s, and stays when that becomes 180 s (#31981).
    Stale,
    /// 30 s more than the drain, at least 60 s.
    AtLeast60,
    /// 70 s more than the drain, and 30 s more than the cron jobs' (#94775, #105518).
    Everything,
}
