//! One run of a real agent: its folder, the steps of its processes, and why it has no result.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use model::agents::outside::{Aside, Failure, Warning};
use model::facts::KeptText;

use super::broken::Broken;
use super::cores::{Core, Pinned};
use super::folder::Folder;
use super::pool::Pool;
use super::template::Template;

/// One run.
pub(super) struct Run {
    pool: Arc<Pool>,
    template: Option<Template>,
    folder: Option<Folder>,
    /// This thread stays beside the run's processes.
    _pinned: Option<Pinned>,
    failure: RefCell<Option<Failure>>,
    steps: RefCell<BTreeMap<u32, u64>>,
    aside: RefCell<Aside>,
}

impl Run {
    /// A run of the agent with these templates.
    pub(super) fn begin(pool: Arc<Pool>) -> Self {
        let (failure, steps, aside) = (RefCell::default(), RefCell::default(), RefCell::default());
        let mut run = Self { pool, template: None, folder: None, _pinned: None, failure, steps, aside };
        let taken = run.pool.take().and_then(|template| {
            let folder = Folder::take(&template.home);
            run._pinned = template.core.as_ref().and_then(Core::pin);
            let files = template.provider.map(|provider| provider.configuration.files.as_slice()).unwrap_or_default();
            let folder = folder.and_then(|folder| folder.write(files).map(|()| folder));
            run.template = Some(template);
            folder.map_err(Broken::Folder)
        });
        match taken {
            Ok(folder) => run.folder = Some(folder),
            Err(broken) => run.fails(&broken),
        }
        run
    }

    /// The settings for the adapter that belong to the agent.
    pub(super) fn options(&self) -> &[(String, String)] {
        &self.pool.spec().options
    }

    /// Its template.
    pub(super) fn template(&self) -> Option<&Template> {
        self.template.as_ref()
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

    /// What the agent keeps in files of its own.
    pub(super) fn kept(&self) -> Vec<KeptText> {
        let keeping = self.template.as_ref().and_then(|template| Some((template, template.provider?)));
        let (Some((template, provider)), Some(folder)) = (keeping, &self.folder) else { return Vec::new() };
        if provider.keeps.is_empty() || self.has_failed() {
            return Vec::new();
        }
        if let Some(file) = template.shared_file() {
            self.fails(&Broken::Shared(file));
            return Vec::new();
        }
        let read = template.store.borrow_mut().read(&folder.home(), &provider.keeps);
        read.inspect_err(|broken| self.fails(broken)).unwrap_or_default()
    }

    /// Records how many steps a process has taken.
    pub(super) fn stepped(&self, process: u32, steps: u64) {
        self.steps.borrow_mut().insert(process, steps);
    }

    /// The steps that a process has taken.
    pub(super) fn steps(&self, process: u32) -> Option<u64> {
        self.steps.borrow().get(&process).copied()
    }

    /// Records what a process logged, at this time in ns.
    pub(super) fn logged(&self, at: u64, process: u32, text: String) {
        tracing::debug!(process, text, "logged");
        self.aside.borrow_mut().warnings.push(Warning { at_ms: at / 1_000_000, process, text });
    }

    /// Records that the code under test has a turn. Without a name it only says that it tells of its turns.
    pub(super) fn took(&self, turn: String) {
        self.aside.borrow_mut().taken.get_or_insert_default().extend(Some(turn).filter(|turn| !turn.is_empty()));
    }

    /// What was said aside.
    pub(super) fn aside(&self) -> Aside {
        self.aside.borrow().clone()
    }

    /// Why it has no result.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure.borrow().clone()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // The next run of the template takes the same folder.
        self.folder.take();
        if let Some(template) = self.template.take() {
            self.pool.give_back(template);
        }
    }
}
