//! Does something again whenever a file changes, until the user interrupts.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::{Failure, interrupts};
use crate::search::replay;

/// The time between two looks at the files.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The files under the paths, each with its last change and its length.
type Seen = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Does it once, and again after each change of a file under the paths. Bad input is told, and waits for its correction. Returns the last exit
/// code.
pub(super) fn each_change(
    paths: &[PathBuf],
    err: &mut dyn Write,
    mut work: impl FnMut(&mut dyn Write) -> Result<u8, Failure>,
) -> Result<u8, Failure> {
    interrupts::listen();
    let before = interrupts::count();
    loop {
        let seen = look(paths);
        let code = match work(err) {
            Ok(code) => code,
            Err(Failure::Input(messages)) => {
                messages.iter().for_each(|message| _ = writeln!(err, "{message}"));
                1
            }
            Err(failure) => return Err(failure),
        };
        _ = writeln!(err, "watching {}; Ctrl-C ends it", if seen.len() == 1 { "the file" } else { "the files" });
        while look(paths) == seen {
            if interrupts::count() > before {
                return Ok(code);
            }
            wait();
        }
    }
}

fn look(paths: &[PathBuf]) -> Seen {
    let files = replay::found(paths).into_iter().flatten();
    let state = |path: PathBuf| {
        let found = std::fs::metadata(&path).ok();
        (path, (found.as_ref().and_then(|found| found.modified().ok()), found.map_or(0, |found| found.len())))
    };
    files.map(state).collect()
}

#[expect(clippy::disallowed_methods, reason = "a user writes a file in real time")]
fn wait() {
    std::thread::sleep(LOOK_EVERY);
}
