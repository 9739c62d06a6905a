//! Any schedule: each strategy, short recorded tapes, and what is forced at single steps.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::{Just, prop_oneof};
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Strategy as _};

use crate::plan::{Forced, Pace, Schedule, Side, Strategy, Tape, Tapes, Track};

/// Which thread goes on, and where.
pub(super) fn schedule() -> BoxedStrategy<Schedule> {
    let strategy = prop_oneof![
        4 => Just(Strategy::Random),
        2 => select(&[1, 2, 3, 5, 100][..]).prop_map(|depth| Strategy::Pct { depth }),
        1 => tapes().prop_map(Strategy::Recorded),
    ];
    let forced = prop_oneof![3 => Just(Vec::new()), 1 => vec(forced(), 1..4)];
    (strategy, forced).prop_map(|(strategy, forced)| Schedule { strategy, forced }).boxed()
}

/// `sleep 0ms` would be another way to write `go`.
fn pace() -> BoxedStrategy<Pace> {
    let sleep = select(&[1, 3, 60][..]).prop_map(|ms| Pace::Sleep(Duration::from_millis(ms)));
    prop_oneof![Just(Pace::Yield), sleep].boxed()
}

fn forced() -> BoxedStrategy<Forced> {
    let pace = prop_oneof![1 => Just(Pace::Go), 2 => pace()];
    (1..3_u32, 1..200_u64, pace).prop_map(|(process, step, pace)| Forced { process, step, pace }).boxed()
}

/// Tapes of the first two processes of each side.
fn tapes() -> BoxedStrategy<Tapes> {
    let track = || vec((0..30_u64, 1..5_u32), 0..4).prop_map(Track);
    let paces = vec((0..30_u64, pace()), 0..4).prop_map(Track);
    let tape = (track(), paces, track()).prop_map(|(next, steps, efforts)| Tape { next, steps, efforts });
    let tapes = vec((select(&Side::MODELED[..]), 1..3_u32, tape), 0..4);
    let insert = |mut tapes: Tapes, (side, number, tape)| {
        tapes.insert(side, number, tape);
        tapes
    };
    tapes.prop_map(move |all| all.into_iter().fold(Tapes::default(), insert)).boxed()
}
