//! The client side of each provider's protocol.
//!
//! - [`http`]: one attempt over HTTP, with three outcomes, for all protocols. - [`hindsight`]: Hindsight's.

pub mod hindsight;
pub mod http;
