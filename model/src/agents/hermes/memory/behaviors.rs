//! The behaviors in which releases differ: the difference of two releases is the difference of two values.

use serde::Serialize;

use crate::words::server::Server;

/// What a release does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Behaviors {
    /// Whether `sync_all` tells the provider the session of a turn.
    pub sync_passes_session: bool,
    /// How a retain gets to the provider.
    pub delivery: Delivery,
    /// What the provider does when the session is switched.
    pub on_switch: OnSwitch,
    /// What the provider does when the session ends.
    pub on_end: OnEnd,
    /// What an append carries, on a server that can append.
    pub append: Append,
    /// Whether turns are synced, and `/new` is handled, on the manager's worker instead of the caller's thread (#41945, #61139).
    pub background: bool,
    /// Whether a prefetch waits until the retains before it are done.
    pub prefetch_waits_for_retain: bool,
    /// Whether a prefetch that was overtaken by a switch, a shutdown or a newer one throws its result away (#64745).
    pub prefetch_fenced: bool,
    /// Whether a turn is appended to the list that was looked up before its text was built.
    pub takes_list_first: bool,
    /// Whether the client is built and retired under a lock (#117236).
    pub client_locked: bool,
    /// What happens to a retain that failed.
    pub on_failure: OnFailure,
    /// When the provider's drain runs at the interpreter's end.
    pub exit_hook: ExitHook,
    /// Whether a shutdown waits for the writer as long as a request may take, instead of ten seconds.
    pub patient_shutdown: bool,
    /// Whether a one-shot process asks for no recall for a next turn.
    pub one_shot_skips_prefetch: bool,
}

impl Behaviors {
    /// The servers of its time. A release that asks the provider for its version behaves differently on different servers.
    pub(crate) const fn servers(&self) -> &'static [Server] {
        match self.append {
            Append::Never => &[Server::Replace],
            Append::WholeSession | Append::SinceWatermark | Append::ClearedAtEnqueue | Append::Unconfirmed => {
                &[Server::Replace, Server::Append]
            }
        }
    }
}

/// How a retain gets to the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Delivery {
    /// On a thread of its own, after up to 5 s for the previous one.
    ThreadPerRetain,
    /// Through the queue of one long-lived thread, drained at exit (#17005).
    Writer,
}

/// What the provider does when the session is switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum OnSwitch {
    /// There is no hook: everything stays in the first session's document.
    Unheard,
    /// Goes over to the new session; what was buffered is gone (#17409).
    Clear,
    /// Sends what is buffered under the old session first, and drops the old session's recall (#17508).
    Flush(Flush),
    /// The same on a thread of its own, beside the writer (#17447).
    FlushOnThread,
}

/// What the provider does when the session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum OnEnd {
    /// It has no such hook (#36216).
    Nothing,
    /// Sends what is buffered.
    Flush(Flush),
}

/// How much of the buffer a flush sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Flush {
    /// All of it, also what was sent before (#41911).
    Whole,
    /// What was not sent before. That it is sent now is not noted.
    Tail,
    /// What is not confirmed by the time when the writer comes to it (#34859).
    Unconfirmed,
}

/// What an append carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Append {
    /// The release knows only replace.
    Never,
    /// The whole session since the switch, again and again (#20664).
    WholeSession,
    /// The turns after a watermark that moves at enqueue and never back (#40605).
    SinceWatermark,
    /// What is in the buffer, which is cleared at enqueue (#62950).
    ClearedAtEnqueue,
    /// The turns after a mark that moves when a retain has succeeded, read when the writer comes to it (#34859).
    Unconfirmed,
}

/// What happens to a retain that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum OnFailure {
    /// It is logged and forgotten.
    Forget,
    /// It is sent again, as if it had never been sent.
    Retry,
    /// It is sent again under an operation id that is made of its content alone (#110846).
    RetryUnderContentId,
}

/// When the provider's drain runs at the interpreter's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum ExitHook {
    /// Never; the interpreter waits a while for a retain that is on the wire.
    AwaitWire,
    /// From `atexit`, when no executor takes work any more.
    AtExit,
    /// From `threading._register_atexit`, before executors are closed (wcctianma's comment on #34859).
    BeforeExecutorsClose,
}
