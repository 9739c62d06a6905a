//! The configuration of a scenario, with the bounds that the judges hold a run against.

use std::collections::BTreeMap;
use std::time::Duration;

use model::contracts::memory;
use model::hosts;

use super::settings::Setting;
use super::tail::Tail;

/// A property of hosts.
type HostIs = fn(hosts::Properties) -> bool;

/// How long a gateway waits for running turns before it stops, if it is not configured.
const DRAIN: Duration = Duration::from_secs(10);
/// How long the supervisor of a WebUI waits for its stop, if it is not configured.
const WEBUI_STOP: Duration = Duration::from_secs(5);
/// How long another host's supervisor waits at least, if it is not configured.
const OTHER_STOP: Duration = Duration::from_secs(60);
/// What a stop takes beside its budgets.
const MARGIN: Duration = Duration::from_secs(1);
/// How long an implementation may pause between its tries.
const BACKOFF: Duration = Duration::from_secs(120);

/// Configuration, with the bounds that the judges hold a run against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The host that runs the processes.
    pub host: hosts::Kind,
    /// The settings of that host, without the faults of its commits.
    pub hosting: hosts::Settings,
    /// How long a process may take from SIGTERM to its end, before its supervisor kills it (`TimeoutStopSec`); by default the release
    /// decides.
    pub stop_timeout: Option<Duration>,
    /// How long a host gives the end of a session or of the memory, before it kills the process; by default it waits, and a coding agent
    /// gives a hook 1.5 s.
    pub end_hook_budget: Option<Duration>,
    /// The settings of the memory.
    pub memory: memory::Config,
    /// One-way latency of the network.
    pub latency: Duration,
    /// How long after a retain was applied a recall sees it.
    pub visibility_lag: Duration,
    /// How long an accepted asynchronous retain waits before the provider works on it.
    pub operation_lag: Duration,
    /// How long the provider works on an asynchronous append, from reading the document to writing it: an append is not atomic.
    pub append_lag: Duration,
    /// What a loss of power leaves of the end of a file that was not synced.
    pub unsynced_tail: Tail,
    /// The longest that a turn's end may hold the caller (hermes-agent#41945).
    pub turn_limit: Duration,
    /// The longest that any other command except a shutdown may hold the caller.
    pub command_limit: Duration,
    /// How many turns a process may hold in memory.
    pub memory_limit: u32,
    /// The longest that a shutdown may take (Hermes' own exit watchdog, `HERMES_EXIT_WATCHDOG_S`).
    pub shutdown_limit: Duration,
    /// How long the next pending turn may take to arrive after the faults have stopped. See [`Config::patience`].
    pub convergence_limit: Duration,
    /// How long the next turn of a session may take to arrive once it is due. By default as long as Hermes lets its whole exit take
    /// (`HERMES_EXIT_WATCHDOG_S`). See [`Config::delivery_patience`].
    pub delivery_limit: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: hosts::Kind::default(),
            hosting: hosts::Settings {
                agent_cache: hosts::Kind::default().agent_cache(),
                ..hosts::Settings::default()
            },
            stop_timeout: None,
            end_hook_budget: None,
            memory: memory::Config::default(),
            latency: Duration::from_millis(1),
            visibility_lag: Duration::ZERO,
            operation_lag: Duration::ZERO,
            append_lag: Duration::ZERO,
            unsynced_tail: Tail::default(),
            turn_limit: Duration::from_millis(500),
            command_limit: Duration::from_secs(5),
            memory_limit: 512,
            shutdown_limit: Duration::from_secs(30),
            convergence_limit: Duration::from_secs(600),
            delivery_limit: Duration::from_secs(30),
        }
    }
}

impl Config {
    /// The configuration with these settings, and the defaults of their host for the rest.
    pub fn of(settings: &[Setting]) -> Self {
        let mut config = Self::default();
        for setting in settings {
            if let Setting::Host(host) = setting {
                config.host = *host;
                config.hosting.agent_cache = host.agent_cache();
            }
        }
        settings.iter().for_each(|setting| config.set(*setting));
        config
    }

    fn set(&mut self, setting: Setting) {
        match setting {
            Setting::AgentCache(agents) => self.hosting.agent_cache = agents,
            Setting::AgentRaises(raises) => self.hosting.agent_raises = raises,
            Setting::AppendLag(lag) => self.append_lag = lag,
            Setting::AutoRecall(recalls) => self.memory.auto_recall = recalls,
            Setting::BankIdTemplate(template) => self.memory.banks.template = template,
            Setting::ColdClientImport(is_cold) => self.memory.cold_client_import = is_cold,
            Setting::CommandLimit(limit) => self.command_limit = limit,
            Setting::ConvergenceLimit(limit) => self.convergence_limit = limit,
            Setting::DeliveryLimit(limit) => self.delivery_limit = limit,
            Setting::DrainTimeout(timeout) => self.hosting.drain_timeout = Some(timeout),
            Setting::EndHookBudget(budget) => self.end_hook_budget = Some(budget),
            Setting::Host(host) => self.host = host,
            Setting::Latency(latency) => self.latency = latency,
            Setting::MemoryLimit(turns) => self.memory_limit = turns,
            Setting::OperationLag(lag) => self.operation_lag = lag,
            Setting::RetainAsync(is_async) => self.memory.retain_async = is_async,
            Setting::RetainEveryNTurns(turns) => self.memory.retain_every_n_turns = turns,
            Setting::ShutdownLimit(limit) => self.shutdown_limit = limit,
            Setting::StopBudget(budget) => self.memory.stop_budget = budget,
            Setting::StopTimeout(timeout) => {
                self.stop_timeout = Some(timeout);
                self.hosting.stop_timeout = Some(timeout);
            }
            Setting::Timeout(timeout) => self.memory.timeout = timeout,
            Setting::TurnLimit(limit) => self.turn_limit = limit,
            Setting::UnsyncedTail(tail) => self.unsynced_tail = tail,
            Setting::VisibilityLag(lag) => self.visibility_lag = lag,
        }
    }

    /// Every setting that is not the default of its host, by key.
    pub fn settings(&self) -> Vec<Setting> {
        let defaults = Self::of(&[Setting::Host(self.host)]).all();
        let own =
            self.all().into_iter().zip(defaults).filter(|(own, default)| own != default).filter_map(|(own, _)| own);
        let host = Some(Setting::Host(self.host)).filter(|_| self.host != hosts::Kind::default());
        let mut settings: Vec<Setting> = own.chain(host).collect();
        settings.sort_by_key(|setting| setting.key());
        settings
    }

    /// Every setting but the host; `None` for what the release decides.
    fn all(&self) -> [Option<Setting>; 23] {
        [
            Some(Setting::AgentCache(self.hosting.agent_cache)),
            Some(Setting::AgentRaises(self.hosting.agent_raises)),
            Some(Setting::AppendLag(self.append_lag)),
            Some(Setting::AutoRecall(self.memory.auto_recall)),
            Some(Setting::BankIdTemplate(self.memory.banks.template)),
            Some(Setting::ColdClientImport(self.memory.cold_client_import)),
            Some(Setting::CommandLimit(self.command_limit)),
            Some(Setting::ConvergenceLimit(self.convergence_limit)),
            Some(Setting::DeliveryLimit(self.delivery_limit)),
            self.hosting.drain_timeout.map(Setting::DrainTimeout),
            self.end_hook_budget.map(Setting::EndHookBudget),
            Some(Setting::Latency(self.latency)),
            Some(Setting::MemoryLimit(self.memory_limit)),
            Some(Setting::OperationLag(self.operation_lag)),
            Some(Setting::RetainAsync(self.memory.retain_async)),
            Some(Setting::RetainEveryNTurns(self.memory.retain_every_n_turns)),
            Some(Setting::ShutdownLimit(self.shutdown_limit)),
            Some(Setting::StopBudget(self.memory.stop_budget)),
            self.stop_timeout.map(Setting::StopTimeout),
            Some(Setting::Timeout(self.memory.timeout)),
            Some(Setting::TurnLimit(self.turn_limit)),
            Some(Setting::UnsyncedTail(self.unsynced_tail)),
            Some(Setting::VisibilityLag(self.visibility_lag)),
        ]
    }

    /// The same without this setting.
    pub fn without(&self, key: &str) -> Self {
        let rest: Vec<Setting> = self.settings().into_iter().filter(|setting| setting.key() != key).collect();
        Self::of(&rest)
    }

    /// The same with this setting.
    pub fn with(&self, setting: Setting) -> Self {
        let mut settings = self.settings();
        settings.retain(|known| known.key() != setting.key());
        settings.push(setting);
        Self::of(&settings)
    }

    /// The settings of that host, with the faults of its agents' commits.
    pub fn hosting_with(&self, commits: BTreeMap<String, model::words::command::CommitFaults>) -> hosts::Settings {
        hosts::Settings { commits, ..self.hosting.clone() }
    }

    /// How long the run waits for the next pending turn after the faults have stopped. The default limit grows with what an implementation
    /// may have to wait for.
    pub fn patience(&self) -> Duration {
        match self.convergence_limit == Self::default().convergence_limit {
            true => self.convergence_limit.max(self.longest_arrival()),
            false => self.convergence_limit,
        }
    }

    /// Twice the timeout for what was given up, and as long again for an implementation's own try, each followed by the lag; and the pauses
    /// between its tries, and between its questions about an operation, which grow while it waits.
    fn longest_arrival(&self) -> Duration {
        4 * self.memory.timeout + 2 * self.operation_lag + self.operation_lag / 4 + BACKOFF
    }

    /// How long the next turn of a session may take to arrive once it is due. The default limit grows with what the provider and the network
    /// take by themselves.
    pub fn delivery_patience(&self) -> Duration {
        match self.delivery_limit == Self::default().delivery_limit {
            true => self.delivery_limit.max(self.least_delivery()),
            false => self.delivery_limit,
        }
    }

    /// A turn waits for the operation of the one before it, about which an implementation asks now and then, and four requests each cross the
    /// network four times: the probe of the version, the retain, the question about it, and the retain behind it.
    fn least_delivery(&self) -> Duration {
        16 * self.latency + 2 * self.operation_lag + self.operation_lag / 4 + MARGIN
    }

    /// A limit that is shorter than what the provider and the network take by themselves.
    fn check_delivery(&self) -> Result<(), (&'static str, String)> {
        let (limit, least) = (self.delivery_patience(), self.least_delivery());
        if limit >= least {
            return Ok(());
        }
        let (latency, lag) = (self.latency, self.operation_lag);
        let message = format!(
            "delivery_limit ({limit:?}) must be at least {least:?}: sixteen times the latency ({latency:?}), two and a quarter times the \
             operation_lag ({lag:?}), and a second"
        );
        Err(("delivery_limit", message))
    }

    /// The longest that a command may hold the caller. A gateway's `/new` stops an agent; the default limit grows with that agent's budget.
    pub fn command_patience(&self) -> Duration {
        match self.command_limit == Self::default().command_limit {
            true => self.command_limit.max(self.longest_command()),
            false => self.command_limit,
        }
    }

    /// A limit that is shorter than what an implementation may have to wait for.
    fn check_convergence(&self) -> Result<(), (&'static str, String)> {
        let (timeout, lag, limit) = (self.memory.timeout, self.operation_lag, self.patience());
        let least = self.longest_arrival();
        if limit >= least || self.convergence_limit == Self::default().convergence_limit {
            return Ok(());
        }
        let message = format!(
            "convergence_limit ({limit:?}) must be at least {least:?}: four times the timeout ({timeout:?}), two and a quarter \
             times the operation_lag ({lag:?}), and two minutes"
        );
        Err(("convergence_limit", message))
    }

    fn longest_command(&self) -> Duration {
        if self.host.properties().commits { Duration::ZERO } else { self.memory.stop_budget }
    }

    /// The longest that a shutdown may take. The default limit grows with what is waited for: running turns, and then the memory.
    pub fn shutdown_patience(&self) -> Duration {
        match self.shutdown_limit == Self::default().shutdown_limit {
            true => self.shutdown_limit.max(self.longest_shutdown()),
            false => self.shutdown_limit,
        }
    }

    fn longest_shutdown(&self) -> Duration {
        let drain =
            if self.host.properties().serves { self.hosting.drain_timeout.unwrap_or(DRAIN) } else { Duration::ZERO };
        let interrupted = if self.host.properties().chats { MARGIN } else { Duration::ZERO };
        drain + interrupted + self.memory.stop_budget + MARGIN
    }

    /// The limits of commands and of stops that are shorter than what the settings themselves ask for.
    fn check_stops(&self) -> Result<(), (&'static str, String)> {
        let budget = self.memory.stop_budget;
        let (limit, least) = (self.command_patience(), self.longest_command());
        if limit < least {
            let message = format!(
                "command_limit ({limit:?}) must not be shorter than stop_budget ({budget:?}): a command may stop an agent"
            );
            return Err(("command_limit", message));
        }
        let (limit, least) = (self.shutdown_patience(), self.longest_shutdown());
        if limit < least {
            let message = format!(
                "shutdown_limit ({limit:?}) must be at least {least:?}: stop_budget ({budget:?}), what a gateway or a WebUI drains before, \
                 a second for the turns that a gateway interrupts, and a second"
            );
            return Err(("shutdown_limit", message));
        }
        let patience = self.stop_timeout.unwrap_or(WEBUI_STOP);
        if let (true, Some(drain)) = (self.host.properties().commits, self.hosting.drain_timeout)
            && drain + MARGIN > patience
        {
            let message = format!(
                "drain_timeout ({drain:?}) must leave a second of the {patience:?} that the supervisor of a WebUI waits; set stop_timeout"
            );
            return Err(("drain_timeout", message));
        }
        match self.stop_timeout {
            Some(timeout) if timeout < 2 * budget || timeout < MARGIN => {
                let message = format!(
                    "stop_timeout ({timeout:?}) must be at least a second and twice the stop_budget ({budget:?}), or the \
                     supervisor kills what stops in time"
                );
                Err(("stop_timeout", message))
            }
            None if !self.host.properties().commits && 2 * budget > OTHER_STOP => {
                let message = format!(
                    "stop_budget ({budget:?}) must not be longer than half of the {OTHER_STOP:?} that a supervisor may wait; set \
                     stop_timeout to more"
                );
                Err(("stop_budget", message))
            }
            _ => Ok(()),
        }
    }

    /// Whether no two settings contradict each other.
    pub fn is_sound(&self) -> bool {
        self.check().is_ok()
    }

    /// A contradiction between settings: the key, and the message.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let (serves, commits): (HostIs, HostIs) = (|host| host.serves, |host| host.commits);
        let set: [(bool, &str, HostIs); 4] = [
            (self.hosting.agent_cache != self.host.agent_cache(), "agent_cache", serves),
            (self.hosting.drain_timeout.is_some(), "drain_timeout", serves),
            (self.end_hook_budget.is_some(), "end_hook_budget", |host: hosts::Properties| host.ends),
            (self.hosting.agent_raises, "agent_raises", commits),
        ];
        let own = self.host.properties();
        if let Some((_, key, means)) = set.into_iter().find(|(set, _, means)| *set && !means(own)) {
            let (host, hosts) = (own.name, hosts::Kind::quoted(means).join(" or "));
            let message = format!("{key} means nothing to the host \"{host}\"; write host = {hosts}, or leave it out");
            return Err((key, message));
        }
        let (timeout, latency) = (self.memory.timeout, self.latency);
        if timeout <= 4 * latency {
            let message = format!(
                "timeout ({timeout:?}) must be longer than four times the latency ({latency:?}), or no request is ever answered"
            );
            return Err((if latency == Self::default().latency { "timeout" } else { "latency" }, message));
        }
        self.check_convergence()?;
        self.check_delivery()?;
        let (budget, limit) = (self.memory.stop_budget, self.shutdown_limit);
        if budget > limit {
            let own = budget != memory::Config::default().stop_budget;
            let message = format!("stop_budget ({budget:?}) must not be longer than shutdown_limit ({limit:?})");
            return Err((if own { "stop_budget" } else { "shutdown_limit" }, message));
        }
        self.check_stops()
    }
}
