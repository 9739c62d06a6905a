//! The implementations that can be run, by name.

use std::fmt;
use std::rc::Rc;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::continuity::Continuity;
use crate::hermes::{self, Hermes, gateway, webui};
use crate::host::Host;
use crate::hosts::Settings;
use crate::lifecycle::{Config, Memory};
use crate::reference::{Kept, Lazy, Reference};
use crate::spelling;

/// An implementation of the memory lifecycle and of the hosts' part in it: the reference, or a release of Hermes.
///
/// Hermes' agent, WebUI and gateway were released apart, and each is dated by what it changed. Whichever is named, the
/// other two are those of its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Release {
    /// Correct by design.
    Reference,
    /// What Hermes shipped of the memory.
    Hermes(hermes::Release),
    /// A reference that takes nothing to the provider before a process has an agent.
    LazyStart,
    /// What Hermes shipped of the WebUI.
    WebUi(webui::Release),
    /// What Hermes shipped of the gateway.
    Gateway(gateway::Release),
}

/// The parts in which Hermes was released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The memory manager and its Hindsight provider.
    Memory,
    /// The WebUI's session lifecycle.
    WebUi,
    /// The gateway over a restart.
    Gateway,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Memory, Self::WebUi, Self::Gateway];
}

impl Release {
    /// All of them: the reference first, then Hermes' by part and date, and behind the memory's the reference's own candidate.
    pub fn all() -> impl Iterator<Item = Self> {
        let webui = webui::Release::ALL.into_iter().map(Self::WebUi);
        let gateway = gateway::Release::ALL.into_iter().map(Self::Gateway);
        std::iter::once(Self::Reference)
            .chain(hermes::Release::ALL.into_iter().map(Self::Hermes))
            .chain([Self::LazyStart])
            .chain(webui)
            .chain(gateway)
    }

    /// Those of one part, the reference first.
    pub fn of(part: Part) -> impl Iterator<Item = Self> {
        Self::all().filter(move |release| release.part().is_none_or(|own| own == part))
    }

    /// The part that it was released for; the reference is all of them.
    pub fn part(self) -> Option<Part> {
        match self {
            Self::Reference => None,
            Self::LazyStart | Self::Hermes(_) => Some(Part::Memory),
            Self::WebUi(_) => Some(Part::WebUi),
            Self::Gateway(_) => Some(Part::Gateway),
        }
    }

    /// The name by which a scenario and the command line know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::LazyStart => "lazy-start",
            Self::Hermes(release) => release.name(),
            Self::WebUi(release) => release.name(),
            Self::Gateway(release) => release.name(),
        }
    }

    /// What it is, in one line.
    pub fn about(self) -> &'static str {
        match self {
            Self::Reference => "correct by design",
            Self::LazyStart => "on the reference: nothing is sent before a process has an agent",
            Self::Hermes(release) => release.about(),
            Self::WebUi(release) => release.about(),
            Self::Gateway(release) => release.about(),
        }
    }

    /// Whether it is a fix that was proposed and did not ship.
    pub fn is_proposed(self) -> bool {
        match self {
            Self::Reference => false,
            Self::LazyStart => true,
            Self::Hermes(release) => !release.shipped(),
            Self::WebUi(release) => !release.shipped(),
            Self::Gateway(release) => !release.shipped(),
        }
    }

    /// Hermes' memory that belongs to it; the reference has its own.
    pub fn memory(self) -> Option<hermes::Release> {
        match self {
            Self::Reference | Self::LazyStart => None,
            Self::Hermes(release) => Some(release),
            Self::WebUi(release) => Some(release.memory()),
            Self::Gateway(release) => Some(release.memory()),
        }
    }

    /// In what `other` differs from it, behavior by behavior; nothing if one of them is the reference, which has none.
    pub fn differences(self, other: Self) -> Vec<hermes::Difference> {
        match (self, other) {
            (Self::Hermes(first), Self::Hermes(second)) => first.differences(second),
            (Self::Gateway(first), Self::Gateway(second)) => first.differences(second),
            _ => Vec::new(),
        }
    }

    /// Loads what its gateway keeps of its chats, if that is modeled: a release of the memory says nothing of it.
    pub fn continuity(self, host: Host, settings: &Settings) -> Option<Rc<dyn Continuity>> {
        match self {
            Self::Reference | Self::LazyStart => Some(Kept::load(host, settings.drain_timeout, settings.stop_timeout)),
            Self::Gateway(release) => Some(gateway::Gateway::load(release, host, settings.drain_timeout)),
            Self::Hermes(_) | Self::WebUi(_) => None,
        }
    }

    /// Loads its memory into a process.
    pub async fn load(self, host: Host, config: Config) -> Rc<dyn Memory> {
        match (self, self.memory()) {
            (Self::LazyStart, _) => Lazy::load(host, config).await,
            (_, None) => Reference::load(host, config).await,
            (_, Some(release)) => Hermes::load(release, host, config),
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
