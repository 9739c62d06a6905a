//! One style of modules: a folder's own file is its `mod.rs`, and tests are `mod tests`, inline or in a file of that name. Code that tests
//! share has its own name (`bench`, `fixtures`).

use std::collections::BTreeSet;

use super::source::{Source, end_of_test_item, word};

/// The modules in another style.
pub(crate) fn complaints(sources: &[Source]) -> BTreeSet<String> {
    let mut complaints = BTreeSet::new();
    for source in sources {
        let folder = format!("{}/", source.path.trim_end_matches(".rs"));
        if source.module().is_some() && sources.iter().any(|other| other.path.starts_with(&folder)) {
            complaints.insert(format!("{}: is not its folder's mod.rs", source.path));
        }
        let trees = source.tokens();
        for (at, end) in (0..trees.len()).filter_map(|at| Some((at, end_of_test_item(&trees, at)?))) {
            let module = (at..end).find(|&place| word(&trees, place).as_deref() == Some("mod"));
            let name = module
                .and_then(|place| word(&trees, place + 1))
                .filter(|name| name.ends_with("tests") && name != "tests");
            complaints.extend(name.map(|name| format!("{}: its tests are in mod {name}", source.path)));
        }
    }
    complaints
}

/// The rule finds both violations.
pub(crate) fn finds_another_style() {
    let sources = [
        Source::new("sim/src/a.rs", "mod b;\n#[cfg(test)]\nmod tests;"),
        Source::new("sim/src/a/b.rs", "#[cfg(test)]\nmod b_tests {}"),
        Source::new("sim/src/c/mod.rs", "#[cfg(test)]\nmod tests {}\n#[cfg(test)]\nmod fixtures;"),
    ];
    let found: Vec<String> = complaints(&sources).into_iter().collect();
    assert_eq!(found, ["sim/src/a.rs: is not its folder's mod.rs", "sim/src/a/b.rs: its tests are in mod b_tests"]);
}
