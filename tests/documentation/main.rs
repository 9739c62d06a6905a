//! The documentation is true: its commands print the output it shows, its tables list the code's names, its examples run.
//!
//! - `page`: the pages and their fenced blocks. - `commands`: runs console blocks, and parses commands without output.
//! - `tables`: options, exit codes, releases, invariants, defaults. - `format`: every word of a scenario. - `index`: `scenarios/README.md`. - `memories`: `docs/memories.md`.

mod commands;
mod format;
mod index;
mod memories;
mod page;
mod tables;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use sim::cli::Environment;

/// A folder with a copy of the scenarios and examples, in which every command of this process runs.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documentation");
    _ = fs::remove_dir_all(&folder);
    for content in ["scenarios", "examples", "model/python/examples", "tests/schedules"] {
        copy(&page::project().join(content), &folder.join(content));
    }
    std::env::set_current_dir(&folder).expect("a folder of our own");
    folder
});

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("a file");
        match entry.file_type().expect("a kind of file").is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => _ = fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy"),
        }
    }
}

/// What a command finds in its environment: where programs are, for the Python of a real agent.
static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(|| {
    #[expect(clippy::disallowed_methods, reason = "a command of the documentation is run as a user would run it")]
    let path = std::env::var("PATH").map(|path| ("PATH".to_owned(), path));
    Environment { variables: path.into_iter().collect(), ..Environment::default() }
});

/// Runs the program in [`FOLDER`]. Returns its exit code, its output, and its errors.
fn forget_me_not(arguments: &[&str]) -> (u8, String, String) {
    LazyLock::force(&FOLDER);
    let arguments = std::iter::once("forget-me-not").chain(arguments.iter().copied()).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = sim::cli::run_in(&ENVIRONMENT, arguments, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (code, text(out), text(err))
}
