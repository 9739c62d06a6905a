//! Applies the same work to many items, one world on each thread.

use std::num::NonZeroUsize;

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

/// The same until it is `over`: items whose work had not begun by then have no result.
pub(crate) fn map_until<T: Sync, R: Send>(
    items: &[T],
    jobs: NonZeroUsize,
    over: &(dyn Fn() -> bool + Sync),
    work: impl Fn(&T) -> R + Send + Sync,
) -> Vec<Option<R>> {
    map(items, jobs, |item| (!over()).then(|| work(item)))
}

/// Does the work on this many threads. The results are in the order of the items, whichever thread finished first.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], jobs: NonZeroUsize, work: impl Fn(&T) -> R + Send + Sync) -> Vec<R> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.get()).build().expect("threads can be started");
    pool.install(|| items.par_iter().with_max_len(1).map(work).collect())
}
