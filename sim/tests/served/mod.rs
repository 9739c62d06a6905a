//! A server in a process of its own, and a plain client for it.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// Runs the program to its end.
pub(crate) fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_forget-me-not")).args(arguments).output().expect("the program starts")
}

/// An empty folder of a test's own.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("served").join(name);
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a path of letters")
}

/// A server that listens.
pub(crate) struct Served {
    child: Child,
    /// As it printed it: `http://127.0.0.1:4711`.
    pub(crate) address: String,
}

impl Served {
    /// One with these faults, if any, and this log.
    pub(crate) fn start(faults: Option<&Path>, log: &Path) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_forget-me-not"));
        program.args(["serve", "--log", text(log)]).stdout(Stdio::piped());
        faults.map(|faults| program.args(["--faults", text(faults)]));
        let mut child = program.spawn().expect("the program starts");
        let mut address = String::new();
        let out = child.stdout.take().expect("its output is a pipe");
        BufReader::new(out).read_line(&mut address).expect("a line");
        Self { child, address: address.trim_end().to_owned() }
    }

    /// Ends it by a signal. Returns its exit code.
    pub(crate) fn end(mut self, signal: &str) -> Option<i32> {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.expect("there is a kill").success());
        self.child.wait().expect("it ends").code()
    }

    /// Its port.
    #[allow(dead_code, reason = "one of the two tests has a client in Python")]
    pub(crate) fn port(&self) -> &str {
        self.address.rsplit_once(':').expect("an address has a port").1
    }

    /// Sends a retain of one text to a document. Returns the connection.
    #[allow(dead_code, reason = "one of the two tests has a client in Python")]
    pub(crate) fn send(&self, document: &str, text: &str) -> io::Result<TcpStream> {
        let body = format!(
            r#"{{"items":[{{"content":"{text}","document_id":"{document}","update_mode":"append","metadata":{{"session_id":"{document}"}}}}]}}"#
        );
        let mut stream = TcpStream::connect(self.address.strip_prefix("http://").expect("an address"))?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let head = "POST /v1/default/banks/b/memories HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len())?;
        Ok(stream)
    }

    /// The same, and waits for the answer: its status, or `None` if the connection ended without one.
    #[allow(dead_code, reason = "one of the two tests has a client in Python")]
    pub(crate) fn retain(&self, document: &str, text: &str) -> Option<u16> {
        let mut answer = String::new();
        // A connection may also end with a reset.
        _ = self.send(document, text).and_then(|mut stream| stream.read_to_string(&mut answer));
        answer.split(' ').nth(1)?.parse().ok()
    }
}

/// A test that fails leaves no server behind.
impl Drop for Served {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
