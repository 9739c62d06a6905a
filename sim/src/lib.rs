//! The simulated world of Forget-Me-Not, and the judges of what happens in it.
//!
//! A module uses only what stands before it in that line, and [`hindsight`], the simulated provider, uses nothing of
//! the world at all: it is written on the model's seams.
//!
//! - [`scenario`]: the plan as data.
//! - [`hindsight`]: the simulated provider.

pub mod hindsight;
pub mod scenario;
