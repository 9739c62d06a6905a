//! Weaves the mistakes of a source into its text, each behind `if crate::mutant(n)`.
//!
//! Only one mistake is on at a time, so the code of a mistake holds no others, and the text grows with the number of mistakes and not
//! with its power. What stands there without a mistake comes first: the compiler takes its type as the expected one.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::finding::site::{Shape, Site};

/// A source with its mistakes.
#[derive(Debug, Default)]
pub(crate) struct Woven {
    /// The text.
    pub(crate) text: String,
    /// Which bytes of the text are there because of which mistakes. Inner ones come before those around them.
    pub(crate) places: Vec<(Range<usize>, Vec<u32>)>,
}

/// Weaves the mistakes that are `wanted`. The first mistake of the first site has the number `first`, and so on.
pub(crate) fn weave(text: &str, sites: &[Site], first: u32, wanted: &BTreeSet<u32>) -> Woven {
    let mut number = first;
    let mut numbered = Vec::new();
    for site in sites {
        let mistakes: Vec<Numbered<'_>> =
            (number..).zip(&site.mistakes).map(|(number, mistake)| (number, &*mistake.instead)).collect();
        number += u32::try_from(site.mistakes.len()).expect("a source has few mistakes");
        let mistakes: Vec<_> = mistakes.into_iter().filter(|(number, _)| wanted.contains(number)).collect();
        if !mistakes.is_empty() {
            numbered.push(Place { place: site.place.clone(), shape: site.shape, mistakes });
        }
    }
    // Stable: of two sites with one place the outer one was found first.
    numbered.sort_by_key(|site| (site.place.start, usize::MAX - site.place.end));
    let mut weaver = Weaver { text, woven: Woven::default() };
    let mut sites = numbered.as_slice();
    weaver.copy(0..text.len(), &mut sites);
    weaver.woven
}

/// A mistake's number, and the code that stands there instead.
type Numbered<'a> = (u32, &'a str);

struct Place<'a> {
    place: Range<usize>,
    shape: Shape,
    mistakes: Vec<Numbered<'a>>,
}

impl Place<'_> {
    fn numbers(&self) -> Vec<u32> {
        self.mistakes.iter().map(|(number, _)| *number).collect()
    }

    /// Whether one of the mistakes is on, as an expression.
    fn is_on(&self) -> String {
        let calls: Vec<String> = self.mistakes.iter().map(|(number, _)| format!("crate::mutant({number})")).collect();
        calls.join(" || ")
    }
}

struct Weaver<'a> {
    text: &'a str,
    woven: Woven,
}

impl Weaver<'_> {
    /// Copies a part of the source, with the sites in it, which are the next ones.
    fn copy(&mut self, part: Range<usize>, sites: &mut &[Place<'_>]) {
        let mut at = part.start;
        while let [site, rest @ ..] = *sites {
            if site.place.start >= part.end && !(site.place.is_empty() && site.place.start == part.end) {
                break;
            }
            *sites = rest;
            self.woven.text += &self.text[at..site.place.start];
            self.site(site, sites);
            at = site.place.end;
        }
        self.woven.text += &self.text[at..part.end];
    }

    fn site(&mut self, site: &Place<'_>, sites: &mut &[Place<'_>]) {
        let start = self.woven.text.len();
        let on = site.is_on();
        match site.shape {
            Shape::Expression => {
                self.woven.text += &format!("(if !({on}) {{ ");
                self.copy(site.place.clone(), sites);
                self.woven.text += " }";
                let last = site.mistakes.len() - 1;
                for (place, (number, instead)) in site.mistakes.iter().enumerate() {
                    let condition = if place == last { String::new() } else { format!("if crate::mutant({number}) ") };
                    self.woven.text += " else ";
                    self.code(*number, &format!("{condition}{{ {instead} }}"));
                }
                self.woven.text.push(')');
            }
            Shape::Body => {
                self.woven.text.push('{');
                for (number, instead) in &site.mistakes {
                    self.code(*number, &format!(" if crate::mutant({number}) {{ return {instead}; }}"));
                }
                self.copy(site.place.start + 1..site.place.end, sites);
            }
            Shape::Iterator => {
                self.woven.text += "{ ::core::iter::Iterator::take(";
                self.copy(site.place.clone(), sites);
                self.woven.text += &format!(", if {on} {{ 0 }} else {{ usize::MAX }}) }}");
            }
            Shape::Arm => self.woven.text += &format!(" if !({on})"),
            Shape::GuardedArm => {
                let is_a_chain = self.text[site.place.clone()].contains("let ");
                let (open, close) = if is_a_chain { ("", "") } else { ("(", ")") };
                self.woven.text += &format!("!({on}) && {open}");
                self.copy(site.place.clone(), sites);
                self.woven.text += close;
            }
        }
        self.woven.places.push((start..self.woven.text.len(), site.numbers()));
    }

    /// Code that is there for one mistake only.
    fn code(&mut self, number: u32, text: &str) {
        let start = self.woven.text.len();
        self.woven.text += text;
        self.woven.places.push((start..self.woven.text.len(), vec![number]));
    }
}
