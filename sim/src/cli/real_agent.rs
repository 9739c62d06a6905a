//! `--agent`: a real agent as a subject.

use std::path::Path;

use super::{Environment, Failure, input};
use crate::external::{self, Engaged, Spec};

/// Where programs are searched if the environment does not say it.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Starts the agent that `text` names.
pub(super) fn engage(text: &str, python: Option<&Path>, environment: &Environment) -> Result<Engaged, Failure> {
    let path = environment.variables.get("PATH").map_or(PATH, String::as_str);
    Spec::of(text, python, path).and_then(|spec| external::engage(&spec)).map_err(input)
}
