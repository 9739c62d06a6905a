//! The files of an agent that keeps its memory itself, read by a process beside the template: plain Python, without the shim.
//!
//! It is asked once for each run, behind the end of the last process, and reads rows and files: nothing of the agent's own code runs there.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use model::facts::KeptText;
use serde::{Deserialize, Serialize};

use super::broken::Broken;
use super::spec::Spec;
use crate::description::Keep;

/// The reader of a template. It starts when it is first asked.
pub(super) struct Store {
    python: PathBuf,
    path: String,
    script: PathBuf,
    running: Option<Running>,
}

struct Running {
    process: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

#[derive(Serialize)]
struct Question<'a> {
    folder: &'a Path,
    keeps: &'a [Keep],
}

/// The keep, the place, the session, who says it, and the text.
type Row = (usize, String, Option<String>, Option<String>, String);

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    rows: Vec<Row>,
    problem: Option<String>,
}

impl Store {
    /// A reader on this agent's interpreter, with the Python side in a folder.
    pub(super) fn of(spec: &Spec, shim: &Path) -> Self {
        let script = shim.join("forget_me_not/kept.py");
        Self { python: spec.python.clone(), path: spec.path.clone(), script, running: None }
    }

    /// The texts that files in a folder hold at these places.
    pub(super) fn read(&mut self, folder: &Path, keeps: &[Keep]) -> Result<Vec<KeptText>, Broken> {
        let unreadable = |why: String| Broken::Unreadable(why);
        let question =
            serde_json::to_string(&Question { folder, keeps }).map_err(|error| unreadable(error.to_string()))?;
        let running = self.running()?;
        writeln!(running.asks, "{question}").map_err(|error| unreadable(error.to_string()))?;
        let mut line = String::new();
        running.answers.read_line(&mut line).map_err(|error| unreadable(error.to_string()))?;
        let answer: Answer =
            serde_json::from_str(&line).map_err(|_| unreadable("the reader of its files has ended".to_owned()))?;
        if let Some(problem) = answer.problem {
            return Err(unreadable(problem));
        }
        let text = |(keep, place, session, role, text): Row| KeptText { keep, place, session, role, text };
        Ok(answer.rows.into_iter().map(text).collect())
    }

    fn running(&mut self) -> Result<&mut Running, Broken> {
        if self.running.is_none() {
            let mut command = Command::new(&self.python);
            command.args(["-I", "-S"]).arg(&self.script).env_clear().env("PATH", &self.path);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
            let no_python = |why| Broken::NoPython { python: self.python.display().to_string(), why };
            let mut process = command.spawn().map_err(no_python)?;
            let asks = process.stdin.take().expect("its input is piped");
            let answers = BufReader::new(process.stdout.take().expect("its output is piped"));
            self.running = Some(Running { process, asks, answers });
        }
        Ok(self.running.as_mut().expect("it runs"))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Some(Running { mut process, .. }) = self.running.take() {
            _ = (process.kill(), process.wait());
        }
    }
}
