//! The implementations that can be run, by name.

use std::fmt;
use std::rc::Rc;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::hermes::{self, Hermes};
use crate::host::Host;
use crate::lifecycle::{Config, Memory};
use crate::reference::Reference;
use crate::spelling;

/// An implementation of the memory lifecycle: the reference, or a release of Hermes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Release {
    /// Correct by design.
    Reference,
    /// What Hermes shipped.
    Hermes(hermes::Release),
}

impl Release {
    /// All of them, the reference first, then Hermes' by date.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Reference).chain(hermes::Release::ALL.into_iter().map(Self::Hermes))
    }

    /// The name by which a scenario and the command line know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Hermes(release) => release.name(),
        }
    }

    /// What it is, in one line.
    pub fn about(self) -> &'static str {
        match self {
            Self::Reference => "correct by design",
            Self::Hermes(release) => release.about(),
        }
    }

    /// Whether it is a fix that was proposed and did not ship.
    pub fn is_proposed(self) -> bool {
        matches!(self, Self::Hermes(release) if !release.shipped())
    }

    /// In what `other` differs from it, behavior by behavior; nothing if one of them is the reference, which has none.
    pub fn differences(self, other: Self) -> Vec<hermes::Difference> {
        match (self, other) {
            (Self::Hermes(first), Self::Hermes(second)) => first.differences(second),
            _ => Vec::new(),
        }
    }

    /// Loads it into a process.
    pub async fn load(self, host: Host, config: Config) -> Rc<dyn Memory> {
        match self {
            Self::Reference => Reference::load(host, config).await,
            Self::Hermes(release) => Hermes::load(release, host, config),
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Release {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::all().find(|release| release.name() == name).ok_or_else(|| {
            let names: Vec<_> = Self::all().map(Self::name).collect();
            spelling::unknown("release", name, &names)
        })
    }
}

impl Serialize for Release {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Release {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}
