//! The limits to judge by that change no run: from a stream of their own, so that they shift nothing else.

use std::time::Duration;

use proptest::prelude::{Just, prop_oneof};
use proptest::strategy::Strategy;

use crate::plan::{Config, Setting};

/// How soon turns must arrive; mostly sooner than by default, because few plans leave a process alone for so long.
pub(super) fn limits() -> impl Strategy<Value = Option<Duration>> {
    let seconds = |seconds| Just(Some(Duration::from_secs(seconds)));
    prop_oneof![2 => Just(None), 1 => seconds(4), 1 => seconds(10)]
}

/// The configuration with this limit, if it can have it.
pub(super) fn limited(config: &Config, limit: Option<Duration>) -> Config {
    let limited = limit.map(|limit| config.with(Setting::DeliveryLimit(limit)));
    limited.filter(Config::is_sound).unwrap_or_else(|| config.clone())
}
