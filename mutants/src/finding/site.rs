//! A site: a place in a source where one or more mistakes can be made, and what each of them looks like.

use std::ops::Range;

/// A place with its mistakes.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The bytes of the source that the mistakes change.
    pub(crate) place: Range<usize>,
    /// The lines in which a change of the source is a change of this site, the last one included. The first line is 1.
    pub(crate) lines: (usize, usize),
    /// The line to show.
    pub(crate) line: usize,
    /// The function in which it stands: `Backlog::push`.
    pub(crate) function: String,
    /// How the mistakes are woven in.
    pub(crate) shape: Shape,
    /// At least one.
    pub(crate) mistakes: Vec<Mistake>,
}

/// One mistake.
#[derive(Clone, Debug)]
pub(crate) struct Mistake {
    /// What it does, for people and for the table of survivors.
    pub(crate) what: String,
    /// The code that stands there instead. Empty for a [`Shape::Arm`] and a [`Shape::Iterator`], which have nothing instead.
    pub(crate) instead: String,
}

/// How the mistakes of a site are woven in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The place is an expression, and another one stands there instead.
    Expression,
    /// The place is the block of a function, and the function returns something else at once.
    Body,
    /// The place is the block of a function that returns an iterator, and nothing comes from it.
    Iterator,
    /// The place is the end of a match arm's pattern, which matches nothing.
    Arm,
    /// The same for an arm with a guard, which is the place.
    GuardedArm,
}
