//! The forms of steps and faults as regular expressions, for the schema. A capital of a form becomes the texts that may stand there.

use serde_json::{Value, json};

use super::rows::Form;

/// A duration: a number with a unit.
pub(super) const DURATION: &str = "[0-9.]+(ms|s|m|h)";
/// A number from 1.
pub(super) const NUMBER: &str = "[1-9][0-9]*";
/// The name of a session or an agent.
const NAME: &str = "[A-Za-z0-9_]{1,64}";
/// A session; some steps of a WebUI take one without a name.
const SESSION: &str = "([A-Za-z0-9_]{1,64}|\"\")";
/// An HTTP status of a refusal.
const STATUS: &str = "[345][0-9][0-9]";
/// A turn, as `S1#2` or `S1.2#3`.
pub(super) const TURN: &str = "[A-Za-z0-9_.]+#[1-9][0-9]*";

/// The schemas of a form, one for each way to write it; `behind` may follow.
pub(super) fn of_form(form: &Form, behind: &str) -> impl Iterator<Item = Value> {
    form.written.iter().map(move |written| {
        let pattern = format!("^ *{}{behind} *$", of_words(written));
        match pattern.contains(['(', '[', '.']) {
            true => json!({ "description": form.means, "pattern": pattern, "examples": [form.example] }),
            // An editor can offer what is one text.
            false => json!({ "description": form.means, "const": written }),
        }
    })
}

/// The pattern of a form: its words, each behind one space or more.
fn of_words(written: &str) -> String {
    if written == "300` to `599" {
        return STATUS.to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    for word in written.split(' ') {
        let is_behind_wait = words.last().is_some_and(|last| last.starts_with("wait("));
        if !is_behind_wait {
            words.push(of_word(word));
        }
    }
    words.join(" +")
}

fn of_word(word: &str) -> String {
    match word {
        "D" => DURATION.to_owned(),
        "-D" => format!("-{DURATION}"),
        "N" => NUMBER.to_owned(),
        "x3" => format!("x{NUMBER}"),
        "S" => SESSION.to_owned(),
        "A" | "NAME" => NAME.to_owned(),
        "P" => "[A-Za-z0-9]+".to_owned(),
        "TEXT" | "STEP" | "FILE" => ".+".to_owned(),
        "OPERATION" => "(read|write|sync|truncate|rename)".to_owned(),
        "429" | "503" => STATUS.to_owned(),
        "307" | "302" => "30[12378]".to_owned(),
        // A wait of a WebUI's commit has a limit or none.
        "wait" => format!("wait( +{DURATION})?"),
        word => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::forms;

    #[test]
    fn a_form_is_a_pattern_of_its_words() {
        let pattern = of_words("429 retry_after D");
        assert_eq!(pattern, "[345][0-9][0-9] +retry_after +[0-9.]+(ms|s|m|h)");
        let wait = of_words("commit S A wait D");
        assert!(wait.ends_with(" +wait( +[0-9.]+(ms|s|m|h))?"), "{wait}");
    }

    #[test]
    fn no_word_of_a_form_is_taken_for_itself_where_it_stands_for_something() {
        for form in forms() {
            for word in form.written.iter().flat_map(|written| written.split(' ')) {
                let is_capital = word.trim_start_matches('-').chars().all(|c| c.is_ascii_uppercase());
                assert!(!is_capital || of_word(word) != word, "{word} of {:?} has no pattern", form.written);
            }
        }
    }
}
