//! The settings of a scenario, the keys of its `config`: how each is read, written, and its meaning.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use model::hosts;
use model::words::profile::Template;
use serde::Deserialize;
use toml::Spanned;

use super::Mistake;
use super::span::{Span, WrittenSpan};
use super::tail::Tail;
use super::wording::improved;

/// A setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// How many agents a gateway or a WebUI keeps.
    AgentCache(usize),
    /// Whether the WebUI's agents pass on the exceptions of their memory.
    AgentRaises(bool),
    /// How long the provider works on an asynchronous append.
    AppendLag(Duration),
    /// Whether a turn's end warms up a recall.
    AutoRecall(bool),
    /// How the bank of a session is named.
    BankIdTemplate(Template),
    /// Whether the HTTP client is imported on its first use.
    ColdClientImport(bool),
    /// The longest that a command may hold the caller.
    CommandLimit(Duration),
    /// How long pending turns may take to arrive in the end.
    ConvergenceLimit(Duration),
    /// How long the next turn of a session may take to arrive once it is due.
    DeliveryLimit(Duration),
    /// How long a stop waits for running turns.
    DrainTimeout(Duration),
    /// How long a host gives the memory's end.
    EndHookBudget(Duration),
    /// The host that runs the processes.
    Host(hosts::Kind),
    /// One-way latency of the network.
    Latency(Duration),
    /// How many turns a process may hold in memory.
    MemoryLimit(u32),
    /// How long an accepted asynchronous retain waits.
    OperationLag(Duration),
    /// Whether the provider may accept a retain first and apply it later.
    RetainAsync(bool),
    /// How many turns travel in one retain.
    RetainEveryNTurns(u32),
    /// The longest that a shutdown may take.
    ShutdownLimit(Duration),
    /// How long the reference lets a shutdown take.
    StopBudget(Duration),
    /// How long a supervisor waits after SIGTERM.
    StopTimeout(Duration),
    /// How long a request may take.
    Timeout(Duration),
    /// The longest that a turn's end may hold the caller.
    TurnLimit(Duration),
    /// What a loss of power leaves of the end of a file that was not synced.
    UnsyncedTail(Tail),
    /// How long after a retain was applied a recall sees it.
    VisibilityLag(Duration),
}

impl Setting {
    /// Its key.
    pub fn key(self) -> &'static str {
        match self {
            Self::AgentCache(_) => "agent_cache",
            Self::AgentRaises(_) => "agent_raises",
            Self::AppendLag(_) => "append_lag",
            Self::AutoRecall(_) => "auto_recall",
            Self::BankIdTemplate(_) => "bank_id_template",
            Self::ColdClientImport(_) => "cold_client_import",
            Self::CommandLimit(_) => "command_limit",
            Self::ConvergenceLimit(_) => "convergence_limit",
            Self::DeliveryLimit(_) => "delivery_limit",
            Self::DrainTimeout(_) => "drain_timeout",
            Self::EndHookBudget(_) => "end_hook_budget",
            Self::Host(_) => "host",
            Self::Latency(_) => "latency",
            Self::MemoryLimit(_) => "memory_limit",
            Self::OperationLag(_) => "operation_lag",
            Self::RetainAsync(_) => "retain_async",
            Self::RetainEveryNTurns(_) => "retain_every_n_turns",
            Self::ShutdownLimit(_) => "shutdown_limit",
            Self::StopBudget(_) => "stop_budget",
            Self::StopTimeout(_) => "stop_timeout",
            Self::Timeout(_) => "timeout",
            Self::TurnLimit(_) => "turn_limit",
            Self::UnsyncedTail(_) => "unsynced_tail",
            Self::VisibilityLag(_) => "visibility_lag",
        }
    }

    /// The same setting, if its value is valid.
    fn checked(self) -> Result<Self, String> {
        let key = self.key();
        if matches!(self, Self::AgentCache(0) | Self::RetainEveryNTurns(0)) {
            return Err(format!("{key} is at least 1"));
        }
        if matches!(self, Self::MemoryLimit(..256)) {
            return Err(format!(
                "{key} is at least 256: batches are filled from the turns in memory, and the reference holds as many"
            ));
        }
        if matches!(
            self,
            Self::Timeout(Duration::ZERO) | Self::TurnLimit(Duration::ZERO) | Self::EndHookBudget(Duration::ZERO)
        ) {
            return Err(format!("{key} must be longer than 0s"));
        }
        Ok(self)
    }
}

/// `retain_every_n_turns = 3`.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = ", self.key())?;
        match self {
            Self::Host(host) => write!(f, "\"{}\"", host.name()),
            Self::BankIdTemplate(template) => write!(f, "\"{}\"", template.text()),
            Self::UnsyncedTail(tail) => write!(f, "\"{tail}\""),
            Self::AgentCache(number) => write!(f, "{number}"),
            Self::MemoryLimit(number) | Self::RetainEveryNTurns(number) => write!(f, "{number}"),
            Self::AgentRaises(value)
            | Self::AutoRecall(value)
            | Self::ColdClientImport(value)
            | Self::RetainAsync(value) => write!(f, "{value}"),
            Self::AppendLag(duration)
            | Self::CommandLimit(duration)
            | Self::ConvergenceLimit(duration)
            | Self::DeliveryLimit(duration)
            | Self::DrainTimeout(duration)
            | Self::EndHookBudget(duration)
            | Self::Latency(duration)
            | Self::OperationLag(duration)
            | Self::ShutdownLimit(duration)
            | Self::StopBudget(duration)
            | Self::StopTimeout(duration)
            | Self::Timeout(duration)
            | Self::TurnLimit(duration)
            | Self::VisibilityLag(duration) => write!(f, "\"{}\"", Span(*duration)),
        }
    }
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let table: Table = toml::from_str(text).map_err(|error| improved(error.message()))?;
        match table.settings().map_err(|(_, message)| message)?[..] {
            [(_, setting)] => Ok(setting),
            _ => Err(format!("\"{text}\" is not a setting; write one, as in retain_every_n_turns = 3")),
        }
    }
}

/// The settings as a file has them.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    host: Option<Spanned<String>>,
    bank_id_template: Option<Spanned<String>>,
    agent_cache: Option<Spanned<usize>>,
    drain_timeout: Option<Spanned<WrittenSpan>>,
    end_hook_budget: Option<Spanned<WrittenSpan>>,
    agent_raises: Option<Spanned<bool>>,
    stop_timeout: Option<Spanned<WrittenSpan>>,
    command_limit: Option<Spanned<WrittenSpan>>,
    memory_limit: Option<Spanned<u32>>,
    retain_every_n_turns: Option<Spanned<u32>>,
    timeout: Option<Spanned<WrittenSpan>>,
    auto_recall: Option<Spanned<bool>>,
    retain_async: Option<Spanned<bool>>,
    cold_client_import: Option<Spanned<bool>>,
    stop_budget: Option<Spanned<WrittenSpan>>,
    latency: Option<Spanned<WrittenSpan>>,
    visibility_lag: Option<Spanned<WrittenSpan>>,
    operation_lag: Option<Spanned<WrittenSpan>>,
    append_lag: Option<Spanned<WrittenSpan>>,
    unsynced_tail: Option<Spanned<String>>,
    turn_limit: Option<Spanned<WrittenSpan>>,
    shutdown_limit: Option<Spanned<WrittenSpan>>,
    convergence_limit: Option<Spanned<WrittenSpan>>,
    delivery_limit: Option<Spanned<WrittenSpan>>,
}

impl Table {
    /// Each setting with its place.
    pub(super) fn settings(self) -> Result<Vec<(Range<usize>, Setting)>, Mistake> {
        let host = |name: String| name.parse().map(Setting::Host);
        let found = [
            read(self.host, host),
            read(self.bank_id_template, |text| text.parse().map(Setting::BankIdTemplate)),
            read(self.agent_cache, |agents| Ok(Setting::AgentCache(agents))),
            lasting(self.drain_timeout, Setting::DrainTimeout),
            lasting(self.end_hook_budget, Setting::EndHookBudget),
            read(self.agent_raises, |raises| Ok(Setting::AgentRaises(raises))),
            lasting(self.stop_timeout, Setting::StopTimeout),
            lasting(self.command_limit, Setting::CommandLimit),
            read(self.memory_limit, |turns| Ok(Setting::MemoryLimit(turns))),
            read(self.retain_every_n_turns, |turns| Ok(Setting::RetainEveryNTurns(turns))),
            lasting(self.timeout, Setting::Timeout),
            read(self.auto_recall, |recalls| Ok(Setting::AutoRecall(recalls))),
            read(self.retain_async, |is_async| Ok(Setting::RetainAsync(is_async))),
            read(self.cold_client_import, |is_cold| Ok(Setting::ColdClientImport(is_cold))),
            lasting(self.stop_budget, Setting::StopBudget),
            lasting(self.latency, Setting::Latency),
            lasting(self.visibility_lag, Setting::VisibilityLag),
            lasting(self.operation_lag, Setting::OperationLag),
            lasting(self.append_lag, Setting::AppendLag),
            read(self.unsynced_tail, |tail| tail.parse().map(Setting::UnsyncedTail)),
            lasting(self.turn_limit, Setting::TurnLimit),
            lasting(self.shutdown_limit, Setting::ShutdownLimit),
            lasting(self.convergence_limit, Setting::ConvergenceLimit),
            lasting(self.delivery_limit, Setting::DeliveryLimit),
        ];
        let read = found.into_iter().flatten().map(|(span, setting)| match setting.and_then(Setting::checked) {
            Ok(setting) => Ok((span, setting)),
            Err(message) => Err((span, message)),
        });
        read.collect()
    }
}

/// A setting that was read, with its place.
type Read = Option<(Range<usize>, Result<Setting, String>)>;

fn read<T>(value: Option<Spanned<T>>, setting: impl Fn(T) -> Result<Setting, String>) -> Read {
    value.map(|value| (value.span(), setting(value.into_inner())))
}

fn lasting(value: Option<Spanned<WrittenSpan>>, setting: fn(Duration) -> Setting) -> Read {
    read(value, |span| span.read().map(setting))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::keys::{KEYS, Key};

    #[test]
    fn every_key_has_an_example_that_reads_back() {
        for Key { key, example, .. } in KEYS {
            let setting: Setting = example.parse().unwrap_or_else(|error| panic!("{example}: {error}"));
            assert_eq!((setting.key(), &*setting.to_string()), (key, example));
        }
    }

    #[test]
    fn a_setting_is_one_that_can_be() {
        for bad in ["", "host", "host = \"x\"", "agent_cache = 0", "timeout = \"0s\"", "latency = 3", "x = 1"] {
            assert!(bad.parse::<Setting>().is_err(), "{bad}");
        }
    }
}
