//! From files to lines: bounded, and every mistake has its place.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use model::words::spelling::{did_you_mean, shortened};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::line::{Line, WORDS};
use super::mistake::Mistake;

/// The longest line, in bytes.
pub const LINE_MAX: u64 = 32 << 20;
/// All files of a log together, in bytes.
pub const LOG_MAX: u64 = 512 << 20;
/// The latest time: every JSON reader can hold it.
const TIME_MAX: u64 = 1 << 53;

/// A line, and where it stands.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) place: Place,
    /// Its own time, or that of the line before it.
    pub(super) at_ms: u64,
    pub(super) line: Line,
}

/// The place of a line.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The file, by its number in the order in which they were named.
    pub(super) file: usize,
    /// The line, from 1.
    pub(super) number: usize,
    /// The columns of the keys that a mistake may be about.
    keys: Vec<(&'static str, usize)>,
}

/// The keys whose values other lines can contradict.
const KEYS: [&str; 9] = ["what", "at_ms", "id", "session", "text", "mentions", "mode", "about", "turns"];

impl Place {
    /// A mistake about a key of this line.
    pub(super) fn mistake(&self, paths: &[PathBuf], key: &str, message: &str) -> Mistake {
        let column = self.keys.iter().find(|(known, _)| *known == key).map_or(1, |(_, column)| *column);
        Mistake::at(&paths[self.file], self.number, column, message)
    }

    /// `log.jsonl:7`.
    pub(super) fn shown(&self, paths: &[PathBuf]) -> String {
        format!("{}:{}", paths[self.file].display(), self.number)
    }
}

/// All lines of the files, in the order of their times. Lines of the same time keep the order of the files, and that within each.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Placed>, Mistake> {
    let (mut all, mut left) = (Vec::new(), LOG_MAX);
    for (file, path) in paths.iter().enumerate() {
        let lines = read_file(path, file, &mut left)?;
        if paths.len() > 1 {
            with_times(paths, &lines)?;
        }
        all.extend(lines);
    }
    all.sort_by_key(|placed| placed.at_ms);
    Ok(all)
}

/// Several files can be put in order only by their times. What was found at the end needs none.
fn with_times(paths: &[PathBuf], lines: &[Placed]) -> Result<(), Mistake> {
    let needs_one = |placed: &&Placed| {
        own_time(&placed.line).is_none() && !matches!(placed.line, Line::Document(_) | Line::Deleted(_))
    };
    match lines.iter().find(needs_one) {
        None => Ok(()),
        Some(placed) => {
            let message = "this line has no at_ms, and a log in several files is put in order by it";
            Err(placed.place.mistake(paths, "what", message))
        }
    }
}

/// The lines of one file. `left` is how many bytes the log may still have.
fn read_file(path: &Path, file: usize, left: &mut u64) -> Result<Vec<Placed>, Mistake> {
    let fail = |message: String| Mistake::whole_file(path, message);
    let io = |error: std::io::Error| match error.kind() == ErrorKind::NotFound {
        true => fail("no such file".into()),
        false => fail(error.to_string()),
    };
    let found = std::fs::metadata(path).map_err(io)?;
    if !found.is_file() {
        return Err(fail("is no regular file; a log is a file with one JSON object a line".into()));
    }
    let mut reader = BufReader::new(File::open(path).map_err(io)?);
    let (mut lines, mut latest, mut bytes) = (Vec::new(), 0, Vec::new());
    for number in 1.. {
        bytes.clear();
        let length = (&mut reader).take(LINE_MAX + 1).read_until(b'\n', &mut bytes).map_err(io)? as u64;
        let at = |(column, message): (usize, String)| Mistake::at(path, number, column, &message);
        if length == 0 {
            break;
        }
        if length > LINE_MAX {
            return Err(at((1, format!("this line is longer than {} MiB", LINE_MAX >> 20))));
        }
        *left =
            left.checked_sub(length).ok_or_else(|| fail(format!("the log is longer than {} MiB", LOG_MAX >> 20)))?;
        let Some(text) = text(&bytes, number).map_err(at)? else { continue };
        let line = parse(text).map_err(|(column, message)| match bytes.ends_with(b"\n") {
            true => at((column, message)),
            false => {
                at((column, format!("{message}; the file ends in this line, so its writer may have been cut off")))
            }
        })?;
        latest = time(&line, latest).map_err(|message| at((column(text, "at_ms"), message)))?;
        let keys = KEYS.map(|key| (key, column(text, key))).into();
        lines.push(Placed { place: Place { file, number, keys }, at_ms: latest, line });
    }
    Ok(lines)
}

/// A column of a line, and what is wrong there.
type Wrong = (usize, String);

/// The text of a line, without a byte order mark. `None` if it is blank or a comment.
fn text(bytes: &[u8], number: usize) -> Result<Option<&str>, Wrong> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").filter(|_| number == 1).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes)
        .map_err(|error| (error.valid_up_to() + 1, "these bytes are no UTF-8 text".to_owned()))?;
    Ok(Some(text.trim_end()).filter(|text| !text.trim_start().is_empty() && !text.starts_with('#')))
}

/// Where a key stands.
fn column(text: &str, key: &str) -> usize {
    text.find(&format!("\"{key}\"")).map_or(1, |at| text[..at].chars().count() + 1)
}

/// The time of a line, which is not before that of the line before it.
fn time(line: &Line, latest: u64) -> Result<u64, String> {
    match own_time(line).unwrap_or(latest) {
        time if time < latest => Err(format!(
            "the time runs backwards, from {latest} to {time} ms; write the lines in the order in which they happened, or leave at_ms out"
        )),
        time if time > TIME_MAX => Err(format!("a time is at most {TIME_MAX} ms")),
        time => Ok(time),
    }
}

/// The time that a line names.
fn own_time(line: &Line) -> Option<u64> {
    match line {
        Line::Turn(turn) => turn.at_ms,
        Line::Document(document) => document.at_ms,
        Line::Deleted(deleted) => deleted.at_ms,
        Line::Request(request) => request.at_ms,
        Line::Reply(reply) => reply.at_ms,
        Line::Recalled(recalled) => recalled.at_ms,
        Line::Serve(moment) | Line::Down(moment) | Line::Up(moment) | Line::End(moment) => moment.at_ms,
    }
}

/// One object.
fn parse(text: &str) -> Result<Line, Wrong> {
    #[derive(Deserialize)]
    struct Head {
        what: Option<String>,
    }
    if !text.trim_start().starts_with('{') {
        return Err((
            1,
            "a line is one JSON object, as in {\"what\": \"turn\", \"id\": \"t1\", \"session\": \"S1\"}".into(),
        ));
    }
    let Head { what } = typed(text)?;
    let Some(what) = what else {
        return Err((1, format!("this object does not say what it is; what: {}", WORDS.join(", "))));
    };
    match what.as_str() {
        "turn" => typed(text).map(Line::Turn),
        "document" => typed(text).map(Line::Document),
        "deleted" => typed(text).map(Line::Deleted),
        "request" => typed(text).map(Line::Request),
        "reply" => typed(text).map(Line::Reply),
        "recalled" => typed(text).map(Line::Recalled),
        "serve" => typed(text).map(Line::Serve),
        "down" => typed(text).map(Line::Down),
        "up" => typed(text).map(Line::Up),
        "end" => typed(text).map(Line::End),
        other => {
            let hint = did_you_mean(other, &WORDS);
            let message = format!("unknown \"what\": \"{}\"{hint} what: {}", shortened(other), WORDS.join(", "));
            Err((column(text, "what"), message))
        }
    }
}

fn typed<T: DeserializeOwned>(text: &str) -> Result<T, Wrong> {
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or(&message);
        (error.column(), shortened_quotes(message))
    })
}

/// A message without the long values that serde repeats in it, and in the quotes of all other messages.
fn shortened_quotes(message: &str) -> String {
    const LONG: usize = 300;
    let message = message.replace('`', "\"");
    match message.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}...", &message[..end]),
        None => message,
    }
}
