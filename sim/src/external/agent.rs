//! The subject: a row of the table whose code is a template.

use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use model::agents::Subject;
use model::agents::outside::{Berth, Failure, Outside};
use model::agents::row::{Code, Row};
use model::contracts::commits::Commits;
use model::contracts::memory::{Config, Memory};
use model::machine::Machine;
use model::words::part::Part;
use model::words::server::Server;

use super::broken::Broken;
use super::memory::Real;
use super::run::Run;
use super::spec::Spec;
use super::template::Template;

/// A subject that can be run until this is dropped.
pub struct Engaged {
    /// The subject.
    pub subject: Subject,
    agent: &'static Agent,
}

impl Engaged {
    /// The version of its Python.
    pub fn python(&self) -> Option<String> {
        self.agent.template().map(|template| template.ready.python.clone())
    }
}

impl Drop for Engaged {
    fn drop(&mut self) {
        self.agent.template.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Starts an agent's template, and adds the agent to the table of subjects: every command can run it until the result is dropped.
///
/// # Errors
/// Why the agent does not start.
pub fn engage(spec: &Spec) -> Result<Engaged, String> {
    let template = Template::start(spec).map_err(|broken| format!("--agent {}: {broken}", spec.name()))?;
    // A table's rows live as long as the program, and a program engages one agent.
    let agent: &'static Agent =
        Box::leak(Box::new(Agent { template: Mutex::new(Some(Arc::new(template))), options: spec.options().to_vec() }));
    let name: &'static str = String::leak(spec.name().to_owned());
    let about: &'static str = String::leak(format!("a real agent: {}", spec.adapter()));
    let head = name.char_indices().nth(7).map_or(name, |(end, _)| &name[..end]);
    let row: &'static Row = Box::leak(Box::new(Row {
        name,
        head,
        about,
        part: Some(Part::Memory),
        proposed: false,
        of_reference: false,
        testifies: &[],
        servers: Server::ALL,
        code: agent,
    }));
    let subject = Subject::engage(row).map_err(|error| format!("--agent {}: {error}", spec.name()))?;
    Ok(Engaged { subject, agent })
}

/// The code of a real agent.
struct Agent {
    template: Mutex<Option<Arc<Template>>>,
    options: Vec<String>,
}

impl Agent {
    fn template(&self) -> Option<Arc<Template>> {
        self.template.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait(?Send)]
impl Code for Agent {
    async fn memory(&self, _: Machine, _: Config) -> Rc<dyn Memory> {
        unreachable!("a world that runs a real agent asks for its run first")
    }

    async fn commits(&self, machine: Machine) -> Rc<dyn Commits> {
        Subject::REFERENCE.code().commits(machine).await
    }

    fn options(&self) -> Vec<String> {
        self.options.clone()
    }

    fn outside(&self) -> Option<Rc<dyn Outside>> {
        Some(Rc::new(Shared(Rc::new(Run::begin(self.template())))))
    }
}

/// A run, as the world holds it.
struct Shared(Rc<Run>);

#[async_trait(?Send)]
impl Outside for Shared {
    async fn memory(&self, machine: Machine, config: Config, berth: Rc<dyn Berth>) -> Rc<dyn Memory> {
        Rc::new(Real::new(Rc::clone(&self.0), machine, config, berth))
    }

    fn steps(&self, process: u32) -> Option<u64> {
        self.0.steps(process)
    }

    fn cannot(&self, what: &str) {
        self.0.fails(&Broken::Impossible(what.to_owned()));
    }

    fn failure(&self) -> Option<Failure> {
        self.0.failure()
    }
}
