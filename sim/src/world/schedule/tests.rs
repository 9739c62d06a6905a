//! Schedules at work: two threads of a process take ten steps each.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use model::machine::{Stepping, Tasks};

use super::at_step::AtStep;
use super::pct::Pct;
use super::random::Random;
use super::recorded::Recorded;
use super::recorder::Recorder;
use super::{Place, Schedule, TaskId, Waiting};
use crate::plan::{Pace, Tape, Track};
use crate::world::machines::machine_clock::Nap;
use crate::world::machines::process::Process;
use crate::world::meter::Meter;
use crate::world::schedule::ready::Ready;
use crate::world::streams::Stream;

/// The order of the steps, as a letter for each: `a` by the first thread, `b` by the second.
fn order(schedule: Box<dyn Schedule>) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let meter = Rc::new(Meter::new(Rc::new(crate::world::Clock::start())));
        let process = Process::new("test", 1, schedule, Vec::new(), meter, Nap::default(), |_| {});
        let done = Rc::new(RefCell::new(String::new()));
        for letter in ['a', 'b'] {
            process.spawn("thread", Box::pin(ten_steps(process.clone(), letter, Rc::clone(&done))));
        }
        let both = Rc::clone(&done);
        process
            .run(async move {
                while both.borrow().len() < 20 {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            })
            .await;
        done.take()
    })
}

async fn ten_steps(process: Process, letter: char, done: Rc<RefCell<String>>) {
    for _ in 0..10 {
        match process.step("between") {
            Stepping::Never => std::future::pending().await,
            Stepping::Sleep(length) => tokio::time::sleep(length).await,
            Stepping::Yield => tokio::task::yield_now().await,
            Stepping::Go => {}
        }
        done.borrow_mut().push(letter);
    }
}

fn random(seed: u64) -> Box<dyn Schedule> {
    Box::new(Random::new(Stream::new(seed, "schedule")))
}

fn pct(seed: u64, depth: u32) -> Box<dyn Schedule> {
    Box::new(Pct::new(Stream::new(seed, "pct"), depth, 20))
}

fn recorded(tape: &Tape) -> Box<dyn Schedule> {
    Box::new(Recorded::new(tape.clone()))
}

fn one_after_the_other(first: char, second: char) -> String {
    [first, second].map(|letter| String::from(letter).repeat(10)).concat()
}

#[test]
fn without_a_change_point_the_thread_of_higher_priority_is_never_overtaken() {
    let orders: BTreeSet<String> = (0..20).map(|seed| order(pct(seed, 1))).collect();
    assert_eq!(orders, BTreeSet::from([one_after_the_other('a', 'b'), one_after_the_other('b', 'a')]));
}

#[test]
fn at_a_change_point_the_other_thread_goes_on_to_its_end() {
    let orders: BTreeSet<String> = (0..200).map(|seed| order(pct(seed, 2))).collect();
    assert!(orders.len() > 15, "{orders:?}");
    for order in orders {
        let changes = order.as_bytes().windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!((1..=2).contains(&changes), "one change point makes one detour: {order}");
    }
}

#[test]
fn what_was_recorded_is_repeated() {
    let schedules = (0..50).flat_map(|seed| [random(seed), pct(seed, 3)]);
    for schedule in schedules {
        let tape = Rc::new(RefCell::new(Tape::default()));
        let recorded_order = order(Box::new(Recorder::new(schedule, Rc::clone(&tape))));
        let tape = tape.take();
        assert_eq!(order(recorded(&tape)), recorded_order, "{tape}");
        let read: Tape = tape.to_string().parse().expect("what is written can be read");
        assert_eq!(read, tape);
    }
}

#[test]
fn past_its_end_a_tape_makes_the_default_choice() {
    assert_eq!(order(recorded(&Tape::default())), one_after_the_other('a', 'b'));
    let once = Tape { steps: Track(vec![(3, Pace::Yield)]), ..Tape::default() };
    assert_eq!(order(recorded(&once)), ["aaa", &"b".repeat(10), &"a".repeat(7)].concat());
}

#[test]
fn a_choice_that_does_not_fit_is_cut_down() {
    let tape = Tape { next: Track(vec![(0, 9), (0, 1)]), efforts: Track(vec![(1, 70)]), ..Tape::default() };
    let mut recorded = Recorded::new(tape);
    let ready = [(4, 12), (5, 10), (6, 11)].map(|(task, since)| Waiting { task: TaskId(task), since });
    assert_eq!(
        [(); 3].map(|()| recorded.next(&ready)),
        [0, 2, 1],
        "the last, the second, and the one that waits longest"
    );
    let (least, most) = (Duration::from_millis(10), Duration::from_millis(50));
    assert_eq!([(); 3].map(|()| recorded.effort(least, most)), [least, most, least]);
}

#[test]
fn what_is_forced_at_a_step_happens_there_and_moves_nothing_else() {
    let ready = Ready::default();
    let paces = |mut schedule: Box<dyn Schedule>| -> Vec<Pace> {
        (1..=200).map(|step| schedule.step(&Place { task: TaskId(0), step, ready: &ready })).collect()
    };
    let forced = BTreeMap::from([(7, Pace::Sleep(Duration::from_millis(40))), (8, Pace::Go), (90, Pace::Yield)]);
    let mut expected = paces(random(3));
    forced.iter().for_each(|(step, pace)| expected[*step as usize - 1] = *pace);
    assert_eq!(paces(Box::new(AtStep::new(random(3), forced))), expected);
}
