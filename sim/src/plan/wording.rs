//! The messages of serde and toml in plain words: the text in the file, the expected text, and a correction.

use model::words::spelling::{did_you_mean, shortened};

use super::PROTOCOL;
use super::keys::KEYS;

/// A message of serde or toml in plain words. A message that this module does not know stays as it is.
pub(super) fn improved(message: &str) -> String {
    in_plain_words(message, place_of)
}

/// The same for a file that is no scenario.
pub(super) fn improved_elsewhere(message: &str) -> String {
    in_plain_words(message, |_| None)
}

fn in_plain_words(message: &str, place_of: fn(&str) -> Option<String>) -> String {
    let types = |prefix: &str| message.strip_prefix(prefix)?.rsplit_once(", expected ");
    if let Some((found, expected)) = types("invalid type: ") {
        return wrong_type(found, expected);
    }
    if let Some((found, expected)) = types("invalid value: ") {
        return format!("{} is not {}", Found::read(found).said(), range(expected));
    }
    if let Some(rest) = message.strip_prefix("unknown field ") {
        return unknown_field(rest, place_of);
    }
    if let Some(field) = message.strip_prefix("missing field ") {
        return format!("missing field \"{}\"", field.trim_matches('`'));
    }
    message.to_owned()
}

/// serde prints ``unknown field `step`, expected one of `title`, `steps` ``; we add the field that was probably meant.
fn unknown_field(rest: &str, place_of: fn(&str) -> Option<String>) -> String {
    let mut words = rest.split('`').skip(1).step_by(2);
    let unknown = words.next().unwrap_or_default();
    let known: Vec<&str> = words.collect();
    let hint = place_of(unknown).unwrap_or_else(|| did_you_mean(unknown, &known));
    format!("unknown field \"{}\"{hint} fields: {}", shortened(unknown), known.join(", "))
}

/// Where a key belongs that stands in a wrong table.
fn place_of(key: &str) -> Option<String> {
    if let Some(setting) = KEYS.iter().find(|known| known.key == key) {
        return Some(format!("; write it in config, as in config = {{ {} }};", setting.example));
    }
    let mut endpoints = PROTOCOL.meeting_faults().into_iter().map(|endpoint| endpoint.name());
    let endpoint = endpoints.find(|known| *known == key)?;
    Some(format!("; write it in [faults], as in faults = {{ {endpoint} = {{ 1 = \"503\" }} }};"))
}

/// The value that serde found.
enum Found<'a> {
    Text(&'a str),
    Number(&'a str),
    Other(&'a str),
}

impl<'a> Found<'a> {
    fn read(found: &'a str) -> Self {
        let number = found.strip_prefix("integer ").or_else(|| found.strip_prefix("floating point "));
        match (found.strip_prefix("string "), number) {
            (Some(text), _) => Self::Text(text.trim_matches('"')),
            // A long number has its type behind it.
            (_, Some(number)) => Self::Number(number.split('`').nth(1).unwrap_or(number)),
            _ => Self::Other(found),
        }
    }

    fn said(&self) -> String {
        match self {
            Self::Text(text) => format!("the text \"{}\"", shortened(text)),
            Self::Number(number) => format!("the number {number}"),
            Self::Other("sequence") => "a list".into(),
            Self::Other("map") => "a table, or a date,".into(),
            Self::Other(other) => other.replace("boolean ", "").replace('`', ""),
        }
    }
}

fn wrong_type(found: &str, expected: &str) -> String {
    let found = Found::read(found);
    let belongs = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number belongs, as in 3",
        "a boolean" => "true or false belongs",
        "a string" => "text in quotes belongs",
        "a duration" => "a duration in quotes belongs, as in \"400ms\"",
        "a sequence" => "a list in brackets belongs, as in [\"a\", \"b\"]",
        "a map" => "a table in braces belongs, as in { a = \"b\" }",
        other => return format!("{} stands where this belongs: {other}", found.said()),
    };
    let cure = match (&found, expected) {
        (Found::Text(text @ ("true" | "false")), "a boolean") => format!("; write {text}, without quotes"),
        (Found::Text(text), "u8" | "u16" | "u32" | "u64" | "usize") if text.parse::<u64>().is_ok() => {
            format!("; write {text}, without quotes")
        }
        (Found::Number(number), "a duration") if number.parse::<u32>().is_ok() => {
            format!("; write \"{number}ms\" or \"{number}s\"")
        }
        (Found::Number(number), "a string") => format!("; write \"{number}\""),
        (Found::Text(text), "a sequence") if text.len() <= 40 => format!("; write [\"{text}\"]"),
        _ => String::new(),
    };
    format!("{} stands where {belongs}{cure}", found.said())
}

/// The values of a type.
fn range(expected: &str) -> String {
    let largest = match expected {
        "u8" => u64::from(u8::MAX),
        "u16" => u64::from(u16::MAX),
        "u32" => u64::from(u32::MAX),
        "u64" | "usize" => return "a whole number from 0".into(),
        other => return other.to_owned(),
    };
    format!("a whole number from 0 to {largest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, expected: &str) {
        assert_eq!(improved(message), expected);
    }

    #[test]
    fn a_value_of_a_wrong_type_is_answered_with_what_belongs_there() {
        check(
            "invalid type: string \"x\", expected u64",
            "the text \"x\" stands where a whole number belongs, as in 3",
        );
        check(
            "invalid type: string \"3\", expected u64",
            "the text \"3\" stands where a whole number belongs, as in 3; write 3, without quotes",
        );
        check("invalid type: integer `1`, expected a boolean", "the number 1 stands where true or false belongs");
        check(
            "invalid type: integer `99999999999999999999` as i128, expected u64",
            "the number 99999999999999999999 stands where a whole number belongs, as in 3",
        );
        check(
            "invalid type: sequence, expected a table of releases",
            "a list stands where this belongs: a table of releases",
        );
        check("invalid value: integer `-1`, expected u32", "the number -1 is not a whole number from 0 to 4294967295");
    }

    #[test]
    fn an_unknown_message_stays_as_it_is() {
        check(
            "string values must be quoted, expected literal string",
            "string values must be quoted, expected literal string",
        );
    }
}
