//! Which turns a text holds, by the words of each turn: a text that is its own, or its id.
//!
//! No letter, digit or `_` touches either end of the words, as with the turns of a simulated run. Where the words of several turns
//! overlap, the first and longest count. A text may be JSON in JSON: the words are looked for as they are, and as JSON escapes them.

use aho_corasick::AhoCorasick;
use model::words::turn::TurnId;

/// The most places of a log at which words are found.
pub const MENTIONS_MAX: usize = 4_000_000;

/// The words of one turn, or of several that say the same.
#[derive(Clone, Debug)]
pub(super) struct Words {
    pub(super) turn: TurnId,
    pub(super) words: String,
    /// How often one copy has them.
    pub(super) mentions: u32,
}

/// Finds the turns of texts.
pub(super) struct Finder {
    patterns: AhoCorasick,
    /// Which words each pattern is a form of.
    forms: Vec<usize>,
    words: Vec<Words>,
    left: usize,
}

/// More words were found than a log may have.
#[derive(Debug)]
pub(super) struct TooMany;

impl Finder {
    /// One for these words. `None` if they take more memory than there may be.
    pub(super) fn new(words: Vec<Words>) -> Option<Self> {
        let forms = words
            .iter()
            .enumerate()
            .flat_map(|(place, one)| forms(&one.words).into_iter().map(move |form| (form, place)));
        let (patterns, forms): (Vec<String>, Vec<usize>) = forms.unzip();
        let patterns = AhoCorasick::new(&patterns).ok()?;
        Some(Self { patterns, forms, words, left: MENTIONS_MAX })
    }

    /// One that finds nothing.
    pub(super) fn of_nothing() -> Self {
        Self::new(Vec::new()).expect("no words take no memory")
    }

    /// The turns in a text, in order, once for each copy.
    pub(super) fn turns_in(&mut self, text: &str) -> Result<Vec<TurnId>, TooMany> {
        let mut found = Vec::new();
        for one in self.patterns.find_overlapping_iter(text) {
            self.left = self.left.checked_sub(1).ok_or(TooMany)?;
            if is_bounded(text, one.start(), one.end()) {
                found.push((one.start(), one.end(), self.forms[one.pattern().as_usize()]));
            }
        }
        found.sort_by_key(|&(start, end, _)| (start, usize::MAX - end));
        let (mut turns, mut until) = (Vec::new(), 0);
        let mut row: Option<(usize, u32)> = None;
        for (start, end, place) in found {
            if start < until {
                continue;
            }
            until = end;
            let said = match row {
                Some((same, said)) if same == place && said < self.words[place].mentions => said + 1,
                Some(_) | None => {
                    turns.push(self.words[place].turn.clone());
                    1
                }
            };
            row = Some((place, said));
        }
        Ok(turns)
    }
}

/// Words as they may stand in a text: as they are, in JSON, and in JSON that has only ASCII. Each form once.
fn forms(words: &str) -> Vec<String> {
    let quoted = serde_json::to_string(words).expect("a string always serializes");
    let escaped = quoted[1..quoted.len() - 1].to_owned();
    let ascii = escaped.chars().fold(String::new(), |mut text, c| {
        match c.is_ascii() {
            true => text.push(c),
            false => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text += &format!("\\u{unit:04x}")),
        }
        text
    });
    let mut forms = vec![words.to_owned(), escaped, ascii];
    forms.dedup();
    forms
}

/// Whether no word goes on at either end.
fn is_bounded(text: &str, start: usize, end: usize) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let inside = &text[start..end];
    let goes_on =
        |before: Option<char>, behind: Option<char>| before.is_some_and(is_word) && behind.is_some_and(is_word);
    let begins =
        goes_on(text[..start].chars().next_back(), inside.chars().next()) && !ends_in_an_escape(&text[..start]);
    !begins && !goes_on(inside.chars().next_back(), text[end..].chars().next())
}

/// Whether a text ends in an escape, as `\n`: its letter is no part of a word.
fn ends_in_an_escape(text: &str) -> bool {
    let short = text.len().checked_sub(2).map(|at| &text.as_bytes()[at..]);
    let long = text.len().checked_sub(6).map(|at| &text.as_bytes()[at..]);
    matches!(short, Some([b'\\', b'n' | b'r' | b't' | b'b' | b'f']))
        || matches!(long, Some([b'\\', b'u', digits @ ..]) if digits.iter().all(u8::is_ascii_hexdigit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[(&str, u32)], text: &str, expected: &[u32]) {
        let words = words.iter().zip(1..).map(|(&(words, mentions), number)| Words {
            turn: TurnId { session: "S1".into(), number },
            words: words.to_owned(),
            mentions,
        });
        let mut finder = Finder::new(words.collect()).expect("few words");
        let found: Vec<u32> = finder.turns_in(text).expect("few places").iter().map(|turn| turn.number).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn words_are_found_whole_and_the_longest_first() {
        check(&[("t1", 1), ("t12", 1)], "t1, t12 (t1) xt1 t1_ t123 t1", &[1, 2, 1, 1]);
        check(&[("I like tea", 1), ("I like tea and cake", 1)], "I like tea and cake. I like tea.", &[2, 1]);
        check(&[("I like tea", 1), ("I like tea and", 1)], "I like tea android", &[1]);
        check(&[("a-1", 1), ("a-1-2", 1)], "a-1-2", &[2]);
        check(&[("t1", 1)], "", &[]);
    }

    #[test]
    fn words_are_found_in_json_too() {
        check(&[("he said \"no\"", 1)], r#"[{"content":"User: he said \"no\""}]"#, &[1]);
        check(&[("très bien", 1)], r#"{"content": "tr\u00e8s bien"}"#, &[1]);
        check(&[("t1", 1), ("t2", 1)], r"first\nt1 then\u0041t2 but nt1", &[1, 2]);
    }

    #[test]
    fn a_row_of_mentions_is_as_many_copies_as_it_fills() {
        check(&[("t1", 2), ("t2", 2)], "t1 q t1 a; t2 q t2 a; t1 t1 t1", &[1, 2, 1, 1]);
        check(&[("t1", 1)], "t1 t1", &[1, 1]);
    }
}
