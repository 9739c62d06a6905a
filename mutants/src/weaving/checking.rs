//! Which mistakes do not compile. The compiler says where it stumbles, and that place belongs to a mistake.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::splice::Woven;
use crate::failure::{At, Failure};

/// What the compiler says about a woven copy.
pub(crate) enum Checked {
    /// All of it compiles.
    Compiles,
    /// These mistakes do not.
    Guilty(BTreeSet<u32>),
}

/// Compiles a package of the copy as far as its types.
///
/// # Errors
///
/// If the compiler stumbles over something that no mistake has brought in.
pub(crate) fn check(
    folder: &Path,
    package: &str,
    builds: &Path,
    woven: &BTreeMap<String, Woven>,
) -> Result<Checked, Failure> {
    let mut command = Command::new("cargo");
    command.args(["check", "--locked", "--quiet", "--lib", "--message-format=json", "-p", package, "--target-dir"]);
    command.arg(builds).current_dir(folder).stdin(Stdio::null());
    let output = command.output().at(Path::new("cargo"))?;
    if output.status.success() {
        return Ok(Checked::Compiles);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let errors = messages.map(|mut line| line["message"].take()).filter(|message| message["level"] == "error");
    let (mut guilty, mut unexplained) = (BTreeSet::new(), None);
    for error in errors {
        let blamed = blamed(&error, woven);
        if blamed.is_empty() && error["spans"].as_array().is_some_and(|spans| !spans.is_empty()) {
            unexplained = unexplained.or_else(|| error["rendered"].as_str().map(str::to_owned));
        }
        guilty.extend(blamed);
    }
    match (guilty.is_empty(), unexplained) {
        (false, _) => Ok(Checked::Guilty(guilty)),
        (true, Some(error)) => {
            Err(Failure(format!("the woven copy does not compile, and no mutant is to blame:\n{error}")))
        }
        (true, None) => Err(Failure(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}

/// A place in a file that an error names.
struct Named<'a> {
    woven: &'a Woven,
    place: Range<usize>,
    is_primary: bool,
}

/// The mistakes that an error is about: those whose own code it names, otherwise those around the place where it is.
fn blamed(error: &Value, woven: &BTreeMap<String, Woven>) -> BTreeSet<u32> {
    let children = error["children"].as_array().into_iter().flatten();
    let spans = std::iter::once(error).chain(children).filter_map(|message| message["spans"].as_array()).flatten();
    let named: Vec<Named<'_>> = spans.filter_map(|span| named(span, woven)).collect();
    let inmost = |named: &Named<'_>| {
        let around = named
            .woven
            .places
            .iter()
            .filter(|(place, _)| place.start <= named.place.start && named.place.end <= place.end);
        around.min_by_key(|(place, _)| place.len()).map(|(_, numbers)| numbers.clone())
    };
    let own = named.iter().filter_map(inmost).filter(|numbers| numbers.len() == 1).flatten();
    let own: BTreeSet<u32> = own.collect();
    if !own.is_empty() {
        return own;
    }
    named.iter().filter(|named| named.is_primary).filter_map(inmost).flatten().collect()
}

fn named<'a>(span: &Value, woven: &'a BTreeMap<String, Woven>) -> Option<Named<'a>> {
    let woven = woven.get(span["file_name"].as_str()?)?;
    let byte = |key: &str| usize::try_from(span[key].as_u64()?).ok();
    let place = byte("byte_start")?..byte("byte_end")?;
    Some(Named { woven, place, is_primary: span["is_primary"] == true })
}
