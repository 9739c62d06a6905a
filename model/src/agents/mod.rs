//! Who implements the contracts.
//!
//! - [`subject`]: what can be put under test. - [`row`]: one entry of that table. - `difference`: what sets two of them apart.
//! - [`reference`](mod@reference): correct by design, no bug branches.
//! - [`hermes`]: what Hermes Agent really shipped, release by release: a faithful, faulty model.

mod difference;
pub mod hermes;
pub mod reference;
pub mod row;
pub mod subject;

pub use difference::Difference;
pub use subject::Subject;
