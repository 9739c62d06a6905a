//! `new`: a scenario file to start from.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use model::agents::Subject;
use model::hosts::Kind;
use model::words::part::Part;

use super::{Environment, Failure, input, named, print};
use crate::draw::{self, Profile};
use crate::plan::{Config, Expectations, Scenario, Setting};
use crate::search::accepting::slug;
use crate::search::command;
use crate::{files, report};

#[derive(Args)]
pub(super) struct New {
    /// File to write, which must not exist [default: one that is named after the title]
    #[arg(value_name = "FILE")]
    path: Option<PathBuf>,
    /// What goes wrong, in one sentence
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The host that owns the agent, as a scenario names it [default: that of the release, or cli]
    #[arg(long, value_name = "H")]
    host: Option<String>,
    /// Release that shows it, for the commands in the file
    #[arg(long, value_name = "R")]
    release: Option<String>,
    /// The scenario that a campaign draws from this seed, instead of a story to change
    #[arg(long, value_name = "SEED", conflicts_with = "host")]
    from: Option<u64>,
    /// The profile that it draws with [default: default]
    #[arg(long, value_name = "P", requires = "from")]
    profile: Option<String>,
}

/// What the user wants.
struct Wanted {
    path: Option<PathBuf>,
    title: String,
    host: Kind,
    release: Option<Subject>,
}

impl New {
    pub(super) fn run(
        &self,
        environment: &Environment,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let wanted = if self.says_nothing() {
            if !environment.can_ask {
                let example = "forget-me-not new my_bug.toml --host gateway";
                return Err(input(format!("new: there is nobody to ask; name a file or a title, as in {example}")));
            }
            asked(&mut std::io::stdin().lock(), err)?
        } else {
            self.wanted()?
        };
        let scenario = self.scenario(&wanted)?;
        let path = match &wanted.path {
            Some(path) => path.clone(),
            None => PathBuf::from(format!("{}.toml", slug(&wanted.title).map_err(input)?)),
        };
        let shown = path.display();
        if path.exists() {
            return Err(input(format!("{shown} exists; name another file")));
        }
        let release = wanted.release.unwrap_or(Subject::REFERENCE);
        let replay = command::replay(&path, release, None, None);
        let text = report::new_file(&self.head(&replay), &scenario);
        let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written = folder.and_then(|()| files::replace(&path, text.as_bytes()));
        written.map_err(|error| input(format!("{shown} cannot be written: {error}")))?;
        let check = shlex::try_join(["forget-me-not", "check", &path.to_string_lossy()]).expect("no NUL byte");
        print(out, &format!("wrote {shown}; change it, and then\n  {check}\n  {replay}\n")).map(|()| 0)
    }

    fn says_nothing(&self) -> bool {
        self.path.is_none()
            && self.title.is_none()
            && self.host.is_none()
            && self.release.is_none()
            && self.from.is_none()
    }

    fn wanted(&self) -> Result<Wanted, Failure> {
        let release: Option<Subject> = self.release.as_deref().map(named).transpose()?;
        let host = self.host.as_deref().map(named).transpose()?;
        let host = host.unwrap_or_else(|| of_part(release.and_then(Subject::part)));
        let title = self.title.clone().unwrap_or_else(|| match self.from {
            Some(seed) => format!("drawn from seed {seed}"),
            None => "say in one sentence what goes wrong".to_owned(),
        });
        let path = self.path.clone().or_else(|| self.title.is_none().then(|| "new_scenario.toml".into()));
        Ok(Wanted { path, title, host, release })
    }

    fn scenario(&self, wanted: &Wanted) -> Result<Scenario, Failure> {
        let mut scenario = match self.from {
            Some(seed) => {
                let profile = self.profile.as_deref().map(named).transpose()?.unwrap_or(Profile::Default);
                let drawn = draw::scenario(seed, profile);
                let expect = Expectations::pass(Subject::REFERENCE, drawn.server);
                Scenario { expect, ..drawn.scenario }
            }
            None => story(wanted.host),
        };
        wanted.title.clone_into(&mut scenario.title);
        Ok(scenario)
    }

    fn head(&self, replay: &str) -> Vec<String> {
        let first = match self.from {
            Some(seed) => format!("Drawn from seed {seed}."),
            None => "Say here who did what, what went wrong, and what the user saw.".to_owned(),
        };
        let second =
            "A line for each moment. The n-th turn of session S1 is called S1#n. docs/format.md has every word."
                .to_owned();
        vec![first, second, format!("To run it: {replay}")]
    }
}

/// The host of a part.
fn of_part(part: Option<Part>) -> Kind {
    match part {
        None | Some(Part::Memory) => Kind::Cli,
        Some(Part::Gateway) => Kind::Gateway,
        Some(Part::WebUi) => Kind::WebUi,
    }
}

/// A story that is typical of a host: turns, a boundary, an end, and a reply that is lost.
fn story(host: Kind) -> Scenario {
    let steps: &[&str] = match host {
        Kind::Cli => &["turn x2", "sleep 1s", "switch S2", "turn", "sleep 5s", "shutdown"],
        Kind::ChatQ | Kind::Oneshot => &["turn x2", "sleep 5s"],
        Kind::Cron => &["turn", "sleep 1s", "use S2", "turn", "sleep 5s"],
        Kind::Desktop | Kind::Tui | Kind::Hooks => &["turn x2", "sleep 1s", "new S2", "turn", "sleep 5s", "shutdown"],
        Kind::ApiServer => &["start turn", "turn", "join", "sleep 5s"],
        Kind::Gateway => {
            &["run 2s", "sleep 5s", "use S2", "turn", "sleep 5s", "sigterm", "restart", "turn", "sleep 5s"]
        }
        Kind::WebUi => &["turn x2", "sleep 1s", "new S2", "turn", "sleep 5s", "drain"],
    };
    let config = Config::of(&[Setting::Host(host)]);
    let steps: Vec<String> = steps.iter().map(|step| format!("\"{step}\"")).collect();
    let text = format!(
        "title = \"t\"\nsteps = [{}]\n[faults]\nretain = {{ 1 = \"apply_drop\" }}\n[expect]\nreference = \"pass\"\n",
        steps.join(", ")
    );
    let text = match config.settings().first() {
        Some(setting) => format!("config = {{ {setting} }}\n{text}"),
        None => text,
    };
    Scenario::parse(Path::new("new.toml"), &text).expect("a story is a scenario")
}

/// Asks for what is wanted, a line each; an empty line is the default.
fn asked(answers: &mut dyn BufRead, err: &mut dyn Write) -> Result<Wanted, Failure> {
    let mut ask = |question: &str| -> Result<String, Failure> {
        let mut answer = String::new();
        write!(err, "{question}: ").and_then(|()| err.flush()).map_err(Failure::Output)?;
        answers.read_line(&mut answer).map_err(|error| input(format!("new: the answer cannot be read: {error}")))?;
        Ok(answer.trim().to_owned())
    };
    let title = ask("What goes wrong, in one sentence")?;
    if title.is_empty() {
        return Err(input("new: a scenario has a title; nothing was written".to_owned()));
    }
    let release = ask("The release that shows it, as forget-me-not list releases has them (or nothing)")?;
    let release: Option<Subject> = if release.is_empty() { None } else { Some(named(&release)?) };
    let usual = of_part(release.and_then(Subject::part));
    let host = ask(&format!("Its host: {} [{}]", Kind::ALL.map(Kind::name).join(", "), usual.name()))?;
    let host = if host.is_empty() { usual } else { named(&host)? };
    let usual = format!("{}.toml", slug(&title).map_err(input)?);
    let path = ask(&format!("The file [{usual}]"))?;
    let path = PathBuf::from(if path.is_empty() { usual } else { path });
    Ok(Wanted { path: Some(path), title, host, release })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Verdict, run};
    use crate::world::Engine;

    #[test]
    fn every_host_has_a_story_that_the_reference_passes() {
        for host in Kind::ALL {
            let scenario = story(host);
            assert_eq!(scenario.config.host, host);
            for &server in Subject::REFERENCE.servers() {
                let run = run(&scenario, Subject::REFERENCE, server, Engine::Events);
                assert_eq!(run.verdict, Verdict::Pass, "{} on {server}: {:?}", host.name(), run.violations);
                assert!(run.missed_faults.is_empty(), "{}: {:?}", host.name(), run.missed_faults);
            }
        }
    }

    #[test]
    fn a_user_is_asked_for_the_title_the_release_the_host_and_the_file() {
        let ask = |answers: &str| {
            let mut questions = Vec::new();
            let wanted = asked(&mut answers.as_bytes(), &mut questions);
            (wanted, String::from_utf8(questions).expect("text"))
        };
        let (wanted, questions) = ask("a turn is lost\nE4\n\n\n");
        let Ok(wanted) = wanted else { panic!("an answer") };
        assert_eq!((wanted.title.as_str(), wanted.host), ("a turn is lost", Kind::Gateway));
        assert_eq!(wanted.path, Some("a_turn_is_lost.toml".into()));
        assert!(questions.contains("[gateway]") && questions.contains("[a_turn_is_lost.toml]"), "{questions}");
        let (wanted, _) = ask("a turn is lost\n\ncron\nx.toml\n");
        assert!(wanted.is_ok_and(|wanted| wanted.host == Kind::Cron && wanted.path == Some("x.toml".into())));
        assert!(ask("\n").0.is_err() && ask("t\nQ\n").0.is_err());
    }
}
