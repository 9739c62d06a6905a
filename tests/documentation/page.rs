//! The pages of the documentation, and their fenced blocks.

use std::fs;
use std::path::{Path, PathBuf};

/// The project's folder.
pub(super) fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a page, by its path in the project.
pub(super) fn text(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every page: the README, `docs/`, and the two READMEs that the index of `docs/` links to.
pub(super) fn all() -> Vec<String> {
    let docs = fs::read_dir(project().join("docs")).expect("a folder of pages");
    let mut paths: Vec<PathBuf> = docs.map(|entry| entry.expect("a page").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    let docs = paths.iter().map(|path| path.strip_prefix(project()).expect("inside").display().to_string());
    let fixed = ["README.md", "scenarios/README.md", "tests/fidelity/README.md"].map(str::to_owned);
    fixed.into_iter().chain(docs).collect()
}

/// A fenced block.
pub(super) struct Block {
    /// The word after the opening fence.
    pub(super) language: String,
    /// The lines between the fences, each with its end.
    pub(super) text: String,
    /// Where it begins, as `page:line`.
    pub(super) place: String,
}

/// The fenced blocks of a page, in order.
pub(super) fn blocks(page: &str) -> Vec<Block> {
    let (mut blocks, mut open): (Vec<Block>, Option<Block>) = (Vec::new(), None);
    for (number, line) in text(page).lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(language), None) => {
                let (language, place) = (language.to_owned(), format!("{page}:{}", number + 1));
                open = Some(Block { language, text: String::new(), place });
            }
            (None, Some(block)) => block.text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{page} does not close a block");
    blocks
}

/// A section of a page: the text after its heading (`## Config`), up to the next heading of the same level.
pub(super) fn section(page: &str, heading: &str) -> String {
    let text = text(page);
    let level = heading.split(' ').next().expect("a heading");
    let (_, rest) = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{page} has no \"{heading}\""));
    rest.split(&format!("\n{level} ")).next().expect("a first part").to_owned()
}
