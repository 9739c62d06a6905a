//! A recorded schedule: the choices made in each process of a run, as text of one line.
//!
//! The choices of a process are of three kinds, and each kind has its own track: which task went `next`, the pace of a thread at a `step`,
//! how much `effort` work took. In a track a number counts default choices (the task that waited longest, no preemption, the least effort),
//! and every other word is one choice: `+1` is the task that waited second longest, or one millisecond more; `y` yields; `s2` sleeps for 2
//! ms. All choices after the last word are the default: `next 3 +1; step 31 y 4 s2; effort 12`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::pace::Pace;
use super::span::LONGEST;

/// The tapes of a run's processes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tapes(BTreeMap<(Side, u32), Tape>);

/// The side a process belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The agent's.
    Agent,
    /// The provider's.
    Provider,
    /// The agent's, and a real one: its threads. The agent's side is then the host.
    Child,
}

impl Side {
    /// Each.
    pub const ALL: [Self; 3] = [Self::Agent, Self::Provider, Self::Child];
    /// Those of the models.
    pub const MODELED: [Self; 2] = [Self::Agent, Self::Provider];
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agent => "agent",
            Self::Provider => "provider",
            Self::Child => "child",
        })
    }
}

impl Tapes {
    /// Adds the choices of the `number`-th process of this side. A process with only default choices needs no tape.
    pub fn insert(&mut self, side: Side, number: u32, tape: Tape) {
        if tape != Tape::default() {
            self.0.insert((side, number), tape);
        }
    }

    /// The choices of the `number`-th process of this side.
    pub fn get(&self, side: Side, number: u32) -> Option<&Tape> {
        self.0.get(&(side, number))
    }

    /// Whether every choice was the default.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Tape> {
        self.0.values()
    }

    /// The tapes of one side's processes, by their numbers.
    pub fn of(&self, side: Side) -> impl Iterator<Item = (u32, &Tape)> {
        self.0.iter().filter(move |((of, _), _)| *of == side).map(|((_, number), tape)| (*number, tape))
    }
}

/// The choices of one process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tape {
    /// Which ready task continued: the number of tasks that had waited longer.
    pub next: Track<u32>,
    /// The pace of the running task at each step.
    pub steps: Track<Pace>,
    /// How long each piece of work took: the milliseconds beyond the least.
    pub efforts: Track<u32>,
}

/// Choices of one kind, in order: each one that is not the default, and the number of default choices before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track<C>(pub Vec<(u64, C)>);

impl<C> Default for Track<C> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl fmt::Display for Tape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = |more: &u32| format!("+{more}");
        let pace = |pace: &Pace| match pace {
            Pace::Go => "1".to_owned(),
            Pace::Yield => "y".to_owned(),
            Pace::Sleep(length) => format!("s{}", length.as_millis()),
        };
        let tracks = [
            ("next", words(&self.next, more)),
            ("step", words(&self.steps, pace)),
            ("effort", words(&self.efforts, more)),
        ];
        let tracks: Vec<String> = tracks
            .into_iter()
            .filter(|(_, words)| !words.is_empty())
            .map(|(kind, words)| format!("{kind} {}", words.join(" ")))
            .collect();
        f.write_str(&tracks.join("; "))
    }
}

fn words<C>(track: &Track<C>, word: impl Fn(&C) -> String) -> Vec<String> {
    let counted = |defaults: &u64| (*defaults > 0).then(|| defaults.to_string());
    track.0.iter().flat_map(|(defaults, choice)| counted(defaults).into_iter().chain([word(choice)])).collect()
}

impl FromStr for Tape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut tape = Self::default();
        for track in text.split(';').map(str::trim).filter(|track| !track.is_empty()) {
            let (kind, words) = track.split_once(' ').unwrap_or((track, ""));
            match kind {
                "next" => tape.next = read(words, more)?,
                "step" => tape.steps = read(words, pace)?,
                "effort" => tape.efforts = read(words, more)?,
                other => return Err(format!("a tape has no track \"{other}\"; tracks: next, step, effort")),
            }
        }
        Ok(tape)
    }
}

fn read<C>(words: &str, choice: impl Fn(&str) -> Option<C>) -> Result<Track<C>, String> {
    let (mut track, mut defaults) = (Vec::new(), 0_u64);
    for word in words.split_whitespace() {
        let is_a_count = word.bytes().all(|byte| byte.is_ascii_digit());
        match (word.parse::<u32>(), choice(word)) {
            (Ok(more), _) if is_a_count => defaults += u64::from(more),
            (_, Some(choice)) => track.push((std::mem::take(&mut defaults), choice)),
            (_, None) => {
                return Err(format!(
                    "\"{word}\" is no choice of a tape; write a count, +1, y or s2, as in \"step 31 y 4 s2\""
                ));
            }
        }
    }
    Ok(Track(track))
}

/// `+3`. A default choice is written as a count.
fn more(word: &str) -> Option<u32> {
    word.strip_prefix('+')?.parse().ok().filter(|more| *more > 0)
}

/// `y` or `s2`.
fn pace(word: &str) -> Option<Pace> {
    match word {
        "y" => Some(Pace::Yield),
        _ => {
            let length = Duration::from_millis(word.strip_prefix('s')?.parse().ok()?);
            (length <= LONGEST).then_some(Pace::Sleep(length))
        }
    }
}
