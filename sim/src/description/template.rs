//! Templates: values with `{...}` in their texts, which stand for parts of a request, for what the provider stores, and for what it makes up.
//!
//! A text that is nothing but one `{...}` becomes the value itself, a number for instance. `{{` is a brace. Which words have a meaning depends on
//! the place, and a place names those that it has.

use std::fmt;

use model::words::spelling::did_you_mean;
use serde_json::{Map, Value};

use super::path::JsonPath;

/// A value with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Template {
    /// A text.
    Text(Vec<Part>),
    /// A list.
    List(Vec<Self>),
    /// A table.
    Table(Vec<(String, Self)>),
    /// Anything without placeholders.
    Plain(Value),
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// It stands there as it is.
    Plain(String),
    /// It stands for something.
    Of(Source),
}

/// What a placeholder stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A variable of the route's path.
    Path(String),
    /// A variable of the query behind the path.
    Query(String),
    /// A header of the request, in lower case.
    Header(String),
    /// A value in the request's body.
    Body(JsonPath),
    /// A value in the message that is answered.
    Message(JsonPath),
    /// Anything of one word.
    Word(Word),
}

/// The placeholders of one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Word {
    /// An id that was never used.
    Id,
    /// The time of day.
    Time,
    /// The text that a recall finds.
    Recalled,
    /// How many messages of the route's document wait for a commit.
    Pending,
    /// How many messages of the route's document are kept.
    Kept,
    /// The id of the operation that the write began.
    Operation,
    /// The state of an operation.
    State,
    /// Why a request was refused.
    Detail,
    /// Where the provider is: `http://` with its host and port.
    Url,
}

/// The kinds of placeholders.
const KINDS: [&str; 5] = ["path.", "query.", "header.", "body.", "message."];

/// Which placeholders have a meaning in a place.
#[derive(Clone, Copy)]
pub(super) struct Allowed<'a> {
    /// The kinds, each with its dot.
    pub(super) kinds: &'a [&'static str],
    /// The words.
    pub(super) words: &'a [Word],
    /// The variables of the route's path.
    pub(super) variables: &'a [String],
}

impl Word {
    fn name(self) -> &'static str {
        self.into()
    }
}

/// A mistake in a template: the text in which it is, and a sentence.
pub(super) struct Misread {
    pub(super) text: String,
    pub(super) message: String,
}

impl Template {
    /// Reads the value of a file.
    pub(super) fn read(value: &toml::Value, allowed: Allowed<'_>) -> Result<Self, Misread> {
        Ok(match value {
            toml::Value::String(text) => {
                let parts = parts(text, allowed).map_err(|message| Misread { text: text.clone(), message })?;
                match parts.iter().any(|part| matches!(part, Part::Of(_))) {
                    true => Self::Text(parts),
                    false => Self::Plain(Value::String(parts.iter().map(ToString::to_string).collect())),
                }
            }
            toml::Value::Array(list) => {
                Self::List(list.iter().map(|value| Self::read(value, allowed)).collect::<Result<_, _>>()?)
            }
            toml::Value::Table(table) => {
                let pair = |(key, value): (&String, &_)| Ok((key.clone(), Self::read(value, allowed)?));
                Self::Table(table.iter().map(pair).collect::<Result<_, _>>()?)
            }
            toml::Value::Integer(number) => Self::Plain(Value::from(*number)),
            toml::Value::Float(number) => Self::Plain(Value::from(*number)),
            toml::Value::Boolean(truth) => Self::Plain(Value::from(*truth)),
            toml::Value::Datetime(time) => Self::Plain(Value::from(time.to_string())),
        })
    }

    /// The value with everything filled in. What is not there is null, or nothing in the middle of a text.
    pub fn fill(&self, of: &mut dyn FnMut(&Source) -> Option<Value>) -> Value {
        match self {
            Self::Text(parts) => match &parts[..] {
                [Part::Of(source)] => of(source).unwrap_or_default(),
                parts => Value::String(parts.iter().filter_map(|part| part.text(of)).collect()),
            },
            Self::List(list) => list.iter().map(|value| value.fill(of)).collect(),
            Self::Table(table) => {
                Value::Object(table.iter().map(|(key, value)| (key.clone(), value.fill(of))).collect::<Map<_, _>>())
            }
            Self::Plain(value) => value.clone(),
        }
    }

    /// The value as a text with everything filled in. `None` if anything is not there, or if it is empty.
    pub fn name(&self, of: &mut dyn FnMut(&Source) -> Option<Value>) -> Option<String> {
        let text = match self {
            Self::Text(parts) => parts.iter().map(|part| part.text(of)).collect::<Option<String>>()?,
            Self::Plain(value) => said(value)?,
            Self::List(_) | Self::Table(_) => return None,
        };
        (!text.is_empty()).then_some(text)
    }
}

impl Part {
    fn text(&self, of: &mut dyn FnMut(&Source) -> Option<Value>) -> Option<String> {
        match self {
            Self::Plain(text) => Some(text.clone()),
            Self::Of(source) => of(source).as_ref().and_then(said),
        }
    }
}

/// A value as it stands in a text.
fn said(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) => f.write_str(text),
            Self::Of(_) => f.write_str("{...}"),
        }
    }
}

fn parts(text: &str, allowed: Allowed<'_>) -> Result<Vec<Part>, String> {
    let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        plain.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix(brace) {
            plain.push_str(brace);
            rest = behind;
        } else if let Some((inside, behind)) = rest.split_once('}').filter(|_| brace == "{") {
            if !plain.is_empty() {
                parts.push(Part::Plain(std::mem::take(&mut plain)));
            }
            parts.push(Part::Of(source(inside, allowed)?));
            rest = behind;
        } else {
            return Err(format!("a lonely {brace} in \"{text}\"; write {brace}{brace} for a brace"));
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(Part::Plain(plain));
    }
    Ok(parts)
}

fn source(inside: &str, allowed: Allowed<'_>) -> Result<Source, String> {
    let words: Vec<&str> = allowed.words.iter().map(|word| word.name()).collect();
    if let Some(kind) = KINDS.iter().find(|kind| inside.starts_with(**kind) && allowed.kinds.contains(kind)) {
        let rest = &inside[kind.len()..];
        return match *kind {
            "path." if !allowed.variables.iter().any(|variable| variable == rest) => {
                let known: Vec<&str> = allowed.variables.iter().map(String::as_str).collect();
                let hint = did_you_mean(rest, &known);
                Err(format!("the route has no variable {{{rest}}}{hint} its variables: {}", known.join(", ")))
            }
            "path." => Ok(Source::Path(rest.to_owned())),
            "query." => Ok(Source::Query(rest.to_owned())),
            "header." => Ok(Source::Header(rest.to_lowercase())),
            "body." => JsonPath::read(rest).map(Source::Body),
            _ => JsonPath::read(rest).map(Source::Message),
        };
    }
    let word = allowed.words.iter().copied().find(|word| word.name() == inside);
    word.map(Source::Word).ok_or_else(|| {
        let kinds = allowed.kinds.iter().map(|kind| format!("{{{kind}*}}"));
        let all: Vec<String> = kinds.chain(words.iter().map(|word| format!("{{{word}}}"))).collect();
        let hint = did_you_mean(inside, &words);
        format!("{{{inside}}} has no meaning here{hint} what has: {}", all.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ALLOWED: Allowed<'_> =
        Allowed { kinds: &["path.", "body."], words: &[Word::Id, Word::Pending], variables: &[] };

    fn read(value: &str) -> Result<Template, String> {
        let table: toml::Table = toml::from_str(&format!("v = {value}")).expect("TOML");
        let variables = ["session".to_owned()];
        let allowed = Allowed { variables: &variables, ..ALLOWED };
        Template::read(&table["v"], allowed).map_err(|misread| misread.message)
    }

    fn of(source: &Source) -> Option<Value> {
        match source {
            Source::Path(name) => Some(Value::from(format!("<{name}>"))),
            Source::Body(path) => path.first(&json!({ "n": 3, "empty": "" })).cloned(),
            Source::Word(word) => Some(Value::from(word.name())),
            Source::Query(_) | Source::Header(_) | Source::Message(_) => None,
        }
    }

    fn check(value: &str, expected: &Value) {
        assert_eq!(read(value).expect("a template").fill(&mut of), *expected, "{value}");
    }

    #[test]
    fn a_template_is_filled_where_it_has_placeholders() {
        check(
            r#"{ a = ["{path.session}", 1, true], b = "to {id}, {{so}}" }"#,
            &json!({ "a": ["<session>", 1, true], "b": "to id, {so}" }),
        );
        check(r#""{body.n}""#, &json!(3));
        check(r#""n{body.n}""#, &json!("n3"));
        check(r#""{body.other}""#, &Value::Null);
        check(r#""a{body.other}""#, &json!("a"));
    }

    #[test]
    fn a_name_has_every_part_or_is_none() {
        let name = |value: &str| read(value).expect("a template").name(&mut of);
        assert_eq!(name(r#""{path.session}-{body.n}""#).as_deref(), Some("<session>-3"));
        assert_eq!(name(r#""x{body.other}""#), None);
        assert_eq!(name(r#""{body.empty}""#), None);
        assert_eq!(name(r#""constant""#).as_deref(), Some("constant"));
    }

    #[test]
    fn what_has_no_meaning_there_is_a_mistake_with_the_nearest_word() {
        let mistake = |value: &str| read(value).expect_err("a mistake");
        assert_eq!(
            mistake(r#""{pendin}""#),
            "{pendin} has no meaning here; did you mean \"pending\"? what has: {path.*}, {body.*}, {id}, {pending}"
        );
        assert!(mistake(r#""{path.sesion}""#).contains("did you mean \"session\"?"));
        assert!(mistake(r#""{recalled}""#).starts_with("{recalled} has no meaning here;"));
        assert!(mistake(r#"["{"]"#).starts_with("a lonely {"));
        assert!(mistake(r#""a}""#).starts_with("a lonely }"));
    }
}
