//! `timeline`: a run as a picture.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use model::agents::Subject;

use super::destination::Destination;
use super::explain::failing;
use super::one_file::{OneFile, with_result};
use super::{Environment, Failure, input, named, print};
use crate::draw::Drawn;
use crate::files;
use crate::report::{self, Format, Pictured};
use crate::run::Run;
use crate::search::explain::{Wanted, shown_point_of_no_return};
use crate::search::{campaign, diff};

#[derive(Args)]
pub(super) struct Timeline {
    #[command(flatten)]
    file: OneFile,
    /// Release of a second run, side by side with the first
    #[arg(long, value_name = "R")]
    against: Option<String>,
    /// The schedule of this seed for the second run [default: the same]
    #[arg(long, value_name = "N")]
    against_seed: Option<u64>,
    /// html, perfetto (a trace for ui.perfetto.dev), text, or mermaid
    #[arg(long, value_name = "FORMAT", default_value = "html")]
    format: String,
    /// File to write [default: NAME-R.html or .json in this folder; text and mermaid are printed]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A run with more events than this takes long to repeat, so its point of no return is left to `explain`.
const REPEATED: usize = 3_000;

impl Timeline {
    pub(super) fn run(
        &self,
        environment: &Environment,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let format: Format = self.format()?;
        let against: Option<Subject> = self.against.as_deref().map(named).transpose()?;
        let mut engaged = None;
        let (release, drawn) = self.file.read_on_each_server(environment, &mut engaged)?;
        let (drawn, run) = failing(&drawn, release, &Wanted::default())?;
        let second = self.second(drawn, release, against);
        if second.as_ref().is_some_and(|second| *second == (drawn.clone(), release)) {
            return Err(input("timeline: both runs are the same; name another release or another seed".into()));
        }
        let file = self.file(drawn, release, second.as_ref().map(|(_, other)| *other), format);
        let destination = file.map(|file| Destination::tried("--out", &file)).transpose()?;
        let text = match &second {
            None => report::timeline(pictured(drawn, &run), format),
            Some((other, against)) => {
                let ran = with_result(campaign::run(other, *against))?;
                let rows = diff::compare(&run, &ran);
                report::timelines([pictured(drawn, &run), pictured(other, &ran)], &rows, format)
            }
        };
        match &destination {
            None => print(out, &text)?,
            Some(destination) => {
                write(destination, &text, out, err)?;
                if let Some(file) = destination.file() {
                    print(out, &format!("{}\n", file.display()))?;
                }
            }
        }
        Ok(0)
    }

    fn format(&self) -> Result<Format, Failure> {
        self.format.parse().map_err(|_| {
            let known = <Format as strum::VariantNames>::VARIANTS.join(", ");
            input(format!("unknown format \"{}\"; formats: {known}", self.format))
        })
    }

    /// The second run, if one is asked for.
    fn second(&self, drawn: &Drawn, release: Subject, against: Option<Subject>) -> Option<(Drawn, Subject)> {
        if against.is_none() && self.against_seed.is_none() {
            return None;
        }
        let seed = self.against_seed.unwrap_or(drawn.scenario.seed);
        let other = Drawn { scenario: drawn.scenario.seeded(seed), server: drawn.server };
        Some((other, against.unwrap_or(release)))
    }

    /// The file to write. `None` if it is printed.
    fn file(&self, drawn: &Drawn, release: Subject, against: Option<Subject>, format: Format) -> Option<PathBuf> {
        let is_printed = matches!(format, Format::Text | Format::Mermaid);
        let versus = against.map_or_else(String::new, |other| format!("-{}", in_a_name(other)));
        let usual = || format!("{}-{}{versus}.{}", drawn.scenario.name, in_a_name(release), format.extension());
        self.out.clone().or_else(|| (!is_printed).then(|| usual().into()))
    }
}

/// A release in the name of a file: real agents have slashes in theirs.
fn in_a_name(release: Subject) -> String {
    release.name().replace(|sign: char| !sign.is_ascii_alphanumeric() && sign != '-' && sign != '.', "_")
}

/// A run with the point of no return of its worst violation.
pub(super) fn pictured<'a>(drawn: &'a Drawn, run: &'a Run) -> Pictured<'a> {
    let is_short = run.events.len() <= REPEATED && run.release.making().is_none();
    let no_return = is_short.then(|| shown_point_of_no_return(drawn, run, &Wanted::default())).flatten();
    Pictured { drawn, run, no_return }
}

fn write(destination: &Destination, text: &str, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Failure> {
    match destination {
        Destination::File(path) => files::replace(path, text.as_bytes()).map_err(|error| unwritable(path, &error)),
        Destination::Output | Destination::Errors => {
            let stream = destination.stream(out, err).expect("it is a stream of the program");
            stream.write_all(text.as_bytes()).and_then(|()| stream.flush()).map_err(Failure::Output)
        }
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    input(format!("--out {}: this file cannot be written ({error}); name another file", path.display()))
}
