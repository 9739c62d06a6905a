//! What drives the hosts: `events`, event by event on turmoil-net; `ticks`, turmoil's own `Sim`, as an independent second opinion.

pub(in crate::world) mod events;
pub(in crate::world) mod ticks;
