//! Rust source as tokens, the input of a tidy rule. Comments and strings yield no tokens, so their content is never taken for code.

use std::fs;
use std::path::Path;
use std::str::FromStr;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A source file: its path from the project's folder, and its text.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Its tokens. A rule may ask only for those of a Rust file.
    pub(crate) fn tokens(&self) -> Vec<TokenTree> {
        let tokens = TokenStream::from_str(&self.text).unwrap_or_else(|error| panic!("{}: {error}", self.path));
        tokens.into_iter().collect()
    }

    /// The module that the file is, from its crate on: `["sim", "plan", "steps"]`. `None` if it belongs to no library.
    pub(crate) fn module(&self) -> Option<Vec<String>> {
        let mut module: Vec<String> = self.path.strip_suffix(".rs")?.split('/').map(str::to_owned).collect();
        if module.get(1)? != "src" {
            return None;
        }
        module.remove(1);
        if ["mod", "lib", "main"].contains(&module.last()?.as_str()) {
            module.pop();
        }
        Some(module)
    }
}

/// Every Rust file in these folders, in the order of their paths.
pub(crate) fn project(folders: &[&str]) -> Vec<Source> {
    let mut sources = Vec::new();
    for folder in folders {
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), folder, &mut sources);
    }
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    sources
}

fn read(folder: &Path, name: &str, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{name}: {error}")) {
        let path = entry.expect("a file").path();
        let file = path.file_name().and_then(|file| file.to_str()).expect("a name of letters");
        let name = format!("{name}/{file}");
        if path.is_dir() {
            read(&path, &name, sources);
        } else if file.ends_with(".rs") {
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
            sources.push(Source { path: name, text });
        }
    }
}

/// The word that stands at a place, if one does.
pub(crate) fn word(trees: &[TokenTree], at: usize) -> Option<String> {
    match trees.get(at)? {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    }
}

/// Whether this sign stands at a place.
pub(crate) fn is_sign(trees: &[TokenTree], at: usize, sign: char) -> bool {
    matches!(trees.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

/// Whether `::` stands at a place.
pub(crate) fn is_colons(trees: &[TokenTree], at: usize) -> bool {
    is_sign(trees, at, ':') && is_sign(trees, at + 1, ':')
}

/// The braces, brackets or parentheses at a place, if they are of this kind.
pub(crate) fn group(trees: &[TokenTree], at: usize, delimiter: Delimiter) -> Option<&Group> {
    match trees.get(at)? {
        TokenTree::Group(group) if group.delimiter() == delimiter => Some(group),
        TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    }
}

/// The tokens between braces, brackets or parentheses.
pub(crate) fn inside(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

/// If a `#[cfg(test)]` stands at a place: where the item under it ends.
pub(crate) fn end_of_test_item(trees: &[TokenTree], at: usize) -> Option<usize> {
    let attribute = group(trees, at + 1, Delimiter::Bracket).filter(|_| is_sign(trees, at, '#'))?;
    if attribute.stream().to_string().replace(' ', "") != "cfg(test)" {
        return None;
    }
    let ends = |&at: &usize| is_sign(trees, at, ';') || group(trees, at, Delimiter::Brace).is_some();
    (at + 2..trees.len()).find(ends).map(|end| end + 1)
}
