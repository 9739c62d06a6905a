//! The implementations of the contracts.
//!
//! - [`subject`]: the table of what can be tested. - [`row`]: one entry of it. - `difference`: what two entries do differently.
//! - [`reference`](mod@reference): correct by design, no bug branches.
//! - [`hermes`]: what Hermes Agent shipped, release by release: a faithful model, with its faults.
//! - [`outside`]: what code that is no model needs of the world.
//! - `spool`: a wrong design in one file, and the example of a memory of one's own.

mod difference;
pub mod hermes;
pub mod outside;
pub mod reference;
pub mod row;
mod spool;
pub mod subject;

pub use difference::Difference;
pub use subject::Subject;
