//! Real agents: child processes as subjects, whose threads, clock, network and end belong to the simulator.
//!
//! A child talks over a socket, as `docs/protocol.md` has it, and does nothing while it is not asked. All real input and output happens inside
//! of a poll of the child's driver; simulated time stands still meanwhile, so the world sees an actor like any other. Absent here: the
//! hosts, which call a child as they call a model, and every judgment. A child that misbehaves ends its run with an error.
//!
//! - `spec`: what `--agent` names. - `source`: where a plugin comes from, and `profile`: how it comes to Hermes. - `agent`: the subject. - `run`: one run of it. - `memory`: the contracts as calls. - `child`: one
//!   process, and `driver`: its conversation with the world. - `connections`: its sockets. - `frames`, `heard`, `start`: the encoding. -
//!   `link`: the socket. `template`: the process that forks. - `cores`: the core that it stays on. - `pool`: the templates of an agent. -
//!   `versions`: what it is made of. - `folder`: real folders of runs. - `store`: what the agent keeps in files there. - `shim`: the files of the Python side. - `broken`: the errors.

mod agent;
mod broken;
mod child;
mod connections;
mod cores;
mod driver;
mod folder;
mod frames;
mod heard;
mod link;
mod memory;
mod pool;
mod profile;
mod run;
mod shim;
mod source;
mod spec;
mod start;
mod store;
mod template;
mod versions;

pub use agent::{Engaged, engage};
pub use profile::ways;
pub use source::Source;
pub use spec::{BUILT_IN, PLUGIN, PYTHON, Spec, interpreter};
