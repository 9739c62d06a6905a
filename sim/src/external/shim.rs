//! The files of the Python side, which the program carries in itself.

use std::io;
use std::path::{Path, PathBuf};

include!(concat!(env!("OUT_DIR"), "/shim.rs"));

/// Writes the files into a folder. Returns the one that starts a template.
pub(super) fn write(folder: &Path) -> io::Result<PathBuf> {
    for (path, text) in FILES {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(folder.join("launch.py"))
}
