//! One child: what the host's calls and the driver share.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use model::agents::outside::{Berth, Left};
use model::machine::Machine;
use model::machine::signal::Signal;
use tokio::sync::Notify;

use super::broken::Broken;
use super::frames::{self, VERSION};
use super::heard::{Bye, Heard};
use super::link::Link;
use super::run::Run;
use super::start::Start;
use super::template::Template;

/// SIGTERM.
pub(super) const SIGTERM: u8 = 15;
/// What the first process believes to be its number, less 1.
const PID: u32 = 1_000;
/// Two processes never begin in the same microsecond, which some agents take for a name. So much later each begins, in ns.
const STAGGER: u64 = 137_000;
/// By so much the random seeds of two processes differ.
const SEED_STEP: u64 = 0x9E37_79B9_7F4A_7C15;
/// The address of the provider, as the child resolves it.
const ADDRESS: &str = "10.0.0.2";

/// How a call ended.
pub(super) enum Answer {
    /// It returned nothing.
    Nothing,
    /// It returned a text.
    Text(String),
    /// It raised an exception.
    Raised(String),
    /// It could not make sure.
    Unsure,
}

/// A call under way.
#[derive(Default)]
struct Pending {
    ended: Signal,
    answer: RefCell<Option<Answer>>,
}

/// A child process.
pub(super) struct Child {
    /// Its run.
    pub(super) run: Rc<Run>,
    /// The machine of its process.
    pub(super) machine: Machine,
    /// The process for which it stands.
    pub(super) berth: Rc<dyn Berth>,
    /// Raised when it has ended because the host asked it to.
    pub(super) gone: Signal,
    /// Whether the host asked it to end.
    pub(super) leaving: Cell<bool>,
    /// Whether SIGTERM has reached it.
    pub(super) signaled: Cell<bool>,
    /// Tells the driver of events.
    pub(super) news: Notify,
    /// The socket, until the process has ended.
    link: RefCell<Option<Link>>,
    /// What the next answer will tell the child.
    events: RefCell<Vec<u8>>,
    /// The calls of a handler that has not begun.
    held: RefCell<Option<Vec<u8>>>,
    calls: RefCell<BTreeMap<u32, Rc<Pending>>>,
    called: Cell<u32>,
}

impl Child {
    /// Forks a child from the template of the run. It waits for its driver.
    pub(super) fn start(
        run: &Rc<Run>,
        machine: &Machine,
        berth: &Rc<dyn Berth>,
        options: &[(String, String)],
    ) -> Result<Rc<Self>, Broken> {
        let gone = || Broken::Died("its template has ended".to_owned());
        let template = run.template().ok_or_else(gone)?;
        let (folder, output) = run.folders().ok_or_else(gone)?;
        let mut link = template.fork()?;
        match link.hear()? {
            Heard::Hello { version: VERSION } => {}
            Heard::Hello { version } => return Err(Broken::Version(version)),
            Heard::Failed(why) => return Err(Broken::Failed(why)),
            other @ (Heard::Ready(_)
            | Heard::Connect { .. }
            | Heard::Send { .. }
            | Heard::Close { .. }
            | Heard::Op { .. }
            | Heard::Note { .. }
            | Heard::Idle { .. }
            | Heard::Refused { .. }
            | Heard::Bye(_)
            | Heard::Ended { .. }) => return Err(Broken::Garbage(format!("{other:?} instead of HELLO"))),
        }
        let now = nanos(machine.now()) + STAGGER * u64::from(berth.number() - 1);
        let start = Start {
            now,
            horizon: now,
            pid: PID + berth.number(),
            seed: own_seed(berth.seed(), berth.number()),
            threads: &berth.threads(),
            folder: &folder,
            output: &output,
            hosts: &[(template.ready.host.clone(), ADDRESS.to_owned())],
            options,
            strikes: &berth.strikes(),
        };
        link.send(&start.frame())?;
        Ok(Rc::new(Self {
            run: Rc::clone(run),
            machine: machine.clone(),
            berth: Rc::clone(berth),
            gone: Signal::default(),
            leaving: Cell::new(false),
            signaled: Cell::new(false),
            news: Notify::new(),
            link: RefCell::new(Some(link)),
            events: RefCell::default(),
            held: RefCell::default(),
            calls: RefCell::default(),
            called: Cell::new(0),
        }))
    }

    /// Whether the agent has this call.
    pub(super) fn has(&self, ability: &str) -> bool {
        self.run.template().is_some_and(|template| template.ready.capabilities.iter().any(|own| own == ability))
    }

    /// Whether a host and a port are the provider's.
    pub(super) fn is_provider(&self, host: &str, port: u16) -> bool {
        self.run
            .template()
            .is_some_and(|template| template.ready.port == port && [&template.ready.host, ADDRESS].contains(&host))
    }

    /// The provider's host in the simulated network, and its port. A run that has failed has none.
    pub(super) fn place(&self) -> Option<(&'static str, u16)> {
        self.run.template().map(Template::place)
    }

    /// Makes a call, and waits for its end.
    pub(super) async fn call(&self, agent: &str, name: &str, arguments: &[(&str, String)]) -> Answer {
        let pending = self.begin(agent, name, arguments);
        pending.ended.wait().await;
        let answer = pending.answer.take();
        answer.expect("a call ends with an answer")
    }

    /// Asks for an end as at the end of a script, and waits for it.
    pub(super) async fn exit(&self) {
        self.leaving.set(true);
        self.begin("", "exit", &[("how", "return".to_owned()), ("code", "0".to_owned())]);
        self.gone.wait().await;
    }

    /// Makes a call whose end nobody waits for.
    pub(super) fn cast(&self, agent: &str, name: &str, arguments: &[(&str, String)]) {
        self.begin(agent, name, arguments);
    }

    fn begin(&self, agent: &str, name: &str, arguments: &[(&str, String)]) -> Rc<Pending> {
        if self.berth.handles_sigterm() && !self.signaled.replace(true) {
            *self.held.borrow_mut() = Some(Vec::new());
            self.tell(&frames::signal(SIGTERM));
        }
        let number = self.called.get() + 1;
        self.called.set(number);
        let pending = Rc::<Pending>::default();
        self.calls.borrow_mut().insert(number, Rc::clone(&pending));
        let call = frames::call(number, agent, name, arguments);
        match &mut *self.held.borrow_mut() {
            Some(held) => held.extend(call),
            None => self.tell(&call),
        }
        pending
    }

    /// The handler of SIGTERM has begun: it makes the calls that waited for it.
    pub(super) fn handles(&self) {
        let held = self.held.take();
        if let Some(calls) = held.filter(|calls| !calls.is_empty()) {
            self.tell(&calls);
        }
    }

    /// A call has ended.
    pub(super) fn ended(&self, call: u32, answer: Answer) -> Result<(), Broken> {
        let pending = self.calls.borrow_mut().remove(&call);
        let pending =
            pending.ok_or_else(|| Broken::Garbage(format!("the end of call {call}, which was never made")))?;
        *pending.answer.borrow_mut() = Some(answer);
        pending.ended.raise();
        Ok(())
    }

    /// An event for the next answer.
    pub(super) fn tell(&self, event: &[u8]) {
        self.events.borrow_mut().extend(event);
        self.news.notify_one();
    }

    /// Whether the next answer has an event.
    pub(super) fn has_events(&self) -> bool {
        !self.events.borrow().is_empty()
    }

    /// Everything that the child says before it asks or ends.
    pub(super) fn hear_out(&self) -> Result<Vec<Heard>, Broken> {
        match &mut *self.link.borrow_mut() {
            Some(link) => link.hear_out(),
            None => Err(Broken::Died("it was ended".to_owned())),
        }
    }

    /// Answers its question.
    pub(super) fn answer(&self, now: u64, horizon: u64) -> Result<(), Broken> {
        let mut frames = self.events.take();
        frames.extend(frames::time(now, horizon));
        match &mut *self.link.borrow_mut() {
            Some(link) => link.send(&frames),
            None => Ok(()),
        }
    }

    /// Its process has ended.
    pub(super) fn has_ended(&self) {
        self.link.take();
    }

    /// Ends the run without a result, and the process with it.
    pub(super) async fn breaks(&self, broken: &Broken) {
        self.run.fails(broken);
        if let Some(link) = self.link.take() {
            link.abandon();
        }
        self.berth.left(Left::Killed);
        pending().await
    }

    /// Notes the end that the child has announced.
    pub(super) fn says_goodbye(&self, bye: &Bye) {
        self.run.stepped(self.berth.number(), bye.points);
        self.berth.chose(&bye.choices);
    }

    /// Ends its process at once, and waits until it is gone.
    pub(super) fn kill(&self) {
        let Some(mut link) = self.link.take() else { return };
        if let Err(broken) = self.reap(&mut link) {
            self.run.fails(&broken);
            link.abandon();
        }
    }

    fn reap(&self, link: &mut Link) -> Result<(), Broken> {
        // An answer takes effect with its time.
        link.send(&[frames::kill(), frames::time(0, 0)].concat())?;
        loop {
            match link.hear()? {
                Heard::Bye(bye) => self.says_goodbye(&bye),
                Heard::Ended { .. } => return Ok(()),
                Heard::Failed(why) => return Err(Broken::Failed(why)),
                Heard::Ready(_)
                | Heard::Hello { .. }
                | Heard::Connect { .. }
                | Heard::Send { .. }
                | Heard::Close { .. }
                | Heard::Op { .. }
                | Heard::Note { .. }
                | Heard::Idle { .. }
                | Heard::Refused { .. } => {}
            }
        }
    }
}

/// The seed of a process's random sources. Each process has its own: two that draw the same take each other's new names.
fn own_seed(seed: u64, process: u32) -> u64 {
    seed.wrapping_add(u64::from(process - 1).wrapping_mul(SEED_STEP))
}

/// Simulated time as the protocol has it.
pub(super) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).expect("a run lasts less than five hundred years")
}
