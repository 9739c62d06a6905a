//! Randomness: every draw comes from a named stream of the scenario's seed.
//!
//! Streams are independent: a new draw in one never shifts another. The generator is fixed (ChaCha8), so a seed means
//! the same on every machine and in every version.

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

/// A stream of random numbers.
pub(super) struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream called `name` of `seed`.
    pub(super) fn new(seed: u64, name: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        hasher.update(name.as_bytes());
        Self(ChaCha8Rng::from_seed(*hasher.finalize().as_bytes()))
    }

    /// A number below `bound`, which is at least 1.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let wide = u64::from(self.0.next_u32()) * u64::from(bound);
        (wide >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_its_seed_and_name() {
        let draws = |seed, name| {
            let mut stream = Stream::new(seed, name);
            [0; 8].map(|_| stream.below(1_000))
        };
        assert_eq!(draws(7, "schedule"), draws(7, "schedule"));
        assert_ne!(draws(7, "schedule"), draws(8, "schedule"));
        assert_ne!(draws(7, "schedule"), draws(7, "network"));
        assert_eq!(
            draws(7, "schedule"),
            [101, 450, 809, 34, 167, 297, 451, 778],
            "the stream of a known seed has changed: every scenario means another run"
        );
    }
}
