//! Recall: fetches ahead, for the next turn, what the server knows about the last one.
//!
//! Its one rule: an answer belongs to its question, a question to one session and epoch, and only the newest question counts.
//! An answer is read at most once. At most one task is alive, however many questions come.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::access::Access;
use crate::machine::marks::Mark;
use crate::machine::signal::Signal;
use crate::machine::{Machine, Task};
use crate::protocols::hindsight::endpoints::RECALL;
use crate::protocols::hindsight::wire::Recall as Query;
use crate::words::session::SessionId;

/// How long a reader waits for a recall in flight: as long as in Hermes.
const PATIENCE: Duration = Duration::from_secs(3);

/// Fetches recalls ahead.
pub(super) struct Recall {
    machine: Machine,
    access: Rc<Access>,
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
    /// No question is asked yet.
    pub(super) fn new(machine: Machine, access: Rc<Access>) -> Self {
        Self { machine, access, newest: RefCell::default(), task: RefCell::default() }
    }

    /// Asks for the next turn of `session`. Drops the question before it.
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

    /// Takes the answer to the question of `session` and `epoch`. Waits a while if it is not answered yet.
    pub(super) async fn take(&self, session: &SessionId, epoch: u64) -> Option<String> {
        let newest = self.newest.borrow().clone();
        let question = newest.filter(|question| question.session == *session && question.epoch == epoch)?;
        self.machine.timeout(PATIENCE, question.answered.wait()).await;
        self.machine.step("recall slot").await;
        let current = !question.superseded.is_raised();
        current.then(|| question.answer.take()).flatten()
    }

    /// Waits at most `limit` until no task is left.
    pub(super) async fn join(&self, limit: Duration) {
        let task = self.task.borrow().clone();
        if let Some(task) = task {
            task.join(&self.machine, limit).await;
        }
    }

    async fn run(&self) {
        while let Some(question) = self.unanswered() {
            let answer = question.superseded.or(self.ask(&question)).await.flatten();
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

    async fn ask(&self, question: &Question) -> Option<String> {
        let query = Query {
            query: question.query.clone(),
            types: vec!["observation".into()],
            budget: "mid".into(),
            max_tokens: 4096,
        };
        let recalled = self.access.reach(RECALL, &question.session).await?.recall(&query).await.applied()?;
        let mut texts = recalled.results.iter().map(|memory| memory.text.as_str()).peekable();
        texts.peek()?;
        Some(texts.collect::<Vec<_>>().join("\n"))
    }
}
