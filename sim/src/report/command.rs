//! The command that shows a run again, ready to be pasted into a shell.

use std::path::Path;

use model::release::Release;

use crate::scenario::Server;

/// `forget-me-not replay PATH --release R --server S`.
pub(super) fn replay(path: &Path, release: Release, server: Server) -> String {
    format!("forget-me-not replay {} --release {release} --server {server}", quoted(&path.to_string_lossy()))
}

/// A word as a POSIX shell reads it: in single quotes unless nothing in it means anything to a shell.
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
    fn what_a_shell_would_read_otherwise_is_quoted() {
        assert_eq!(quoted("scenarios/a.toml"), "scenarios/a.toml");
        assert_eq!(quoted("my scenarios/a.toml"), "'my scenarios/a.toml'");
        assert_eq!(quoted("it's.toml"), r"'it'\''s.toml'");
        assert_eq!(quoted("$HOME.toml"), "'$HOME.toml'");
    }
}
