//! The canonical layout of a scenario file. Words, comments, the order and the author's line breaks stay; spaces and indents become those of the corpus.
//!
//! - One space around `=`, behind a comma, and inside braces. The `=` of the file's own keys stand under each other, and so do those of `[faults]`.
//! - A list that has line breaks ends with a comma, and its lines are indented by four spaces.
//! - One empty line before a table; never two.

use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// What a line of a list is indented by.
const INDENT: usize = 4;

/// The file in its canonical layout. `text` must be TOML; of anything else the layout means nothing.
pub fn formatted(text: &str) -> String {
    let mut lines = Lines::default();
    let tokens = tokens(text);
    let mut place = 0;
    while let Some(token) = tokens.get(place) {
        place = if token.kind == TokenKind::Newline {
            lines.empty();
            place + 1
        } else if token.kind == TokenKind::Comment {
            lines.plain(token.text.trim_end().to_owned());
            let ends = tokens.get(place + 1).is_some_and(|next| next.kind == TokenKind::Newline);
            place + 1 + usize::from(ends)
        } else if token.kind == TokenKind::LeftSquareBracket {
            lines.head(&tokens, place)
        } else {
            lines.entry(&tokens, place)
        };
    }
    lines.text()
}

/// A token that is no space.
struct Token<'a> {
    kind: TokenKind,
    text: &'a str,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let all = Source::new(text).lex().into_vec().into_iter();
    let seen = all.filter(|token| !matches!(token.kind(), TokenKind::Whitespace | TokenKind::Eof));
    seen.map(|token| Token { kind: token.kind(), text: &text[token.span().start()..token.span().end()] }).collect()
}

/// The lines of the file so far.
#[derive(Default)]
struct Lines {
    done: Vec<String>,
    /// Entries that wait until their table is whole: the number of the line, the key and the value.
    waiting: Vec<(usize, String, String)>,
    /// Whether each entry of the table stands for itself. The `=` of the file's own keys and of `[faults]` stand under each other.
    is_ragged: bool,
    /// Whether an empty line was met, which is written only before something else.
    gap: bool,
}

impl Lines {
    fn empty(&mut self) {
        self.gap = !self.done.is_empty();
    }

    fn plain(&mut self, line: String) {
        if std::mem::take(&mut self.gap) {
            self.done.push(String::new());
        }
        self.done.push(line);
    }

    /// The head of a table, with the comment behind it. Returns the place behind its line.
    fn head(&mut self, tokens: &[Token<'_>], mut place: usize) -> usize {
        let mut line = String::new();
        while let Some(token) = tokens.get(place).filter(|token| token.kind != TokenKind::Newline) {
            if token.kind == TokenKind::Comment {
                line.push(' ');
            }
            line += token.text.trim_end();
            place += 1;
        }
        self.align();
        self.is_ragged = !line.starts_with("[faults]");
        let is_commented = self.done.last().is_some_and(|last| last.starts_with('#'));
        self.gap |= !self.done.is_empty() && !is_commented;
        self.plain(line);
        place + 1
    }

    /// A key and its value, with the comment behind them. Returns the place behind its last line.
    fn entry(&mut self, tokens: &[Token<'_>], mut place: usize) -> usize {
        let mut key = String::new();
        while let Some(token) = tokens.get(place).filter(|token| token.kind != TokenKind::Equals) {
            key += token.text;
            place += 1;
        }
        let mut value = Value::default();
        place += 1;
        while let Some(token) = tokens.get(place) {
            if token.kind == TokenKind::Newline && value.open.is_empty() {
                break;
            }
            value.take(token, &tokens[place + 1..]);
            place += 1;
        }
        self.plain(String::new());
        self.waiting.push((self.done.len() - 1, key, value.text));
        if self.is_ragged {
            self.align();
        }
        place + 1
    }

    /// Writes the entries that wait, their `=` under each other.
    fn align(&mut self) {
        let widest = self.waiting.iter().map(|(_, key, _)| key.chars().count()).max().unwrap_or_default();
        for (line, key, value) in std::mem::take(&mut self.waiting) {
            let padding = " ".repeat(widest - key.chars().count());
            self.done[line] = format!("{key}{padding} = {value}");
        }
    }

    fn text(mut self) -> String {
        self.align();
        self.done.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// A value that is being written.
#[derive(Default)]
struct Value {
    text: String,
    /// The brackets that are open, each with whether its list has line breaks.
    open: Vec<bool>,
    last: Option<TokenKind>,
}

impl Value {
    /// Writes a token; `rest` follows it.
    fn take(&mut self, token: &Token<'_>, rest: &[Token<'_>]) {
        match token.kind {
            TokenKind::Newline => self.line_break(),
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => {
                self.space();
                self.text += token.text;
                let is_broken = has_line_breaks(rest);
                self.open.push(is_broken);
                if is_broken {
                    self.line_break();
                }
            }
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => self.close(token),
            TokenKind::Comma => {
                // The last comma of a list that is one line says nothing.
                let closes = rest.first().is_some_and(|next| is_end(next.kind));
                if !closes || self.open.last() == Some(&true) {
                    self.text += ",";
                }
            }
            TokenKind::Dot => self.text += ".",
            TokenKind::Equals
            | TokenKind::Comment
            | TokenKind::Whitespace
            | TokenKind::LiteralString
            | TokenKind::BasicString
            | TokenKind::MlLiteralString
            | TokenKind::MlBasicString
            | TokenKind::Atom
            | TokenKind::Eof => {
                self.space();
                self.text += token.text.trim_end();
            }
        }
        self.last = Some(token.kind);
    }

    /// Ends a line of a list. A line that ends with a value and no comma is the last of its list: the comma follows where the list closes.
    fn line_break(&mut self) {
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn close(&mut self, token: &Token<'_>) {
        let is_empty = matches!(self.last, Some(TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket));
        let is_broken = self.open.pop().unwrap_or_default();
        if is_broken {
            self.end_with_a_comma();
            self.line_break();
            self.text += &" ".repeat(INDENT * self.open.len());
        } else if token.kind == TokenKind::RightCurlyBracket && !is_empty {
            self.text.push(' ');
        }
        self.text += token.text;
    }

    /// The comma behind the last value of a list, before the comments that follow it.
    fn end_with_a_comma(&mut self) {
        let mut end = self.text.len();
        for line in self.text.split_inclusive('\n').rev() {
            let is_comment = line.trim_start().starts_with('#');
            if !line.trim().is_empty() && !is_comment {
                let value = without_comment(line).trim_end();
                let at = end - line.len() + value.len();
                if !value.ends_with([',', '[', '{']) {
                    self.text.insert(at, ',');
                }
                return;
            }
            end -= line.len();
        }
    }

    /// The space or the indent before the next token.
    fn space(&mut self) {
        if self.text.ends_with('\n') {
            self.text += &" ".repeat(INDENT * self.open.len());
        } else if self.last.is_some_and(|last| !matches!(last, TokenKind::LeftSquareBracket | TokenKind::Dot)) {
            self.text.push(' ');
        }
    }
}

/// Whether the list that has just been opened has line breaks of its own.
fn has_line_breaks(rest: &[Token<'_>]) -> bool {
    let mut depth = 0;
    for token in rest {
        if depth == 0 && (token.kind == TokenKind::Newline || is_end(token.kind)) {
            return token.kind == TokenKind::Newline;
        }
        if is_end(token.kind) {
            depth -= 1;
        } else if matches!(token.kind, TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket) {
            depth += 1;
        }
    }
    false
}

fn is_end(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket)
}

/// A line of a list without the comment at its end.
fn without_comment(line: &str) -> &str {
    let comment = tokens(line).iter().find(|token| token.kind == TokenKind::Comment).map(|token| token.text.len());
    comment.map_or(line, |length| &line[..line.trim_end().len().saturating_sub(length)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(formatted(text), expected);
        assert_eq!(formatted(expected), expected, "it is not at rest");
    }

    #[test]
    fn the_keys_of_the_file_and_of_its_faults_stand_under_each_other() {
        check(
            "# A story.\n\n\ntitle='t'\nseed =3 # three\nsteps= [ 'turn','turn x2' , ]\n[faults]\nretain={1='500'}\nkills = [\"sigkill at step 1\"]\n\n\n[expect]\nreference='pass'\nB={lost=[\"S1#1\"]}\n\n",
            "# A story.\n\ntitle = 't'\nseed  = 3 # three\nsteps = ['turn', 'turn x2']\n\n[faults]\nretain = { 1 = '500' }\nkills  = [\"sigkill at step 1\"]\n\n[expect]\nreference = 'pass'\nB = { lost = [\"S1#1\"] }\n",
        );
    }

    #[test]
    fn a_list_keeps_its_line_breaks_and_comments() {
        check(
            "title = \"t\"\nsteps = [\n\"turn\", \"turn\", # two # of them\n\n  # then\n  \"restart\"   # again\n  # the end\n]\n",
            "title = \"t\"\nsteps = [\n    \"turn\", \"turn\", # two # of them\n    # then\n    \"restart\", # again\n    # the end\n]\n",
        );
        check(
            "title = \"t\"\nparallel = [ [\"turn\"],\n [\n\"turn\",\n\"exit\"] ]\n",
            "title    = \"t\"\nparallel = [\n    [\"turn\"],\n    [\n        \"turn\",\n        \"exit\",\n    ],\n]\n",
        );
    }

    #[test]
    fn a_key_with_dots_and_an_empty_table_stay() {
        check(
            "title = \"t\"\nfaults={commit . a={1=\"10s\"}}\nconfig = { }\nschedule.at=[]\n",
            "title       = \"t\"\nfaults      = { commit.a = { 1 = \"10s\" } }\nconfig      = {}\nschedule.at = []\n",
        );
        check("title = \"t\"\r\nsteps = [\"a ] # \\\" b\"]", "title = \"t\"\nsteps = [\"a ] # \\\" b\"]\n");
    }

    #[test]
    fn a_comment_stays_with_its_table() {
        check("a = 1\n# why\n[expect]\nb = 2\n", "a = 1\n# why\n[expect]\nb = 2\n");
        check("a = 1\n\n# why\n\n[expect] # here\nb = 2\n", "a = 1\n\n# why\n\n[expect] # here\nb = 2\n");
    }
}
