//! Which families of operations and faults take part in a scenario.

use proptest::strategy::Strategy;

use super::Profile;

/// A family of operations or of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Identical,
    Unwanted,
    Undo,
    Switches,
    New,
    Compress,
    Agents,
    Cache,
    Recall,
    Reinit,
    Sleeps,
    LongSleeps,
    Outages,
    Wedge,
    Network,
    Restarts,
    SignalHandler,
    Parallel,
    Kills,
    Refusals,
    LostRequests,
    LostReplies,
    Delays,
    Hangs,
    ServerRestarts,
    FailedOperations,
    Probes,
    Questions,
    SlowOperations,
    Disk,
    Machine,
    Profiles,
}

impl Family {
    const COUNT: u32 = Self::Profiles as u32 + 1;
}

/// The families that take part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Swarm {
    mask: u64,
    profile: Profile,
}

/// A bit for each family.
pub(super) fn masks() -> impl Strategy<Value = u64> {
    0..1_u64 << Family::COUNT
}

impl Swarm {
    pub(super) fn new(mask: u64, profile: Profile) -> Self {
        Self { mask, profile }
    }

    /// Whether the family takes part. The subject of a profile always does.
    pub(super) fn has(self, family: Family) -> bool {
        self.mask >> (family as u32) & 1 == 1 || self.is_the_point(family)
    }

    fn is_the_point(self, family: Family) -> bool {
        match self.profile {
            Profile::Shutdown => matches!(family, Family::Restarts | Family::Kills | Family::SignalHandler),
            Profile::Switch => matches!(family, Family::Switches | Family::Sleeps),
            Profile::Storage => matches!(family, Family::Refusals | Family::LostReplies | Family::Delays),
            Profile::Default | Profile::Gateway | Profile::WebUi | Profile::Whole => false,
        }
    }

    pub(super) fn profile(self) -> Profile {
        self.profile
    }
}
