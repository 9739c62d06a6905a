//! Finds the sites of a source: every place where a small mistake can be made. The kinds are those of cargo-mutants.
//!
//! Code for tests is left out, and so is what the compiler evaluates: constants, statics, `const fn`, lengths of arrays. What stands in a
//! macro's parentheses is not looked at.

#![expect(clippy::wildcard_enum_match_arm, reason = "Rust has many kinds of types and expressions, and gets more")]

mod operators;
pub(crate) mod site;
mod values;

use std::collections::BTreeMap;
use std::ops::Range;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Arm, Attribute, BinOp, Block, Expr, Pat, Signature, Type, UnOp};

use site::{Mistake, Shape, Site};

/// How many letters of the code stand in what a mistake does.
const SHOWN: usize = 60;

/// The sites of a source, outer ones before those within.
///
/// # Errors
///
/// If the text is no Rust.
pub(crate) fn sites(text: &str) -> Result<Vec<Site>, String> {
    let file = syn::parse_file(text).map_err(|error| error.to_string())?;
    let mut finder = Finder { text, names: Vec::new(), functions: Vec::new(), sites: Vec::new() };
    finder.visit_file(&file);
    let mut sites = finder.sites;
    number_the_same(&mut sites);
    Ok(sites)
}

/// If a function has the same mistake at several places, the second and further ones are numbered, so that each has a name of its own.
fn number_the_same(sites: &mut [Site]) {
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    for site in sites {
        for mistake in &mut site.mistakes {
            let count = seen.entry((site.function.clone(), mistake.what.clone())).or_default();
            *count += 1;
            if *count > 1 {
                mistake.what += &format!(" #{count}");
            }
        }
    }
}

struct Finder<'a> {
    text: &'a str,
    /// The types and modules around.
    names: Vec<String>,
    /// The functions around, with the lines of each.
    functions: Vec<String>,
    sites: Vec<Site>,
}

impl Finder<'_> {
    fn source(&self, place: Range<usize>) -> &str {
        &self.text[place]
    }

    /// The code at a place in one line, shortened.
    fn shown(&self, span: Span) -> String {
        let words = self.source(span.byte_range()).split_whitespace().collect::<Vec<_>>().join(" ");
        match words.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}...", &words[..end]),
            None => words,
        }
    }

    fn add(&mut self, place: Range<usize>, span: Span, shape: Shape, mistakes: Vec<Mistake>) {
        let Some(function) = self.functions.last().cloned() else { return };
        if !mistakes.is_empty() {
            let lines = (span.start().line, span.end().line);
            self.sites.push(Site { place, lines, line: lines.0, function, shape, mistakes });
        }
    }

    /// Visits a function, unless it is for tests or for the compiler.
    fn function(
        &mut self,
        attributes: &[Attribute],
        signature: &Signature,
        block: &Block,
        visit: impl FnOnce(&mut Self),
    ) {
        if signature.constness.is_some() || is_for_tests(attributes) {
            return;
        }
        let name = [&self.names[..], &[signature.ident.to_string()]].concat().join("::");
        self.functions.push(name);
        self.body(signature, block);
        visit(self);
        self.functions.pop();
    }

    fn body(&mut self, signature: &Signature, block: &Block) {
        let place = block.span().byte_range();
        let own = self.source(place.start + 1..place.end - 1).trim();
        let (shape, mistakes) = match values::of(&signature.output) {
            Some(values) => {
                let is_the_same = |value: &str| match value {
                    "()" => own.is_empty(),
                    "Default::default()" => signature.ident == "default",
                    value => own == value,
                };
                let others = values.into_iter().filter(|value| !is_the_same(value));
                let mistake = |value: String| Mistake { what: format!("replace with {value}"), instead: value };
                (Shape::Body, others.map(mistake).collect())
            }
            None if leaves_early(block) => return,
            None => {
                let mistake = Mistake { what: "replace with no items".to_owned(), instead: String::new() };
                (Shape::Iterator, vec![mistake])
            }
        };
        let before = self.sites.len();
        self.add(place, block.span(), shape, mistakes);
        for site in &mut self.sites[before..] {
            site.line = signature.span().start().line;
            site.lines.0 = site.line;
        }
    }

    fn in_names(&mut self, name: String, visit: impl FnOnce(&mut Self)) {
        self.names.push(name);
        visit(self);
        self.names.pop();
    }

    fn arms(&mut self, arms: &[Arm]) {
        let has_rest = arms.iter().any(takes_the_rest);
        for arm in arms.iter().filter(|arm| has_rest && !takes_the_rest(arm)) {
            let (pattern, guard) = parts(arm);
            let what = format!("delete match arm \"{}\"", self.shown(arm.pat.span()));
            let mistake = Mistake { what, instead: String::new() };
            match guard {
                Some(guard) => self.add(guard.span().byte_range(), guard.span(), Shape::GuardedArm, vec![mistake]),
                None => {
                    let end = pattern.span().byte_range().end;
                    self.add(end..end, pattern.span(), Shape::Arm, vec![mistake]);
                }
            }
        }
    }
}

/// Whether an arm matches whatever the others leave.
fn takes_the_rest(arm: &Arm) -> bool {
    match &arm.pat {
        Pat::Wild(_) => true,
        Pat::Ident(name) => name.subpat.is_none() && name.ident.to_string().starts_with(char::is_lowercase),
        _ => false,
    }
}

/// The pattern of an arm, and its guard.
fn parts(arm: &Arm) -> (&Pat, Option<&Expr>) {
    match &arm.pat {
        Pat::Guard(guarded) => (&guarded.pat, Some(&guarded.guard)),
        pattern => (pattern, None),
    }
}

/// Whether a condition binds names: `a && let Some(b) = c`.
fn binds(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(binary) => matches!(binary.op, BinOp::And(_)) && (binds(&binary.left) || binds(&binary.right)),
        _ => false,
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let is_cfg_test = attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"));
        is_cfg_test || attribute.path().segments.last().is_some_and(|last| last.ident == "test")
    })
}

/// Whether the block leaves its function before its end.
fn leaves_early(block: &Block) -> bool {
    struct Leaves(bool);
    impl<'ast> Visit<'ast> for Leaves {
        fn visit_expr_return(&mut self, _: &'ast syn::ExprReturn) {
            self.0 = true;
        }
        fn visit_expr_try(&mut self, _: &'ast syn::ExprTry) {
            self.0 = true;
        }
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
        fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
        fn visit_item(&mut self, _: &'ast syn::Item) {}
    }
    let mut leaves = Leaves(false);
    leaves.visit_block(block);
    leaves.0
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_for_tests(&item.attrs) {
            self.in_names(item.ident.to_string(), |finder| visit::visit_item_mod(finder, item));
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if is_for_tests(&item.attrs) {
            return;
        }
        let name = match &*item.self_ty {
            Type::Path(path) => path.path.segments.last().map_or_else(String::new, |last| last.ident.to_string()),
            other => self.shown(other.span()),
        };
        self.in_names(name, |finder| visit::visit_item_impl(finder, item));
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.in_names(item.ident.to_string(), |finder| visit::visit_item_trait(finder, item));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.attrs, &item.sig, &item.block, |finder| visit::visit_item_fn(finder, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.attrs, &item.sig, &item.block, |finder| visit::visit_impl_item_fn(finder, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.attrs, &item.sig, block, |finder| visit::visit_trait_item_fn(finder, item));
        }
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        let operator = self.source(binary.op.span().byte_range()).to_owned();
        let [left, right] = [&binary.left, &binary.right].map(|side| self.source(side.span().byte_range()).to_owned());
        if !binds(&binary.left) && !binds(&binary.right) {
            let shown = self.shown(binary.span());
            // What is assigned to is a place, and no value.
            let assigns = operator.ends_with('=') && !["==", "!=", "<=", ">="].contains(&&*operator);
            let left = if assigns { left } else { format!("({left})") };
            let mistake = |other: &&str| Mistake {
                what: format!("replace {operator} with {other} in \"{shown}\""),
                instead: format!("{left} {other} ({right})"),
            };
            let mistakes = operators::instead_of(&operator).iter().map(mistake).collect();
            self.add(binary.span().byte_range(), binary.span(), Shape::Expression, mistakes);
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_unary(&mut self, unary: &'ast syn::ExprUnary) {
        if let UnOp::Not(_) | UnOp::Neg(_) = unary.op {
            let operator = self.source(unary.op.span().byte_range());
            let what = format!("delete {operator} in \"{}\"", self.shown(unary.span()));
            let instead = self.source(unary.expr.span().byte_range()).to_owned();
            let mistake = Mistake { what, instead };
            self.add(unary.span().byte_range(), unary.span(), Shape::Expression, vec![mistake]);
        }
        visit::visit_expr_unary(self, unary);
    }

    fn visit_expr_match(&mut self, item: &'ast syn::ExprMatch) {
        self.arms(&item.arms);
        visit::visit_expr_match(self, item);
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        let (_, guard) = parts(arm);
        if let Some(guard) = guard.filter(|guard| !binds(guard)) {
            let shown = self.shown(guard.span());
            let mistake = |value: &str| Mistake {
                what: format!("replace match guard \"{shown}\" with {value}"),
                instead: value.to_owned(),
            };
            let mistakes = ["true", "false"].map(mistake).into();
            self.add(guard.span().byte_range(), guard.span(), Shape::Expression, mistakes);
        }
        guard.into_iter().for_each(|guard| self.visit_expr(guard));
        self.visit_expr(&arm.body);
    }

    fn visit_expr_repeat(&mut self, repeat: &'ast syn::ExprRepeat) {
        self.visit_expr(&repeat.expr);
    }

    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_trait_item_const(&mut self, _: &'ast syn::TraitItemConst) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_item_enum(&mut self, _: &'ast syn::ItemEnum) {}
    fn visit_pat(&mut self, _: &'ast Pat) {}
    fn visit_type(&mut self, _: &'ast Type) {}
    fn visit_generics(&mut self, _: &'ast syn::Generics) {}
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}
