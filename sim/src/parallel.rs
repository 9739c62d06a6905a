//! Applies the same work to many items, one world on each thread.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

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

/// The same, and tells the caller's thread after each item how many are done.
pub(crate) fn map_telling<T: Sync, R: Send>(
    items: &[T],
    jobs: NonZeroUsize,
    over: &(dyn Fn() -> bool + Sync),
    work: impl Fn(&T) -> R + Sync,
    mut tell: impl FnMut(usize),
) -> Vec<Option<R>> {
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs.get().min(items.len()) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                while !over() {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(place) else { return };
                    if sender.send((place, work(item))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (before, (place, result)) in receiver.into_iter().enumerate() {
            results[place] = Some(result);
            tell(before + 1);
        }
    });
    results
}

/// Does the work on this many threads. The results are in the order of the items, whichever thread finished first.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], jobs: NonZeroUsize, work: impl Fn(&T) -> R + Send + Sync) -> Vec<R> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.get()).build().expect("threads can be started");
    pool.install(|| items.par_iter().with_max_len(1).map(work).collect())
}
