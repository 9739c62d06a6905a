//! Which campaign a folder holds. Two campaigns of the same identity may be resumed and merged.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::OnceLock;

use model::agents::Subject;
use serde::{Deserialize, Serialize};

use crate::plan::Strategy;
use crate::search::campaign::{Campaign, Shard};

/// What makes two campaigns the same: they may be resumed and merged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The release.
    pub release: String,
    /// The profile.
    pub profile: String,
    /// Who schedules the threads.
    #[serde(default = "random")]
    pub schedule: String,
    /// The first seed.
    pub start: u64,
    /// How many seeds, if there is an end.
    pub seeds: Option<u64>,
    /// How long, if that is the end; as it was asked for.
    #[serde(default, rename = "for")]
    pub duration: Option<String>,
    /// Which shard.
    pub shard: u64,
    /// Of how many.
    pub shards: u64,
    /// One run in so many is made twice.
    pub twice: u64,
    /// The real agent, if it is one: another version runs other histories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentIdentity>,
    /// The hash of the program's sources, and of the program if it brought the release: another program runs other histories.
    #[serde(default)]
    pub build: String,
}

/// What makes two real agents the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentIdentity {
    /// The options of the command line that name it.
    pub options: Vec<String>,
    /// The version of each part.
    pub versions: BTreeMap<String, String>,
}

impl AgentIdentity {
    /// Of a subject, if it is one.
    pub(in crate::search) fn of(release: Subject) -> Option<Self> {
        let making = release.making()?;
        Some(Self { options: making.options.clone(), versions: making.versions.clone() })
    }
}

impl Identity {
    /// Of a campaign.
    pub fn of(campaign: &Campaign) -> Self {
        Self {
            agent: AgentIdentity::of(campaign.release),
            release: campaign.release.name().to_owned(),
            profile: campaign.profile.name().to_owned(),
            schedule: campaign.schedule.to_string(),
            start: campaign.start,
            seeds: campaign.seeds,
            duration: campaign.duration.clone(),
            shard: campaign.shard.index,
            shards: campaign.shard.of,
            twice: campaign.twice,
            build: build(campaign.release),
        }
    }

    /// The campaign, on that many threads.
    ///
    /// # Errors
    /// If another build of the program or another version of the agent counted it, or if this build has no such release, profile or
    /// schedule.
    pub fn campaign(&self, jobs: NonZeroUsize) -> Result<Campaign, String> {
        let known: Result<Subject, _> = self.release.parse();
        let here = build(known.clone().unwrap_or(Subject::REFERENCE));
        if self.build != here {
            let there = if self.build.is_empty() { "an older build" } else { &self.build };
            return Err(format!(
                "another build of the program counted this campaign ({there}; this is {here}), and two builds may run \
                 two histories for one seed: use that build, or start the campaign again"
            ));
        }
        let release = known?;
        let here = AgentIdentity::of(release);
        if here.as_ref().map(|agent| &agent.versions) != self.agent.as_ref().map(|agent| &agent.versions) {
            let said = |agent: &Option<AgentIdentity>| serde_json::to_string(agent).expect("texts always encode");
            let (there, here) = (said(&self.agent), said(&here));
            return Err(format!("another version of {release} counted this campaign: {there}; this is {here}"));
        }
        let campaign = Campaign {
            release,
            profile: self.profile.parse()?,
            schedule: self.schedule.parse()?,
            start: self.start,
            seeds: self.seeds,
            duration: self.duration.clone(),
            shard: Shard { index: self.shard, of: self.shards.max(1) },
            jobs,
            twice: self.twice.max(1),
        };
        campaign.checked()
    }

    /// The same in all shards: what can be merged.
    pub fn whole(&self) -> Self {
        Self { shard: 0, shards: 1, ..self.clone() }
    }

    /// The same, whatever program counted it.
    pub(super) fn of_any_build(&self) -> Self {
        Self { build: String::new(), ..self.clone() }
    }

    pub(super) fn said(&self) -> String {
        serde_json::to_string(self).expect("an identity always encodes")
    }
}

/// The hash of this program's sources. The sources of a subject that the program brought are known to nobody, so the hash of the program
/// itself stands for them.
pub(in crate::search) fn build(release: Subject) -> String {
    static ITSELF: OnceLock<String> = OnceLock::new();
    let itself = || {
        let program = std::env::current_exe().and_then(std::fs::read);
        program.map_or_else(|error| error.to_string(), |bytes| blake3::hash(&bytes).to_hex()[..16].to_owned())
    };
    let sources = env!("FORGET_ME_NOT_BUILD");
    if release.is_brought() { format!("{sources}+{}", ITSELF.get_or_init(itself)) } else { sources.to_owned() }
}

/// Campaigns that were kept before there was a choice.
fn random() -> String {
    Strategy::default().to_string()
}
