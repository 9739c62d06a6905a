//! The design of a memory like the reference's, as data: what it does where reports describe designs that do something else.
//!
//! Its one rule: each choice is asked for in one place, and the reference's is the first of each list. A memory with any other choice is
//! wrong on purpose, and a campaign must convict it. Deliberately absent: choices that no report and no surviving mutant is about.

use std::time::Duration;

pub(in crate::agents::reference) use super::patience::Limits;

/// All choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::reference) struct Design {
    /// When a process begins to deliver.
    pub start: Start,
    /// What counts as a turn that is kept already.
    pub knows: Knows,
    /// What a process must have to deliver anything.
    pub lock: Lock,
    /// What a start takes up of what former processes left.
    pub takes_up: TakesUp,
    /// What a start sends of what a former process had under way.
    pub replay: Replay,
    /// When a turn is sent again that could not be delivered.
    pub retry: Retry,
    /// When it is noted that a turn is delivered.
    pub note: Note,
    /// From where a turn has its session.
    pub sessions: Sessions,
    /// Which bank a turn goes to.
    pub banks: Banks,
    /// How long a caller waits for the disk. `None` is without end.
    pub disk: Option<Duration>,
    /// How much it does for a turn that the server will not take.
    pub limits: Limits,
    /// Which calls let turns travel that fill no batch.
    pub heeds: Heeds,
    /// When a WebUI's completed turns are committed.
    pub commits: Commits,
}

/// When a process begins to deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::reference) enum Start {
    /// When it has an agent, or when its host waits for what former processes left.
    AtOnce,
    /// With its first agent. This is the mistake of a host that initializes its memory with the first message: if no message follows a
    /// restart, nothing arrives.
    WithAnAgent,
    /// At once, but nothing is sent for so long, unless the memory ends before.
    After(Duration),
}

/// What counts as a turn that is kept already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::reference) enum Knows {
    /// Nothing: what is handed over is a turn of its own.
    Nothing,
    /// What another process has kept in the same words, in whatever session (MystenLabs/MemWal#932).
    TheSameWords,
}

/// What a process must have to deliver anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::reference) enum Lock {
    /// The lock of a journal, which goes with the process that has it.
    OfEachJournal,
    /// A file that it has made itself, which a kill leaves behind.
    File,
}

/// What a start takes up of what former processes left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::reference) enum TakesUp {
    /// All of it.
    All,
    /// So many turns of each journal, the oldest. The others wait for the next start (hermes-agent#24209).
    Turns(usize),
    /// What belongs to an open session: one that completes a turn in this process (thedotmack/claude-mem#711).
    OpenSessions,
}

/// What a start sends of what a former process had under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::reference) enum Replay {
    /// The same request again: if the server has it, it replaces itself.
    TheSame,
    /// A new one, because there is no receipt of the first (openclaw/openclaw#88015).
    AsNew,
}

/// When a turn is sent again that could not be delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::reference) enum Retry {
    /// After a pause.
    AfterAPause,
    /// At the next start, with all of its session (hermes-agent#24209).
    AtTheNextStart,
}

/// When it is noted that a turn is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::reference) enum Note {
    /// When the server has proved it.
    WhenProved,
    /// Beside its request: nothing orders the two (langchain-ai/langgraph#8039).
    BesideItsRequest,
}

/// Which calls let turns travel that fill no batch. Each choice but the first passes over one of them (hermes-agent#17447: what waits for
/// more turns waits on).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::reference) enum Heeds {
    /// All of them.
    All,
    /// All but the end of the memory: it only closes.
    AllButStops,
    /// All but the end of a session.
    AllButEnds,
    /// All but the change to another session.
    AllButBoundaries,
    /// All but the wait of a host for its memory.
    AllButFlushes,
}

/// When a WebUI's completed turns are committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::reference) enum Commits {
    /// When their session comes to a boundary.
    AtBoundaries,
    /// Before the process ends, or when somebody asks and waits for it.
    AtTheEnd,
}

/// From where a turn has its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::reference) enum Sessions {
    /// It carries its session by value.
    OfTheTurn,
    /// From a setting of the process, which the thread of each turn sets and restores (nesquena/hermes-webui#2134).
    OfTheProcess,
}

/// Which bank a turn goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::reference) enum Banks {
    /// The one of its session's profile.
    OfTheTurn,
    /// The one of the last agent that the process has initialized: all of them share a provider (mnemosyne-oss/mnemosyne#965).
    OfTheLastAgent,
}

impl Design {
    /// The reference's own choices.
    pub(in crate::agents::reference) const REFERENCE: Self = Self {
        start: Start::AtOnce,
        knows: Knows::Nothing,
        lock: Lock::OfEachJournal,
        takes_up: TakesUp::All,
        replay: Replay::TheSame,
        retry: Retry::AfterAPause,
        note: Note::WhenProved,
        sessions: Sessions::OfTheTurn,
        banks: Banks::OfTheTurn,
        disk: Some(Duration::from_millis(250)),
        limits: Limits::REFERENCE,
        heeds: Heeds::All,
        commits: Commits::AtBoundaries,
    };
}
