//! Files that are malformed or absurd: each is answered by one line that names its place, with exit code 1, or it is valid after all, and
//! runs. The files are mutations of the corpus; a fixed seed chooses them.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Runs the program. Returns its exit code, its output and its errors.
fn forget_me_not(arguments: &[&str]) -> (u8, String, String) {
    let arguments = std::iter::once("forget-me-not").chain(arguments.iter().copied()).map(OsString::from);
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let code = sim::cli::run(arguments, &mut out, &mut errors);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (code, text(out), text(errors))
}

/// Numbers that look random and are always the same (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % limit.max(1) as u64).expect("a small number")
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// A way to spoil a file. `None` if the file has nothing to spoil in this way.
type Mutation = fn(&mut Numbers, &str) -> Option<Vec<u8>>;

const MUTATIONS: [(&str, Mutation); 14] = [
    ("truncated", |numbers, text| Some(text.as_bytes()[..numbers.below(text.len())].to_vec())),
    ("a line twice", |numbers, text| with_line(numbers, text, |line| format!("{line}\n{line}"))),
    ("a line less", |numbers, text| with_line(numbers, text, |_| String::new())),
    ("half a line", |numbers, text| {
        with_line(numbers, text, |line| line.chars().take(line.chars().count() / 2).collect())
    }),
    ("another word", |numbers, text| with_quoted(numbers, text, |_, word| format!("x{word}x"))),
    ("another duration", |numbers, text| with_duration(numbers, text)),
    ("another number", |numbers, text| with_number(numbers, text)),
    ("another type", |numbers, text| with_value(numbers, text)),
    ("an emptied list or table", |numbers, text| with_emptied(numbers, text)),
    ("an unknown key", |numbers, text| with_line(numbers, text, |line| format!("{line}\nxyzzy = 1"))),
    ("a control character", |numbers, text| with_inserted(numbers, text, b"\x07")),
    ("invalid UTF-8", |numbers, text| with_inserted(numbers, text, b"\xff\xfe")),
    ("a NUL", |numbers, text| with_inserted(numbers, text, b"\0")),
    ("a quote more", |numbers, text| with_inserted(numbers, text, b"\"")),
];

fn with_line(numbers: &mut Numbers, text: &str, change: impl Fn(&str) -> String) -> Option<Vec<u8>> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let said: Vec<usize> = (0..lines.len()).filter(|&n| !lines[n].is_empty() && !lines[n].starts_with('#')).collect();
    let line = *numbers.one_of(&said);
    lines[line] = change(&lines[line]);
    Some((lines.join("\n") + "\n").into_bytes())
}

/// The pieces between quotes, by their place in the text.
fn quoted(text: &str) -> Vec<std::ops::Range<usize>> {
    let quotes: Vec<usize> = text.match_indices('"').map(|(place, _)| place).collect();
    quotes.chunks_exact(2).map(|pair| pair[0] + 1..pair[1]).collect()
}

fn with_quoted(numbers: &mut Numbers, text: &str, change: fn(&mut Numbers, &str) -> String) -> Option<Vec<u8>> {
    let place = numbers.one_of(&quoted(text)).clone();
    let changed = change(numbers, &text[place.clone()]);
    Some([&text[..place.start], &changed, &text[place.end..]].concat().into_bytes())
}

/// The places of the words that `is_it` picks.
fn words(text: &str, is_it: fn(&str) -> bool) -> Vec<std::ops::Range<usize>> {
    let (mut found, mut start) = (Vec::new(), 0);
    for (place, separator) in
        text.char_indices().filter(|(_, c)| !c.is_alphanumeric() && *c != '.' && *c != '#' && *c != '_')
    {
        if is_it(&text[start..place]) {
            found.push(start..place);
        }
        start = place + separator.len_utf8();
    }
    found
}

fn with_word(numbers: &mut Numbers, text: &str, is_it: fn(&str) -> bool, others: &[&str]) -> Option<Vec<u8>> {
    let found = words(text, is_it);
    let place = found.get(numbers.below(found.len()))?.clone();
    let other = *numbers.one_of(others);
    Some([&text[..place.start], other, &text[place.end..]].concat().into_bytes())
}

fn with_duration(numbers: &mut Numbers, text: &str) -> Option<Vec<u8>> {
    let is_duration = |word: &str| word.starts_with(|c: char| c.is_ascii_digit()) && word.ends_with(['s', 'm', 'h']);
    let absurd = [
        "ms",
        "-5s",
        "25h",
        "1e9h",
        "0.0001ms",
        "5 s",
        "5d",
        "٣s",
        "1.2.3s",
        "99999999999999999999h",
        "s5",
        "NaNs",
        "infs",
    ];
    with_word(numbers, text, is_duration, &absurd)
}

fn with_number(numbers: &mut Numbers, text: &str) -> Option<Vec<u8>> {
    let is_number = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    let absurd =
        ["-1", "99999999999999999999", "18446744073709551616", "1e400", "nan", "-inf", "0x", "1_", "4294967296", "0"];
    with_word(numbers, text, is_number, &absurd)
}

/// Another value for the key of a line.
fn with_value(numbers: &mut Numbers, text: &str) -> Option<Vec<u8>> {
    let values = [
        "1",
        "-1",
        "true",
        "[]",
        "{}",
        "\"x\"",
        "\"\"",
        "1979-05-27",
        "1.5",
        "[[\"turn\"]]",
        "{ a = 1 }",
        "",
        "[1, 2",
        "'''",
    ];
    let value = *numbers.one_of(&values);
    with_line(numbers, text, |line| match line.split_once('=') {
        Some((key, _)) => format!("{key}= {value}"),
        None => format!("{line}{value}"),
    })
}

fn with_emptied(numbers: &mut Numbers, text: &str) -> Option<Vec<u8>> {
    let open: Vec<(usize, char)> =
        text.match_indices(['[', '{']).map(|(at, sign)| (at, if sign == "[" { ']' } else { '}' })).collect();
    let (start, closing) = *open.get(numbers.below(open.len()))?;
    let end = start + text[start..].find(closing)?;
    Some([&text[..=start], &text[end..]].concat().into_bytes())
}

fn with_inserted(numbers: &mut Numbers, text: &str, inserted: &[u8]) -> Option<Vec<u8>> {
    let place = numbers.below(text.len());
    Some([&text.as_bytes()[..place], inserted, &text.as_bytes()[place..]].concat())
}

fn corpus() -> Vec<String> {
    fn search(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                search(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    search(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"), &mut found);
    found.sort();
    found.iter().map(|path| fs::read_to_string(path).expect("a scenario")).collect()
}

/// What has no part of a scenario in it, or far too much.
fn absurd() -> Vec<(String, Vec<u8>)> {
    let plan = "title = \"t\"\nsteps = [\"turn\"]\n";
    let long = "x".repeat(10 << 20);
    let deep = |open: &str, close: &str, n: usize| format!("{plan}faults = {}1{}\n", open.repeat(n), close.repeat(n));
    let texts = [
        ("nothing", String::new()),
        ("blanks", " \n\t\n".into()),
        ("a comment", "# turn\n".into()),
        ("a byte order mark", "\u{feff}".into()),
        ("two byte order marks", format!("\u{feff}\u{feff}{plan}")),
        ("a marked plan", format!("\u{feff}{plan}")),
        ("a plan of Windows", plan.replace('\n', "\r\n")),
        ("a plan of old Macintoshes", plan.replace('\n', "\r")),
        ("JSON", "{\"title\": \"t\", \"steps\": [\"turn\"]}".into()),
        ("YAML", "title: t\nsteps:\n  - turn\n".into()),
        ("deep lists", deep("[", "]", 100_000)),
        ("deep tables", deep("{ a = ", " }", 50_000)),
        ("a deep key", format!("{plan}{}a = 1\n", "a.".repeat(50_000))),
        ("a deep header", format!("{plan}[{}a]\n", "a.".repeat(50_000))),
        ("a long comment", format!("{plan}# {long}\n")),
        ("a long title", format!("title = \"{long}\"\nsteps = [\"turn\"]\n")),
        ("a long step", format!("title = \"t\"\nsteps = [\"turn {long}\"]\n")),
        ("a deep step", format!("title = \"t\"\nsteps = [\"{}turn\"]\n", "start ".repeat(200_000))),
        ("a long key", format!("{plan}{long} = 1\n")),
        ("a long session", format!("title = \"t\"\nsteps = [\"turn\", \"switch {long}\"]\n")),
        ("a long number", format!("{plan}seed = {}\n", "9".repeat(1 << 20))),
        ("a negative seed", format!("{plan}seed = -1\n")),
        ("a table twice", format!("{plan}[faults]\n[faults]\n")),
        ("too large a file", format!("{plan}# {}\n", "x".repeat(17 << 20))),
        ("right-to-left text", format!("{plan}\u{202e}seed = 1\n")),
    ];
    texts.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())).collect()
}

/// The file is refused with one line that names its place, or it runs. Returns whether it was refused.
fn check(folder: &Path, name: &str, bytes: &[u8]) -> bool {
    let path = folder.join("file.toml");
    fs::write(&path, bytes).expect("a file");
    let path = path.to_str().expect("a path of letters");
    let (code, out, errors) = forget_me_not(&["replay", path, "--release", "reference"]);
    let shown = || String::from_utf8_lossy(&bytes[..bytes.len().min(4_000)]).into_owned();
    if code != 1 {
        assert!([0, 2, 3, 5].contains(&code) && out.contains("run"), "{name}: {code}, {errors}\n{}", shown());
        return false;
    }
    let told = errors.strip_suffix('\n').unwrap_or(&errors);
    assert!(!told.contains('\n') && out.is_empty(), "{name}: more than one line: {errors}{out}");
    assert!(!told.contains(|c: char| c.is_control()), "{name}: {told:?}");
    assert!(told.chars().count() < 1_000, "{name}: {} letters", told.chars().count());
    let place = told.split_once(path).map(|(_, rest)| rest).unwrap_or_else(|| panic!("{name}: no file in {told}"));
    let mut parts = place.splitn(4, ':').skip(1);
    let is_number = |part: Option<&str>| part.is_some_and(|part| part.parse::<usize>().is_ok_and(|number| number > 0));
    let located = is_number(parts.next()) && is_number(parts.next()) && parts.next().is_some_and(|text| text.len() > 5);
    assert!(located || place.contains("MiB large"), "{name}: no place in {told}\n{}", shown());
    true
}

#[test]
fn a_spoiled_file_is_refused_with_its_place_or_runs() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("malformed");
    fs::create_dir_all(&folder).expect("a folder");
    let (corpus, mut numbers) = (corpus(), Numbers(12));
    let mut refused = 0;
    for (name, bytes) in absurd() {
        refused += u32::from(check(&folder, &name, &bytes));
    }
    for (name, mutation) in MUTATIONS {
        let mut tried = 0;
        while tried < 20 {
            let text = numbers.one_of(&corpus).clone();
            let Some(bytes) = mutation(&mut numbers, &text) else { continue };
            refused += u32::from(check(&folder, &format!("{name} {tried}"), &bytes));
            tried += 1;
        }
    }
    assert!(refused >= 200, "only {refused} files were refused");
}
