//! The gate shows each section as it ends. It takes a process of its own.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The gate of release C over one scenario, with so much time that it does not come to its end.
fn gate(name: &str, arguments: &[&str]) -> Child {
    let found = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interrupted_gate").join(name);
    let mut program = Command::new(env!("CARGO_BIN_EXE_forget-me-not"));
    program.current_dir(PROJECT).args(["gate", "scenarios/ground-truth/n3_switch.toml", "--release", "C"]);
    program.args(["--for", "1h", "--out"]).arg(found).args(arguments);
    program.stdout(Stdio::piped()).spawn().expect("the program starts")
}

/// The lines that a process prints until one begins with `word`.
fn lines_until(child: &mut Child, word: &str) -> (Vec<String>, impl BufRead + use<>) {
    let mut output = BufReader::new(child.stdout.take().expect("its output"));
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        let read = output.read_line(&mut line).expect("text");
        assert!(read > 0, "it ended without \"{word}\": {lines:?}");
        let found = line.starts_with(word);
        lines.push(line);
        if found {
            return (lines, output);
        }
    }
}

#[test]
fn a_section_is_shown_when_it_ends() {
    let mut child = gate("shown", &[]);
    let (lines, _rest) = lines_until(&mut child, "fidelity ");
    assert!(lines.iter().any(|line| line.starts_with("scenarios ")), "{lines:?}");
    assert!(child.try_wait().expect("its state").is_none(), "an hour of fuzzing is left: {lines:?}");
    child.kill().expect("it ends");
    child.wait().expect("it has ended");
}
