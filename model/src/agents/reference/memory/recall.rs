//! Recall: what the memory knows about the last turn, fetched ahead for the next one.
//!
//! Its one rule: an answer belongs to its question, a question to one session and epoch, and only the newest question
//! counts. Its answer is read once, or never. At most one task is alive, whatever is asked.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::provider::Provider;
use crate::machine::marks::Mark;
use crate::machine::signal::Signal;
use crate::machine::{Machine, Task};
use crate::protocols::hindsight::wire::Recall as Query;
use crate::words::session::SessionId;

/// How long a reader waits for a recall in flight: as long as in Hermes.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks ahead.
pub(super) struct Recall {
    machine: Machine,
    provider: Rc<Provider>,
    newest: RefCell<Option<Rc<Question>>>,
    task: RefCell<Option<Task>>,
}

/// One question, and the slot for its answer.
struct Question {
    session: SessionId,
    epoch: u64,
    query: String,
    answer: RefCell<Option<String>>,
    answered: Signal,
    superseded: Signal,
}

impl Recall {
    /// Nothing is asked yet.
    pub(super) fn new(machine: Machine, provider: Rc<Provider>) -> Self {
        Self { machine, provider, newest: RefCell::default(), task: RefCell::default() }
    }

    /// Asks for the next turn of `session`. Whatever was asked before is forgotten.
    pub(super) fn warm_up(self: &Rc<Self>, session: SessionId, epoch: u64, query: String) {
        self.forget();
        let (answer, answered, superseded) = <(_, Signal, Signal)>::default();
        let question = Question { session, epoch, query, answer, answered, superseded };
        self.newest.replace(Some(Rc::new(question)));
        if !self.task.borrow().as_ref().is_some_and(Task::is_alive) {
            let recall = Rc::clone(self);
            let task = self.machine.spawn("recall", async move { recall.run().await });
            self.task.replace(Some(task));
        }
    }

    /// Drops the question and the answer, if there are any.
    pub(super) fn forget(&self) {
        if let Some(question) = self.newest.take() {
            question.superseded.raise();
        }
    }

    /// Takes the answer out of the slot of `session` and `epoch`; waits a while if the question is not yet answered.
    pub(super) async fn take(&self, session: &SessionId, epoch: u64) -> Option<String> {
        let newest = self.newest.borrow().clone();
        let question = newest.filter(|question| question.session == *session && question.epoch == epoch)?;
        self.machine.timeout(PATIENCE, question.answered.wait()).await;
        self.machine.step("recall slot").await;
        let current = !question.superseded.is_raised();
        current.then(|| question.answer.take()).flatten()
    }

    /// Waits until no task is left, at most `limit`.
    pub(super) async fn join(&self, limit: Duration) {
        let task = self.task.borrow().clone();
        if let Some(task) = task {
            task.join(&self.machine, limit).await;
        }
    }

    async fn run(&self) {
        while let Some(question) = self.unanswered() {
            let answer = question.superseded.or(self.ask(&question.query)).await.flatten();
            match question.superseded.is_raised() {
                true => self.machine.reached(Mark::RecallSuperseded),
                false => _ = question.answer.replace(answer),
            }
            question.answered.raise();
        }
    }

    fn unanswered(&self) -> Option<Rc<Question>> {
        self.newest.borrow().clone().filter(|question| !question.answered.is_raised())
    }

    async fn ask(&self, query: &str) -> Option<String> {
        let query =
            Query { query: query.into(), types: vec!["observation".into()], budget: "mid".into(), max_tokens: 4096 };
        let recalled = self.provider.reach().await?.recall(&query).await.applied()?;
        let mut texts = recalled.results.iter().map(|memory| memory.text.as_str()).peekable();
        texts.peek()?;
        Some(texts.collect::<Vec<_>>().join("\n"))
    }
}
