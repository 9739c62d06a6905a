//! A process of the world for which a real one stands.

use std::cell::RefCell;
use std::rc::Rc;

use model::agents::outside::{Berth, Choice, Left, Threads};
use model::machine::LocalFuture;

use super::threads;
use crate::history::{Fact, Who};
use crate::plan::{Ending, Kill, Moment, Side};
use crate::world::World;
use crate::world::machines::process::Process;

/// The label of a step of a real process.
pub(super) const SWITCH_POINT: &str = "switch point";

/// A process that a real one takes over.
pub(super) struct Mooring {
    pub(super) world: Rc<World>,
    pub(super) process: Process,
    pub(super) number: u32,
}

impl Mooring {
    /// The kills that are planned for steps of this process.
    fn kills(&self) -> impl Iterator<Item = (u64, Ending)> {
        let own = self.world.scenario.faults.kills.iter().filter(|kill| kill.process == self.number);
        own.filter_map(|Kill { at, ending, .. }| match at {
            Moment::Step(step) => Some((*step, *ending)),
            Moment::Label(..) | Moment::After(_) => None,
        })
    }
}

impl Berth for Mooring {
    fn number(&self) -> u32 {
        self.number
    }

    fn seed(&self) -> u64 {
        self.world.scenario.seed
    }

    fn threads(&self) -> Threads {
        threads::of(&self.world.scenario, self.number)
    }

    fn chose(&self, choices: &[Choice]) {
        if let Some(recording) = &self.world.variation.recording {
            let tape = Rc::new(RefCell::new(threads::tape(choices)));
            recording.borrow_mut().insert((Side::Child, self.number), tape);
        }
    }

    fn strikes(&self) -> Vec<(u64, u8)> {
        self.kills().map(|(step, ending)| (step, if ending == Ending::Sigterm { 15 } else { 9 })).collect()
    }

    fn drive(&self, driver: LocalFuture) {
        self.process.drive(driver);
    }

    fn thread_started(&self, name: &str) {
        self.world.record(Who::Process(self.number), Fact::TaskStarted { name: name.to_owned() });
    }

    fn thread_ended(&self, name: &str) {
        self.world.record(Who::Process(self.number), Fact::TaskEnded { name: name.to_owned() });
    }

    fn handles_sigterm(&self) -> bool {
        self.process.is_handling_sigterm()
    }

    fn all_arrived(&self) -> bool {
        self.world.history.all_arrived()
    }

    fn struck(&self, step: u64, signal: u8) {
        let planned = self.kills().find(|(planned, _)| *planned == step).map(|(_, ending)| ending);
        let ending = planned.unwrap_or(if signal == 15 { Ending::Sigterm } else { Ending::Sigkill });
        self.process.strike_at(ending, step, SWITCH_POINT);
    }

    fn left(&self, how: Left) {
        self.process.end(match how {
            Left::Exit => Ending::Exit,
            Left::OsExit => Ending::OsExit,
            Left::Sigterm => Ending::Sigterm,
            Left::Killed => Ending::Sigkill,
        });
    }
}
