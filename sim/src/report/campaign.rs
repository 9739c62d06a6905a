//! The result of a campaign on one page.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use model::agents::Subject;
use serde::Serialize;

use super::layout::{WIDTH, counted, cut, grouped, wrapped};
use super::shrunk::Smallest;
use super::{coverage, shrunk};
use crate::plan::Strategy;
use crate::search::campaign::{self, Campaign, Tally};
use crate::search::shrink::Shrunk;

/// The result of a campaign.
pub struct CampaignResult<'a> {
    /// The campaign.
    pub campaign: &'a Campaign,
    /// Its counts.
    pub tally: &'a Tally,
    /// The smallest scenario of each class.
    pub shrunk: &'a [Shrunk],
    /// Its folder.
    pub folder: &'a Path,
    /// How long it took; zero if it only merged shards.
    pub took: Duration,
    /// What is missing for it to be complete.
    pub gap: Option<&'a str>,
}

impl CampaignResult<'_> {
    /// The exit code.
    pub(super) fn exit_code(&self) -> u8 {
        self.campaign.exit_code(self.tally, self.gap)
    }
}

/// The page.
pub fn campaign(result: &CampaignResult<'_>) -> String {
    let CampaignResult { campaign, tally, .. } = result;
    let mut text = format!(
        "{} seeds from {} of profile {} with release {}",
        seeds_of(campaign, tally.runs),
        campaign.start,
        campaign.profile,
        campaign.release
    );
    if campaign.schedule != Strategy::default() {
        _ = write!(text, ", scheduled by {}", campaign.schedule);
    }
    if campaign.shard.of > 1 {
        _ = write!(text, ", shard {} of {}", campaign.shard.index, campaign.shard.of);
    }
    text.push('\n');
    classes(&mut text, result);
    for (seed, divergence) in &tally.diverged {
        _ = writeln!(text, "\nnot deterministic: the two histories of seed {seed} differ first at {divergence}");
    }
    for (seed, bound) in &tally.cut_short {
        _ = writeln!(text, "\n{}", cut(&format!("cut short: seed {seed}: {bound}"), WIDTH));
    }
    if !tally.panicked.is_empty() {
        _ = writeln!(text, "\nthe harness panicked for seeds {}", seeds(&tally.panicked));
    }
    coverage::coverage(&mut text, result);
    _ = writeln!(text, "\n{}", speed(result));
    _ = writeln!(text, "{}", coverage::verdict(result));
    text
}

/// The number of runs, and of how many seeds if some are missing.
fn seeds_of(campaign: &Campaign, runs: u64) -> String {
    match campaign.own_seeds().filter(|seeds| *seeds != runs) {
        Some(seeds) => format!("{} of {}", grouped(runs), grouped(seeds)),
        None => grouped(runs),
    }
}

fn classes(text: &mut String, result: &CampaignResult<'_>) {
    let CampaignResult { campaign, tally, shrunk, folder, .. } = result;
    if tally.classes.is_empty() {
        return;
    }
    _ = writeln!(
        text,
        "\n{} of violations in {}, the most frequent first:",
        if tally.classes.len() == 1 { "1 class".to_owned() } else { format!("{} classes", tally.classes.len()) },
        counted(tally.violated, "run")
    );
    let mut most_first: Vec<_> = tally.classes.iter().collect();
    most_first.sort_by_key(|(_, found)| std::cmp::Reverse(found.count));
    for (class, found) in most_first {
        _ = writeln!(text, "\n{}: in {}, seeds {}", class.invariant, counted(found.count, "run"), seeds(&found.seeds));
        for line in wrapped(std::slice::from_ref(&class.mechanism), "", WIDTH - 4) {
            _ = writeln!(text, "    {line}");
        }
        if let Some(smallest) = shrunk.iter().find(|shrunk| shrunk.class == *class) {
            shrunk::lines(text, smallest, campaign.release, &folder.join("classes"));
        }
    }
}

fn speed(result: &CampaignResult<'_>) -> String {
    let digest = format!("digest {:016x}", result.tally.digest);
    match result.took {
        Duration::ZERO => digest,
        took => format!("{digest}; {}", pace(result.tally, result.tally.runs, took)),
    }
}

/// The progress of a campaign in one line; `runs` of its runs took `took`.
pub fn campaign_progress(campaign: &Campaign, tally: &Tally, runs: u64, took: Duration) -> String {
    format!("{}; {}", pace(tally, runs, took), found(campaign, tally))
}

/// The same for the rest of the line beside a progress bar, which already shows the number of runs.
pub fn campaign_bar(campaign: &Campaign, tally: &Tally, runs: u64, took: Duration) -> String {
    let (rate, hours) = (grouped(rate(runs, took)), grouped(tally.simulated_ms / 3_600_000));
    format!("{rate}/s, {hours} h simulated, {}", found(campaign, tally))
}

/// What a line of progress says of the rest: `, about 3 min left`.
pub fn left(rest: Duration) -> String {
    let seconds = rest.as_secs();
    match seconds {
        0..=89 => format!(", about {} s left", seconds.max(1)),
        90..=5_399 => format!(", about {} min left", (seconds + 30) / 60),
        _ => format!(", about {} h left", (seconds + 1_800) / 3_600),
    }
}

/// The progress of runs whose number is known, in one line.
pub fn runs_progress(done: u64, of: u64, took: Duration) -> String {
    format!("{} of {} runs; {}", grouped(done), grouped(of), runs_bar(done, took))
}

/// The same beside a progress bar. Runs of real agents are few: their rate has a fraction.
pub fn runs_bar(done: u64, took: Duration) -> String {
    let tenths = rate(done * 10, took);
    format!("{}.{} runs a second", tenths / 10, tenths % 10)
}

/// How many classes a progress line names.
const TOP: usize = 3;

/// The marks reached, and the most frequent classes of violations.
fn found(campaign: &Campaign, tally: &Tally) -> String {
    let required = campaign::required_marks(campaign.profile, campaign.release).count();
    let reached = required - campaign::unreached(tally, campaign.profile, campaign.release).len();
    let mut classes: Vec<_> = tally.classes.iter().map(|(class, found)| (found.count, &*class.invariant)).collect();
    classes.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let top = classes.iter().take(TOP).map(|(count, invariant)| format!("{invariant} {}", grouped(*count)));
    let top = top.collect::<Vec<_>>().join(", ");
    let top = if top.is_empty() { String::new() } else { format!(": {top}") };
    format!("{reached}/{required} marks, {} classes of violations{top}", classes.len())
}

fn pace(tally: &Tally, runs: u64, took: Duration) -> String {
    let (runs_in_all, simulated) = (grouped(tally.runs), grouped(tally.simulated_ms / 1_000));
    let (seconds, rate) = (took.as_secs_f64(), grouped(rate(runs, took)));
    format!("{runs_in_all} runs in {seconds:.1} s, {rate} a second; {simulated} s simulated")
}

/// Runs in a second.
pub(super) fn rate(runs: u64, took: Duration) -> u64 {
    runs * 1_000 / u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1)
}

fn seeds(seeds: &[u64]) -> String {
    seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

/// The object that `--json` prints.
pub fn campaign_json(result: &CampaignResult<'_>) -> String {
    let folder = result.folder.join("classes");
    let smallest = result.shrunk.iter().map(|shrunk| Smallest::of(shrunk, &folder));
    let object = Object {
        release: result.campaign.release,
        profile: result.campaign.profile.name(),
        schedule: result.campaign.schedule.to_string(),
        exit_code: result.exit_code(),
        incomplete: result.gap,
        tally: result.tally,
        unreached: campaign::unreached(result.tally, result.campaign.profile, result.campaign.release)
            .into_iter()
            .map(|mark| mark.words)
            .collect(),
        unjudged: campaign::unjudged(result.tally, result.campaign.profile, result.campaign.release),
        not_judged: campaign::not_judged(result.campaign.profile, result.campaign.release),
        smallest: smallest.collect(),
        seconds: result.took.as_secs_f64(),
    };
    serde_json::to_string(&object).expect("a result always serializes")
}

#[derive(Serialize)]
struct Object<'a> {
    release: Subject,
    profile: &'a str,
    schedule: String,
    exit_code: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<&'a str>,
    #[serde(flatten)]
    tally: &'a Tally,
    unreached: Vec<&'a str>,
    unjudged: Vec<&'a str>,
    not_judged: Vec<&'a str>,
    smallest: Vec<Smallest<'a>>,
    seconds: f64,
}
