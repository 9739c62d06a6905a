//! The releases of Hermes that can be run, and what each does: dated behaviors with their source.
//!
//! The letters are those of the ground truth: the dates at which the real code was measured.

use super::behaviors::{Append, Behaviors, Difference};
use super::{candidate, shipped};

/// A release of Hermes Agent and its Hindsight provider, or a fix that was proposed.
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
    /// #17447 on B: the flush on switch, on a raw thread.
    Pr17447,
    /// #34859 on F: queued and confirmed marks, flushes at the session's end, no prefetch after a one-shot's turn.
    Pr34859,
    /// #34859 on F, with its comment's exit hook before the executors close and a join as long as a request may take.
    Pr34859ExitHook,
    /// #55936 on F: a session's end flushes the whole buffer.
    Pr55936,
    /// F with a flush of the tail at the session's end and another at the switch, neither of which notes it (#55936, review).
    EndThenSwitch,
    /// F with a failed retain sent again.
    BlindRetry,
    /// #110846 on F: a failed retain sent again under an operation id made of its content.
    Pr110846,
}

impl Release {
    /// All of them: what shipped, by date, then what was proposed.
    pub const ALL: [Self; 14] = [
        Self::A,
        Self::B,
        Self::C,
        Self::D,
        Self::E,
        Self::F,
        Self::N,
        Self::Pr17447,
        Self::Pr34859,
        Self::Pr34859ExitHook,
        Self::Pr55936,
        Self::EndThenSwitch,
        Self::BlindRetry,
        Self::Pr110846,
    ];

    /// The letter, or the pull request.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::F => "F",
            Self::N => "N",
            Self::Pr17447 => "pr-17447",
            Self::Pr34859 => "pr-34859",
            Self::Pr34859ExitHook => "pr-34859-exit-hook",
            Self::Pr55936 => "pr-55936",
            Self::EndThenSwitch => "end-then-switch",
            Self::BlindRetry => "blind-retry",
            Self::Pr110846 => "pr-110846",
        }
    }

    /// What it is, in one line: when it shipped and from which commit, or on what it was proposed.
    pub fn about(self) -> &'static str {
        match self {
            Self::A => "2026-04-29, d244596d: a thread for each retain, no switch hook",
            Self::B => "2026-04-29, 1bedc836: one writer; a switch clears the buffer",
            Self::C => "2026-04-29, 0a5ee01e: a switch flushes the buffer (#17508)",
            Self::D => "2026-06-07, dde9c0d1: append, the whole session each time",
            Self::E => "2026-06-08, a5c12f5f: append, what follows a watermark (#40605)",
            Self::F => "2026-08-14, f80f453a: sync and prefetch on a background worker (#41945)",
            Self::N => "2026-09, 03bb459d: the provider in Hindsight's own repository (#62950)",
            Self::Pr17447 => "#17447 on B: a switch flushes the buffer on a thread of its own",
            Self::Pr34859 => {
                "#34859 on F: what is not confirmed is sent again with the next retain, at a switch, at the end"
            }
            Self::Pr34859ExitHook => {
                "#34859 and its comment: an exit hook before the executors close, a patient shutdown"
            }
            Self::Pr55936 => "#55936 on F: the end of a session flushes the whole buffer",
            Self::EndThenSwitch => {
                "review of #55936, on F: the end and the switch each flush the tail, neither notes it"
            }
            Self::BlindRetry => "on F: a failed retain is sent again",
            Self::Pr110846 => "#110846 on F: a failed retain is sent again, under an operation id made of its content",
        }
    }

    /// Whether it shipped.
    pub fn shipped(self) -> bool {
        self <= Self::N
    }

    /// Whether it asks the provider for its version, and so behaves differently on different servers.
    pub fn probes_version(self) -> bool {
        self.behaviors().append != Append::Never
    }

    /// In what `other` differs from it.
    pub fn differences(self, other: Self) -> Vec<Difference> {
        self.behaviors().differences(&other.behaviors())
    }

    /// What it does.
    pub(super) fn behaviors(self) -> Behaviors {
        match self {
            Self::A => shipped::A,
            Self::B => shipped::B,
            Self::C => shipped::C,
            Self::D => shipped::D,
            Self::E => shipped::E,
            Self::F => shipped::F,
            Self::N => shipped::N,
            Self::Pr17447 => candidate::PR_17447,
            Self::Pr34859 => candidate::PR_34859,
            Self::Pr34859ExitHook => candidate::PR_34859_EXIT_HOOK,
            Self::Pr55936 => candidate::PR_55936,
            Self::EndThenSwitch => candidate::END_THEN_SWITCH,
            Self::BlindRetry => candidate::BLIND_RETRY,
            Self::Pr110846 => candidate::PR_110846,
        }
    }
}
