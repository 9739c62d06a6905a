//! The result of a campaign as one HTML file in its folder: what was found, how it came, and how much may be left.
//!
//! It links to the files of the folder by their names in it, so that the folder can be moved. - `curve`: new classes against seeds.

mod curve;

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::html::document;
use super::layout::{counted, grouped};
use super::{CampaignResult, coverage};
use crate::judging::Invariant;
use crate::search::campaign::{self, Class, Found, Unseen, marks};

const STYLE: &str = include_str!("page.css");

/// The page. `timelines` are the classes of which a picture stands in the folder.
pub fn campaign_page(result: &CampaignResult<'_>, timelines: &BTreeSet<Class>) -> String {
    let CampaignResult { campaign, tally, .. } = result;
    let title = format!("{} under profile {}", campaign.release, campaign.profile);
    let code = result.exit_code();
    let grade = if code == 0 { "g" } else { "b" };
    let body = html! {
        header {
            h1 { (title) }
            p {
                span class={ "chip " (grade) } { (coverage::verdict(result)) }
                " " (counted(tally.runs, "seed")) " from " (grouped(campaign.start)) ", " (counted(tally.violated, "run")) " with a violation, "
                (counted(tally.simulated_ms / 3_600_000, "hour")) " simulated"
                span class="faint" { " · schedule " (campaign.schedule) ", shard " (campaign.shard.index) " of " (campaign.shard.of) ", digest " (format!("{:016x}", tally.digest)) }
            }
        }
        main {
            (classes(result, timelines))
            section {
                h2 { "New classes against seeds" }
                (curve::curve(campaign, tally))
            }
            section {
                h2 { "What may be left" }
                (unseen("class", "classes", Unseen::classes(tally)))
                (unseen("mark", "marks", Unseen::marks(tally)))
                p class="faint" { "The chance is what Good and Turing estimate from what was seen in one run only; the number of kinds is Chao's lower bound." }
            }
            (reached(result))
            (faults(result))
            (judged(result))
        }
    };
    document(&title, STYLE, &body)
}

fn classes(result: &CampaignResult<'_>, timelines: &BTreeSet<Class>) -> Markup {
    let mut all: Vec<(&Class, &Found)> = result.tally.classes.iter().collect();
    all.sort_by_key(|(_, found)| std::cmp::Reverse(found.count));
    html! {
        section {
            h2 { (if all.len() == 1 { "1 class".to_owned() } else { format!("{} classes", grouped(all.len() as u64)) }) " of violations" }
            @if all.is_empty() { p { "No run violated an invariant." } } @else {
                div class="wide" tabindex="0" role="region" aria-label="Classes of violations" { table class="list" {
                    caption { "Classes of violations, the most frequent first" }
                    thead { tr { th scope="col" { "invariant" } th scope="col" { "how" } th scope="col" class="n" { "runs" } th scope="col" { "seeds" } th scope="col" { "look" } } }
                    tbody { @for (class, found) in all { (class_row(result, class, found, timelines.contains(class))) } }
                } }
            }
        }
    }
}

fn class_row(result: &CampaignResult<'_>, class: &Class, found: &Found, pictured: bool) -> Markup {
    let slug = class.slug();
    let shrunk = result.shrunk.iter().find(|shrunk| shrunk.class == *class);
    html! {
        tr {
            th scope="row" { (class.invariant) }
            td { (class.mechanism) @if let Some(shrunk) = shrunk { br; small { (shrunk.drawn.scenario.in_short()) } } }
            td class="n" { (grouped(found.count)) }
            td { @for (number, seed) in found.seeds.iter().enumerate() { @if number > 0 { ", " } (seed) } }
            td class="look" {
                @if shrunk.is_some() { a href={ "classes/" (slug) ".toml" } { "smallest" } " · " }
                @if pictured { a href={ "timelines/" (slug) ".html" } { "timeline" } " · " }
                a href={ "found/" (slug) "/" } { "as found" }
            }
        }
    }
}

fn unseen(one: &str, many: &str, unseen: Unseen) -> Markup {
    let Unseen { runs, seen, once, .. } = unseen;
    html! {
        p {
            strong { (grouped(seen)) " " (if seen == 1 { one } else { many }) } ", " (grouped(once)) " of them in one run only. "
            @if once == 0 {
                "Nothing new is expected: with 95 % confidence the next run shows a new " (one) " in less than " (share(unseen.at_most())) " of cases."
            } @else {
                "The next run shows a new " (one) " with a chance of about " (share(unseen.chance())) " (at most " (share(unseen.at_most())) " with 95 % confidence), and at least "
                (grouped(unseen.kinds())) " more " (many) " are expected."
            }
            @if runs == 0 { " No run was made." }
        }
    }
}

/// A share in words: as `1 in 5,000`.
fn share(chance: f64) -> String {
    match chance {
        chance if chance <= 0.0 => "0".to_owned(),
        chance if chance >= 0.5 => format!("{:.0} %", chance * 100.0),
        chance => format!("1 in {}", grouped((1.0 / chance).round() as u64)),
    }
}

fn reached(result: &CampaignResult<'_>) -> Markup {
    let CampaignResult { campaign, tally, .. } = result;
    let required = |row: &marks::Row| row.is_required(campaign.profile, campaign.release);
    let count = |row: &marks::Row| tally.marks.get(row.words).copied().unwrap_or(0);
    let rows: Vec<&marks::Row> = marks::TABLE.iter().filter(|row| required(row) || count(row) > 0).collect();
    let never = rows.iter().filter(|row| count(row) == 0).count();
    html! {
        section {
            h2 { "Marks: " (rows.len() - never) " of " (rows.len()) " reached" }
            details open[never > 0] {
                summary { "the rare states that a campaign has to reach" }
                table class="list" {
                    caption { "Marks" }
                    thead { tr { th scope="col" class="n" { "runs" } th scope="col" { "state" } } }
                    tbody { @for row in rows {
                        tr { td class={ "n" @if count(row) == 0 { " b" } } { (grouped(count(row))) } td { (row.words) @if !required(row) { small { " optional" } } } }
                    } }
                }
            }
        }
    }
}

fn faults(result: &CampaignResult<'_>) -> Markup {
    let tally = result.tally;
    html! {
        section {
            h2 { "Faults" }
            @if tally.faults.is_empty() { p { "None was planned." } } @else {
                details {
                    summary { "how many were planned, struck, and made a difference" }
                    table class="list" {
                        caption { "Faults" }
                        thead { tr { th scope="col" { "fault" } th scope="col" class="n" { "planned" } th scope="col" class="n" { "struck" } th scope="col" class="n" { "made a difference" } } }
                        tbody { @for (kind, count) in &tally.faults {
                            tr {
                                th scope="row" { (kind) }
                                @for (number, is_last) in [(count.planned, false), (count.struck, false), (count.with_effect, true)] {
                                    td class={ "n" @if number == 0 && is_last { " o" } } { (grouped(number)) }
                                }
                            }
                        } }
                    }
                }
            }
        }
    }
}

fn judged(result: &CampaignResult<'_>) -> Markup {
    let CampaignResult { campaign, tally, .. } = result;
    let never = campaign::unjudged(tally, campaign.profile, campaign.release);
    let counts = Invariant::all().filter_map(|row| Some((row, *tally.judged.get(row.name)?)));
    html! {
        section {
            h2 { "Judged" }
            details open[!never.is_empty()] {
                summary { "how often each invariant was" }
                table class="list" {
                    caption { "Invariants" }
                    thead { tr { th scope="col" { "invariant" } th scope="col" class="n" { "times" } th scope="col" { "rule" } } }
                    tbody {
                        @for (row, count) in counts { tr { th scope="row" { (row.name) } td class="n" { (grouped(count)) } td { (row.rule) } } }
                        @for name in never { tr { th scope="row" class="b" { (name) } td class="n b" { "never" } td {} } }
                    }
                }
            }
        }
    }
}
