//! Who runs, and who waits: a chat is taken by whoever works for it, and its other messages queue.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

use super::job::Job;
use crate::machine::signal::Signal;
use crate::words::session::SessionId;

/// The chats of the process.
#[derive(Default)]
pub(super) struct Chats {
    chats: RefCell<BTreeMap<SessionId, Chat>>,
    counted: Cell<u64>,
}

#[derive(Default)]
struct Chat {
    /// How many work for it: one, unless something is wrong.
    taken: usize,
    queue: VecDeque<Job>,
    running: Vec<Running>,
    /// How often its user has stopped it.
    stops: u64,
}

/// A turn that runs.
#[derive(Clone)]
pub(super) struct Running {
    number: u64,
    /// Whether its agent is up.
    up: bool,
    /// Raised when it is to stop what it does, and can.
    pub interrupted: Signal,
    /// Raised when nobody waits for it any more.
    pub abandoned: Signal,
}

impl Chats {
    /// Takes a chat for this job, or queues it behind what the chat is about. Hands it back in the first case.
    pub(super) fn take(&self, mut job: Job) -> Option<Job> {
        let mut chats = self.chats.borrow_mut();
        let chat = chats.entry(job.message.chat().clone()).or_default();
        job.stops = chat.stops;
        if chat.taken > 0 {
            chat.queue.push_back(job);
            return None;
        }
        chat.taken += 1;
        Some(job)
    }

    /// Takes a chat without a look at who has it.
    pub(super) fn take_blindly(&self, mut job: Job) -> Job {
        let mut chats = self.chats.borrow_mut();
        let chat = chats.entry(job.message.chat().clone()).or_default();
        chat.taken += 1;
        job.stops = chat.stops;
        job
    }

    /// What is next for whoever works for a chat. It is free again if that is nothing, or if nothing more is to begin.
    pub(super) fn next(&self, chat: &SessionId, goes_on: bool) -> Option<Job> {
        let mut chats = self.chats.borrow_mut();
        let chat = chats.get_mut(chat)?;
        let next = if goes_on { chat.queue.pop_front() } else { None };
        if next.is_none() {
            chat.taken -= 1;
        }
        next
    }

    /// Whether any message waits for its turn.
    pub(super) fn has_queue(&self, chat: &SessionId) -> bool {
        self.chats.borrow().get(chat).is_some_and(|chat| !chat.queue.is_empty())
    }

    /// A turn of the chat begins, unless the chat was stopped since the message came.
    pub(super) fn begin(&self, job: &Job) -> Option<Running> {
        let chat = job.message.chat();
        if self.chats.borrow().get(chat).is_some_and(|chat| chat.stops != job.stops) {
            return None;
        }
        self.counted.set(self.counted.get() + 1);
        let (interrupted, abandoned) = <(Signal, Signal)>::default();
        let running = Running { number: self.counted.get(), up: false, interrupted, abandoned };
        self.chats.borrow_mut().entry(chat.clone()).or_default().running.push(running.clone());
        Some(running)
    }

    /// Its agent is up.
    pub(super) fn up(&self, chat: &SessionId, running: &Running) {
        if let Some(chat) = self.chats.borrow_mut().get_mut(chat) {
            let found = chat.running.iter_mut().find(|known| known.number == running.number);
            found.into_iter().for_each(|known| known.up = true);
        }
    }

    /// It is over.
    pub(super) fn end(&self, chat: &SessionId, running: &Running) {
        if let Some(chat) = self.chats.borrow_mut().get_mut(chat) {
            chat.running.retain(|known| known.number != running.number);
        }
    }

    /// `/stop`: what runs ends, and what waits is forgotten.
    pub(super) fn stop(&self, chat: &SessionId) {
        let mut ended = Vec::new();
        let mut chats = self.chats.borrow_mut();
        let chat = chats.entry(chat.clone()).or_default();
        chat.queue.clear();
        chat.stops += 1;
        ended.clone_from(&chat.running);
        drop(chats);
        for running in ended {
            running.interrupted.raise();
            running.abandoned.raise();
        }
    }

    /// Everything that can be interrupted is.
    pub(super) fn interrupt(&self) {
        let running: Vec<Running> = self.chats.borrow().values().flat_map(|chat| chat.running.clone()).collect();
        running.into_iter().for_each(|running| running.interrupted.raise());
    }

    /// The chats that somebody works for.
    pub(super) fn busy(&self) -> Vec<SessionId> {
        self.select(|chat| chat.taken > 0)
    }

    /// The chats with a turn whose agent is up.
    pub(super) fn up_and_running(&self) -> Vec<SessionId> {
        self.select(|chat| chat.running.iter().any(|running| running.up))
    }

    fn select(&self, wanted: impl Fn(&Chat) -> bool) -> Vec<SessionId> {
        self.chats.borrow().iter().filter(|(_, chat)| wanted(chat)).map(|(name, _)| name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::course::{Completion, Course};
    use crate::words::turn::Turn;

    fn job(turn: &str) -> Job {
        Job::asked(Turn::of(turn.parse().expect("a turn")), Course::AT_ONCE, Completion::Completed)
    }

    fn name(job: Option<Job>) -> Option<String> {
        job.map(|job| job.message.turn.to_string())
    }

    #[test]
    fn messages_of_one_chat_wait_for_each_other_and_no_others() {
        let chats = Chats::default();
        assert_eq!(name(chats.take(job("S1#1"))).as_deref(), Some("S1#1"));
        assert_eq!(name(chats.take(job("S1#2"))), None);
        assert_eq!(name(chats.take(job("S2#1"))).as_deref(), Some("S2#1"));
        assert_eq!(chats.busy(), ["S1".into(), "S2".into()]);
        assert_eq!(name(chats.next(&"S1".into(), true)).as_deref(), Some("S1#2"));
        assert_eq!(name(chats.next(&"S1".into(), true)), None);
        assert_eq!(chats.busy(), ["S2".into()]);
    }

    #[test]
    fn a_gateway_that_stops_begins_nothing_that_waits() {
        let chats = Chats::default();
        chats.take(job("S1#1"));
        chats.take(job("S1#2"));
        assert_eq!(name(chats.next(&"S1".into(), false)), None);
        assert_eq!(chats.busy(), []);
    }

    #[test]
    fn a_stop_ends_what_runs_forgets_what_waits_and_catches_what_is_about_to_begin() {
        let chats = Chats::default();
        let (first, session) = (chats.take(job("S1#1")).expect("it is taken"), SessionId::from("S1"));
        chats.take(job("S1#2"));
        let running = chats.begin(&first).expect("it begins");
        chats.stop(&session);
        assert!(running.interrupted.is_raised() && running.abandoned.is_raised());
        assert!(chats.begin(&first).is_none());
        assert_eq!(name(chats.next(&session, true)), None);
        let later = chats.take(job("S1#3")).expect("the chat is free");
        assert!(chats.begin(&later).is_some());
    }

    #[test]
    fn a_turn_counts_as_running_when_its_agent_is_up() {
        let chats = Chats::default();
        let (taken, session) = (chats.take(job("S1#1")).expect("it is taken"), SessionId::from("S1"));
        let running = chats.begin(&taken).expect("it begins");
        assert_eq!(chats.up_and_running(), []);
        chats.up(&session, &running);
        assert_eq!(chats.up_and_running(), ["S1".into()]);
        chats.end(&session, &running);
        assert_eq!(chats.up_and_running(), []);
    }
}
