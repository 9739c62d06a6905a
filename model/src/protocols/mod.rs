//! The client side of each provider's protocol.

pub mod hindsight;
