//! The difference of two subjects: their tables of behaviors compared, in words.

use heck::ToSnakeCase;
use serde::Serialize;
use serde_json::Value;

/// A behavior in which two releases differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The behavior's name.
    pub behavior: String,
    /// The first release's value.
    pub from: String,
    /// The second release's value.
    pub to: String,
}

impl Difference {
    /// The differences of two releases with these behaviors, in the order of the names.
    pub(super) fn between(first: &Value, second: &Value) -> Vec<Self> {
        let [first, second] = [first, second]
            .map(|behaviors| behaviors.as_object().expect("behaviors are a struct of enums, numbers and booleans"));
        let differing = first.iter().filter(|(name, value)| second.get(*name) != Some(value));
        let difference = |(name, value): (&String, &Value)| Self {
            behavior: name.replace('_', " "),
            from: in_words(value),
            to: in_words(&second[name]),
        };
        differing.map(difference).collect()
    }
}

/// `yes`, `Clear`, `Flush whole`.
fn in_words(value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(name) => split(name),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| format!("{} {}", split(name), in_words(value))).collect()
        }
        Value::Null | Value::Number(_) | Value::Array(_) => value.to_string(),
    }
}

/// `SinceWatermark` as `since watermark`.
fn split(name: &str) -> String {
    name.to_snake_case().replace('_', " ")
}
