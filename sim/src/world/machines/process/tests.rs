//! A process ends with its main task or by a kill, and its schedule decides who goes first.

use super::*;
use crate::world::schedule::random::Random;
use crate::world::streams::Stream;

fn schedule(seed: u64) -> Box<dyn Schedule> {
    Box::new(Random::new(Stream::new(seed, "schedule")))
}

/// Runs a process whose two tasks each take ten steps, and writes down the progress of both before each step.
fn run(seed: u64, kill: Option<Kill>) -> (Ended, Vec<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let meter = Rc::new(Meter::new(Rc::new(crate::world::Clock::start())));
        let process = Process::new("test", 1, schedule(seed), Vec::from_iter(kill), meter, Nap::default(), |_| {});
        let done = Rc::new(RefCell::new(Vec::new()));
        process.spawn("other", Box::pin(ten_steps(process.clone(), "other", Rc::clone(&done))));
        let ended = process.run(ten_steps(process.clone(), "main", Rc::clone(&done))).await;
        let done = done.borrow().clone();
        (ended, done)
    })
}

async fn ten_steps(process: Process, task: &'static str, done: Rc<RefCell<Vec<String>>>) {
    for n in 1..=10 {
        match process.step("between") {
            Stepping::Never => std::future::pending().await,
            Stepping::Sleep(duration) => tokio::time::sleep(duration).await,
            Stepping::Go | Stepping::Yield => tokio::task::yield_now().await,
        }
        done.borrow_mut().push(format!("{task} {n}"));
    }
}

#[test]
fn a_process_ends_with_its_main_task() {
    let (ended, done) = run(1, None);
    assert_eq!((ended.ending, ended.label), (Ending::Exit, None));
    assert_eq!(done.last().map(String::as_str), Some("main 10"));
}

#[test]
fn nothing_is_done_after_the_step_at_which_a_kill_strikes() {
    let (_, undisturbed) = run(1, None);
    for step in 1..=15 {
        let (ended, done) = run(1, Some(Kill { process: 1, at: Moment::Step(step), ending: Ending::Sigkill }));
        assert_eq!(ended, Ended { ending: Ending::Sigkill, steps: step, label: Some("between") });
        assert!(done.len() < step as usize, "{step}: {done:?}");
        assert_eq!(done, undisturbed[..done.len()], "until then it was the same run");
    }
}

#[test]
fn the_seed_decides_who_goes_first() {
    let orders: std::collections::BTreeSet<Vec<String>> = (0..20).map(|seed| run(seed, None).1).collect();
    assert!(orders.len() > 10, "only {} different schedules under 20 seeds", orders.len());
    assert_eq!(run(3, None), run(3, None));
}
