//! One run of a real agent: its folder, the steps of its processes, and why it has no result.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use model::agents::outside::Failure;

use super::broken::Broken;
use super::folder::Folder;
use super::template::Template;

/// One run.
pub(super) struct Run {
    template: Option<Arc<Template>>,
    folder: Option<Folder>,
    failure: RefCell<Option<Failure>>,
    steps: RefCell<BTreeMap<u32, u64>>,
}

impl Run {
    /// A run of the agent that this template has imported.
    pub(super) fn begin(template: Option<Arc<Template>>) -> Self {
        let (failure, steps) = (RefCell::default(), RefCell::default());
        Self { template, folder: None, failure, steps }.with_folder()
    }

    fn with_folder(mut self) -> Self {
        match self.template.as_ref().map(|template| Folder::take(&template.home)) {
            Some(Ok(folder)) => self.folder = Some(folder),
            Some(Err(error)) => self.fails(&Broken::Folder(error)),
            None => self.fails(&Broken::Died("the agent is not engaged any more".to_owned())),
        }
        self
    }

    /// Its template.
    pub(super) fn template(&self) -> Option<&Template> {
        self.template.as_deref()
    }

    /// The working directory of its processes, and the file for what they print.
    pub(super) fn folders(&self) -> Option<(PathBuf, PathBuf)> {
        self.folder.as_ref().map(|folder| (folder.home(), folder.output()))
    }

    /// Records why the run has no result. The first reason counts.
    pub(super) fn fails(&self, broken: &Broken) {
        let told = broken.to_string();
        tracing::warn!(%broken, "no result");
        let skipped = matches!(broken, Broken::Lacks(_) | Broken::Impossible(_));
        let failure = if skipped { Failure::Lacks(told) } else { Failure::Broken(told) };
        self.failure.borrow_mut().get_or_insert(failure);
    }

    /// Whether it has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.failure.borrow().is_some()
    }

    /// Records how many steps a process has taken.
    pub(super) fn stepped(&self, process: u32, steps: u64) {
        self.steps.borrow_mut().insert(process, steps);
    }

    /// The steps that a process has taken.
    pub(super) fn steps(&self, process: u32) -> Option<u64> {
        self.steps.borrow().get(&process).copied()
    }

    /// Why it has no result.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure.borrow().clone()
    }
}
