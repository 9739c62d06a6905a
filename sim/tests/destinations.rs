//! Where the gate writes JUnit: on its own output, through links, into pipes. It takes a process with real streams.
#![cfg(unix)]

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("destinations").join(name);
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The gate of release C over one scenario.
fn gate(junit: &Path, folder: &Path) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_forget-me-not"));
    program.current_dir(PROJECT).args(["gate", "scenarios/ground-truth/n3_switch.toml", "--release", "C"]);
    program.args(["--for", "1ms", "--out"]).arg(folder.join("found")).arg("--junit").arg(junit);
    program
}

fn is_junit(text: &str) -> bool {
    text.starts_with("<?xml") && text.trim_end().ends_with("</testsuites>")
}

#[test]
fn junit_on_the_output_follows_the_page() {
    let folder = folder("output");
    symlink("/dev/stdout", folder.join("link")).expect("a link");
    for junit in [Path::new("/dev/stdout"), &folder.join("link")] {
        // Once into a pipe, and once into a file, which two writers must not overwrite.
        let piped = gate(junit, &folder).output().expect("it runs");
        let file = folder.join("page");
        let status = gate(junit, &folder).stdout(File::create(&file).expect("a file")).status().expect("it runs");
        assert_eq!((piped.status.code(), status.code()), (Some(2), Some(2)));
        for text in [String::from_utf8(piped.stdout).expect("text"), fs::read_to_string(&file).expect("text")] {
            let (page, junit) = text.split_at(text.find("<?xml").unwrap_or_else(|| panic!("no JUnit: {text}")));
            assert!(page.starts_with("gate of C\n") && page.contains("failed: an invariant"), "{page}");
            assert!(is_junit(junit), "{junit}");
        }
    }
    assert!(Path::new("/dev/stdout").is_symlink() && folder.join("link").is_symlink());
}

#[test]
fn junit_on_the_errors_is_alone_there() {
    let output = gate(Path::new("/dev/stderr"), &folder("errors")).output().expect("it runs");
    let (page, junit) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(page.starts_with("gate of C\n") && !page.contains("<?xml"), "{page}");
    assert!(is_junit(&junit), "{junit}");
}

#[test]
fn junit_goes_through_a_link_and_into_a_pipe() {
    let folder = folder("links");
    let link = folder.join("link.xml");
    symlink("file.xml", &link).expect("a link");
    assert_eq!(gate(&link, &folder).stdout(Stdio::null()).status().expect("it runs").code(), Some(2));
    assert!(link.is_symlink());
    assert!(is_junit(&fs::read_to_string(folder.join("file.xml")).expect("the link's file")));

    let pipe = folder.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("there is a mkfifo").success());
    let mut gate = gate(&pipe, &folder).stdout(Stdio::null()).spawn().expect("it starts");
    assert!(is_junit(&fs::read_to_string(&pipe).expect("what the pipe gives")));
    assert_eq!(gate.wait().expect("it ends").code(), Some(2));
    assert!(!fs::metadata(&pipe).expect("the pipe is there").is_file());
}
