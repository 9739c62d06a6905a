//! The steps that make turns, take them back, and read the recalls made for them.

use std::fmt;

use model::hosts::Properties;
use model::words::course::{Course, RunResult};
use model::words::mentions::mentions;

use crate::plan::argument::Argument;
use crate::plan::error::did_you_mean;
use crate::plan::rows::{Form, Row};
use crate::plan::span::{Span, parse_duration};

/// A step that makes a turn, takes one back, or reads the recall made for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TurnStep {
    /// The agent completes this many turns, one after the other.
    Completed(usize),
    /// The user interrupts a turn.
    Interrupted,
    /// The runtime asks the agent for itself.
    Ephemeral,
    /// An agent of the runtime reviews the session, beside the following steps.
    Review,
    /// A turn begins, and ends after a while, beside the following steps.
    Run(Course),
    /// The agent completes a turn with exactly this text.
    Say(Saying),
    /// `/undo` of the session's last turn, if it has one.
    Undo,
    /// The next turn begins: the process reads the recall made for it.
    Prefetch,
}

/// What a turn says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// The text.
    pub text: String,
    /// Whether it is the same text in whatever session and process it is said.
    pub echoed: bool,
}

impl TurnStep {
    /// Whether it means something to such a host.
    pub(super) fn is_for(&self, host: Properties) -> bool {
        match self {
            Self::Run(_) => host.beside,
            Self::Completed(_)
            | Self::Interrupted
            | Self::Ephemeral
            | Self::Review
            | Self::Say(_)
            | Self::Undo
            | Self::Prefetch => true,
        }
    }
}

pub(in crate::plan) const ROWS: &[Row<TurnStep>] = &[
    Row {
        word: "turn",
        read: turn,
        forms: &[
            Form { written: &["turn", "turn x3"], example: "turn x3", means: "the agent completes a turn, or three" },
            Form {
                written: &["turn interrupted"],
                example: "turn interrupted",
                means: "the user interrupts the turn; the memory must not keep it",
            },
            Form {
                written: &["turn ephemeral"],
                example: "turn ephemeral",
                means: "the runtime itself asked; the memory must not keep the turn",
            },
        ],
    },
    Row {
        word: "review",
        read: |it| it.alone(TurnStep::Review),
        forms: &[Form {
            written: &["review"],
            example: "review",
            means: "the runtime starts an agent of its own in the process, which reviews the open session in a turn while the next \
                steps go on; the memory must not keep that turn. The release decides whether such an agent has a memory: \
                `A` to `C` give it one",
        }],
    },
    Row {
        word: "run",
        read: run,
        forms: &[
            Form {
                written: &["run D", "run hangs"],
                example: "run 30s",
                means: "a turn of the open session starts and takes D, or never ends, while the next steps go on; \
                    `api_server`, `gateway` and `webui` only",
            },
            Form {
                written: &["run D fails"],
                example: "run 30s fails",
                means: "the same, but after D the model's API fails, and there is no answer",
            },
            Form {
                written: &["run D restarts"],
                example: "run 30s restarts",
                means: "the same, but after D one of its tools restarts the turn's own process: the supervisor sends \
                    SIGTERM, and the answer never comes",
            },
        ],
    },
    Row {
        word: "say",
        read: |it| said(it, false),
        forms: &[Form {
            written: &["say TEXT"],
            example: "say yes, do it",
            means: "a turn with exactly this text, which names no turn; the same text in the same session is the same \
                turn, repeated",
        }],
    },
    Row {
        word: "echo",
        read: |it| said(it, true),
        forms: &[Form {
            written: &["echo TEXT"],
            example: "echo yes, do it",
            means: "a turn with exactly this text, whatever session and process say it: nothing in it tells them apart",
        }],
    },
    Row {
        word: "undo",
        read: |it| it.alone(TurnStep::Undo),
        forms: &[Form {
            written: &["undo"],
            example: "undo",
            means: "`/undo` of the session's last turn that is not undone yet; the memory must not keep it",
        }],
    },
    Row {
        word: "prefetch",
        read: |it| it.alone(TurnStep::Prefetch),
        forms: &[Form {
            written: &["prefetch"],
            example: "prefetch",
            means: "the next turn begins and reads its recall",
        }],
    },
];

impl fmt::Display for TurnStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed(1) => f.write_str("turn"),
            Self::Completed(times) => write!(f, "turn x{times}"),
            Self::Interrupted => f.write_str("turn interrupted"),
            Self::Ephemeral => f.write_str("turn ephemeral"),
            Self::Review => f.write_str("review"),
            Self::Run(Course { lasts: None, .. }) => f.write_str("run hangs"),
            Self::Run(Course { lasts: Some(duration), result }) => {
                let result = match result {
                    RunResult::Completes => "",
                    RunResult::Fails => " fails",
                    RunResult::Restarts => " restarts",
                };
                write!(f, "run {}{result}", Span(*duration))
            }
            Self::Say(Saying { text, echoed: false }) => write!(f, "say {text}"),
            Self::Say(Saying { text, echoed: true }) => write!(f, "echo {text}"),
            Self::Undo => f.write_str("undo"),
            Self::Prefetch => f.write_str("prefetch"),
        }
    }
}

fn said(it: &Argument<'_>, echoed: bool) -> Result<TurnStep, String> {
    let word = if echoed { "echo" } else { "say" };
    let Some(text) = it.rest() else { return Err(format!("\"{word}\" needs a text, as in \"{word} yes, do it\"")) };
    match mentions(text).next() {
        Some(turn) => Err(format!("what is said names {turn}, and would be taken for that turn; say it without")),
        None => Ok(TurnStep::Say(Saying { text: text.to_owned(), echoed })),
    }
}

fn turn(it: &Argument<'_>) -> Result<TurnStep, String> {
    match it.rest() {
        None => Ok(TurnStep::Completed(1)),
        Some("interrupted") => Ok(TurnStep::Interrupted),
        Some("ephemeral") => Ok(TurnStep::Ephemeral),
        Some(rest) => {
            let times = rest.strip_prefix('x').and_then(|times| times.parse().ok()).filter(|&times| times > 0);
            times.map(TurnStep::Completed).ok_or_else(|| {
                format!(
                    "\"turn {rest}\" is not a step; write \"turn\", \"turn x3\" for several, \"turn interrupted\" or \"turn ephemeral\""
                )
            })
        }
    }
}

fn run(it: &Argument<'_>) -> Result<TurnStep, String> {
    let lasting = |text: &str, result| Ok(TurnStep::Run(Course { lasts: Some(parse_duration(text)?), result }));
    match it.words()[..] {
        ["hangs"] => Ok(TurnStep::Run(Course { lasts: None, result: RunResult::Completes })),
        [text] => lasting(text, RunResult::Completes),
        [text, "fails"] => lasting(text, RunResult::Fails),
        [text, "restarts"] => lasting(text, RunResult::Restarts),
        [text, result] => {
            let hint = did_you_mean(result, &["fails", "restarts"]);
            Err(format!(
                "a run cannot end as \"{result}\"{hint} write \"run {text}\", \"run {text} fails\" or \"run {text} restarts\""
            ))
        }
        _ => Err("\"run\" needs how long the turn takes, as in \"run 30s\", \"run 30s fails\" or \"run 30s restarts\"; or \"run hangs\"".into()),
    }
}
