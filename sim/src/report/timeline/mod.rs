//! A run as a picture: who did what when, and what became of every turn.
//!
//! - `picture`: the picture as data, from a run and nothing else, with its `lanes`, `arrows`, `bands`, `folds`, waits (`wait`) and the `fates` of the turns. -
//!   `page`: one HTML file that needs nothing else. - `perfetto`, `text`, `mermaid`: the same for a trace viewer, a terminal and an issue.

mod arrows;
mod bands;
mod fates;
mod folds;
mod lanes;
mod mermaid;
mod page;
mod perfetto;
mod picture;
mod text;
mod wait;

use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::search::diff::Row;
use picture::Picture;
pub use picture::Pictured;

/// How a picture is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum Format {
    /// One HTML file.
    #[default]
    Html,
    /// A trace for ui.perfetto.dev, in Chrome's JSON.
    Perfetto,
    /// Lines of text.
    Text,
    /// A sequence diagram that GitHub and GitLab draw.
    Mermaid,
}

impl Format {
    /// The end of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Perfetto => "json",
            Self::Text => "txt",
            Self::Mermaid => "mmd",
        }
    }
}

/// The picture of a run.
pub fn timeline(pictured: Pictured<'_>, format: Format) -> String {
    let picture = Picture::of(pictured);
    match format {
        Format::Html => page::of_one(&picture),
        Format::Perfetto => perfetto::trace(&[&picture]),
        Format::Text => text::lines(&picture),
        Format::Mermaid => mermaid::diagram(&picture),
    }
}

/// The picture of two runs whose events are paired in these rows. In text and as diagrams they stand one after the other.
pub fn timelines(pictured: [Pictured<'_>; 2], rows: &[Row], format: Format) -> String {
    let [first, second] = pictured.map(Picture::of);
    match format {
        Format::Html => page::of_two([&first, &second], rows),
        Format::Perfetto => perfetto::trace(&[&first, &second]),
        Format::Text => text::lines(&first) + "\n" + &text::lines(&second),
        Format::Mermaid => mermaid::diagram(&first) + "\n" + &mermaid::diagram(&second),
    }
}
