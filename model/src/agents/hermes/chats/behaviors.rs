//! The behaviors in which the gateway's eras differ. Comparing two eras means comparing two values of [`Behaviors`].

use serde::Serialize;

/// What an era does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Behaviors {
    /// When a stop writes `.clean_shutdown`.
    pub receipt: Receipt,
    /// What a start without a receipt does to the chats of the last two minutes.
    pub sweep: Sweep,
    /// When a stop marks running chats `resume_pending`.
    pub marks_pending: MarksPending,
    /// Whether a start resumes pending chats by itself (#21192).
    pub auto_resume: bool,
    /// Whether the gateway claims a chat before it starts the chat's resumed turn (#45682).
    pub claims_first: bool,
    /// What an old pending mark means to the next message.
    pub on_stale_pending: StalePending,
    /// What ends a loop of restarts.
    pub breaker: Breaker,
    /// Whether every running turn has its own mark, written before the turn begins.
    pub turn_markers: bool,
    /// Whether chats find their sessions again without `sessions.json` (#54442).
    pub durable_routing: bool,
    /// What happens to a message to a session whose row has ended.
    pub ended_row: EndedRow,
    /// Whether the gateway records an answer before it sends it (#67181).
    pub delivery_ledger: bool,
    /// What counts the attempts of a stuck chat.
    pub counts: Counts,
    /// Whether a start keeps counts below the threshold (#20030).
    pub keeps_counts: bool,
    /// Whether a restart requested from inside waits for turns first (#77184).
    pub waits_for_turns: bool,
    /// How long a stop waits for turns, in seconds, unless the user configured it.
    pub drain_s: u64,
    /// How long a stop waits for cron jobs, in seconds. `None` if it does not know of them (#60432).
    pub cron_drain_s: Option<u64>,
    /// What the unit file allows a stop.
    pub stop_timeout: StopTimeout,
}

/// When a stop writes `.clean_shutdown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Receipt {
    /// At its very end, unless the drain timed out.
    AfterDrain,
    /// When it begins, and again at its end (#11099, #9128).
    BeforeDrain,
}

/// What a start without a receipt does to chats with a message in the last 120 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Sweep {
    /// Suspends them: the next message begins a new session.
    Suspends,
    /// Suspends all but the pending ones (#11852).
    SuspendsUnlessPending,
    /// Marks them pending (#28576).
    MarksPending,
    /// Nothing: only turns with a mark of their own count.
    Nothing,
}

/// When a stop marks running chats `resume_pending`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum MarksPending {
    /// Never.
    Never,
    /// When the drain timed out (#12301).
    OnTimeout,
    /// Before the drain, too. Chats that finish in time lose the mark (#28576).
    BeforeDrain,
}

/// What a pending mark older than an hour means to the next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum StalePending {
    /// The same as a fresh one (#46934).
    Continues,
    /// The message begins a new session (#46963, #58933).
    Resets,
    /// Nothing.
    Ignored,
}

/// What ends a loop of restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Breaker {
    /// Nothing.
    Missing,
    /// Three starts within 60 s (#56240).
    Window,
    /// Three starts, none more than 300 s after the one before (#81642).
    Chain,
}

/// What happens to a message to a session whose row has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum EndedRow {
    /// The gateway swallows it: the user gets no answer.
    Swallows,
    /// The gateway reopens the row. So does a start, which also counts as activity (#85709).
    ReopensAsActive,
    /// The gateway reopens the row, which keeps its times.
    Reopens,
}

/// What counts the attempts of a stuck chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Counts {
    /// An orderly stop counts every chat that ran when it began.
    OrderlyStops,
    /// A resumption counts before it starts (proposed in #96204).
    Resumptions,
}

/// What the unit file allows a stop (`TimeoutStopSec`), as a function of the drain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum StopTimeout {
    /// The drain, at least 60 s.
    Drain,
    /// 30 s more than the drain (#14728).
    DrainAnd30,
    /// 90 s: the file was written when the drain was 60 s, and stays so when the drain becomes 180 s (#31981).
    Stale,
    /// 30 s more than the drain, at least 60 s.
    AtLeast60,
    /// 70 s more than the drain, and 30 s more than the cron jobs' (#94775, #105518).
    Everything,
}
