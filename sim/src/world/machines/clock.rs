//! The simulated clock: it stands still until every task waits, and then jumps to the next timer.
//!
//! Timers that are due at the same time fire in the order in which they were set.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use model::machine;

thread_local! {
    static CURRENT: Cell<Option<Duration>> = const { Cell::new(None) };
}

/// Time since this clock was made. Clones are the same clock.
#[derive(Clone)]
pub struct Clock {
    state: Rc<State>,
}

#[derive(Default)]
struct State {
    now: Cell<Duration>,
    timers: RefCell<BTreeMap<Key, Waker>>,
    set: Cell<u64>,
}

/// The time at which a timer is due, and the number of timers set before it.
type Key = (Duration, u64);

impl Clock {
    /// A clock that starts now.
    pub(in crate::world) fn start() -> Self {
        CURRENT.set(Some(Duration::ZERO));
        Self { state: Rc::default() }
    }

    /// Simulated time, for code that cannot be given a clock: the formatter of traces.
    pub fn current() -> Option<Duration> {
        CURRENT.get()
    }

    /// When the next timer is due.
    pub(in crate::world) fn next_timer(&self) -> Option<Duration> {
        self.state.timers.borrow().first_key_value().map(|((due, _), _)| *due)
    }

    /// Moves the clock to `now` and wakes the timers that are due.
    pub(in crate::world) fn advance(&self, now: Duration) {
        self.state.now.set(now);
        CURRENT.set(Some(now));
        loop {
            let mut timers = self.state.timers.borrow_mut();
            let Some(next) = timers.first_entry().filter(|next| next.key().0 <= now) else { return };
            let waker = next.remove();
            drop(timers);
            waker.wake();
        }
    }
}

#[async_trait(?Send)]
impl machine::Clock for Clock {
    fn now(&self) -> Duration {
        self.state.now.get()
    }

    async fn sleep(&self, duration: Duration) {
        Sleep { clock: self.clone(), due: self.now() + duration, set: None }.await;
    }
}

/// A future that completes when it is due.
struct Sleep {
    clock: Clock,
    due: Duration,
    /// Its timer.
    set: Option<Key>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let state = Rc::clone(&self.clock.state);
        if state.now.get() >= self.due {
            return Poll::Ready(());
        }
        let due = self.due;
        let key = *self.set.get_or_insert_with(|| {
            state.set.set(state.set.get() + 1);
            (due, state.set.get())
        });
        let mut timers = state.timers.borrow_mut();
        timers.entry(key).or_insert_with(|| cx.waker().clone()).clone_from(cx.waker());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.set {
            self.clock.state.timers.borrow_mut().remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::task::Wake;

    use machine::Clock as _;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Notes its name when it is woken.
    struct Noted(u32, Arc<Mutex<Vec<u32>>>);

    impl Wake for Noted {
        fn wake(self: Arc<Self>) {
            self.1.lock().expect("a list").push(self.0);
        }
    }

    #[test]
    fn timers_go_off_when_they_are_due_in_the_order_in_which_they_were_set() {
        let (clock, woken) = (Clock::start(), Arc::new(Mutex::new(Vec::new())));
        let poll = |sleep: &mut Pin<Box<dyn Future<Output = ()> + '_>>, name| {
            let waker = Waker::from(Arc::new(Noted(name, Arc::clone(&woken))));
            sleep.as_mut().poll(&mut Context::from_waker(&waker))
        };
        let mut sleeps = [3, 1, 1, 2, 1].map(|seconds| clock.sleep(SECOND * seconds));
        for (sleep, name) in sleeps.iter_mut().zip(0..) {
            assert!(poll(sleep, name).is_pending());
        }
        let [_, first, dropped, ..] = &mut sleeps;
        *dropped = clock.sleep(Duration::ZERO);
        assert!(poll(dropped, 2).is_ready(), "that is no wait");
        assert!(poll(first, 10).is_pending());
        assert_eq!(clock.next_timer(), Some(SECOND));
        clock.advance(SECOND * 2);
        assert_eq!(*woken.lock().expect("a list"), [10, 4, 3]);
        assert_eq!((clock.now(), clock.next_timer()), (SECOND * 2, Some(SECOND * 3)));
    }
}
