//! The same work on many things, one world on each thread.

use std::num::NonZeroUsize;

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

/// Does the work on so many threads. What comes of it is in the order of the items, whoever was done first.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], jobs: NonZeroUsize, work: impl Fn(&T) -> R + Send + Sync) -> Vec<R> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.get()).build().expect("threads can be started");
    pool.install(|| items.par_iter().with_max_len(1).map(work).collect())
}
