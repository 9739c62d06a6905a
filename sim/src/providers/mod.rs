//! The simulated servers of memory providers. They stand on the model's seams and know nothing of the world.

pub mod hindsight;
