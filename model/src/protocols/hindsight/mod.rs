//! Hindsight. - [`wire`]: its wire format. - [`client`]: its HTTP client, with three outcomes.

pub mod client;
pub mod wire;
