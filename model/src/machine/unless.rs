//! A future that is dropped when an end comes first: what a timeout and a signal have in common.
//!
//! Its parts are inside it, each once. An `async` block that awaits what it was given holds it twice, and futures in the simulated world
//! are large and move often.

use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

pin_project! {
    /// The result of `future`. `None` if `end` comes first.
    pub(super) struct Unless<F, E> {
        #[pin]
        future: F,
        #[pin]
        end: E,
    }
}

impl<F: Future, E: Future<Output = ()>> Unless<F, E> {
    pub(super) fn new(future: F, end: E) -> Self {
        Self { future, end }
    }
}

impl<F: Future, E: Future<Output = ()>> Future for Unless<F, E> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let parts = self.project();
        match parts.future.poll(context) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending => parts.end.poll(context).map(|()| None),
        }
    }
}
