//! The picture in lines of text: a column for each lane, and what happened beside it.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::arrows::Arrow;
use super::bands::Lasting;
use super::lanes::Kind;
use super::picture::{Note, Picture};
use super::wait::lasts;

/// The page.
pub(super) fn lines(picture: &Picture<'_>) -> String {
    let mut text = format!("{}: {}\n\n", picture.head(), picture.run.damage().summary());
    let lanes = &picture.lanes.all;
    for (number, lane) in lanes.iter().enumerate() {
        let name = if lane.group.is_empty() { lane.name.clone() } else { format!("{} ({})", lane.name, lane.group) };
        _ = writeln!(text, "{:>9}  {}┌ {name}", "", "│ ".repeat(number));
    }
    let (standing, folds) = (Standing::of(picture), picture.folds.told(picture.run));
    for place in 0..picture.run.events.len() {
        if let Some(fold) = folds.get(&place) {
            let row = standing.row(place, |_, alive| if alive { '┊' } else { ' ' });
            _ = writeln!(text, "{:>9}  {row} … {fold}", "");
        }
        if picture.folds.hide(place) {
            continue;
        }
        if let Some(gap) = picture.gap_ms(place) {
            let row = standing.row(place, |_, alive| if alive { '┊' } else { ' ' });
            _ = writeln!(text, "{:>9}  {row} … {}", "", lasts(gap));
        }
        for step in picture.steps.get(&place).into_iter().flatten() {
            let row = standing.row(place, |lane, alive| match alive {
                _ if lane == step.lane => '○',
                true => '│',
                false => ' ',
            });
            _ = writeln!(text, "{:>9}  {row} {}", "", step.words);
        }
        let row = standing.of_event(place, picture.lanes.of[place]);
        let at_ms = picture.run.events[place].at_ms;
        _ = writeln!(text, "{at_ms:>9}  {row} {}: {}", picture.place(place), picture.words(place));
        for note in picture.notes.get(&place).into_iter().flatten() {
            let row = standing.row(place, |_, alive| if alive { '│' } else { ' ' });
            let (mark, words) = match note {
                Note::NoReturn => (">", "the point of no return: from here on nothing helps".to_owned()),
                Note::Violated(violation) => ("!", format!("{}: {}", violation.invariant, violation.evidence)),
            };
            _ = writeln!(text, "{:>9} {mark}{row} {words}", "");
        }
    }
    _ = writeln!(text);
    let width = picture.turns.iter().map(|told| told.turn.to_string().chars().count()).max().unwrap_or(0);
    for told in &picture.turns {
        let detail = if told.detail.is_empty() { String::new() } else { format!(", {}", told.detail) };
        _ = writeln!(text, "{:<width$}  {}{detail}", told.turn.to_string(), told.fate);
    }
    text
}

/// Where somebody lives, and where a fault lasts, for each lane and event.
struct Standing {
    alive: Vec<Vec<bool>>,
    faulty: Vec<Vec<bool>>,
    /// The arrow that stays at the height of an event: its lanes.
    level: BTreeMap<usize, (usize, usize)>,
    cuts: BTreeMap<usize, (usize, usize)>,
}

impl Standing {
    fn of(picture: &Picture<'_>) -> Self {
        let events = picture.run.events.len();
        let always = |kind| !matches!(kind, Kind::Host | Kind::Task);
        let mut alive: Vec<Vec<bool>> = picture.lanes.all.iter().map(|lane| vec![always(lane.kind); events]).collect();
        let mut faulty = vec![vec![false; events]; picture.lanes.all.len()];
        for band in &picture.bands {
            let standing = match band.lasting {
                Lasting::Process | Lasting::Task => &mut alive,
                Lasting::Fault | Lasting::Down | Lasting::Disk | Lasting::Asleep => &mut faulty,
                Lasting::Call => continue,
            };
            standing[band.lanes.0..=band.lanes.1]
                .iter_mut()
                .for_each(|lane| lane[band.events.0..=band.events.1].fill(true));
        }
        let is_level = |arrow: &&Arrow| arrow.from.event == arrow.to.event;
        let level =
            picture.arrows.iter().filter(is_level).map(|arrow| (arrow.from.event, (arrow.from.lane, arrow.to.lane)));
        let cuts = picture.cuts.iter().map(|cut| (cut.event, cut.lanes));
        Self { alive, faulty, level: level.collect(), cuts: cuts.collect() }
    }

    /// A sign for each lane, chosen by its number and whether somebody lives there.
    fn row(&self, place: usize, sign: impl Fn(usize, bool) -> char) -> String {
        self.alive.iter().enumerate().flat_map(|(lane, alive)| [sign(lane, alive[place]), ' ']).collect()
    }

    fn of_event(&self, place: usize, own: usize) -> String {
        let (cut, level) = (self.cuts.get(&place), self.level.get(&place));
        self.row(place, |lane, alive| match () {
            () if cut.is_some_and(|(first, last)| (*first..=*last).contains(&lane)) => '╳',
            () if lane == own => '●',
            () if level.is_some_and(|(from, to)| lane == *from || lane == *to) => '◦',
            () if level.is_some_and(|(from, to)| (*from.min(to)..*from.max(to)).contains(&lane)) => '─',
            () if self.faulty[lane][place] => '▒',
            () if alive => '│',
            () => ' ',
        })
    }
}
