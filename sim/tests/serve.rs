//! The server meets clients, signals and other servers as they come, and its log can be judged whatever happens.
#![cfg(unix)]

mod served;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use served::{Served, folder, program, text};

/// Writes the faults of a server.
fn faults(folder: &Path, faults: &str) -> PathBuf {
    let path = folder.join("faults.toml");
    fs::write(&path, format!("[faults]\n{faults}\n")).expect("a file");
    path
}

/// Judges a log with these turns, all of session S1. Returns the exit code and the page.
fn judge(log: &Path, turns: &[&str]) -> (Option<i32>, String) {
    let said = log.with_file_name("turns.jsonl");
    let line = |turn: &&str| format!("{{\"what\":\"turn\",\"at_ms\":1,\"id\":\"{turn}\",\"session\":\"S1\"}}\n");
    fs::write(&said, turns.iter().map(line).collect::<String>()).expect("a file");
    let output = program(&["judge", text(log), text(&said)]);
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).expect("text"))
}

#[expect(clippy::disallowed_methods, reason = "a real server takes real time")]
fn now() -> Instant {
    Instant::now()
}

#[test]
fn each_fault_strikes_over_real_tcp() {
    let folder = folder("faults");
    let faults = faults(
        &folder,
        "retain = { 1 = \"drop\", 2 = \"apply_drop\", 3 = \"503\", 4 = \"delay 300ms\", 5 = \"garbled\", 6 = \"restart 200ms\" }",
    );
    let log = folder.join("log.jsonl");
    let served = Served::start(Some(&faults), &log);
    let statuses = [1, 2, 3].map(|number| served.retain("S1", &format!("turn-{number}")));
    assert_eq!(statuses, [None, None, Some(503)]);
    let before = now();
    assert_eq!(served.retain("S1", "turn-4"), Some(200));
    assert!(before.elapsed() >= Duration::from_millis(300), "it was delayed");
    assert_eq!(served.retain("S1", "turn-5"), Some(200));
    assert_eq!(served.retain("S1", "turn-6"), None, "the server restarts");
    assert_eq!(served.retain("S1", "turn-7"), None, "and is away");
    let mut back = None;
    while back.is_none() && before.elapsed() < Duration::from_secs(60) {
        back = served.retain("S1", "turn-8");
    }
    assert_eq!(back, Some(200), "and is back on its port");
    assert_eq!(served.end("-INT"), Some(0));
    let (code, page) = judge(&log, &["turn-1", "turn-2", "turn-3", "turn-4", "turn-5", "turn-6", "turn-7", "turn-8"]);
    assert_eq!(code, Some(2), "{page}");
    assert!(page.contains("\nviolated: lost S1#1, S1#3, S1#6, S1#7\n"), "{page}");
    assert!(page.contains("retain 3 at ") && page.contains("fault 503, answered 503\n"), "{page}");
}

#[test]
fn a_request_that_hangs_is_never_answered_and_a_sigterm_ends_it() {
    let folder = folder("hang");
    let faults = faults(&folder, "retain = { 1 = \"hang\", 2 = \"delay 10m\" }");
    let log = folder.join("log.jsonl");
    let served = Served::start(Some(&faults), &log);
    let mut hanging = served.send("S1", "turn-1").expect("it is sent");
    let mut delayed = served.send("S1", "turn-2").expect("it is sent");
    hanging.set_read_timeout(Some(Duration::from_millis(300))).expect("a limit");
    assert!(hanging.read(&mut [0]).is_err(), "no byte, and no end, for a while");
    let received = || fs::read_to_string(&log).expect("a log").matches("\"request\"").count();
    assert!((0..1_000).any(|_| served.retain("S1", "turn-3").is_some() && received() >= 3));
    assert_eq!(served.end("-TERM"), Some(0));
    assert!(matches!(delayed.read(&mut [0]), Ok(0) | Err(_)), "the connection ended without an answer");
    let (code, page) = judge(&log, &["turn-3"]);
    assert_eq!(code, Some(0), "{page}");
}

#[test]
fn a_server_that_was_killed_leaves_a_log_that_can_be_judged() {
    let folder = folder("killed");
    let log = folder.join("log.jsonl");
    let served = Served::start(None, &log);
    assert_eq!(served.retain("S1", "turn-1"), Some(200));
    served.end("-KILL");
    let (code, page) = judge(&log, &["turn-1"]);
    assert_eq!(code, Some(0), "{page}");
    assert_eq!(judge(&log, &["turn-1", "turn-2"]).0, Some(2));
}

/// What a server had accepted and not applied when it was killed would have been applied: that is no loss of the memory.
#[test]
fn what_was_accepted_and_not_yet_applied_is_not_lost() {
    let folder = folder("lag");
    let faults = folder.join("faults.toml");
    fs::write(&faults, "config = { operation_lag = \"1h\" }\n").expect("a file");
    for (signal, code, says) in
        [("-KILL", Some(0), "had applied 1 turn that it had accepted"), ("-TERM", Some(0), "passed")]
    {
        let log = folder.join(format!("log{signal}.jsonl"));
        let served = Served::start(Some(&faults), &log);
        let body = r#"{"items":[{"content":"turn-1","document_id":"S1"}],"async":true}"#;
        assert!(post(&served, body).contains("operation_id"));
        served.end(signal);
        let (judged, page) = judge(&log, &["turn-1"]);
        assert_eq!(judged, code, "{page}");
        assert!(page.contains(says), "{page}");
    }
}

/// Sends a body. Returns the whole answer.
fn post(served: &Served, body: &str) -> String {
    use std::io::Write;
    let address = served.address.strip_prefix("http://").expect("an address");
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    let head = "POST /v1/default/banks/b/memories HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
    // A server that has heard enough hangs up before all is written.
    _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
    let mut answer = Vec::new();
    _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_body_that_is_too_long_is_refused() {
    let folder = folder("long");
    let log = folder.join("log.jsonl");
    let served = Served::start(None, &log);
    let longest = sim::serve::BODY_MAX;
    let answer = post(&served, &"a".repeat(longest + 1));
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(post(&served, &"a".repeat(longest)).starts_with("HTTP/1.1 422 "), "no JSON, but read");
    assert_eq!(served.retain("S1", "turn-1"), Some(200));
    served.end("-TERM");
    assert_eq!(judge(&log, &["turn-1"]).0, Some(0));
}

#[test]
fn a_server_that_cannot_begin_says_why() {
    let folder = folder("refused");
    let log = folder.join("log.jsonl");
    let served = Served::start(None, &log);
    let (port, other) = (served.port().to_owned(), folder.join("other.jsonl"));
    let (full, unknown) = (folder.join("full.jsonl"), folder.join("unknown.toml"));
    fs::write(&full, "{}\n").expect("a file");
    fs::write(&unknown, "[faults]\nretain = { 1 = \"dorp\" }\n").expect("a file");
    let check = |arguments: &[&str], why: &str| {
        let output = program(&[&["serve"], arguments].concat());
        let err = String::from_utf8(output.stderr).expect("text");
        assert_eq!((output.status.code(), &*output.stdout, err.lines().count()), (Some(1), &b""[..], 1), "{err}");
        assert!(err.contains(why), "{err}");
    };
    check(&["--port", &port], "another program listens there; name another port");
    check(&["--log", text(&log)], "another server writes this file; name another one");
    check(&["--log", text(&full)], "this file is not empty");
    check(&["--log", text(&folder)], "this is no regular file");
    check(&["--log", "/nowhere/log.jsonl"], "this file cannot be written (");
    check(&["--log", "/dev/null"], "this is no regular file");
    check(&["--faults", text(&unknown)], "unknown.toml:2:16: unknown fault \"dorp\"; did you mean \"drop\"?");
    check(&["--faults", text(&folder)], "is neither a file nor a folder");
    check(&["--port", "65536"], "65536 is not in 0..=65535");
    check(&["--server", "newest"], "unknown server \"newest\"");
    assert!(!other.exists());
    assert_eq!(served.retain("S1", "turn-1"), Some(200), "the first server never noticed");
    assert_eq!(served.end("-TERM"), Some(0));
}
