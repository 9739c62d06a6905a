//! What a campaign is about.

use std::fmt;
use std::str::FromStr;

use model::agents::Subject;
use model::words::part::Part;
use model::words::spelling;

/// What a campaign is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// Everything that concerns the memory.
    #[default]
    Default,
    /// Ends: exits, signals, kills, power, restarts.
    Shutdown,
    /// Sessions that change: switches, resumes, branches, compression, undo, several agents.
    Switch,
    /// What the provider stores: refusals, lost replies, delays, crashes of its worker.
    Storage,
    /// The gateway over its restarts.
    Gateway,
    /// The WebUI's session lifecycle.
    WebUi,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Default, Self::Shutdown, Self::Switch, Self::Storage, Self::Gateway, Self::WebUi];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Shutdown => "shutdown",
            Self::Switch => "switch",
            Self::Storage => "storage",
            Self::Gateway => "gateway",
            Self::WebUi => "webui",
        }
    }

    /// The one in which a release's own part is drawn.
    pub fn of(release: Subject) -> Self {
        match release.part() {
            None | Some(Part::Memory) => Self::Default,
            Some(Part::WebUi) => Self::WebUi,
            Some(Part::Gateway) => Self::Gateway,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|profile| profile.name() == name).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.into_iter().map(Self::name).collect();
            spelling::unknown("profile", name, &names)
        })
    }
}
