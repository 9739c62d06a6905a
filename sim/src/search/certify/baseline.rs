//! Known defects: the guarantees that a memory was known to break. A card fails only for the others.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::guarantee::Guarantee;

/// The version of the format.
const FORMAT: u32 = 1;

/// The guarantees that are known to be broken, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known(BTreeSet<String>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    /// Who breaks them. It is for people: the next version of a memory may have another name.
    memory: String,
    broken: BTreeSet<String>,
}

impl Known {
    /// These guarantees.
    pub fn of(names: impl Iterator<Item = &'static str>) -> Self {
        Self(names.map(str::to_owned).collect())
    }

    /// Reads a file of known defects.
    ///
    /// # Errors
    /// If it is none, of another format, or names a guarantee that there is not.
    pub fn read(text: &str) -> Result<Self, String> {
        let written: Written = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if written.format != FORMAT {
            return Err(format!("a file of format {}; this program reads format {FORMAT}", written.format));
        }
        match written.broken.iter().find(|name| Guarantee::named(name).is_none()) {
            Some(unknown) => {
                Err(format!("there is no guarantee \"{unknown}\"; write the file anew with --write-baseline"))
            }
            None => Ok(Self(written.broken)),
        }
    }

    /// The same as text.
    pub fn text(&self, memory: &str) -> String {
        let written = Written { format: FORMAT, memory: memory.to_owned(), broken: self.0.clone() };
        serde_json::to_string_pretty(&written).expect("names always serialize") + "\n"
    }

    /// Whether this guarantee is known to be broken.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let known = Known::of(["no-loss", "order"].into_iter());
        assert_eq!(Known::read(&known.text("hermes/x")), Ok(known));
    }

    #[test]
    fn a_file_of_another_kind_is_refused() {
        let check = |text: &str, expected: &str| {
            let error = Known::read(text).expect_err("a mistake");
            assert!(error.contains(expected), "{error}");
        };
        check("[]", "invalid length 0");
        check(r#"{ "format": 2, "memory": "m", "broken": [] }"#, "a file of format 2");
        check(r#"{ "format": 1, "memory": "m", "broken": ["no-los"] }"#, "there is no guarantee \"no-los\"");
    }
}
