//! Where a plugin keeps turns in files of its own, and what a record there means.

use std::path::{Component, Path};

use model::words::spelling;
use serde::Deserialize;
use strum::VariantNames;
use toml::Spanned;

use super::reader::Mistake;

/// Files of one kind, or a table in them.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Keep {
    /// Their path from the agent's working directory: `*` is a part of a name, `**` any folders, `{session}` the name of a session.
    #[serde(rename = "in")]
    pub path: String,
    /// The table of a SQLite database. `None` for each of its tables.
    pub table: Option<String>,
    /// The columns or fields with text. All of them if there are none.
    pub text: Vec<String>,
    /// The column or field with who says a text.
    pub role: Option<String>,
    /// The column or field with the session.
    pub session: Option<String>,
    /// What a record means.
    #[serde(skip)]
    pub means: Means,
}

/// What a record means for the turns that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum Means {
    /// They are kept.
    Turns,
    /// They are kept, as parts of a text about several: such a record is no copy of a turn that is kept elsewhere.
    Digest,
    /// They wait: a later process takes them up.
    Pending,
    /// Nothing.
    Nothing,
}

/// A keep as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeepFile {
    #[serde(rename = "in")]
    path: Spanned<String>,
    table: Option<String>,
    #[serde(default)]
    text: Vec<String>,
    role: Option<String>,
    session: Option<String>,
    means: Option<Spanned<String>>,
}

impl KeepFile {
    /// The keep, if it has no mistake.
    pub(super) fn read(&self) -> Result<Keep, Mistake> {
        let path = self.path.get_ref();
        if path.is_empty() || !Path::new(path).components().all(|part| matches!(part, Component::Normal(_))) {
            let message = "files are named by their path from the agent's working directory, without / at its beginning and without ..";
            return Err((self.path.span(), message.into()));
        }
        let means = self.means.as_ref().map_or(Ok(Means::Turns), |word| {
            let unknown = |_| (word.span(), spelling::unknown("meaning", word.get_ref(), Means::VARIANTS));
            word.get_ref().parse().map_err(unknown)
        })?;
        Ok(Keep {
            path: path.clone(),
            table: self.table.clone(),
            text: self.text.clone(),
            role: self.role.clone(),
            session: self.session.clone(),
            means,
        })
    }
}

impl Keep {
    /// Whether it says which session a turn belongs to.
    pub fn shows_session(&self) -> bool {
        self.session.is_some() || self.path.contains("{session}")
    }
}
