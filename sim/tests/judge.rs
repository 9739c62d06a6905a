//! `judge`: each verdict on a foreign log, what it cannot decide, and every way in which a file is no log.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Runs the command line. Returns the exit code, the output and the errors.
fn forget_me_not(arguments: &[&str]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments = std::iter::once("forget-me-not").chain(arguments.iter().copied()).map(OsString::from);
    let code = sim::cli::run(arguments, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (code, text(out), text(err))
}

fn file(name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("judge");
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    fs::write(&path, content).expect("a file");
    path
}

/// The judgment of a log with these lines.
fn judged(name: &str, lines: &[Value]) -> Value {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let path = file(&format!("{name}.jsonl"), text);
    let (code, out, err) = forget_me_not(&["judge", "--json", path.to_str().expect("a path of letters")]);
    let object: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{name}: {err}"));
    assert_eq!(object["exit_code"], code);
    object
}

/// Checks which invariants these lines violate, each with its turn.
fn check(name: &str, lines: &[Value], expected: &[(&str, &str)]) {
    let object = judged(name, lines);
    let violations = object["violations"].as_array().expect("a list");
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let found: Vec<_> = violations.iter().map(|one| (word(&one["invariant"]), word(&one["turn"]))).collect();
    let expected: Vec<_> = expected.iter().map(|(name, turn)| ((*name).to_owned(), (*turn).to_owned())).collect();
    assert_eq!(found, expected, "{name}: {object}");
    assert_eq!(object["exit_code"], if expected.is_empty() { 0 } else { 2 }, "{name}: {object}");
}

fn turn(id: &str, session: &str) -> Value {
    json!({"what": "turn", "id": id, "session": session})
}

/// A turn with more to say.
fn turn_with(id: &str, session: &str, more: Value) -> Value {
    let mut turn = turn(id, session);
    let more = more.as_object().expect("an object").clone();
    turn.as_object_mut().expect("an object").extend(more);
    turn
}

fn document(id: &str, entries: Value) -> Value {
    json!({"what": "document", "id": id, "entries": entries})
}

#[test]
fn each_invariant_is_decided_by_the_judges_of_runs() {
    let (first, second) = (turn("t1", "a"), turn("t2", "a"));
    check("passes", &[first.clone(), second.clone(), document("d", json!(["t1, t2"]))], &[]);
    check("lost", &[first.clone(), second.clone(), document("d", json!(["t2"]))], &[("no-loss", "a#1")]);
    check("twice", &[first.clone(), document("d", json!(["t1", "t1"]))], &[("no-duplicate", "a#1")]);
    let both = [document("d", json!(["t1"])), document("e", json!(["t1"]))];
    check("in_two", &[std::slice::from_ref(&first), &both[..]].concat(), &[("no-duplicate", "a#1")]);
    check("order", &[first.clone(), second.clone(), document("d", json!(["t2", "t1"]))], &[("order", "a#1")]);
    let elsewhere = json!({"what": "document", "id": "d", "session": "b", "entries": ["t1"]});
    check("elsewhere", &[first.clone(), elsewhere], &[("attribution", "a#1")]);
    let entry = |more: Value| document("d", json!([more]));
    check("metadata", &[first.clone(), entry(json!({"text": "t1", "session": "b"}))], &[("attribution", "a#1")]);
    check("tag", &[first.clone(), entry(json!({"text": "t1", "tags": ["session:b"]}))], &[("attribution", "a#1")]);
    for kind in ["interrupted", "ephemeral", "undone"] {
        let unwanted = turn_with("t1", "a", json!({"kind": kind}));
        check(
            kind,
            &[unwanted.clone(), second.clone(), document("d", json!(["t1", "t2"]))],
            &[("no-pollution", "a#1")],
        );
        check(kind, &[unwanted, second.clone(), document("d", json!(["t2"]))], &[]);
    }
    let forked = turn_with("t1", "a", json!({"parent": "b"}));
    check("lineage", &[forked.clone(), entry(json!({"text": "t1", "tags": ["session:a"]}))], &[("lineage", "a#1")]);
    check("fork", &[forked, entry(json!({"text": "t1", "tags": ["session:a", "parent:b"]}))], &[]);
    let alone = turn_with("t1", "a", json!({"parent": null}));
    check("no_fork", &[alone, entry(json!({"text": "t1", "tags": ["session:a", "parent:b"]}))], &[("lineage", "a#1")]);
    let recalled = json!({"what": "recalled", "session": "b", "about": "t1"});
    check("stale", &[first.clone(), document("d", json!(["t1"])), recalled], &[("no-stale-recall", "a#1")]);
    let slow = turn_with("t1", "a", json!({"at_ms": 5, "took_ms": 501}));
    check("slow", &[slow, document("d", json!(["t1"]))], &[("turn-never-blocked", "a#1")]);
    let unsure = turn_with("t1", "a", json!({"acknowledged": false}));
    check("unsure", &[unsure, second, document("d", json!(["t2"]))], &[]);
}

/// Sessions like `S1` and `S1.2` are one chat of a gateway to the judges, and must not be to a foreign log.
#[test]
fn sessions_and_ids_may_have_any_names() {
    let undone = |session: &str| turn_with("t2", session, json!({"kind": "undone"}));
    for (number, session) in ["S1.2", "S1", "a.b.c", ".", "chat/42 of é", "S1#1"].into_iter().enumerate() {
        let name = format!("sessions_{number}");
        let kept = [turn("t1", "S1"), undone(session), turn("t3", "S1.2")];
        check(&name, &[&kept[..], &[document("d", json!(["t1", "t3"]))]].concat(), &[]);
        let object = judged(&name, &[&kept[..], &[document("d", json!(["t1", "t2", "t3"]))]].concat());
        assert_eq!(object["polluted"].as_array().map(Vec::len), Some(1), "{session}: {object}");
        let turn = object["polluted"][0].as_str().expect("a turn");
        assert_eq!(object["ids"][turn], json!(["t2"]), "{session}: {object}");
    }
    // Ids that are names of turns keep them, although the log begins later.
    check("names", &[turn("S1#7", "S1"), turn("S1#8", "S1"), document("d", json!(["S1#8"]))], &[("no-loss", "S1#7")]);
}

#[test]
fn turns_are_found_by_id_by_text_or_as_a_list() {
    let said = |id: &str, text: &str| turn_with(id, "a", json!({"text": text}));
    let (tea, cake) = (said("1", "I like tea"), said("2", "I like tea and cake"));
    check(
        "texts",
        &[tea.clone(), cake.clone(), document("d", json!(["User: I like tea\nUser: I like tea and cake"]))],
        &[],
    );
    check("part", &[tea.clone(), cake.clone(), document("d", json!(["I like tea and cake"]))], &[("no-loss", "a#1")]);
    // Turns that say the same share a name, and as many copies are right.
    let again = said("3", "I like tea");
    check("same", &[tea.clone(), again.clone(), document("d", json!(["I like tea", "I like tea"]))], &[]);
    let thrice = document("d", json!(["I like tea", "I like tea", "I like tea"]));
    check("thrice", &[tea, again, thrice], &[("no-duplicate", "a#1")]);
    let listed = json!([{"turns": ["1"]}, {"turns": ["2"], "text": "1 and 1"}]);
    check("lists", &[turn("1", "a"), turn("2", "a"), document("d", listed)], &[]);
    let twice = turn_with("t1", "a", json!({"mentions": 2}));
    check("mentions", &[twice, document("d", json!(["user: t1 hello; assistant: t1 hi"]))], &[]);
}

#[test]
fn a_document_is_what_was_written_to_it() {
    let write = |at_ms: u64, mode: &str, text: &str| json!({"what": "document", "at_ms": at_ms, "id": "d", "mode": mode, "entries": [text]});
    let turns = [turn("t1", "a"), turn("t2", "a")];
    check("appended", &[&turns[..], &[write(1, "append", "t1"), write(2, "append", "t2")]].concat(), &[]);
    let replaced = judged("replaced", &[&turns[..], &[write(1, "replace", "t1"), write(2, "replace", "t2")]].concat());
    let evidence = replaced["violations"][0]["evidence"].as_str().expect("evidence");
    assert!(evidence.contains("stored at 1 ms, then overwritten by content without it"), "{evidence}");
    let deleted = json!({"what": "deleted", "at_ms": 3, "id": "d"});
    let all = [&turns[..], &[write(1, "append", "t1"), write(2, "append", "t2"), deleted]].concat();
    check("deleted", &all, &[("no-loss", "a#1"), ("no-loss", "a#2")]);
    let bank = |bank: &str, text: &str| json!({"what": "document", "id": "d", "bank": bank, "entries": [text]});
    check("banks", &[&turns[..], &[bank("x", "t1"), bank("y", "t2")]].concat(), &[]);
}

#[test]
fn what_a_log_cannot_decide_is_not_judged_and_says_why() {
    let object = judged("undecided", &[turn("t1", "a"), document("d", json!(["t1"]))]);
    let why = |name: &str| {
        let rows = object["not_judged"].as_array().expect("a list");
        rows.iter().find(|row| row["invariant"] == name).and_then(|row| row["why"].as_str()).unwrap_or("judged")
    };
    assert_eq!([why("no-loss"), why("no-duplicate")], ["judged"; 2]);
    assert!(why("attribution").contains("names its session") && why("lineage").contains("(parent)"), "{object}");
    assert!(why("no-stale-recall").contains("(recalled)") && why("turn-never-blocked").contains("(took_ms)"));
    assert!(why("order").contains("is a case of it") && why("no-pollution").contains("undone"), "{object}");
    assert!(why("bounded-memory").contains("only the memory itself"), "{object}");
    let names: Vec<&str> = sim::judging::Invariant::all()
        .filter(|row| row.concerns(model::words::part::Part::Memory))
        .map(|row| row.name)
        .filter(|name| object["judged"].get(name).is_none() && why(name) == "judged")
        .collect();
    assert!(names.is_empty(), "neither judged nor named: {names:?}");
}

#[test]
fn a_log_without_turns_or_documents_proves_nothing() {
    for (name, lines) in [
        ("nothing", &[][..]),
        ("no_document", &[turn("t1", "a")]),
        ("no_turn", &[document("d", json!(["t1"]))]),
        ("nothing_promised", &[turn_with("t1", "a", json!({"acknowledged": false})), document("d", json!([]))]),
    ] {
        let object = judged(name, lines);
        assert_eq!((&object["verdict"], &object["exit_code"]), (&json!("vacuous"), &json!(5)), "{name}: {object}");
    }
}

/// Checks that a file is no log: the complaint is one line that begins with the place and has these words.
fn refused(name: &str, content: impl AsRef<[u8]>, place: &str, words: &str) {
    let path = file(&format!("{name}.jsonl"), content);
    let path = path.to_str().expect("a path of letters");
    let (code, out, err) = forget_me_not(&["judge", path]);
    assert_eq!((code, out.as_str(), err.lines().count()), (1, "", 1), "{name}: {err}");
    let rest = err.strip_prefix(path).and_then(|rest| rest.strip_prefix(place));
    assert!(rest.is_some_and(|rest| rest.starts_with(": ") && rest.contains(words)), "{name}: {err}");
    assert!(err.len() < 1_000 && !err.trim_end().contains(char::is_control), "{name}: {err}");
}

#[test]
fn a_mistake_has_its_place() {
    let one = "{\"what\":\"turn\",\"id\":\"t1\",\"session\":\"a\"}\n";
    refused("text", "hello\n", ":1:1", "a line is one JSON object");
    refused("list", "\n[1]\n", ":2:1", "a line is one JSON object");
    refused("half", "{\"what\":\"turn\",\n", ":1:15", "EOF while parsing");
    refused("cut", format!("{one}{{\"what\":\"tu"), ":2:11", "its writer may have been cut off");
    refused("deep", "[".repeat(100_000), ":1:1", "one JSON object");
    refused("deep_object", "{\"a\":".repeat(100_000), ":1:500000", "EOF while parsing a value");
    refused("word", "{\"what\":\"trun\"}\n", ":1:2", "unknown \"what\": \"trun\"; did you mean \"turn\"?");
    refused("no_word", "{\"id\":\"t1\"}\n", ":1:1", "does not say what it is");
    refused("key", "{\"what\":\"turn\",\"id\":\"t1\",\"sesion\":\"a\"}\n", ":1:33", "unknown field \"sesion\"");
    refused("missing", "{\"what\":\"turn\",\"id\":\"t1\"}\n", ":1:25", "missing field \"session\"");
    refused("number", "{\"what\":\"turn\",\"id\":7,\"session\":\"a\"}\n", ":1:21", "invalid type: integer");
    refused(
        "kind",
        "{\"what\":\"turn\",\"id\":\"t1\",\"session\":\"a\",\"kind\":\"lost\"}\n",
        ":1:52",
        "unknown variant",
    );
    refused("empty_name", "{\"what\":\"turn\",\"id\":\"\",\"session\":\"a\"}\n", ":1:16", "a name is not empty");
    refused("nul_name", "{\"what\":\"turn\",\"id\":\"\\u0000\",\"session\":\"a\"}\n", ":1:16", "no control characters");
    refused("again", format!("{one}{one}"), ":2:16", "turn \"t1\" was said before, at ");
    let at = |ms: i64, id: &str| format!("{{\"what\":\"turn\",\"at_ms\":{ms},\"id\":\"{id}\",\"session\":\"a\"}}\n");
    refused("backwards", at(5, "t1") + &at(4, "t2"), ":2:16", "the time runs backwards, from 5 to 4 ms");
    refused("negative", at(-1, "t1"), ":1:25", "invalid value: integer \"-1\"");
    refused("late", at(i64::MAX, "t1"), ":1:16", "a time is at most");
    let document = "{\"what\":\"document\",\"id\":\"d\",\"entries\":[]}\n";
    refused("document_again", format!("{document}{document}"), ":2:20", "\"append\" to it or \"replace\" it");
    let listed = "{\"what\":\"document\",\"id\":\"d\",\"entries\":[{\"turns\":[\"t2\"]}]}\n";
    refused("unknown_turn", format!("{one}{listed}"), ":2:41", "no line says a turn \"t2\"; a list names");
    refused(
        "entry",
        "{\"what\":\"document\",\"id\":\"d\",\"entries\":[{}]}\n",
        ":1:41",
        "an entry has a text or a list",
    );
    let searched = "{\"what\":\"document\",\"id\":\"d\",\"entries\":[\"7\"]}\n";
    refused("bare", format!("{}{searched}", one.replace("t1", "7")), ":1:16", "words without a letter");
    let text = |id: &str, session: &str, text: &str| {
        format!("{{\"what\":\"turn\",\"id\":\"{id}\",\"session\":\"{session}\",\"text\":\"{text}\"}}\n")
    };
    refused("short", text("1", "a", "ok") + searched, ":1:39", "may stand anywhere");
    let same = text("1", "a", "I like tea") + &text("2", "b", "I like tea") + searched;
    refused("same_words", same, ":2:39", "a text cannot tell which of them it holds");
}

#[test]
fn what_is_no_text_file_is_refused_and_long_files_are_bounded() {
    refused("binary", b"\x7fELF\x02\x01\x01\0\0\xff\xfe", ":1:10", "no UTF-8 text");
    refused("nuls", [0; 4_096], ":1:1", "one JSON object");
    let long = usize::try_from(sim::foreign::LINE_MAX).expect("a size") + 1;
    refused("long", vec![b'a'; long], ":1:1", "longer than 32 MiB");
    let folder = env!("CARGO_TARGET_TMPDIR");
    for (path, why) in
        [(folder, "is no regular file"), ("/dev/zero", "is no regular file"), ("none.jsonl", "no such file")]
    {
        let (code, out, err) = forget_me_not(&["judge", path]);
        assert_eq!((code, &*out), (1, ""), "{err}");
        assert!(err.starts_with(&format!("{path}: {why}")), "{err}");
    }
    // A byte order mark, other line ends and blank lines are no mistakes.
    let lines = "\u{feff}{\"what\":\"turn\",\"id\":\"t1\",\"session\":\"a\"}\r\n\r\n {\"what\":\"document\",\"id\":\"d\",\"entries\":[\"t1\"]}";
    let path = file("windows.jsonl", lines);
    assert_eq!(forget_me_not(&["judge", path.to_str().expect("a path of letters")]).0, 0);
}

#[test]
fn several_files_are_one_log_in_the_order_of_their_times() {
    let said = |at_ms: u64, id: &str| json!({"what": "turn", "at_ms": at_ms, "id": id, "session": "a"}).to_string();
    let first = file("first.jsonl", said(2, "t2") + "\n" + &document("d", json!(["t1, t2"])).to_string());
    let second = file("second.jsonl", said(1, "t1"));
    let paths = [&first, &second].map(|path| path.to_str().expect("a path of letters"));
    let (code, out, err) = forget_me_not(&["judge", paths[0], paths[1]]);
    assert_eq!(code, 0, "{out}{err}");
    let timeless = file("timeless.jsonl", turn("t3", "a").to_string());
    let (code, _, err) = forget_me_not(&["judge", paths[0], timeless.to_str().expect("a path of letters")]);
    assert!(code == 1 && err.contains("timeless.jsonl:1:") && err.contains("this line has no at_ms"), "{err}");
    // Of two turns of the same time in two files nobody knows which was first.
    let third = file("third.jsonl", said(2, "t1"));
    let swapped = file("swapped.jsonl", said(2, "t2") + "\n" + &document("d", json!(["t1, t2"])).to_string());
    let tied = [&swapped, &third].map(|path| path.to_str().expect("a path of letters"));
    assert_eq!(forget_me_not(&["judge", tied[0], tied[1]]).0, 0);
    let twice = forget_me_not(&["judge", paths[0], paths[0]]);
    assert!(twice.0 == 1 && twice.2.contains("was said before, at "), "{}", twice.2);
}
