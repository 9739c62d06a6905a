//! What a campaign covered: marks, faults and invariants; and its verdict.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::layout::{WIDTH, counted, cut, grouped, wrapped};
use super::{CampaignResult, faults, not_judged};
use crate::judging::Invariant;
use crate::search::campaign::{self, Found};

/// The coverage of a campaign.
pub(super) fn coverage(text: &mut String, result: &CampaignResult<'_>) {
    let tally = result.tally;
    marks(text, result);
    faults::faults(text, tally);
    judged(text, result);
    without_result(text, "skipped", &tally.skipped);
    without_result(text, "no result", &tally.broken);
    _ = writeln!(text, "run twice: {}; proved nothing: {}", grouped(tally.twice), grouped(tally.vacuous));
}

fn marks(text: &mut String, result: &CampaignResult<'_>) {
    let (tally, profile, release) = (result.tally, result.campaign.profile, result.campaign.release);
    let (required, unreached) =
        (campaign::required_marks(profile, release).count(), campaign::unreached(tally, profile, release));
    let reached = required - unreached.len();
    _ = write!(text, "\nmarks reached: {reached} of {required}");
    match tally.marks.len() - reached {
        0 => text.push('\n'),
        rare => _ = writeln!(text, ", and {rare} optional"),
    }
    for mark in unreached {
        _ = writeln!(text, "    never: {}", mark.words);
    }
}

fn judged(text: &mut String, result: &CampaignResult<'_>) {
    let CampaignResult { campaign, tally, .. } = result;
    _ = writeln!(text, "judged {} times:", grouped(tally.judged.values().sum()));
    wrapped(&counts(&tally.judged), ", ", WIDTH - 4).iter().for_each(|line| _ = writeln!(text, "    {line}"));
    for name in campaign::unjudged(tally, campaign.profile, campaign.release) {
        _ = writeln!(text, "    never: {name}");
    }
    let names = campaign::not_judged(campaign.profile, campaign.release);
    not_judged::lines(campaign.release, &names, WIDTH - 4).iter().for_each(|line| _ = writeln!(text, "    {line}"));
}

/// The runs without a result, by their reason.
fn without_result(text: &mut String, what: &str, reasons: &BTreeMap<String, Found>) {
    for (why, found) in reasons {
        let seeds = found.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let line = format!("{what}: {}: {why}; seeds {seeds}", counted(found.count, "run"));
        _ = writeln!(text, "{}", cut(&line, WIDTH));
    }
}

/// The invariants that were judged, in their own order.
fn counts(judged: &BTreeMap<String, u64>) -> Vec<String> {
    let counts = Invariant::all().filter_map(|row| Some((row.name, *judged.get(row.name)?)));
    counts.filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} {}", grouped(count))).collect()
}

/// The verdict in one line.
pub(super) fn verdict(result: &CampaignResult<'_>) -> String {
    match result.exit_code() {
        0 if result.tally.runs == 0 => {
            format!(
                "nothing to do: this shard has no seeds; seeds are divided into chunks of {}",
                result.campaign.chunk()
            )
        }
        5 if result.gap.is_some() => {
            format!("incomplete: {}; no violation so far", result.gap.unwrap_or_default())
        }
        0 => match campaign::not_judged(result.campaign.profile, result.campaign.release).len() {
            0 => "passed: no invariant was violated".into(),
            some => format!("passed: no invariant was violated; {some} could not be judged"),
        },
        2 => "failed: an invariant was violated".into(),
        3 => "did not converge: turns were still pending long after the faults had stopped".into(),
        4 => "not deterministic".into(),
        5 => {
            let (profile, release) = (result.campaign.profile, result.campaign.release);
            format!("proved nothing: {}", campaign::missing(result.tally, profile, release))
        }
        _ => "the harness is broken".into(),
    }
}
