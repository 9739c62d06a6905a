//! The chats of a gateway: a job claims its chat, and the chat's other messages queue behind it.

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
    /// How many jobs have claimed it: one, unless the release claims blindly.
    taken: usize,
    queue: VecDeque<Job>,
    running: Vec<Running>,
    /// How often its user stopped it.
    stops: u64,
}

/// A turn that runs.
#[derive(Clone)]
pub(super) struct Running {
    number: u64,
    /// Whether its agent is up.
    up: bool,
    /// Raised to interrupt the turn. A hanging turn ignores it.
    pub interrupted: Signal,
    /// Raised to end the turn even if it hangs.
    pub abandoned: Signal,
}

impl Chats {
    /// Claims the job's chat and returns the job. If another job has the chat, queues this one and returns `None`.
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

    /// How often the user has stopped the chat.
    pub(super) fn stops(&self, chat: &SessionId) -> u64 {
        self.chats.borrow().get(chat).map_or(0, |chat| chat.stops)
    }

    /// Claims the job's chat even if another job has it.
    pub(super) fn take_blindly(&self, mut job: Job) -> Job {
        let mut chats = self.chats.borrow_mut();
        let chat = chats.entry(job.message.chat().clone()).or_default();
        chat.taken += 1;
        job.stops = chat.stops;
        job
    }

    /// The next job of a chat whose job is over. `None` frees the chat: its queue is empty, or `goes_on` is false.
    pub(super) fn next(&self, chat: &SessionId, goes_on: bool) -> Option<Job> {
        let mut chats = self.chats.borrow_mut();
        let chat = chats.get_mut(chat)?;
        let next = if goes_on { chat.queue.pop_front() } else { None };
        if next.is_none() {
            chat.taken -= 1;
        }
        next
    }

    /// Whether any message of the chat waits.
    pub(super) fn has_queue(&self, chat: &SessionId) -> bool {
        self.chats.borrow().get(chat).is_some_and(|chat| !chat.queue.is_empty())
    }

    /// Begins the job's turn. `None` if the user stopped the chat since the message came.
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

    /// Records that the turn's agent is up.
    pub(super) fn up(&self, chat: &SessionId, running: &Running) {
        if let Some(chat) = self.chats.borrow_mut().get_mut(chat) {
            let found = chat.running.iter_mut().find(|known| known.number == running.number);
            found.into_iter().for_each(|known| known.up = true);
        }
    }

    /// Records that the turn is over.
    pub(super) fn end(&self, chat: &SessionId, running: &Running) {
        if let Some(chat) = self.chats.borrow_mut().get_mut(chat) {
            chat.running.retain(|known| known.number != running.number);
        }
    }

    /// `/stop`: ends the chat's running turns and drops its queue.
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

    /// Interrupts every running turn.
    pub(super) fn interrupt(&self) {
        let running: Vec<Running> = self.chats.borrow().values().flat_map(|chat| chat.running.clone()).collect();
        running.into_iter().for_each(|running| running.interrupted.raise());
    }

    /// The chats that a job has claimed.
    pub(super) fn busy(&self) -> Vec<SessionId> {
        self.select(|chat| chat.taken > 0)
    }

    /// The chats with a turn that has begun.
    pub(super) fn running(&self) -> Vec<SessionId> {
        self.select(|chat| !chat.running.is_empty())
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
    fn a_message_waits_only_for_messages_of_its_own_chat() {
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
    fn a_stopping_gateway_begins_no_waiting_job() {
        let chats = Chats::default();
        chats.take(job("S1#1"));
        chats.take(job("S1#2"));
        assert_eq!(name(chats.next(&"S1".into(), false)), None);
        assert_eq!(chats.busy(), []);
    }

    #[test]
    fn a_stop_ends_the_running_turn_and_drops_waiting_and_beginning_ones() {
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
