//! The command that replays a run, ready to be pasted into a shell.

use std::path::Path;

use model::agents::Subject;

use crate::plan::Scenario;
use model::words::server::Server;

/// `forget-me-not replay PATH --release R --server S`, with `--seed N` if the schedule is not the scenario's own.
pub(super) fn replay(path: &Path, release: Subject, server: Server, seed: Option<u64>) -> String {
    let path = quoted(&path.to_string_lossy());
    let seed = seed.map_or_else(String::new, |seed| format!(" --seed {seed}"));
    format!("forget-me-not replay {path} --release {release} --server {server}{seed}")
}

/// The same for a cell of the matrix, which is one run: the first schedule that the file names for it. A replay runs all of them.
pub(super) fn replay_of_cell(scenario: &Scenario, release: Subject, server: Server) -> String {
    let named = scenario.expect.of(release, server).first().and_then(|outcome| outcome.seed);
    replay(&scenario.path, release, server, named)
}

/// A word as a POSIX shell reads it: in single quotes if it has characters that are special to a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%=".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_special_characters_are_quoted() {
        assert_eq!(quoted("scenarios/a.toml"), "scenarios/a.toml");
        assert_eq!(quoted("my scenarios/a.toml"), "'my scenarios/a.toml'");
        assert_eq!(quoted("it's.toml"), r"'it'\''s.toml'");
        assert_eq!(quoted("$HOME.toml"), "'$HOME.toml'");
    }
}
