//! How the threads of a run's processes are scheduled: `schedule = "pct 3"`.
//!
//! A scenario names a [`Strategy`], and may force the pace at single steps. With its seed it alone decides which thread continues, where
//! one is preempted and how long work takes. Absent here: how a strategy decides, which is the world's.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::marker::PhantomData;
use std::str::FromStr;
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::error::did_you_mean;
use super::pace::Pace;
use super::span::parse_duration;
use super::tape::{Side, Tape, Tapes};

/// How the threads of a run's processes are scheduled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// The strategy for all choices that are not forced.
    pub strategy: Strategy,
    /// The forced choices at single steps, whatever the strategy would decide there.
    pub forced: Vec<Forced>,
}

/// How the next thread is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// `random`: every choice is drawn from the scenario's seed.
    #[default]
    Random,
    /// `pct 3`: probabilistic concurrency testing with this depth. Every thread has a priority drawn from the scenario's seed, and
    /// depth - 1 of a process's steps take the running thread's priority away.
    Pct {
        /// The number of ordering constraints of a race that it finds with a guaranteed probability.
        depth: u32,
    },
    /// `recorded`: the choices of an earlier run.
    Recorded(Tapes),
}

impl Strategy {
    /// The depth of `pct` if none is named.
    const DEPTH: u32 = 3;
    /// More change points than a process has steps change nothing.
    const DEEPEST: u32 = 100;
    /// The longest preemption at a change point.
    const PREEMPTION: Duration = Duration::from_millis(64);
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Random => f.write_str("random"),
            Self::Pct { depth } => write!(f, "pct {depth}"),
            Self::Recorded(_) => f.write_str("recorded"),
        }
    }
}

impl FromStr for Strategy {
    type Err = String;

    /// Reads `random`, `pct`, `pct 3` or `pct=3`, and `recorded`, which has no tapes then.
    fn from_str(text: &str) -> Result<Self, String> {
        let (word, argument) = match text.split_once([' ', '=']) {
            Some((word, argument)) => (word, Some(argument.trim())),
            None => (text, None),
        };
        match (word, argument) {
            ("random", None) => Ok(Self::Random),
            ("recorded", None) => Ok(Self::Recorded(Tapes::default())),
            ("pct", None) => Ok(Self::Pct { depth: Self::DEPTH }),
            ("pct", Some(depth)) => match depth.parse() {
                Ok(depth) if (1..=Self::DEEPEST).contains(&depth) => Ok(Self::Pct { depth }),
                _ => Err(format!(
                    "\"{depth}\" is not a depth of pct; write a number from 1 to {}, as in pct {}",
                    Self::DEEPEST,
                    Self::DEPTH
                )),
            },
            _ => {
                let known = ["random", "pct", "recorded"];
                let hint = did_you_mean(word, &known);
                Err(format!("unknown schedule \"{text}\"{hint} schedules: random, pct, pct 3, recorded"))
            }
        }
    }
}

/// The forced pace at one step of a process: `yield at step 12 of process 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forced {
    /// The agent's process, from 1.
    pub process: u32,
    /// The step, from 1.
    pub step: u64,
    /// The pace of the thread that takes the step.
    pub pace: Pace,
}

impl fmt::Display for Forced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at step {} of process {}", self.pace, self.step, self.process)
    }
}

impl FromStr for Forced {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "\"{text}\" forces nothing; write \"yield at step 12 of process 1\", or go or sleep 5ms instead of yield"
            )
        };
        let (pace, place) = text.split_once(" at step ").ok_or_else(wrong)?;
        let (step, process) = place.split_once(" of process ").ok_or_else(wrong)?;
        let pace = match (pace, pace.strip_prefix("sleep ")) {
            ("go", _) => Pace::Go,
            ("yield", _) => Pace::Yield,
            (_, Some(length)) => Pace::Sleep(parse_duration(length)?),
            (_, None) => return Err(wrong()),
        };
        let (step, process) = (step.parse().map_err(|_| wrong())?, process.parse().map_err(|_| wrong())?);
        if step == 0 || process == 0 { Err(wrong()) } else { Ok(Self { process, step, pace }) }
    }
}

impl Schedule {
    /// The value of the key `schedule`; `None` if the key can be omitted.
    pub fn toml(&self) -> Option<String> {
        let quoted = |text: String| toml::Value::String(text).to_string();
        let strategy = quoted(self.strategy.to_string());
        let tapes = match &self.strategy {
            Strategy::Recorded(tapes) => tapes.clone(),
            Strategy::Random | Strategy::Pct { .. } => Tapes::default(),
        };
        if self.forced.is_empty() && tapes.is_empty() {
            return (self.strategy != Strategy::Random).then_some(strategy);
        }
        let mut text = format!("{{ strategy = {strategy}");
        if !self.forced.is_empty() {
            let forced: Vec<String> = self.forced.iter().map(|forced| quoted(forced.to_string())).collect();
            _ = write!(text, ", at = [{}]", forced.join(", "));
        }
        for side in Side::ALL {
            let tapes: Vec<String> =
                tapes.of(side).map(|(number, tape)| format!("{number} = {}", quoted(tape.to_string()))).collect();
            if !tapes.is_empty() {
                _ = write!(text, ", {side} = {{ {} }}", tapes.join(", "));
            }
        }
        text.push_str(" }");
        Some(text)
    }

    /// How long it holds threads up by itself, beyond what the strategies do everywhere: what is forced, what is recorded, and the change
    /// points of a deep `pct`.
    pub fn holds_up(&self) -> Duration {
        let sleep = |pace: &Pace| if let Pace::Sleep(length) = pace { *length } else { Duration::ZERO };
        let forced: Duration = self.forced.iter().map(|forced| sleep(&forced.pace)).sum();
        let strategy = match &self.strategy {
            Strategy::Random => Duration::ZERO,
            Strategy::Pct { depth } => Strategy::PREEMPTION * depth.saturating_sub(Strategy::DEPTH),
            Strategy::Recorded(tapes) => {
                let of_a_tape = |tape: &Tape| {
                    let efforts = tape.efforts.0.iter().map(|(_, more)| Duration::from_millis((*more).into()));
                    tape.steps.0.iter().map(|(_, pace)| sleep(pace)).chain(efforts).sum::<Duration>()
                };
                tapes.all().map(of_a_tape).sum()
            }
        };
        forced + strategy
    }

    /// Refuses a schedule for processes beyond the number that the plan has.
    pub(super) fn check(&self, processes: usize) -> Result<(), String> {
        match self.forced.iter().find(|forced| forced.process as usize > processes) {
            None => Ok(()),
            Some(forced) => Err(format!("there is no process {}; the steps make {processes}", forced.process)),
        }
    }

    /// The schedule from its table.
    fn assembled(table: Table) -> Result<Self, String> {
        let Table { strategy, at, agent, provider, child } = table;
        let recorded = [&agent, &provider, &child].iter().any(|tapes| !tapes.is_empty());
        let strategy = match (strategy.map(|Text(strategy)| strategy), recorded) {
            (None, false) => Strategy::Random,
            (Some(strategy), false) => strategy,
            (None | Some(Strategy::Recorded(_)), true) => {
                let mut tapes = Tapes::default();
                for (side, table) in [(Side::Agent, agent), (Side::Provider, provider), (Side::Child, child)] {
                    for (number, Text(tape)) in table {
                        let wrong = || format!("\"{number}\" is not a process; write its number, from 1");
                        tapes.insert(side, number.parse().map_err(|_| wrong())?, tape);
                    }
                }
                Strategy::Recorded(tapes)
            }
            (Some(other), true) => {
                return Err(format!(
                    "agent, provider and child are a recorded schedule, and {other} records none; leave one out"
                ));
            }
        };
        Ok(Self { strategy, forced: at.into_iter().map(|Text(forced)| forced).collect() })
    }
}

/// The table behind the key `schedule`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    strategy: Option<Text<Strategy>>,
    #[serde(default)]
    at: Vec<Text<Forced>>,
    #[serde(default)]
    agent: BTreeMap<String, Text<Tape>>,
    #[serde(default)]
    provider: BTreeMap<String, Text<Tape>>,
    #[serde(default)]
    child: BTreeMap<String, Text<Tape>>,
}

/// A value parsed from its text. A mistake in it has the text's place.
struct Text<T>(T);

impl<'de, T: FromStr<Err = String>> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parsed<T>(PhantomData<T>);

        impl<T: FromStr<Err = String>> Visitor<'_> for Parsed<T> {
            type Value = Text<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<T>, E> {
                text.parse().map(Text).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Parsed(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Schedule;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a schedule, as in \"pct 3\", or a table of one")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Schedule, E> {
                let strategy = text.parse().map_err(E::custom)?;
                Ok(Schedule { strategy, forced: Vec::new() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Schedule, A::Error> {
                let table = Table::deserialize(MapAccessDeserializer::new(map))?;
                Schedule::assembled(table).map_err(Error::custom)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::plan::{Scenario, Track};

    /// The schedule of a scenario with this line, or the mistake in it.
    fn read(line: &str) -> Result<Schedule, String> {
        let text = format!("title = \"t\"\n{line}\nsteps = [\"turn\", \"restart\", \"turn\"]\n");
        let scenario = Scenario::parse(Path::new("a.toml"), &text).map_err(|error| error.to_string())?;
        Ok(scenario.schedule)
    }

    #[test]
    fn a_schedule_is_read_as_it_is_written() {
        let tape = Tape {
            next: Track(vec![(3, 1), (0, 2)]),
            steps: Track(vec![(31, Pace::Yield), (4, Pace::Sleep(Duration::from_millis(2)))]),
            efforts: Track(vec![(0, 12)]),
        };
        let mut tapes = Tapes::default();
        tapes.insert(Side::Agent, 2, tape.clone());
        tapes.insert(Side::Provider, 1, tape);
        tapes.insert(Side::Child, 1, "step 900 y".parse().expect("a tape"));
        let forced = vec![
            Forced { process: 2, step: 12, pace: Pace::Sleep(Duration::from_millis(1_500)) },
            Forced { process: 1, step: 1, pace: Pace::Yield },
        ];
        let strategies = [
            (Strategy::Random, "\"random\""),
            (Strategy::Pct { depth: 5 }, "\"pct 5\""),
            (Strategy::Recorded(Tapes::default()), "\"recorded\""),
            (
                Strategy::Recorded(tapes),
                "{ strategy = \"recorded\", agent = { 2 = \"next 3 +1 +2; step 31 y 4 s2; effort +12\" }, \
                 provider = { 1 = \"next 3 +1 +2; step 31 y 4 s2; effort +12\" }, child = { 1 = \"step 900 y\" } }",
            ),
        ];
        for (strategy, written) in strategies {
            let plain = Schedule { strategy: strategy.clone(), forced: Vec::new() };
            assert_eq!(plain.toml().unwrap_or("\"random\"".into()), written);
            let schedules = [plain, Schedule { strategy, forced: forced.clone() }];
            for schedule in schedules {
                let line = schedule.toml().map(|value| format!("schedule = {value}")).unwrap_or_default();
                assert_eq!(read(&line), Ok(schedule), "{line}");
            }
        }
        assert_eq!(read("schedule = \"pct\"").map(|schedule| schedule.strategy), Ok(Strategy::Pct { depth: 3 }));
        assert_eq!("pct=4".parse(), Ok(Strategy::Pct { depth: 4 }));
        let tables = "schedule.agent = { 1 = \"step 3 y\" }\nschedule.at = [\"go at step 3 of process 1\"]";
        assert!(matches!(read(tables).map(|schedule| schedule.strategy), Ok(Strategy::Recorded(_))));
    }

    #[test]
    fn what_is_no_schedule_is_refused_in_one_line() {
        let schedules = "schedules: random, pct, pct 3, recorded";
        let choices = "write a count, +1, y or s2, as in \"step 31 y 4 s2\"";
        let cases = [
            ("\"pcr 3\"", 12, format!("unknown schedule \"pcr 3\"; did you mean \"pct\"? {schedules}")),
            ("\"random 3\"", 12, format!("unknown schedule \"random 3\"; did you mean \"random\"? {schedules}")),
            ("\"pct 0\"", 12, "\"0\" is not a depth of pct; write a number from 1 to 100, as in pct 3".into()),
            (
                "{ at = [\"yield at step 0 of process 1\"] }",
                20,
                "\"yield at step 0 of process 1\" forces nothing; write \"yield at step 12 of process 1\", or go or sleep 5ms \
                 instead of yield"
                    .into(),
            ),
            ("{ at = [\"go at step 1 of process 3\"] }", 12, "there is no process 3; the steps make 2".into()),
            ("{ agent = { 1 = \"stop 3\" } }", 28, "a tape has no track \"stop\"; tracks: next, step, effort".into()),
            ("{ agent = { 1 = \"step 3 +1\" } }", 28, format!("\"+1\" is no choice of a tape; {choices}")),
            (
                "{ strategy = \"pct 3\", agent = { 1 = \"step 3 y\" } }",
                12,
                "agent, provider and child are a recorded schedule, and pct 3 records none; leave one out".into(),
            ),
            ("{ agent = { one = \"step 3 y\" } }", 12, "\"one\" is not a process; write its number, from 1".into()),
        ];
        for (value, column, message) in cases {
            assert_eq!(read(&format!("schedule = {value}")), Err(format!("a.toml:2:{column}: {message}")));
        }
        let told = read("schedule = 3").expect_err("a mistake");
        assert!(told.starts_with("a.toml:2:12: ") && told.contains("a schedule, as in \"pct 3\""), "{told}");
    }
}
