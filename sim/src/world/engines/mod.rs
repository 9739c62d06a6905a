//! The engines: `events` drives the hosts event by event on turmoil-net; `ticks`, turmoil's own `Sim`, is an independent second opinion.

pub(in crate::world) mod events;
pub(in crate::world) mod ticks;
