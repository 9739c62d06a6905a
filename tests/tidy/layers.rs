//! The layers: which module may use which. A use is a path in the code (`crate::x`, `super::x`, `model::x`).

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenTree};

use super::source::{Source, end_of_test_item, group, inside, is_colons, word};

/// A layer of the house.
pub(crate) struct Layer {
    /// Its module. A module inside belongs to it, unless it is a layer of its own.
    name: &'static str,
    /// The layers under it. It may use these, and the layers under them.
    on: &'static [&'static str],
    /// The layers it may not use although a layer below it does.
    never: &'static [&'static str],
}

const fn layer(name: &'static str, on: &'static [&'static str], never: &'static [&'static str]) -> Layer {
    Layer { name, on, never }
}

/// The house, from the ground up.
pub(crate) const HOUSE: &[Layer] = &[
    layer("model::words", &[], &[]),
    layer("model::facts", &["model::words"], &[]),
    layer("model::machine", &["model::facts"], &[]),
    layer("model::contracts", &["model::machine"], &[]),
    layer("model::protocols", &["model::contracts"], &[]),
    layer("model::agents", &["model::protocols"], &[]),
    layer("model::hosts", &["model::contracts"], &[]),
    layer("model", &["model::agents", "model::hosts"], &[]),
    // Layers that runs may not use: real time, the real thread they run on, and real files.
    layer("sim::stopwatch", &[], &[]),
    layer("sim::parallel", &[], &[]),
    layer("sim::files", &[], &[]),
    // A plan names subjects and the settings of hosts.
    layer("sim::plan", &["model::agents", "model::hosts"], &[]),
    layer("sim::draw", &["sim::plan"], &["model::protocols"]),
    // A provider's protocol as data: it shares with a plan how mistakes in a file are told.
    layer("sim::description", &["sim::plan"], NO_CODE),
    layer("sim::history", &["sim::plan"], NO_CODE),
    // A provider reports in the words of the log, which belong to no protocol.
    layer("sim::providers", &["sim::history", "sim::description"], &["model::agents", "model::hosts"]),
    // Real processes, sockets and folders. A world knows only the contracts that they fulfill.
    layer("sim::external", &["model::agents", "sim::description"], &["model::hosts"]),
    layer("sim::world", &["sim::history", "sim::providers"], &[]),
    layer("sim::trace", &["sim::world"], &[]),
    layer("sim::history::reading", &["sim::history"], NO_CODE),
    // A judge sees the observations and the promises.
    layer("sim::judging", &["sim::history::reading"], NO_CODE),
    layer("sim::run", &["sim::world", "sim::judging"], &["sim::providers"]),
    // The log of another system becomes a history, and is judged as one.
    layer("sim::foreign", &["sim::history"], NO_CODE),
    layer("sim::hearing", &["sim::foreign", "sim::run"], &["sim::providers", "sim::world"]),
    // The only place with a real clock and a real network.
    layer("sim::serve", &["sim::foreign", "sim::providers"], &["model::agents", "model::hosts"]),
    layer(
        "sim::search",
        &["sim::run", "sim::draw", "sim::stopwatch", "sim::parallel", "sim::files"],
        &["sim::providers"],
    ),
    layer(
        "sim::report",
        &["sim::search", "sim::hearing"],
        &["sim::world", "sim::stopwatch", "sim::parallel", "sim::files"],
    ),
    layer("sim::cli", &["sim::report", "sim::trace", "sim::serve", "sim::external"], &["sim::providers"]),
    layer("sim", &["sim::cli"], &[]),
    // Whoever mutates the sources knows them as text only.
    layer("mutants::failure", &[], &[]),
    layer("mutants::stopwatch", &[], &[]),
    layer("mutants::interrupts", &[], &[]),
    layer("mutants::target", &[], &[]),
    layer("mutants::finding", &["mutants::failure"], &[]),
    layer("mutants::mutant", &["mutants::finding"], &[]),
    layer("mutants::weaving", &["mutants::mutant", "mutants::target"], &[]),
    layer("mutants::judging", &["mutants::weaving", "mutants::stopwatch", "mutants::interrupts"], &[]),
    layer("mutants::survivors", &["mutants::mutant", "mutants::target"], &[]),
    layer("mutants::report", &["mutants::judging", "mutants::survivors"], &[]),
    layer("mutants::cli", &["mutants::report"], &[]),
    layer("mutants", &["mutants::cli"], &[]),
];

/// A judge sees no code of the accused, only observations of it.
const NO_CODE: &[&str] = &["model::agents", "model::hosts", "model::protocols"];

/// The uses that the layers forbid, one line for each file and layer.
pub(crate) fn complaints(house: &[Layer], sources: &[Source]) -> BTreeSet<String> {
    let tests: BTreeSet<Vec<String>> = sources.iter().flat_map(test_modules).collect();
    let mut complaints = BTreeSet::new();
    for source in sources {
        let Some(module) = source.module() else { continue };
        if (1..=module.len()).any(|length| tests.contains(&module[..length])) {
            continue;
        }
        let Some(own) = layer_of(house, &module) else {
            complaints.insert(format!("{}: is in no layer", source.path));
            continue;
        };
        let paths = paths(source, &module);
        let seen = paths.iter().filter(|path| path.len() > 1).filter_map(|path| layer_of(house, path));
        let unseen = seen.filter(|seen| !sees(house, own, seen));
        complaints.extend(unseen.map(|seen| format!("{}: {} sees {}", source.path, own.name, seen.name)));
    }
    complaints
}

/// The layer of a module or of an item in it: the one with the longest name. A crate's own layer is its root only.
fn layer_of<'a>(house: &'a [Layer], path: &[String]) -> Option<&'a Layer> {
    let path = path.join("::");
    let is_in = |name: &str| {
        let rest = path.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || (name.contains("::") && rest.starts_with("::")))
    };
    house.iter().filter(|layer| is_in(layer.name)).max_by_key(|layer| layer.name.len())
}

fn sees(house: &[Layer], layer: &Layer, other: &Layer) -> bool {
    layer.name == other.name || (!layer.never.contains(&other.name) && stands_on(house, layer, other.name))
}

fn stands_on(house: &[Layer], layer: &Layer, other: &str) -> bool {
    let below = |name: &&str| house.iter().find(|layer| layer.name == *name).expect("a layer stands on layers");
    layer.on.iter().any(|name| *name == other || stands_on(house, below(name), other))
}

/// All paths in the code of a source, as seen from the crate's root. Code for tests only is left out.
pub(crate) fn paths(source: &Source, module: &[String]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    read(&source.tokens(), module, &mut paths);
    paths
}

/// The modules of a file that are compiled for tests only.
pub(crate) fn test_modules(source: &Source) -> Vec<Vec<String>> {
    let (Some(module), trees) = (source.module(), source.tokens()) else { return Vec::new() };
    let of_tests = (0..trees.len()).filter_map(|at| Some((at, end_of_test_item(&trees, at)?)));
    let names = of_tests.filter_map(|(at, end)| {
        let place = (at..end).find(|&place| word(&trees, place).as_deref() == Some("mod"))?;
        word(&trees, place + 1)
    });
    names.map(|name| [&module[..], &[name]].concat()).collect()
}

fn read(trees: &[TokenTree], here: &[String], paths: &mut Vec<Vec<String>>) {
    let children: BTreeSet<String> = (0..trees.len())
        .filter(|&at| word(trees, at).as_deref() == Some("mod"))
        .filter_map(|at| word(trees, at + 1))
        .collect();
    let mut at = 0;
    while at < trees.len() {
        if let Some(end) = end_of_test_item(trees, at) {
            at = end;
            continue;
        }
        let starts_a_path = is_colons(trees, at + 1) && !(at >= 2 && is_colons(trees, at - 2));
        match &trees[at] {
            TokenTree::Ident(_) if starts_a_path => {
                let head = word(trees, at).expect("it was just seen");
                if let Some(prefix) = prefix(&head, here, &children) {
                    branch(&trees[at + 1..], prefix, paths);
                }
            }
            TokenTree::Group(group) => read(&inside(group), &inner(trees, at, here), paths),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        at += 1;
    }
}

/// The module that the braces at a place hold: `mod name { ... }`, or the one in which they stand.
fn inner(trees: &[TokenTree], at: usize, here: &[String]) -> Vec<String> {
    let name = at.checked_sub(2).filter(|&start| word(trees, start).as_deref() == Some("mod"));
    let name = name.and_then(|start| word(trees, start + 1));
    here.iter().cloned().chain(name).collect()
}

/// The module that a path's first word means, if it is a module of the house.
fn prefix(head: &str, here: &[String], children: &BTreeSet<String>) -> Option<Vec<String>> {
    match head {
        "crate" => Some(here[..1].to_vec()),
        "self" => Some(here.to_vec()),
        "super" => Some(here[..here.len() - 1].to_vec()),
        "model" | "sim" => Some(vec![head.to_owned()]),
        child if children.contains(child) => Some([here, &[child.to_owned()]].concat()),
        _ => None,
    }
}

/// Follows a path after its first words, into each branch of a `{}`.
fn branch(trees: &[TokenTree], mut path: Vec<String>, paths: &mut Vec<Vec<String>>) {
    let mut at = 0;
    while is_colons(trees, at) {
        if let Some(branches) = group(trees, at + 2, Delimiter::Brace) {
            for one in inside(branches).split(|tree| matches!(tree, TokenTree::Punct(sign) if sign.as_char() == ',')) {
                let Some(name) = word(one, 0) else { continue };
                let inner = if name == "self" { path.clone() } else { [&path[..], &[name]].concat() };
                branch(&one[1..], inner, paths);
            }
            return;
        }
        match word(trees, at + 2).as_deref() {
            Some("super") => _ = path.pop(),
            Some(name) => path.push(name.to_owned()),
            None => break,
        }
        at += 3;
    }
    paths.push(path);
}

/// The rule finds every form of a forbidden use, and nothing else.
pub(crate) fn finds_a_path_against_the_layers() {
    let check = |path: &str, text: &str, expected: &[&str]| {
        let found = complaints(HOUSE, &[Source::new(path, text)]);
        let expected = expected.iter().map(|seen| format!("{path}: {seen}")).collect();
        assert_eq!(found, expected, "{text}");
    };
    let judge = "sim/src/judging/memory/order.rs";
    let seen = ["sim::judging sees sim::world"];
    check(judge, "use crate::world::Engine;", &seen);
    check(judge, "use crate::{history::{Event, Who}, world};", &seen);
    check(judge, "use super::super::super::world::Engine;", &seen);
    check(judge, "fn f() { assert!(g(crate::world::PLANNED_TIME)); }", &seen);
    check(judge, "mod inner { use super::super::super::super::world; }", &seen);
    check(judge, "use crate::history::reading::calls; use crate::judging::ledger::Ledger; use std::fmt;", &[]);
    check(judge, "//! crate::world::run\nconst A: &str = \"crate::world::run\";", &[]);
    check(judge, "#[cfg(test)]\nmod tests { use crate::world::Engine; }\n#[cfg(test)]\nuse crate::world;", &[]);
    check("sim/src/draw/mod.rs", "use sim::world::Engine;", &["sim::draw sees sim::world"]);
    check(
        "sim/src/history/mod.rs",
        "pub mod reading; use reading::calls;",
        &["sim::history sees sim::history::reading"],
    );
    check("sim/src/world/mod.rs", "use crate::judging::judge;", &["sim::world sees sim::judging"]);
    check("sim/src/run.rs", "use crate::stopwatch::Stopwatch;", &["sim::run sees sim::stopwatch"]);
    check("model/src/hosts/cli.rs", "use crate::agents::Subject;", &["model::hosts sees model::agents"]);
    check("model/src/agents/subject.rs", "use crate::hosts::Kind;", &["model::agents sees model::hosts"]);
    check("model/src/words/turn.rs", "use crate::facts::Note;", &["model::words sees model::facts"]);
    check("sim/src/attic.rs", "", &["is in no layer"]);
    let tests = [
        Source::new("sim/src/draw/mod.rs", "#[cfg(test)]\nmod tests;"),
        Source::new("sim/src/draw/tests.rs", "use crate::world;"),
    ];
    assert_eq!(complaints(HOUSE, &tests), BTreeSet::new());
}
