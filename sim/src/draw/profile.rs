//! The subject of a campaign.

use model::agents::Subject;
use model::words::part::Part;
use model::words::spelling;
use strum::{Display, EnumString, IntoStaticStr, VariantArray, VariantNames};

/// The subject of a campaign.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
    VariantNames,
)]
#[strum(serialize_all = "lowercase", parse_err_ty = String, parse_err_fn = unknown)]
pub enum Profile {
    /// Everything that concerns the memory.
    #[default]
    Default,
    /// Ends: exits, signals, kills, power, restarts.
    Shutdown,
    /// Sessions that change: switches, resumes, branches, compression, undo, several agents.
    Switch,
    /// The provider's storage: refusals, lost replies, delays, crashes of its worker.
    Storage,
    /// The gateway over its restarts.
    Gateway,
    /// The WebUI's session lifecycle.
    WebUi,
    /// The whole language: any step, setting, fault, kill and schedule, on top of what the other profiles draw.
    Whole,
}

impl Profile {
    /// All profiles.
    pub const ALL: &[Self] = <Self as VariantArray>::VARIANTS;

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What its scenarios are about.
    pub fn about(self) -> &'static str {
        match self {
            Self::Default => "everything about the memory",
            Self::Shutdown => "exits, signals, kills, power losses and restarts",
            Self::Switch => "switches, resumes, branches, compression, undo, several agents",
            Self::Storage => "refusals, lost replies, delays and crashes of the provider",
            Self::Gateway => "a gateway and its restarts",
            Self::WebUi => "the WebUI's session lifecycle",
            Self::Whole => "the whole language, on top of what the other profiles generate",
        }
    }

    /// The profile that draws what this one adds to: itself, except for the whole language, which takes the others in turn.
    pub(super) fn base(self, seed: u64) -> Self {
        match self {
            Self::Whole => {
                let others = Self::ALL.len() as u64 - 1;
                Self::ALL[usize::try_from(seed % others).expect("a few profiles")]
            }
            Self::Default | Self::Shutdown | Self::Switch | Self::Storage | Self::Gateway | Self::WebUi => self,
        }
    }

    /// The profile that draws a release's own part.
    pub fn of(release: Subject) -> Self {
        match release.part() {
            None | Some(Part::Memory) => Self::Default,
            Some(Part::WebUi) => Self::WebUi,
            Some(Part::Gateway) => Self::Gateway,
        }
    }
}

fn unknown(name: &str) -> String {
    spelling::unknown("profile", name, <Profile as VariantNames>::VARIANTS)
}
