//! Applies the same work to many items, one world on each thread.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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

/// Does the work on this many threads until it is `over`, and hands each result to the caller's thread, in the order of the items, as soon as
/// those before it are there: `None` where the work had not begun by then.
///
/// `take` stops the work by returning `false`.
pub(crate) fn in_order<T: Sync, R: Send>(
    items: &[T],
    jobs: NonZeroUsize,
    over: &(dyn Fn() -> bool + Sync),
    work: impl Fn(&T) -> R + Sync,
    take: &mut dyn FnMut(Event<R>) -> bool,
) {
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs.get().min(items.len()) {
            let (sender, next, stopped, work) = (sender.clone(), &next, &stopped, &work);
            scope.spawn(move || {
                while !over() && !stopped.load(Ordering::Relaxed) {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(place) else { return };
                    if sender.send((place, work(item))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let (mut early, mut due) = (BTreeMap::new(), 0);
        let mut take = |event| {
            let goes_on = take(event);
            stopped.fetch_or(!goes_on, Ordering::Relaxed);
            goes_on
        };
        for (before, (place, result)) in receiver.into_iter().enumerate() {
            early.insert(place, result);
            if !take(Event::Done(before + 1)) {
                return;
            }
            while let Some(result) = early.remove(&due) {
                due += 1;
                if !take(Event::Result(Some(result))) {
                    return;
                }
            }
        }
        // Behind a gap the others are still results.
        let rest = (due..items.len()).map(|place| early.remove(&place));
        rest.map_while(|result| take(Event::Result(result)).then_some(())).for_each(drop);
    });
}

/// What the caller of [`in_order`] hears.
pub(crate) enum Event<R> {
    /// So many items are done.
    Done(usize),
    /// The result of the next item, if its work was done.
    Result(Option<R>),
}

/// Does the work on this many threads. The results are in the order of the items, whichever thread finished first.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], jobs: NonZeroUsize, work: impl Fn(&T) -> R + Send + Sync) -> Vec<R> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.get()).build().expect("threads can be started");
    pool.install(|| items.par_iter().with_max_len(1).map(work).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(jobs: usize, over: &(dyn Fn() -> bool + Sync), most: usize) -> Vec<Option<u64>> {
        let items: Vec<u64> = (0..200).collect();
        let mut results = Vec::new();
        let work = |item: &u64| (0..(item % 7) * 1_000).fold(*item, |sum, _| std::hint::black_box(sum));
        in_order(&items, NonZeroUsize::new(jobs).expect("a job"), over, work, &mut |event| match event {
            Event::Done(_) => true,
            Event::Result(result) => {
                results.push(result);
                results.len() < most
            }
        });
        results
    }

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for jobs in [1, 2, 8] {
            assert_eq!(results(jobs, &|| false, usize::MAX), (0..200).map(Some).collect::<Vec<_>>(), "{jobs} jobs");
        }
    }

    #[test]
    fn what_was_not_begun_has_no_result() {
        assert_eq!(results(2, &|| true, usize::MAX), vec![None; 200]);
    }

    #[test]
    fn a_caller_that_has_enough_stops_the_work() {
        assert_eq!(results(2, &|| false, 3), (0..3).map(Some).collect::<Vec<_>>());
    }
}
