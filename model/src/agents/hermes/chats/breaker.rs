//! The breaker of restart loops (`restart_loop_guard.py`): after three starts in close succession it resumes nothing.

use serde::{Deserialize, Serialize};

use super::Gateway;
use super::behaviors::Breaker;
use super::files::BOOTS;
use crate::facts::chats::Finding;

/// How many close starts trip it.
const RESTARTS_MAX: usize = 3;
/// Starts are close if all of them fall within this time,
const WINDOW_MS: i64 = 60_000;
/// or if each falls within this time of the one before.
const GAP_MS: i64 = 300_000;
/// How many starts it remembers.
const REMEMBERED: usize = 50;

#[derive(Default, Serialize, Deserialize)]
struct Boots {
    boots: Vec<i64>,
}

impl Gateway {
    /// `check_and_record`. The gateway calls it whenever a pending chat exists, even when a platform reconnects (#56484) and even
    /// when all pending chats are too old.
    pub(super) async fn breaker_trips(&self) -> bool {
        if self.behaviors.breaker == Breaker::Missing {
            return false;
        }
        let mut known: Boots = self.files.read(BOOTS).await.unwrap_or_default();
        let now_ms = self.now_ms();
        known.boots.push(now_ms);
        known.boots.drain(..known.boots.len().saturating_sub(REMEMBERED));
        if self.behaviors.breaker == Breaker::Window {
            known.boots.retain(|&boot| now_ms - boot <= WINDOW_MS);
        }
        let chain = chain(&known.boots);
        let close = if self.behaviors.breaker == Breaker::Window { known.boots.len() } else { chain };
        self.files.write(BOOTS, || known).await;
        let trips = close >= RESTARTS_MAX;
        if trips {
            self.found(Finding::BreakerTripped);
        }
        trips
    }
}

/// How many starts, counted back from the last, follow each other closely.
fn chain(boots: &[i64]) -> usize {
    let gaps = boots.windows(2).rev().take_while(|pair| pair[1] - pair[0] <= GAP_MS);
    gaps.count() + usize::from(!boots.is_empty())
}

#[cfg(test)]
mod tests {
    use super::chain;

    #[test]
    fn a_chain_is_as_long_as_its_gaps_are_short() {
        assert_eq!(chain(&[]), 0);
        assert_eq!(chain(&[5]), 1);
        assert_eq!(chain(&[0, 300_000, 450_000]), 3);
        assert_eq!(chain(&[0, 300_001, 450_000]), 2);
    }
}
