//! The routes of a description: which keys each kind has, and which placeholders have a meaning in them.

use std::ops::Range;

use model::words::spelling;
use serde::Deserialize;
use strum::VariantNames;
use toml::{Spanned, Value};

use super::reader::{Mistake, Reader};
use super::template::{Allowed, Template, Word};
use super::{JsonPath, Kind, Route, Segment, Write};

/// A route as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RouteFile {
    on: Spanned<String>,
    kind: Spanned<String>,
    document: Option<Spanned<Value>>,
    messages: Option<Spanned<String>>,
    text: Option<Spanned<String>>,
    role: Option<Spanned<String>>,
    tags: Option<Spanned<String>>,
    session: Option<Spanned<Value>>,
    again: Option<Spanned<Value>>,
    queued: Option<Spanned<Value>>,
    leaves: Option<Spanned<Value>>,
    query: Option<Spanned<Value>>,
    operation: Option<Spanned<Value>>,
    status: Option<Spanned<u16>>,
    answer: Option<Spanned<Value>>,
    for_each: Option<Spanned<Value>>,
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const OF_A_REQUEST: [&str; 4] = ["path.", "query.", "header.", "body."];
const OF_A_MESSAGE: [&str; 5] = ["path.", "query.", "header.", "body.", "message."];

impl RouteFile {
    /// The route, if it has no mistake.
    pub(super) fn read(&self, reader: Reader<'_>) -> Result<Route, Mistake> {
        let kind = self.kind.get_ref().parse::<Kind>();
        let unknown = |_| (self.kind.span(), spelling::unknown("kind", self.kind.get_ref(), Kind::VARIANTS));
        let kind = kind.map_err(unknown)?;
        self.check_keys(kind)?;
        let (method, path) = on(&self.on)?;
        let variables: Vec<String> = path.iter().filter_map(Segment::variable).collect();
        let of_a_request = Allowed { kinds: &OF_A_REQUEST, words: &[], variables: &variables };
        let of_a_message = Allowed { kinds: &OF_A_MESSAGE, ..of_a_request };
        let words = self.words(kind);
        let (answer, for_each) = match (&self.answer, &self.for_each) {
            (Some(_), Some(each)) => {
                let message = "an answer is one value or one for each message; leave answer or for_each out";
                return Err((each.span(), message.into()));
            }
            (Some(answer), None) => (reader.template(answer, Allowed { words: &words, ..of_a_request })?, false),
            (None, Some(each)) => (reader.template(each, Allowed { words: &words, ..of_a_message })?, true),
            (None, None) => (Template::Table(Vec::new()), false),
        };
        let document_of = if kind == Kind::Write { of_a_message } else { of_a_request };
        let write = (kind == Kind::Write).then(|| self.write(reader, of_a_message, of_a_request)).transpose()?;
        let optional = |value: &Option<Spanned<Value>>, allowed| {
            value.as_ref().map(|value| reader.template(value, allowed)).transpose()
        };
        Ok(Route {
            document: optional(&self.document, document_of)?,
            leaves: optional(&self.leaves, of_a_request)?,
            query: optional(&self.query, of_a_request)?,
            operation: optional(&self.operation, of_a_request)?,
            status: self.status.as_ref().map_or(Ok(200), status)?,
            write,
            method,
            path,
            kind,
            answer,
            for_each,
        })
    }

    /// Where it stands in the file.
    pub(super) fn span(&self) -> Range<usize> {
        self.on.span()
    }

    /// The words that have a meaning in its answer.
    fn words(&self, kind: Kind) -> Vec<Word> {
        let mut words = vec![Word::Id, Word::Time];
        words.extend((kind == Kind::Recall).then_some(Word::Recalled));
        words.extend((kind == Kind::Status).then_some(Word::State));
        if self.document.is_some() {
            words.extend([Word::Pending, Word::Kept]);
        }
        words.extend(self.queued.as_ref().map(|_| Word::Operation));
        words
    }

    fn write(
        &self,
        reader: Reader<'_>,
        of_a_message: Allowed<'_>,
        of_a_request: Allowed<'_>,
    ) -> Result<Write, Mistake> {
        let path = |text: &Option<Spanned<String>>| text.as_ref().map(json_path).transpose();
        let template = |value: &Option<Spanned<Value>>, allowed| {
            value.as_ref().map(|value| reader.template(value, allowed)).transpose()
        };
        Ok(Write {
            messages: self.messages.as_ref().map(in_body).transpose()?,
            text: path(&self.text)?.unwrap_or_default(),
            role: path(&self.role)?,
            tags: path(&self.tags)?,
            session: template(&self.session, of_a_message)?,
            again: template(&self.again, of_a_message)?,
            queued: template(&self.queued, of_a_request)?,
        })
    }

    /// Every key belongs to the route's kind, and none that it needs is missing.
    fn check_keys(&self, kind: Kind) -> Result<(), Mistake> {
        let text = |key: &Option<Spanned<String>>| key.as_ref().map(Spanned::span);
        let value = |key: &Option<Spanned<Value>>| key.as_ref().map(Spanned::span);
        let keys = [
            ("messages", text(&self.messages), Kind::Write, false),
            ("text", text(&self.text), Kind::Write, true),
            ("role", text(&self.role), Kind::Write, false),
            ("tags", text(&self.tags), Kind::Write, false),
            ("session", value(&self.session), Kind::Write, false),
            ("again", value(&self.again), Kind::Write, false),
            ("queued", value(&self.queued), Kind::Write, false),
            ("for_each", value(&self.for_each), Kind::Write, false),
            ("leaves", value(&self.leaves), Kind::Commit, false),
            ("query", value(&self.query), Kind::Recall, true),
            ("operation", value(&self.operation), Kind::Status, true),
            ("document", value(&self.document), Kind::Write, true),
            ("document", value(&self.document), Kind::Commit, true),
        ];
        let name: &str = kind.into();
        for (key, span, of, required) in keys {
            match span {
                Some(span) if of != kind && key != "document" => {
                    let of: &str = of.into();
                    return Err((
                        span,
                        format!("{key} belongs to a route of kind {of}, and this one is of kind {name}"),
                    ));
                }
                None if of == kind && required => {
                    return Err((self.on.span(), format!("a route of kind {name} needs {key}")));
                }
                Some(_) | None => {}
            }
        }
        Ok(())
    }
}

impl Segment {
    fn variable(&self) -> Option<String> {
        match self {
            Self::Is(_) => None,
            Self::Variable(name) => Some(name.clone()),
        }
    }
}

/// A method, and the segments of a path.
fn on(text: &Spanned<String>) -> Result<(String, Vec<Segment>), Mistake> {
    let wrong = |message: String| (text.span(), message);
    let written = text.get_ref();
    let (method, path) = written.split_once(' ').unwrap_or((written, ""));
    if !METHODS.contains(&method) {
        return Err(wrong(spelling::unknown("method", method, &METHODS)));
    }
    let Some(path) = path.strip_prefix('/') else {
        return Err(wrong(format!(
            "\"{written}\" has no path; write one behind the method, as in \"GET /v1/memories/{{user}}\""
        )));
    };
    let mut segments: Vec<Segment> = Vec::new();
    for segment in path.split('/') {
        let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        segments.push(match name {
            Some(name) if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => {
                Segment::Variable(name.to_owned())
            }
            None if !segment.contains(['{', '}', '?', '#', ' ']) => Segment::Is(segment.to_owned()),
            _ => {
                let message = "is no segment of a path; it is a text, or a variable in braces, as in {session}";
                return Err(wrong(format!("\"{segment}\" {message}")));
            }
        });
        let last = segments.last().and_then(Segment::variable);
        if let Some(name) =
            last.filter(|name| segments.iter().filter_map(Segment::variable).filter(|own| own == name).count() > 1)
        {
            return Err(wrong(format!("the path has two variables {{{name}}}")));
        }
    }
    Ok((method.to_owned(), segments))
}

fn json_path(text: &Spanned<String>) -> Result<JsonPath, Mistake> {
    JsonPath::read(text.get_ref()).map_err(|message| (text.span(), message))
}

/// A path that begins in the body.
fn in_body(text: &Spanned<String>) -> Result<JsonPath, Mistake> {
    let Some(rest) = text.get_ref().strip_prefix("body.") else {
        return Err((text.span(), "the messages stand in the body; write its path, as in \"body.messages\"".into()));
    };
    JsonPath::read(rest).map_err(|message| (text.span(), message))
}

fn status(status: &Spanned<u16>) -> Result<u16, Mistake> {
    match *status.get_ref() {
        status @ 200..=599 => Ok(status),
        other => Err((status.span(), format!("{other} is no status of an answer; one is from 200 to 599"))),
    }
}
