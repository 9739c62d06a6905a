//! The schedule of a real process, in the language of a scenario.
//!
//! A seed draws how much a run preempts before it draws where: races that need many preemptions are found by some seeds, those that many
//! would spoil by others. Seed 0 preempts nowhere, as threads do that run until they wait.

use std::time::Duration;

use model::agents::outside::{Choice, Threads, Track};

use crate::plan::{self, Pace, Scenario, Side, Strategy, Tape};
use crate::world::streams::Stream;

/// How often a run preempts at a point where nothing blocks, in millionths.
const POINT_ODDS: [u32; 5] = [0, 1_000, 5_000, 20_000, 100_000];
/// How often before a statement of the agent's own files.
const LINE_ODDS: [u32; 5] = [0, 500, 2_000, 10_000, 50_000];

/// The schedule of the `number`-th process.
pub(super) fn of(scenario: &Scenario, number: u32) -> Threads {
    let mut stream = Stream::new(scenario.seed, &format!("threads/{}/{number}", Side::Child));
    let seed = u64::from(stream.below(u32::MAX)) << 32 | u64::from(stream.below(u32::MAX));
    let forced = scenario.schedule.forced.iter().filter(|forced| forced.process == number);
    let mut forced: Vec<(u64, u32)> = forced.map(|forced| (forced.step, choice(forced.pace))).collect();
    forced.sort_unstable();
    let threads = Threads { seed, draws: true, forced, ..Threads::default() };
    match &scenario.schedule.strategy {
        Strategy::Random if scenario.seed == 0 => threads,
        Strategy::Random => {
            let mut draw = |odds: [u32; 5]| odds[stream.below(5) as usize];
            Threads { point_odds: draw(POINT_ODDS), line_odds: draw(LINE_ODDS), ..threads }
        }
        Strategy::Pct { depth } => Threads { depth: *depth, ..threads },
        Strategy::Recorded(tapes) => {
            let tape = tapes.get(Side::Child, number).map(choices).unwrap_or_default();
            Threads { draws: false, tape, ..threads }
        }
    }
}

/// A pace as a child counts it.
fn choice(pace: Pace) -> u32 {
    match pace {
        Pace::Go => 0,
        Pace::Yield => 1,
        Pace::Sleep(length) => 1 + u32::try_from(length.as_millis()).expect("a pace is shorter than a day"),
    }
}

fn pace(choice: u32) -> Pace {
    match choice {
        0 => Pace::Go,
        1 => Pace::Yield,
        _ => Pace::Sleep(Duration::from_millis(u64::from(choice - 1))),
    }
}

fn choices(tape: &Tape) -> Vec<Choice> {
    let gap = |gap: u64| u32::try_from(gap).unwrap_or(u32::MAX);
    let next = tape.next.0.iter().map(|(before, rank)| (Track::Next, gap(*before), *rank));
    let steps = tape.steps.0.iter().map(|(before, pace)| (Track::Step, gap(*before), choice(*pace)));
    next.chain(steps).map(|(track, gap, choice)| Choice { track, gap, choice }).collect()
}

/// The choices of a process as a scenario has them. Those of 0 are counted.
pub(super) fn tape(choices: &[Choice]) -> Tape {
    Tape {
        next: track(choices, Track::Next, |choice| choice),
        steps: track(choices, Track::Step, pace),
        efforts: plan::Track::default(),
    }
}

fn track<C>(choices: &[Choice], track: Track, read: impl Fn(u32) -> C) -> plan::Track<C> {
    let (mut made, mut zeros) = (Vec::new(), 0);
    for Choice { gap, choice, .. } in choices.iter().filter(|choice| choice.track == track) {
        zeros += u64::from(*gap);
        match choice {
            0 => zeros += 1,
            _ => made.push((std::mem::take(&mut zeros), read(*choice))),
        }
    }
    plan::Track(made)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn choices_become_a_tape_and_a_tape_becomes_choices() {
        let made = |track, gap, choice| Choice { track, gap, choice };
        let told =
            [made(Track::Next, 0, 0), made(Track::Step, 30, 1), made(Track::Next, 0, 2), made(Track::Step, 4, 3)];
        let tape = tape(&told);
        assert_eq!(tape.to_string(), "next 1 +2; step 30 y 4 s2");
        let expected = [made(Track::Next, 1, 2), made(Track::Step, 30, 1), made(Track::Step, 4, 3)];
        assert_eq!(choices(&tape), expected);
    }

    #[test]
    fn seed_0_preempts_nowhere_and_others_draw_how_often() {
        let text = "title = \"t\"\nsteps = [\"turn\"]\n";
        let scenario = Scenario::parse(Path::new("t.toml"), text).expect("a scenario");
        let threads = |seed| of(&scenario.clone().seeded(seed), 1);
        assert_eq!((threads(0).point_odds, threads(0).line_odds), (0, 0));
        let odds = |seed| (threads(seed).point_odds, threads(seed).line_odds);
        let different: std::collections::BTreeSet<(u32, u32)> = (1..200).map(odds).collect();
        assert_eq!(different.len(), 25);
        assert_ne!(threads(1).seed, threads(2).seed);
    }
}
