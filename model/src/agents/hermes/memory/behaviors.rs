//! The behaviors in which releases differ. Comparing two releases means comparing two values of [`Behaviors`].

use serde::Serialize;

use crate::words::server::Server;

/// What a release does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Behaviors {
    /// Whether `sync_all` passes the session of a turn to the plugin.
    pub sync_passes_session: bool,
    /// How a retain gets to the server.
    pub delivery: Delivery,
    /// What the plugin does when the session is switched.
    pub on_switch: OnSwitch,
    /// What the plugin does when the session ends.
    pub on_end: OnEnd,
    /// Which turns an append carries, on a server that can append.
    pub append: Append,
    /// Whether the manager's worker, not the caller's thread, syncs turns and handles `/new` (#41945, #61139).
    pub background: bool,
    /// Whether a prefetch waits for the retains that were queued before it.
    pub prefetch_waits_for_retain: bool,
    /// Whether a prefetch drops its result if a switch, a shutdown or a newer prefetch overtook it (#64745).
    pub prefetch_fenced: bool,
    /// Whether `sync_turn` looks up the list before it builds the turn's text. A switch in between then leaves it a dead list.
    pub takes_list_first: bool,
    /// Whether a lock guards the building and closing of the client (#117236).
    pub client_locked: bool,
    /// What the plugin does with a retain that failed.
    pub on_failure: OnFailure,
    /// When the plugin's drain runs at the interpreter's end.
    pub exit_hook: ExitHook,
    /// Whether a shutdown waits for the writer as long as a request may take. Otherwise it waits ten seconds.
    pub patient_shutdown: bool,
    /// Whether a one-shot process skips the prefetch for a next turn.
    pub one_shot_skips_prefetch: bool,
    /// Whether an agent that reviews a session in the background has a memory of its own on the same bank (#27190).
    pub reviews_have_memory: bool,
}

impl Behaviors {
    /// The servers of the release's time. A release that asks the server for its version behaves differently on each.
    pub(crate) const fn servers(&self) -> &'static [Server] {
        match self.append {
            Append::Never => &[Server::Replace],
            Append::WholeSession | Append::SinceWatermark | Append::ClearedAtEnqueue | Append::Unconfirmed => {
                &[Server::Replace, Server::Append]
            }
        }
    }
}

/// How a retain gets to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Delivery {
    /// On a thread of its own, after a wait of up to 5 s for the previous one.
    ThreadPerRetain,
    /// Through the queue of one long-lived thread, which is drained at exit (#17005).
    Writer,
}

/// What the plugin does when the session is switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum OnSwitch {
    /// Nothing: it has no hook, so everything stays in the first session's document.
    Unheard,
    /// Goes over to the new session and loses the buffer (#17409).
    Clear,
    /// Sends the buffer under the old session first, and drops the old session's recall (#17508).
    Flush(Flush),
    /// The same, on a thread of its own beside the writer (#17447).
    FlushOnThread,
}

/// What the plugin does when the session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum OnEnd {
    /// Nothing: it has no such hook (#36216).
    Nothing,
    /// Sends the buffer.
    Flush(Flush),
}

/// How much of the buffer a flush sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Flush {
    /// All of it, including turns that were sent before (#41911).
    Whole,
    /// The turns that were not sent before. The flush does not note that it sent them.
    Tail,
    /// The turns that no retain has confirmed by the time the writer reaches the job (#34859).
    Unconfirmed,
}

/// Which turns an append carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Append {
    /// None: the release only replaces.
    Never,
    /// All turns since the switch, every time (#20664).
    WholeSession,
    /// The turns after a watermark. It moves at enqueue and never goes back (#40605).
    SinceWatermark,
    /// The buffer, which is cleared at enqueue (#62950).
    ClearedAtEnqueue,
    /// The turns that no retain has confirmed, looked up when the writer reaches the job (#34859).
    Unconfirmed,
}

/// What the plugin does with a retain that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum OnFailure {
    /// Logs the failure and forgets the retain.
    Forget,
    /// Sends it again, as if it had never been sent.
    Retry,
    /// Sends it again under an operation id made of its content alone (#110846).
    RetryUnderContentId,
}

/// When the plugin's drain runs at the interpreter's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum ExitHook {
    /// Never. The interpreter waits a while for a retain that is on the wire.
    AwaitWire,
    /// From `atexit`, when executors take no more work.
    AtExit,
    /// From `threading._register_atexit`, before executors close (wcctianma's comment on #34859).
    BeforeExecutorsClose,
}
