//! The template: a process that has imported the agent once, and forks for each run.
//!
//! A child is asked for by one byte with one end of a socket pair. The template ends when its control socket does.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::protocols::hindsight;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

use super::broken::Broken;
use super::cores::Core;
use super::folder::Home;
use super::frames::VERSION;
use super::heard::{Heard, Ready};
use super::link::Link;
use super::profile::{self, Profile, SHIM};
use super::shim;
use super::spec::Spec;
use super::store::Store;
use crate::description::{self, Description};

/// How long a child may go without a question, in real time.
const PATIENCE: Duration = Duration::from_secs(11);
/// The folder that a template takes for the user's home.
const EMPTY: &str = "empty";
/// How long an import may take, in real time.
const IMPORT: Duration = Duration::from_secs(120);

/// A running template.
pub(super) struct Template {
    /// Its folder.
    pub(super) home: Arc<Home>,
    /// What it said of itself.
    pub(super) ready: Ready,
    /// The description of its provider. `None` for Hindsight, which needs none.
    pub(super) provider: Option<&'static Description>,
    /// The core that it and its runs stay on.
    pub(super) core: Option<Core>,
    /// The profile of a plugin that Hermes does not ship.
    pub(super) profile: Option<Profile>,
    /// Reads what the agent keeps in files.
    pub(super) store: RefCell<Store>,
    control: Mutex<Link>,
    process: Child,
}

impl Template {
    /// Starts a template, and waits until it has imported the agent.
    pub(super) fn start(spec: &Spec) -> Result<Self, Broken> {
        let home = Home::take().map_err(Broken::Folder)?;
        let launcher = shim::write(&home.path().join(SHIM)).map_err(Broken::Folder)?;
        let profile = profile::of(spec, home.path())?;
        let empty = home.path().join(EMPTY);
        fs::create_dir(&empty).map_err(Broken::Folder)?;
        let output = home.path().join("template.txt");
        let errors = File::create(&output).map_err(Broken::Folder)?;
        let same = errors.try_clone().map_err(Broken::Folder)?;
        let (ours, theirs) = UnixStream::pair().map_err(Broken::Socket)?;
        let mut command = Command::new(&spec.python);
        command.arg("-S").arg(launcher).arg("--adapter").arg(&spec.adapter).current_dir(&empty);
        spec.folders.iter().for_each(|folder| _ = command.arg("--path").arg(folder));
        spec.imports.iter().for_each(|module| _ = command.arg("--import").arg(module));
        spec.points.iter().for_each(|suffix| _ = command.arg("--points").arg(suffix));
        command.env_clear().env("PATH", &spec.path).env("HOME", &empty);
        let environment = spec.provider.map(|provider| provider.configuration.environment.clone()).unwrap_or_default();
        command.envs(environment);
        if let Some(Profile { name, profile, .. }) = &profile {
            command.env("FORGET_ME_NOT_PLUGIN", name).env("FORGET_ME_NOT_PROFILE", profile);
            let plugin = spec.provider.and_then(|provider| provider.plugin.as_ref());
            if plugin.is_some_and(|plugin| !plugin.ahead) {
                command.env("FORGET_ME_NOT_COLD", "1");
            }
        }
        command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(errors).stderr(same);
        let no_python = |why| Broken::NoPython { python: spec.python.display().to_string(), why };
        let mut process = command.spawn().map_err(no_python)?;
        drop(command);
        let core = Core::take();
        core.iter().for_each(|core| core.keep(&process));
        let mut control = Link::over(ours, IMPORT)?;
        let heard = control.hear();
        let told = fs::read_to_string(&output).unwrap_or_default();
        let ready = match heard {
            Ok(Heard::Ready(ready)) if ready.version != VERSION => Err(Broken::Version(ready.version)),
            Ok(Heard::Ready(ready)) => provider_of(spec, &ready.protocol).map(|provider| (ready, provider)),
            failed => Err(Self::not_ready(failed, &told)),
        };
        let (mut ready, provider) = ready.inspect_err(|_| _ = (process.kill(), process.wait()))?;
        if let Some(provider) = provider {
            (ready.host, ready.port) = (provider.name_for_its_agent().to_owned(), provider.port);
        }
        let store = RefCell::new(Store::of(spec, &home.path().join(SHIM)));
        Ok(Self { home, ready, provider, core, profile, store, control: Mutex::new(control), process })
    }

    /// The host of its provider, and the port there.
    pub(super) fn place(&self) -> (&'static str, u16) {
        self.provider.map_or((hindsight::HOST, hindsight::PORT), |provider| (&provider.host, provider.port))
    }

    /// A file that the agent wrote into the template's own folder: one that all its runs would share.
    pub(super) fn shared_file(&self) -> Option<String> {
        let mut files = fs::read_dir(self.home.path().join(EMPTY)).ok()?.flatten();
        files.next().map(|file| file.file_name().to_string_lossy().into_owned())
    }

    /// Whether its process still lives.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// The last that it printed says most.
    fn not_ready(heard: Result<Heard, Broken>, told: &str) -> Broken {
        let last = told.lines().rfind(|line| !line.trim().is_empty());
        match (heard, last) {
            (Ok(Heard::Failed(why)), _) => Broken::NotReady(why.trim_end().to_owned()),
            (Ok(other), _) => Broken::Garbage(format!("{other:?} before it was ready")),
            (Err(_), Some(last)) => Broken::NotReady(last.to_owned()),
            (Err(broken), None) => broken,
        }
    }

    /// Asks for a child. Returns the socket to it.
    pub(super) fn fork(&self) -> Result<Link, Broken> {
        let (ours, theirs) = UnixStream::pair().map_err(Broken::Socket)?;
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut rights = SendAncillaryBuffer::new(&mut space);
        let descriptors = [theirs.as_fd()];
        rights.push(SendAncillaryMessage::ScmRights(&descriptors));
        let control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = sendmsg(control.stream(), &[IoSlice::new(b"F")], &mut rights, SendFlags::NOSIGNAL);
        sent.map_err(|error| Broken::Died(format!("the template is gone: {error}")))?;
        Link::over(ours, PATIENCE)
    }
}

/// The description of the provider that the user names, or else of the one whose protocol the agent speaks.
fn provider_of(spec: &Spec, protocol: &str) -> Result<Option<&'static Description>, Broken> {
    match (spec.provider, protocol) {
        (Some(provider), _) => Ok(Some(provider)),
        (None, "" | description::HINDSIGHT) => Ok(None),
        (None, other) => description::find(other).map(Some).map_err(|error| {
            Broken::NotReady(format!("{error}; its adapter names it, and --provider FILE names the file of another"))
        }),
    }
}

impl Drop for Template {
    fn drop(&mut self) {
        _ = (self.process.kill(), self.process.wait());
    }
}
