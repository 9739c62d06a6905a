//! Circles: modules of one folder that use each other, directly or through others of that folder.
//!
//! Its one rule: the modules of a folder have an order, and each uses only earlier ones. A module may use its folder's own file, because it
//! is a part of it. Names that the folder's file re-exports count as the folder's.

use std::collections::{BTreeMap, BTreeSet};

use super::layers::{paths, test_modules};
use super::source::Source;

/// Folders that are one thing in several files, where each part knows the others: one Python class over one unlocked state.
const ONE_THING: &[&str] = &["model::agents::hermes::memory"];

/// For each module of a folder, the modules of the same folder that it uses.
type Uses = BTreeMap<String, BTreeSet<String>>;

/// One line for each circle: its folder, and its modules.
pub(crate) fn complaints(sources: &[Source]) -> BTreeSet<String> {
    let mut complaints = BTreeSet::new();
    for (folder, uses) in folders(sources) {
        for module in uses.keys() {
            let circle: Vec<&str> = reached(&uses, module)
                .into_iter()
                .filter(|other| reached(&uses, other).contains(module.as_str()))
                .collect();
            if !circle.is_empty() && !ONE_THING.contains(&folder.join("::").as_str()) {
                complaints.insert(format!("{}: {} use each other", folder.join("::"), circle.join(", ")));
            }
        }
    }
    complaints
}

/// The folders of the sources, each with the uses among its modules.
fn folders(sources: &[Source]) -> BTreeMap<Vec<String>, Uses> {
    let tests: BTreeSet<Vec<String>> = sources.iter().flat_map(test_modules).collect();
    let modules: BTreeMap<Vec<String>, &Source> =
        sources.iter().filter_map(|source| Some((source.module()?, source))).collect();
    let mut folders: BTreeMap<Vec<String>, Uses> = BTreeMap::new();
    for (module, source) in &modules {
        if (1..=module.len()).any(|length| tests.contains(&module[..length])) {
            continue;
        }
        for path in paths(source, module) {
            let shared = module.iter().zip(&path).take_while(|(own, other)| own == other).count();
            let (Some(own), Some(other)) = (module.get(shared), path.get(shared)) else { continue };
            if modules.contains_key(&path[..=shared]) {
                let uses = folders.entry(path[..shared].to_vec()).or_default();
                uses.entry(own.clone()).or_default().insert(other.clone());
            }
        }
    }
    folders
}

/// The modules that a module uses, directly or through others.
fn reached<'a>(uses: &'a Uses, module: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![module];
    while let Some(module) = waiting.pop() {
        for other in uses.get(module).into_iter().flatten() {
            if reached.insert(other.as_str()) {
                waiting.push(other);
            }
        }
    }
    reached
}

/// The rule finds circles of any length, and no others.
pub(crate) fn finds_a_circle() {
    let check = |files: &[(&str, &str)], expected: &[&str]| {
        let sources: Vec<Source> =
            files.iter().map(|(path, text)| Source::new(&format!("model/src/hosts/{path}"), text)).collect();
        let expected = expected.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(complaints(&sources), expected, "{files:?}");
    };
    let circle = ["model::hosts: a, b use each other"];
    check(&[("a.rs", "use super::b::B;"), ("b.rs", "use crate::hosts::a;")], &circle);
    check(&[("a.rs", "use super::b::B;"), ("b/mod.rs", "mod c;"), ("b/c.rs", "use crate::hosts::a::A;")], &circle);
    let three = [("a.rs", "use super::b;"), ("b.rs", "use super::c;"), ("c.rs", "use super::a;")];
    check(&three, &["model::hosts: a, b, c use each other"]);
    check(&[("a.rs", "use super::b;"), ("b.rs", "use super::c;"), ("c.rs", "use std::fmt;")], &[]);
    check(&[("mod.rs", "mod a; use a::A;"), ("a.rs", "use super::Host;")], &[]);
    check(&[("a.rs", "use super::b::B;"), ("b.rs", "#[cfg(test)]\nmod tests { use super::super::a; }")], &[]);
}
