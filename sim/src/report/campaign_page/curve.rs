//! The curve of new classes against seeds, as a picture without a script.

use maud::{Markup, html};

use crate::report::layout::{counted, grouped};
use crate::search::campaign::{Campaign, Tally};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 160.0;
const LEFT: f64 = 36.0;
const BELOW: f64 = 22.0;

/// The picture, and what it shows in words.
pub(super) fn curve(campaign: &Campaign, tally: &Tally) -> Markup {
    let mut first: Vec<u64> = tally.classes.values().filter_map(|found| found.seeds.first().copied()).collect();
    first.sort_unstable();
    let Some(last) = first.last() else { return html! { p { "There is none: no class was found." } } };
    let end =
        campaign.start + campaign.seeds.unwrap_or(0).max(tally.runs * campaign.shard.of).max(last - campaign.start + 1);
    let span = (end - campaign.start) as f64;
    let x = |seed: u64| LEFT + (seed - campaign.start) as f64 / span * (WIDTH - LEFT - 8.0);
    let y = |count: usize| (HEIGHT - BELOW) - count as f64 / first.len() as f64 * (HEIGHT - BELOW - 12.0);
    let mut path = format!("M{LEFT},{}", y(0));
    for (count, seed) in first.iter().enumerate() {
        path += &format!("H{:.1}V{:.1}", x(*seed), y(count + 1));
    }
    path += &format!("H{:.1}", x(end));
    let words = format!(
        "{} classes, the first by seed {}, the last new one by seed {}; {} came behind that without a new one.",
        first.len(),
        first[0],
        last,
        counted(end - last - 1, "seed")
    );
    html! {
        svg class="curve" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(words) {
            path class="axis" d=(format!("M{LEFT},8V{}H{WIDTH}", HEIGHT - BELOW)) {}
            path class="line" d=(path) {}
            @for (count, seed) in first.iter().enumerate() { circle cx=(format!("{:.1}", x(*seed))) cy=(format!("{:.1}", y(count + 1))) r="3" { title { "seed " (seed) } } }
            text x=(LEFT - 6.0) y=(y(first.len()) + 4.0) text-anchor="end" { (first.len()) }
            text x=(LEFT - 6.0) y=(y(0) + 4.0) text-anchor="end" { "0" }
            text x=(LEFT) y=(HEIGHT - 6.0) { "seed " (grouped(campaign.start)) }
            text x=(WIDTH - 8.0) y=(HEIGHT - 6.0) text-anchor="end" { (grouped(end)) }
        }
        p class="faint" { (words) }
    }
}
