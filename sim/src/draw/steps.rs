//! Steps that belong together, as strategies.

use std::ops::Range;
use std::time::Duration;

use model::words::course::{Course, RunResult};
use model::words::profile::HOME;
use model::words::session::SessionId;
use proptest::prelude::Just;
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Strategy};

use super::one_of;
use crate::plan::{
    AgentStep, BesideStep, DiskFault, DiskOperation, EndingStep, Jump, SessionStep, StartingStep, Step,
    SurroundingStep, TurnStep,
};

/// Steps that belong together.
pub(super) type Steps = Vec<Step>;
/// Steps, each with its weight.
pub(super) type Choices = Vec<(u32, BoxedStrategy<Steps>)>;

/// A turn.
pub(super) const TURN: TurnStep = TurnStep::Completed(1);
/// The next process, at once.
pub(super) const RESTART: StartingStep = StartingStep::Restart(None, Duration::ZERO);

/// One step.
pub(super) fn one(step: impl Into<Step>) -> BoxedStrategy<Steps> {
    all(vec![step.into()])
}

/// Several steps.
pub(super) fn all(steps: Steps) -> BoxedStrategy<Steps> {
    Just(steps).boxed()
}

/// A step with a number of this range in it.
pub(super) fn numbered<S: Into<Step>>(range: Range<u32>, step: impl Fn(u32) -> S + 'static) -> BoxedStrategy<Steps> {
    range.prop_map(move |number| vec![step(number).into()]).boxed()
}

/// A step about one of the sessions with these numbers.
pub(super) fn to(step: fn(SessionId) -> SessionStep, range: Range<u32>) -> BoxedStrategy<Steps> {
    numbered(range, move |number| step(session(number)))
}

/// What follows belongs to another profile, or to the first again.
pub(super) fn profile() -> BoxedStrategy<Steps> {
    select(&[HOME, "work", "b"][..]).prop_map(|name| vec![AgentStep::Profile(name.to_owned()).into()]).boxed()
}

/// The session with this number.
pub(super) fn session(number: u32) -> SessionId {
    SessionId::from(format!("S{number}"))
}

/// The user thinks.
pub(super) fn sleep(duration: Duration) -> Step {
    SurroundingStep::Sleep(duration).into()
}

pub(super) fn milliseconds(number: u32) -> Duration {
    Duration::from_millis(number.into())
}

pub(super) fn seconds(number: u32) -> Duration {
    Duration::from_secs(number.into())
}

pub(super) fn minutes(number: u32) -> Duration {
    seconds(60 * number)
}

/// A turn that takes between one second and `most`.
pub(super) fn run(most: u32, result: RunResult) -> BoxedStrategy<Steps> {
    numbered(1..most, move |number| TurnStep::Run(Course { lasts: Some(seconds(number)), result }))
}

/// Turns of two chats that end at about the same time. With `other`, the second chat may be of another profile.
pub(super) fn side_by_side(other: bool) -> BoxedStrategy<Steps> {
    let start = || Step::from(BesideStep::Start(Box::new(TURN.into())));
    let chats = if other {
        vec![(2, to(SessionStep::Use, 1..4)), (1, profile())]
    } else {
        vec![(1, to(SessionStep::Use, 1..4))]
    };
    let apart = one_of(vec![(1, Just(0).boxed()), (1, (1..300_u32).boxed())]);
    let steps = (to(SessionStep::Use, 1..4), one_of(chats), apart);
    steps
        .prop_map(move |(one, two, apart)| {
            let pause = if apart == 0 { Vec::new() } else { vec![sleep(milliseconds(apart))] };
            [one, vec![start()], pause, two, vec![start(), sleep(seconds(1))]].concat()
        })
        .boxed()
}

/// A turn that never ends.
pub(super) fn run_hangs() -> BoxedStrategy<Steps> {
    one(TurnStep::Run(Course { lasts: None, result: RunResult::Completes }))
}

/// Turns that must not be remembered.
pub(super) fn unwanted() -> BoxedStrategy<Steps> {
    one_of([TurnStep::Interrupted, TurnStep::Ephemeral, TurnStep::Review].map(|turn| (1, one(turn))).to_vec())
}

/// A disk fault that lasts at most so many milliseconds.
pub(super) fn disk(longest_ms: u32) -> BoxedStrategy<Steps> {
    let fault = |fault: fn(Duration) -> DiskFault| {
        (1, numbered(1..longest_ms, move |number| SurroundingStep::Disk(fault(milliseconds(number)))))
    };
    let at = move |operation| {
        let once = (1, one(SurroundingStep::Disk(DiskFault::Once(operation))));
        let long = numbered(1..longest_ms, move |ms| SurroundingStep::Disk(DiskFault::At(operation, milliseconds(ms))));
        one_of(vec![once, (1, long)])
    };
    one_of(vec![
        fault(DiskFault::Fails),
        fault(DiskFault::Full),
        fault(DiskFault::Stalls),
        (1, one_of(DiskOperation::ALL.iter().map(|operation| (1, at(*operation))).collect())),
        (1, half_a_record()),
    ])
}

/// A full disk leaves half a record, which cannot be cut off at once; and soon after what is written behind it, the process is killed.
fn half_a_record() -> BoxedStrategy<Steps> {
    let disk = |fault| Step::from(SurroundingStep::Disk(fault));
    let times = (1..60_u32, 1..2_000_u32, proptest::bool::ANY);
    times
        .prop_map(move |(full, lives, killed)| {
            let faults = [DiskFault::Full(milliseconds(full)), DiskFault::Once(DiskOperation::Truncate)].map(disk);
            let end = if killed { end_and_restart(&[EndingStep::Sigkill]) } else { Vec::new() };
            [&faults[..], &[TURN.into(), TURN.into(), sleep(milliseconds(lives))], &end[..]].concat()
        })
        .boxed()
}

/// The machine sleeps for up to so many minutes, or somebody sets its clock.
pub(super) fn machine(longest_nap: u32) -> BoxedStrategy<Steps> {
    let jump = |back: bool| move |by: Duration| Step::from(SurroundingStep::Clock(Jump { back, by }));
    let far = |number: u32| [milliseconds(number), seconds(number), minutes(number)];
    let jumps = (1..1_400_u32, 0..3_usize, proptest::bool::ANY);
    one_of(vec![
        (2, numbered(1..30, |number| SurroundingStep::Suspend(seconds(number)))),
        (2, numbered(1..longest_nap, |number| SurroundingStep::Suspend(minutes(number)))),
        (3, jumps.prop_map(move |(number, unit, back)| vec![jump(back)(far(number)[unit])]).boxed()),
    ])
}

/// An end, and the next process.
pub(super) fn end_and_restart(ends: &[EndingStep]) -> Steps {
    ends.iter().map(|end| Step::from(*end)).chain([Step::from(RESTART)]).collect()
}
