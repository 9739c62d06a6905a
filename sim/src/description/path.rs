//! A path into a JSON value: `messages`, `parts.*.text`. A `*` is every element of a list, or every value of a table.

use serde_json::Value;

/// A path. An empty one is the whole value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Every,
}

impl JsonPath {
    /// Reads a path.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let is_key =
            |step: &str| !step.is_empty() && !step.contains(|c: char| c.is_whitespace() || "{}*\"".contains(c));
        let step = |step| match step {
            "*" => Ok(Step::Every),
            key if is_key(key) => Ok(Step::Key(key.to_owned())),
            other => {
                Err(format!("\"{other}\" is no step of a path; write keys and * with dots between, as in parts.*.text"))
            }
        };
        text.split('.').map(step).collect::<Result<_, _>>().map(Self)
    }

    /// Every value there, in order.
    pub fn all<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        self.0.iter().fold(vec![value], |found, step| found.into_iter().flat_map(|value| step.all(value)).collect())
    }

    /// The first value there.
    pub fn first<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.all(value).into_iter().next()
    }

    /// The texts there, one after another.
    pub fn text(&self, value: &Value) -> String {
        self.all(value).into_iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
    }
}

impl Step {
    fn all<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match (self, value) {
            (Self::Key(key), Value::Object(table)) => table.get(key).into_iter().collect(),
            (Self::Every, Value::Array(list)) => list.iter().collect(),
            (Self::Every, Value::Object(table)) => table.values().collect(),
            (Self::Key(_) | Self::Every, _) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(text: &str) -> JsonPath {
        JsonPath::read(text).expect("a path")
    }

    #[test]
    fn a_path_finds_every_value_that_it_names() {
        let body =
            json!({ "messages": [{ "parts": [{ "text": "a" }, { "text": "b" }] }, { "parts": [{ "kind": 1 }] }] });
        assert_eq!(path("messages.*.parts.*.text").text(&body), "a\nb");
        assert_eq!(path("messages.*.parts").all(&body).len(), 2);
        assert_eq!(path("messages.text").first(&body), None);
        assert_eq!(path("messages").first(&body).map(Value::is_array), Some(true));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["", "a..b", "a b", "a.", "{a}", "a*"] {
            assert!(JsonPath::read(text).is_err(), "{text}");
        }
    }
}
