//! The arguments of the plan's words: a duration, a number, a session, names. Each kind has one reader and one error message.

use std::time::Duration;

use model::words::session::SessionId;

use super::span::parse_duration;

/// The longest name of a session or an agent.
pub(super) const NAME_MAX: usize = 64;

/// A word and its arguments.
#[derive(Clone, Copy)]
pub(super) struct Argument<'a> {
    /// The text before the word in a file: `network ` before `drop`.
    prefix: &'static str,
    word: &'a str,
    rest: Option<&'a str>,
}

impl<'a> Argument<'a> {
    /// Splits a text at its first space.
    pub(super) fn split(prefix: &'static str, text: &'a str) -> Self {
        let text = text.trim();
        match text.split_once(' ') {
            Some((word, rest)) => Self { prefix, word, rest: Some(rest.trim()) },
            None => Self { prefix, word: text, rest: None },
        }
    }

    /// The word alone.
    pub(super) fn word(&self) -> &'a str {
        self.word
    }

    /// The word, as error messages name it.
    fn named(&self) -> String {
        format!("{}{}", self.prefix, self.word)
    }

    /// The arguments as one text, if there are any.
    pub(super) fn rest(&self) -> Option<&'a str> {
        self.rest
    }

    /// The arguments as words.
    pub(super) fn words(&self) -> Vec<&'a str> {
        self.rest.unwrap_or_default().split_whitespace().collect()
    }

    /// `value`, if there are no arguments.
    pub(super) fn alone<T>(&self, value: T) -> Result<T, String> {
        match self.rest {
            None => Ok(value),
            Some(rest) => {
                let word = self.named();
                Err(format!("\"{word}\" stands alone; \"{rest}\" means nothing there; write \"{word}\""))
            }
        }
    }

    /// A duration.
    pub(super) fn duration(&self) -> Result<Duration, String> {
        let word = self.named();
        parse_duration(self.rest.ok_or_else(|| format!("\"{word}\" needs a duration, as in \"{word} 400ms\""))?)
    }

    /// A number from 1.
    pub(super) fn count(&self) -> Result<u32, String> {
        let number = self.rest.and_then(|text| text.parse().ok()).filter(|&n| n > 0);
        number.ok_or_else(|| format!("\"{0}\" needs a number, as in \"{0} 1\"", self.named()))
    }

    /// A session.
    pub(super) fn session(&self) -> Result<SessionId, String> {
        self.session_named(self.rest)
    }

    /// The session of this name, which is one of the arguments.
    pub(super) fn session_named(&self, name: Option<&str>) -> Result<SessionId, String> {
        session(name.ok_or_else(|| format!("\"{0}\" needs a session, as in \"{0} S2\"", self.named()))?)
    }
}

/// A session of this name.
pub(super) fn session(name: &str) -> Result<SessionId, String> {
    match is_plain(name) {
        true => Ok(SessionId::from(name)),
        false => Err(format!("\"{name}\" is not a session's name; use letters, digits and _, as in S2")),
    }
}

/// An agent's name.
pub(super) fn agent(name: &str) -> Result<String, String> {
    match is_plain(name) {
        true => Ok(name.to_owned()),
        false => Err(format!("\"{name}\" is not an agent's name; use letters, digits and _, as in a")),
    }
}

fn is_plain(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
