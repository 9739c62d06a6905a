//! The command that replays a run, ready to paste into a shell.

use std::path::Path;

use model::agents::Subject;
use model::words::server::Server;

use crate::plan::Scenario;

/// `forget-me-not explain PATH --release R`: the same options as of a replay.
pub fn explain(path: &Path, release: Subject, server: Option<Server>, seed: Option<u64>) -> String {
    command("explain", path, release, server, seed)
}

/// `forget-me-not replay PATH --release R`, with `--server S` and `--seed N` if given. Words with characters that are special to a shell
/// are quoted. A real agent has options of its own in the place of `--release R`.
pub fn replay(path: &Path, release: Subject, server: Option<Server>, seed: Option<u64>) -> String {
    command("replay", path, release, server, seed)
}

fn command(name: &str, path: &Path, release: Subject, server: Option<Server>, seed: Option<u64>) -> String {
    let (path, seed) = (path.to_string_lossy(), seed.map(|seed| seed.to_string()));
    let named = match release.making() {
        Some(making) => making.options.iter().map(String::as_str).collect(),
        None => vec!["--release", release.name()],
    };
    let options = [("--server", server.map(Server::name)), ("--seed", seed.as_deref())];
    let given = options.iter().filter_map(|(option, value)| Some([*option, (*value)?]));
    let words = ["forget-me-not", name, &path].into_iter().chain(named).chain(given.flatten());
    shlex::try_join(words).expect("no word has a NUL byte")
}

/// The same for a cell of the matrix, which is one run: the first schedule that the file names for it. A replay runs all of them.
pub fn replay_of_cell(scenario: &Scenario, release: Subject, server: Server) -> String {
    let named = scenario.expect.of(release, server).first().and_then(|outcome| outcome.seed);
    replay(&scenario.path, release, Some(server), named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_where_a_shell_needs_it() {
        let command = |path| replay(Path::new(path), Subject::REFERENCE, None, None);
        let with = |path| format!("forget-me-not replay {path} --release reference");
        assert_eq!(command("scenarios/a.toml"), with("scenarios/a.toml"));
        assert_eq!(command("my scenarios/a.toml"), with("'my scenarios/a.toml'"));
        assert_eq!(command("it's.toml"), with("\"it's.toml\""));
        assert_eq!(command("$HOME.toml"), with("'$HOME.toml'"));
    }

    #[test]
    fn a_server_and_a_seed_are_named_where_there_is_one() {
        let command = replay(Path::new("a.toml"), Subject::REFERENCE, Some(Server::Append), Some(7));
        assert_eq!(command, "forget-me-not replay a.toml --release reference --server append --seed 7");
    }
}
