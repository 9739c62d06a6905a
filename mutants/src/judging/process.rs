//! One judge at work: a process with a bound on its processor's time and on its memory. A mutant may do anything.
//!
//! The bound counts the processor's time and not the clock's, so that a busy machine makes no difference. The clock is only for a process
//! that waits for what never comes.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use wait_timeout::ChildExt;

use super::group;
use crate::failure::{At, Failure};
use crate::interrupts::interrupted;
use crate::stopwatch::Stopwatch;
use crate::weaving::VARIABLE;

/// How much memory a judge may take, in KiB. One that takes more is going in circles.
const MEMORY_KIB: u64 = 6 * 1024 * 1024;
/// How often it is looked whether the user wants an end.
const LOOK: Duration = Duration::from_millis(200);
/// The processor's time in seconds, the memory, and a file for the time that was used; then the command.
const BOUNDED: &str = r#"ulimit -t "$1"; ulimit -v "$2"; used=$3; shift 3; "$@"; code=$?; times >"$used"; exit $code"#;

/// What to run, and where.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// The program.
    pub(crate) program: PathBuf,
    /// Its arguments. `{scratch}` stands for a folder of its own.
    pub(crate) arguments: Vec<String>,
    /// The folder to run it in.
    pub(crate) folder: PathBuf,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code as a shell has it: 128 and the signal's number. `None` if the clock ran out.
    pub(crate) code: Option<i32>,
    /// What it printed.
    pub(crate) stdout: String,
    /// What it complained about.
    pub(crate) stderr: String,
    /// The processor's time that it used.
    pub(crate) used: Duration,
}

impl Task {
    /// Runs it with a mutant on, or with none if the number is 0. `scratch` is a folder that is emptied before. Returns `None` if the user
    /// wants an end.
    ///
    /// # Errors
    ///
    /// If it cannot be run.
    pub(crate) fn run(&self, mutant: u32, limit: Duration, scratch: &Path) -> Result<Option<Ended>, Failure> {
        if scratch.exists() {
            fs::remove_dir_all(scratch).at(scratch)?;
        }
        fs::create_dir_all(scratch).at(scratch)?;
        let paths = ["stdout", "stderr", "used"].map(|name| scratch.join(name));
        let mut command = Command::new("sh");
        command.args(["-c", BOUNDED, "sh", &limit.as_secs().max(1).to_string(), &MEMORY_KIB.to_string()]);
        command.arg(&paths[2]).arg(&self.program);
        let place = scratch.join("work").display().to_string();
        command.args(self.arguments.iter().map(|argument| argument.replace("{scratch}", &place)));
        command.current_dir(&self.folder).stdin(Stdio::null());
        group::lead(&mut command);
        command.stdout(File::create(&paths[0]).at(&paths[0])?).stderr(File::create(&paths[1]).at(&paths[1])?);
        command.env(VARIABLE, mutant.to_string()).env("INSTA_UPDATE", "no").env("RUST_BACKTRACE", "0");
        let mut child = command.spawn().at(Path::new("sh"))?;
        // A process that waits uses no time; one on a busy machine gets a sixth of it.
        let Some(status) = wait(&mut child, 6 * limit + Duration::from_secs(30)).at(&self.program)? else {
            return Ok(None);
        };
        let text = |path: &Path| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let used = text(&paths[2]).unwrap_or_default();
        Ok(Some(Ended {
            code: status.map(|status| status.code().unwrap_or(137)),
            stdout: text(&paths[0]).at(&paths[0])?,
            stderr: text(&paths[1]).at(&paths[1])?,
            used: used_by_children(&used).unwrap_or(limit),
        }))
    }
}

/// Waits for the end of a process. `Some(None)` if there was none in time, and `None` if the user wants an end; then it is killed.
fn wait(child: &mut Child, limit: Duration) -> std::io::Result<Option<Option<ExitStatus>>> {
    let watch = Stopwatch::start();
    loop {
        if let Some(status) = child.wait_timeout(LOOK)? {
            return Ok(Some(Some(status)));
        }
        let is_over = watch.elapsed() > limit;
        if is_over || interrupted() {
            group::end(child);
            child.wait()?;
            return Ok(is_over.then_some(None));
        }
    }
}

/// The second line of what `times` prints: `0m1.25s 0m0.03s`.
fn used_by_children(times: &str) -> Option<Duration> {
    let parts = times.lines().nth(1)?.split_whitespace().map(|part| {
        let (minutes, seconds) = part.strip_suffix('s')?.split_once('m')?;
        Some(60.0 * minutes.parse::<f64>().ok()? + seconds.parse::<f64>().ok()?)
    });
    let seconds: f64 = parts.collect::<Option<Vec<f64>>>()?.into_iter().sum();
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, script: &str, limit_s: u64) -> Ended {
        let scratch = std::env::temp_dir().join(format!("forget-me-not-mutants-{}-{name}", std::process::id()));
        let arguments = ["-c".to_owned(), script.to_owned()].into();
        let task = Task { program: "sh".into(), arguments, folder: "/".into() };
        let ended = task.run(7, Duration::from_secs(limit_s), &scratch);
        fs::remove_dir_all(&scratch).expect("it was made");
        ended.unwrap_or_else(|failure| panic!("{failure}")).expect("nobody interrupts")
    }

    #[test]
    fn a_process_knows_its_mutant_and_tells_how_it_ended() {
        let ended = run("tells", "echo $FORGET_ME_NOT_MUTANT; echo no >&2; exit 3", 5);
        assert_eq!((ended.code, &*ended.stdout, &*ended.stderr), (Some(3), "7\n", "no\n"));
        assert!(ended.used < Duration::from_secs(1));
    }

    #[test]
    fn a_process_in_circles_is_ended() {
        assert_eq!(run("circles", "while :; do :; done", 1).code, Some(137));
    }

    #[test]
    fn the_time_that_was_used_is_read() {
        assert_eq!(used_by_children("0m0.00s 0m0.01s\n1m2.50s 0m0.25s\n"), Some(Duration::from_millis(62_750)));
        assert_eq!(used_by_children(""), None);
    }
}
