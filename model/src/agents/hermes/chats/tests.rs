//! What each era makes of the files that another life has left, one decision at a time.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;

use super::Gateway;
use super::behaviors::Behaviors;
use super::candidate::{COUNT_FIRST, EARLY_RECEIPT, KEEP_COUNTER, PR_11099};
use super::shipped::{E0, E1, E2, E3, E4};
use crate::contracts::chats::{Continuity, Message, Resumption, Route, Routed};
use crate::facts::chats::{End, How};
use crate::machine::tests::Nothing;
use crate::machine::{Clock, Disk, LocalFuture, Machine, Stepping, Tasks};
use crate::words::course::{Completion, Course, RunResult};
use crate::words::session::SessionId;

/// A machine with a disk, on which time passes when it is told to.
#[derive(Default)]
pub(crate) struct Bench {
    files: RefCell<BTreeMap<String, Vec<u8>>>,
    now: Cell<Duration>,
}

impl Bench {
    /// The machine, as a process sees it.
    pub(crate) fn machine(self: &Rc<Self>) -> Machine {
        Machine {
            network: Rc::new(Nothing),
            disk: Rc::<Self>::clone(self),
            clock: Rc::<Self>::clone(self),
            tasks: Rc::<Self>::clone(self),
            witness: Rc::new(Nothing),
        }
    }

    /// Time passes.
    pub(crate) fn pass(&self, seconds: u64) {
        self.now.set(self.now.get() + Duration::from_secs(seconds));
    }

    fn has(&self, path: &str) -> bool {
        self.files.borrow().contains_key(path)
    }
}

#[async_trait(?Send)]
impl Disk for Bench {
    async fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.files.borrow().get(path).cloned())
    }

    async fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.files.borrow_mut().entry(path.to_owned()).or_default().extend(bytes);
        Ok(())
    }

    async fn sync(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    async fn truncate(&self, path: &str, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).expect("a small file");
        self.files.borrow_mut().entry(path.to_owned()).or_default().truncate(length);
        Ok(())
    }

    async fn replace(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.files.borrow_mut().insert(path.to_owned(), bytes.to_vec());
        Ok(())
    }

    async fn remove(&self, path: &str) -> io::Result<()> {
        self.files.borrow_mut().remove(path);
        Ok(())
    }

    async fn try_lock(&self, _: &str) -> io::Result<bool> {
        Ok(true)
    }
}

#[async_trait(?Send)]
impl Clock for Bench {
    fn now(&self) -> Duration {
        self.now.get()
    }

    async fn sleep(&self, duration: Duration) {
        self.now.set(self.now.get() + duration);
    }
}

impl Tasks for Bench {
    fn spawn(&self, _: &'static str, _: LocalFuture) {}

    fn step(&self, _: &'static str) -> Stepping {
        Stepping::Go
    }

    fn effort(&self, least: Duration, _: Duration) -> Duration {
        least
    }

    fn terminate(&self) {}
}

/// The result of what never has to wait here.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing waits on this machine"),
    }
}

/// A message whose turn takes a minute.
pub(crate) fn message(turn: &str) -> Message {
    let course = Course { lasts: Some(Duration::from_secs(60)), result: RunResult::Completes };
    Message { turn: turn.parse().expect("a turn"), course, completion: Completion::Completed }
}

/// A turn begins. Where it runs.
pub(crate) fn begin(continuity: &dyn Continuity, message: &Message) -> Route {
    now(async {
        continuity.accept(message).await;
        let Routed::Runs(route) = continuity.route(message, false).await else { unreachable!("it runs") };
        continuity.begin(message, &route).await;
        route
    })
}

/// It is answered.
pub(crate) fn answer(continuity: &dyn Continuity, message: &Message, route: &Route) {
    now(async {
        continuity.end(message, &route.session, End::Completed).await;
        continuity.replied(&message.turn).await;
    });
}

fn load(bench: &Rc<Bench>, era: Behaviors) -> (Rc<dyn Continuity>, Resumption) {
    let gateway = Gateway::load(era, bench.machine(), None);
    let left = now(gateway.boot());
    (gateway, left)
}

/// A life in which one turn is answered and the next begins; then it is killed, and another starts ten seconds later.
fn killed_in_a_turn(era: Behaviors) -> (Rc<Bench>, Rc<dyn Continuity>, Resumption) {
    let bench = Rc::new(Bench::default());
    let (gateway, _) = load(&bench, era);
    let first = message("S1#1");
    answer(&*gateway, &first, &begin(&*gateway, &first));
    begin(&*gateway, &message("S1#2"));
    bench.pass(10);
    let (gateway, left) = load(&bench, era);
    (bench, gateway, left)
}

fn turns(left: &Resumption) -> Vec<String> {
    left.messages.iter().map(|message| message.turn.to_string()).collect()
}

#[test]
fn a_kill_suspends_marks_or_is_known_exactly() {
    let expected = [
        (E0, "S1.2", How::Asked, 0),
        (E1, "S1.2", How::Asked, 0),
        (E2, "S1", How::Continued("S1#2".parse().expect("a turn")), 1),
        (E3, "S1", How::Continued("S1#2".parse().expect("a turn")), 1),
        (E4, "S1", How::Continued("S1#2".parse().expect("a turn")), 1),
    ];
    for (era, session, how, resumed) in expected {
        let (_, gateway, left) = killed_in_a_turn(era);
        assert_eq!(turns(&left), ["S1#2"; 1][..resumed], "{era:?}");
        let route = begin(&*gateway, &message("S1#3"));
        assert_eq!((route.session.as_str(), route.how), (session, how), "{era:?}");
    }
}

/// A life in which a turn is answered, killed ten seconds later.
#[test]
fn only_exact_marks_leave_a_finished_chat_alone() {
    let expected = [(E1, 0, "S1.2"), (E2, 1, "S1"), (E3, 1, "S1"), (E4, 0, "S1")];
    for (era, resumed, session) in expected {
        let bench = Rc::new(Bench::default());
        let (gateway, _) = load(&bench, era);
        let first = message("S1#1");
        answer(&*gateway, &first, &begin(&*gateway, &first));
        bench.pass(10);
        let (gateway, left) = load(&bench, era);
        assert_eq!((left.messages.len(), &*begin(&*gateway, &message("S1#2")).session.to_string()), (resumed, session));
    }
}

/// Stops in order, with one turn given up or not.
fn stop(gateway: &dyn Continuity, timed_out: bool) {
    let running = [SessionId::from("S1")];
    now(async {
        gateway.stop_begins().await;
        gateway.drain_begins(&running).await;
        gateway.drained(timed_out, &running).await;
        gateway.stopped(timed_out, &running).await;
    });
}

#[test]
fn a_receipt_is_written_unless_something_was_given_up() {
    for era in [E0, E1, E2, E3, E4, PR_11099, EARLY_RECEIPT, KEEP_COUNTER, COUNT_FIRST] {
        for timed_out in [false, true] {
            let bench = Rc::new(Bench::default());
            let (gateway, _) = load(&bench, era);
            stop(&*gateway, timed_out);
            let early = [PR_11099, EARLY_RECEIPT].contains(&era);
            assert_eq!(bench.has("/.clean_shutdown"), !timed_out || early, "{era:?} {timed_out}");
            load(&bench, era);
            assert!(!bench.has("/.clean_shutdown"), "{era:?} believes it once");
        }
    }
}

#[test]
fn a_count_of_stops_survives_a_start_only_where_that_was_proposed() {
    for (era, survives) in [(E0, false), (E4, false), (KEEP_COUNTER, true)] {
        let (bench, gateway, _) = killed_in_a_turn(era);
        stop(&*gateway, true);
        assert!(bench.has("/.restart_failure_counts"));
        load(&bench, era);
        assert_eq!(bench.has("/.restart_failure_counts"), survives, "{era:?}");
    }
}

#[test]
fn the_third_close_start_takes_nothing_up() {
    let resumed = |era, apart| -> Vec<usize> {
        let (bench, ..) = killed_in_a_turn(era);
        let start = |_| {
            bench.pass(apart);
            load(&bench, era).1.messages.len()
        };
        (0..3).map(start).collect()
    };
    assert_eq!(resumed(E2, 20), [1, 1, 1]);
    assert_eq!(resumed(E3, 20), [1, 0, 0]);
    assert_eq!(resumed(E3, 40), [1, 1, 1], "the window forgets what is a minute old");
    assert_eq!(resumed(E4, 40), [1, 0, 0]);
    assert_eq!(resumed(E4, 301), [1, 1, 1]);
}

#[test]
fn the_budgets_are_those_of_their_dates() {
    let budget = |era: Behaviors, drain: Option<u64>| {
        let bench = Rc::new(Bench::default());
        let budget = Gateway::load(era, bench.machine(), drain.map(Duration::from_secs)).budget();
        (budget.drain.as_secs(), budget.stop.as_secs())
    };
    let eras = [E0, E1, E2, E3, E4];
    assert_eq!(eras.map(|era| budget(era, None)), [(60, 60), (60, 90), (180, 90), (0, 60), (0, 70)]);
    assert_eq!(budget(E4, Some(180)), (180, 250));
}
