//! What each release of Hermes does differently, as data: dated behaviors with their source.
//!
//! The letters are those of the ground truth: the dates at which the real code was measured.

/// A release of Hermes Agent and its Hindsight provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Release {
    /// d244596d, 2026-04-29: one ad-hoc thread per retain, no switch hook.
    A,
    /// 1bedc836, 2026-04-29: single writer and atexit drain (#17005); a switch hook that clears without a flush (#17409).
    B,
    /// 0a5ee01e, 2026-04-29: flush on switch (#17508).
    C,
    /// dde9c0d1, 2026-06-07: append, the whole session each time.
    D,
    /// a5c12f5f, 2026-06-08: append, what follows the watermark (#40605).
    E,
    /// f80f453a, 2026-08-14: sync and prefetch on the manager's worker (#41945); prefetch waits for the retain.
    F,
    /// 03bb459d and 002b0646, 2026-09: the provider in the Hindsight repository; the buffer is cleared at enqueue (#62950).
    N,
}

impl Release {
    /// All of them, by date.
    pub const ALL: [Self; 7] = [Self::A, Self::B, Self::C, Self::D, Self::E, Self::F, Self::N];

    /// The letter.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::F => "F",
            Self::N => "N",
        }
    }

    /// Whether it asks the provider for its version, and so behaves differently on different servers.
    pub fn probes_version(self) -> bool {
        self.behaviors().append != Append::Never
    }

    /// What it does.
    pub(super) fn behaviors(self) -> Behaviors {
        let a = Behaviors {
            delivery: Delivery::ThreadPerRetain,
            on_switch: OnSwitch::Unheard,
            append: Append::Never,
            background: false,
            prefetch_waits_for_retain: false,
            prefetch_fenced: false,
            takes_list_first: false,
            client_locked: false,
            writer_revives: false,
        };
        let b = Behaviors { delivery: Delivery::Writer, on_switch: OnSwitch::Clear, ..a };
        let c = Behaviors { on_switch: OnSwitch::Flush, ..b };
        let d = Behaviors { append: Append::WholeSession, ..c };
        let e = Behaviors { append: Append::SinceWatermark, ..d };
        let f = Behaviors { background: true, prefetch_waits_for_retain: true, ..e };
        let n = Behaviors {
            append: Append::ClearedAtEnqueue,
            prefetch_fenced: true,
            takes_list_first: true,
            client_locked: true,
            writer_revives: true,
            ..f
        };
        match self {
            Self::A => a,
            Self::B => b,
            Self::C => c,
            Self::D => d,
            Self::E => e,
            Self::F => f,
            Self::N => n,
        }
    }
}

/// The behaviors in which releases differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Behaviors {
    /// How a retain gets to the provider.
    pub delivery: Delivery,
    /// What the provider does when the session is switched.
    pub on_switch: OnSwitch,
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
    /// Whether starting the writer makes a provider that was shut down accept turns again.
    pub writer_revives: bool,
}

/// How a retain gets to the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// On a thread of its own, after up to 5 s for the previous one.
    ThreadPerRetain,
    /// Through the queue of one long-lived thread, drained at exit (#17005).
    Writer,
}

/// What the provider does when the session is switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnSwitch {
    /// There is no hook: everything stays in the first session's document.
    Unheard,
    /// Goes over to the new session; what was buffered is gone (#17409).
    Clear,
    /// Sends what is buffered under the old session first, and drops the old session's recall (#17508).
    Flush,
}

/// What an append carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Append {
    /// The release knows only replace.
    Never,
    /// The whole session since the switch, again and again (#20664).
    WholeSession,
    /// The turns after a watermark that moves at enqueue and never back (#40605).
    SinceWatermark,
    /// What is in the buffer, which is cleared at enqueue (#62950).
    ClearedAtEnqueue,
}
