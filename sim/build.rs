//! Hashes the sources of the program into `FORGET_ME_NOT_BUILD`, so that counts of two different programs are never added up.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let workspace = Path::new("..");
    let mut files = vec![workspace.join("Cargo.lock"), workspace.join("Cargo.toml")];
    for folder in ["model/src", "sim/src", "providers"] {
        collect(&workspace.join(folder), &mut files);
        println!("cargo::rerun-if-changed=../{folder}");
    }
    println!("cargo::rerun-if-changed=../Cargo.lock");
    println!("cargo::rerun-if-changed=../Cargo.toml");
    files.sort();
    let mut hash = blake3::Hasher::new();
    for file in &files {
        hash.update(file.to_string_lossy().as_bytes());
        hash.update(&fs::read(file).expect("a source of this program can be read"));
    }
    embed(&workspace.join("model/python"), &mut hash);
    println!("cargo::rustc-env=FORGET_ME_NOT_BUILD={}", &hash.finalize().to_hex()[..16]);
}

/// Every file under a folder.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources of this program are there") {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// The Python side of real agents as a table of paths and texts, without its tests and examples.
fn embed(folder: &Path, hash: &mut blake3::Hasher) {
    let mut files = vec![folder.join("launch.py")];
    let package = folder.join("forget_me_not");
    println!("cargo::rerun-if-changed={}", package.display());
    collect(&package, &mut files);
    files.retain(|file| file.extension().is_some_and(|extension| extension == "py"));
    files.sort();
    let mut table = String::from("const FILES: &[(&str, &str)] = &[\n");
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        hash.update(&fs::read(file).expect("a source of this program can be read"));
        let path = fs::canonicalize(file).expect("a file has a path");
        let name = file.strip_prefix(folder).expect("it was found there");
        writeln!(table, "    ({name:?}, include_str!({path:?})),").expect("a text takes a line");
    }
    table.push_str("];\n");
    let out = std::env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("shim.rs"), table).expect("the table can be written");
}
