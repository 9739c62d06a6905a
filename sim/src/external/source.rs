//! Where a plugin comes from that Hermes does not ship.

use std::path::PathBuf;

/// A plugin that Hermes does not ship.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A folder with a plugin.
    Folder(PathBuf),
    /// An installed package.
    Package {
        /// Its name at the registry.
        package: String,
        /// The name by which Hermes knows its plugin, if it is known.
        name: Option<String>,
        /// What installs the plugin into a profile: a program of the environment, and its arguments.
        installer: Vec<String>,
    },
}
