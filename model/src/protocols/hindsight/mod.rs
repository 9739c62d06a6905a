//! Hindsight. - [`endpoints`]: the table of its endpoints. - [`wire`]: its wire format. - [`client`]: its client.

pub mod client;
pub mod endpoints;
pub mod wire;

/// The host name of the server.
pub const HOST: &str = "hindsight";
/// The port on which the server listens.
pub const PORT: u16 = 8888;
