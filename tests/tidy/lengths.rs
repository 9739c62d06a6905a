//! No file is longer than 400 lines, and no function than 70, comments and tests included.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenTree};

use super::source::{Source, group, inside, is_sign, word};

const FILE_MAX: usize = 400;
const FUNCTION_MAX: usize = 70;

/// The files and functions that are too long.
pub(crate) fn complaints(sources: &[Source]) -> BTreeSet<String> {
    let mut complaints = BTreeSet::new();
    for source in sources {
        if source.text.lines().count() > FILE_MAX {
            complaints.insert(format!("{}: more than {FILE_MAX} lines", source.path));
        }
        let mut functions = Vec::new();
        read(&source.tokens(), &mut functions);
        let long = functions.iter().filter(|(_, lines)| *lines > FUNCTION_MAX);
        complaints.extend(long.map(|(name, _)| format!("{}: fn {name}: more than {FUNCTION_MAX} lines", source.path)));
    }
    complaints
}

/// Every function with its number of lines, from `fn` to its last brace.
fn read(trees: &[TokenTree], functions: &mut Vec<(String, usize)>) {
    for (at, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Ident(ident) if ident == "fn" => {
                let Some(name) = word(trees, at + 1) else { continue };
                let body = (at..trees.len())
                    .take_while(|&place| !is_sign(trees, place, ';'))
                    .find_map(|place| group(trees, place, Delimiter::Brace));
                let lines = body.map(|body| body.span_close().end().line - ident.span().start().line + 1);
                functions.extend(lines.map(|lines| (name, lines)));
            }
            TokenTree::Group(group) => read(&inside(group), functions),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The rule finds a file or function that is one line too long, also in a module, an `impl` and a test.
pub(crate) fn finds_what_is_too_long() {
    let found = |text: &str| complaints(&[Source::new("sim/src/a.rs", text)]).into_iter().collect::<Vec<_>>();
    let function = |lines: usize| format!("fn f(a: fn(u8) -> u8) {{{}}}", "\n".repeat(lines - 1));
    assert!(found(&function(FUNCTION_MAX)).is_empty());
    for (before, behind) in [("", ""), ("impl A {\n", "}"), ("#[cfg(test)]\nmod tests {\n", "}")] {
        let text = format!("{before}{}{behind}", function(FUNCTION_MAX + 1));
        assert_eq!(found(&text), ["sim/src/a.rs: fn f: more than 70 lines"], "{text}");
    }
    assert!(found(&"// a\n".repeat(FILE_MAX)).is_empty());
    assert_eq!(found(&"// a\n".repeat(FILE_MAX + 1)), ["sim/src/a.rs: more than 400 lines"]);
}
