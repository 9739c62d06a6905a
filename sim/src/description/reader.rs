//! The text of a file, in which mistakes have their places.

use std::ops::Range;

use toml::{Spanned, Value};

use super::template::{Allowed, Template};

/// A mistake: where it is, and a sentence.
pub(super) type Mistake = (Range<usize>, String);

/// The text of a file.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
}

impl Reader<'_> {
    /// A template. Its mistake is shown where its text stands.
    pub(super) fn template(self, value: &Spanned<Value>, allowed: Allowed<'_>) -> Result<Template, Mistake> {
        Template::read(value.get_ref(), allowed).map_err(|misread| {
            let span = value.span();
            let within = self.text.get(span.clone()).and_then(|text| text.find(&misread.text)).unwrap_or(0);
            (span.start + within..span.end, misread.message)
        })
    }
}
