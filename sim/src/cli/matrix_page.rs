//! `matrix --html`: the tables as a page, and a picture for each cell that fails.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::{Component, Path, PathBuf};

use super::{Failure, input};
use crate::draw::Drawn;
use crate::plan::Scenario;
use crate::report::{self, Format, Pictured, Pictures};
use crate::search::campaign;
use crate::search::matrix::{Matrix, Outcome};
use crate::{files, parallel};

/// A cell that gets a picture.
struct Cell<'a> {
    scenario: &'a Scenario,
    outcome: &'a Outcome,
    name: String,
}

/// Writes the page, and the pictures if there is a folder for them.
pub(super) fn write(tables: &[Matrix], page: &Path, folder: Option<&Path>, jobs: NonZeroUsize) -> Result<(), Failure> {
    let mut pictures = Pictures::new();
    if let Some(folder) = folder {
        let way = way(page, folder)?;
        for cell in drawn(tables, folder, jobs)? {
            let key = (cell.scenario.path.clone(), cell.outcome.release.name());
            pictures.insert(key, format!("{way}{}", encoded(&cell.name)));
        }
    }
    files::replace(page, report::matrix_page(tables, &pictures).as_bytes())
        .map_err(|error| input(format!("--html {}: {error}", page.display())))
}

/// Draws the cells that fail. A real agent would have to run again, so its cells get none.
fn drawn<'a>(tables: &'a [Matrix], folder: &Path, jobs: NonZeroUsize) -> Result<Vec<Cell<'a>>, Failure> {
    let mut taken = BTreeSet::new();
    let rows = tables.iter().flat_map(|table| &table.rows);
    let all = rows.flat_map(|row| row.outcomes.iter().map(|outcome| (&row.scenario, outcome)));
    let failing = all.filter(|(_, outcome)| outcome.fails() && outcome.release.making().is_none());
    let cells: Vec<Cell<'_>> = failing
        .map(|(scenario, outcome)| {
            let name = format!("{}-{}-{}", scenario.name, outcome.release.name(), outcome.server);
            let numbered = (1..).map(|number| if number == 1 { name.clone() } else { format!("{name}-{number}") });
            let free = numbered.into_iter().find(|name| taken.insert(name.clone())).expect("there are enough numbers");
            Cell { scenario, outcome, name: free + ".html" }
        })
        .collect();
    let written = parallel::map(&cells, jobs, |cell| {
        let drawn = Drawn { scenario: cell.scenario.seeded(cell.outcome.seed), server: cell.outcome.server };
        let run = campaign::run(&drawn, cell.outcome.release);
        let picture = report::timeline(Pictured { drawn: &drawn, run: &run, no_return: None }, Format::Html);
        files::replace(&folder.join(&cell.name), picture.as_bytes())
    });
    match written.into_iter().find_map(Result::err) {
        Some(error) => Err(input(format!("--timelines {}: {error}", folder.display()))),
        None => Ok(cells),
    }
}

/// The way from the folder of a page to another folder, as a link has it.
fn way(page: &Path, folder: &Path) -> Result<String, Failure> {
    let here = page.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = |path: &Path| -> Result<PathBuf, Failure> {
        std::fs::create_dir_all(path)
            .and_then(|()| path.canonicalize())
            .map_err(|error| input(format!("{}: {error}", path.display())))
    };
    let (here, there) = (real(here)?, real(folder)?);
    let (here, there): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (here.components().collect(), there.components().collect());
    let shared = here.iter().zip(&there).take_while(|(one, other)| one == other).count();
    let mut way = "../".repeat(here.len() - shared);
    for part in &there[shared..] {
        way += &encoded(&part.as_os_str().to_string_lossy());
        way.push('/');
    }
    Ok(way)
}

/// A name in a link: what is no letter, digit or plain sign is written as its bytes.
fn encoded(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => text.push(char::from(byte)),
            byte => _ = write!(text, "%{byte:02X}"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_goes_from_the_page_to_the_picture() {
        let folder = std::env::temp_dir().join(format!("forget-me-not-way-{}", std::process::id()));
        let from = |page: &str, to: &str| way(&folder.join(page), &folder.join(to)).ok().expect("a way");
        assert_eq!(from("a.html", "pictures"), "pictures/");
        assert_eq!(from("a.html", "."), "");
        assert_eq!(from("pages/a.html", "my pictures#1"), "../my%20pictures%231/");
        std::fs::remove_dir_all(&folder).expect("it was made here");
    }
}
