//! The templates of an agent: one for each run at a time, so a worker pays for one import.
//!
//! A run takes a template and gives it back at its end. If all are taken, another one starts.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::broken::Broken;
use super::spec::Spec;
use super::template::Template;

/// The templates that no run has.
pub(super) struct Pool {
    spec: Spec,
    /// `None` while the agent is not engaged.
    idle: Mutex<Option<Vec<Template>>>,
}

impl Pool {
    /// A pool with one template.
    pub(super) fn of(spec: Spec, first: Template) -> Self {
        Self { spec, idle: Mutex::new(Some(vec![first])) }
    }

    /// The agent.
    pub(super) fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The template that was given back last, or a new one.
    pub(super) fn take(&self) -> Result<Template, Broken> {
        loop {
            let found = match &mut *self.lock() {
                None => return Err(Broken::Died("the agent is not engaged any more".to_owned())),
                Some(idle) => idle.pop(),
            };
            let Some(mut template) = found else { return Template::start(&self.spec) };
            if template.is_alive() {
                return Ok(template);
            }
        }
    }

    /// Takes a template back. It ends if the agent is not engaged any more.
    pub(super) fn give_back(&self, template: Template) {
        if let Some(idle) = &mut *self.lock() {
            idle.push(template);
        }
    }

    /// Engages the agent again.
    pub(super) fn open(&self, first: Template) {
        self.lock().get_or_insert_default().push(first);
    }

    /// Ends every template.
    pub(super) fn close(&self) {
        let idle = self.lock().take();
        drop(idle);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Template>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
