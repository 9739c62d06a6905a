//! Hashes the sources of the program into `FORGET_ME_NOT_BUILD`, so that counts of two different programs are never added up.

use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let workspace = Path::new("..");
    let mut files = vec![workspace.join("Cargo.lock"), workspace.join("Cargo.toml")];
    for folder in ["model/src", "sim/src"] {
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
    println!("cargo::rustc-env=FORGET_ME_NOT_BUILD={}", &hash.finalize().to_hex()[..16]);
}

/// Every file under a folder.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources of this program are there") {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}
