//! Where a run can be scheduled otherwise, how long it is worth to hold a thread up there, and which order of steps a run has.
//!
//! Two steps depend on each other if threads of the agent's machine take both: these threads share memory and files, and nobody sees which
//! of these a step touches. A step depends on what happens at the provider, because its thread may ask there next. What the provider's
//! own threads do does not depend on the agent's steps, but for requests and answers.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::history::{Event, Fact, Happening};
use crate::plan::Forced;
use crate::run::Run;
use crate::world::{Note, Noted, Thread};

/// A place in a run where its schedule decides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// The place of its note.
    pub note: usize,
    /// How many steps the agent's processes had taken before.
    pub steps: u64,
    /// When.
    pub at: Duration,
    /// What is decided.
    pub decides: Decides,
}

/// What is decided at a point.
#[derive(Clone, Copy, Debug)]
pub(super) enum Decides {
    /// The pace of a thread at a step.
    Pace {
        thread: Thread,
        step: u64,
        label: &'static str,
        /// Whether another thread of the process could go on.
        others: bool,
    },
    /// Which of several threads goes on.
    Next { process: u32, choice: u64, ready: usize },
}

/// The points of a run's planned processes, in order, but for the steps that the plan itself forces.
pub(super) fn points(notes: &[Note], processes: usize, forced: &[Forced]) -> Vec<Point> {
    let (mut points, mut steps, mut choices) = (Vec::new(), 0, vec![0; processes + 1]);
    for (place, note) in notes.iter().enumerate() {
        let decides = match note.what {
            Noted::Stepped { thread, step, label, others } => {
                steps += 1;
                let is_forced = forced.iter().any(|one| (one.process, one.step) == (thread.process, step));
                let is_free = thread.process as usize <= processes && !is_forced;
                is_free.then_some(Decides::Pace { thread, step, label, others })
            }
            Noted::Asked { process, ready } => choices.get_mut(process as usize).map(|choices| {
                *choices += 1;
                Decides::Next { process, choice: *choices, ready }
            }),
            Noted::WentOn(_) | Noted::AtProvider => None,
        };
        points.extend(decides.map(|decides| Point { note: place, steps, at: note.at, decides }));
    }
    points
}

/// How long a thread must be held up at a point so that it goes on behind one more step that it depends on, from one to the next. `notes` are those of a run in
/// which it is held up there for the `longest` time: whatever shorter time it is held up, until then the others do the same.
pub(super) fn lengths(notes: &[Note], point: &Point, held: Thread, longest: Duration) -> BTreeSet<Duration> {
    let during = notes.iter().skip(point.note + 1).take_while(|note| note.at < point.at + longest);
    let others = during.filter(|note| match note.what {
        Noted::WentOn(thread) | Noted::Stepped { thread, .. } => thread != held,
        Noted::AtProvider => true,
        Noted::Asked { .. } => false,
    });
    let passed = others.map(|note| note.at.saturating_sub(point.at).as_millis());
    passed.map(|passed| Duration::from_millis(u64::try_from(passed).unwrap_or(u64::MAX).saturating_add(1))).collect()
}

/// The order of a run's steps: in which order the threads of the agent's machine went on and took their steps, in which order what happened at
/// the provider, and what came of it. Times are no part of it.
pub(super) fn order(notes: &[Note], run: &Run) -> blake3::Hash {
    let (mut hasher, mut last) = (blake3::Hasher::new(), None);
    for note in notes {
        let (thread, label) = match note.what {
            // A thread that was held up while no other went on has lost nothing but time.
            Noted::WentOn(thread) if last == Some(thread) => continue,
            Noted::WentOn(thread) => (thread, ""),
            Noted::Stepped { thread, label, .. } => (thread, label),
            Noted::Asked { .. } | Noted::AtProvider => continue,
        };
        last = Some(thread);
        hasher.update(&thread.process.to_le_bytes()).update(&thread.number.to_le_bytes());
        hasher.update(label.as_bytes()).update(b"\n");
    }
    for event in &run.events {
        hasher.update(timeless(event).as_bytes()).update(b"\n");
    }
    hasher.update(format!("{:?} {:?}", run.verdict, run.damage()).as_bytes());
    hasher.finalize()
}

/// What happened at the provider, without the times that documents are named after. Empty if it happened elsewhere.
fn timeless(event: &Event) -> String {
    let Fact::Provider(happening) = &event.fact else { return String::new() };
    match happening {
        Happening::Received { endpoint, number, items, fault } => {
            let turns: Vec<_> = items.iter().map(|item| (&item.turns, item.mode)).collect();
            format!("received {endpoint} {number} {turns:?} {fault:?}")
        }
        Happening::Applied { number, turns, mode, .. } => format!("applied {number} {turns:?} {mode:?}"),
        Happening::Accepted { number, turns, .. } => format!("accepted {number} {turns:?}"),
        Happening::Deleted { .. } => "deleted".to_owned(),
        Happening::Lost { turns, .. } => format!("lost {turns:?}"),
        Happening::StrayBytes { .. }
        | Happening::Answered { .. }
        | Happening::HungUp { .. }
        | Happening::Abandoned { .. }
        | Happening::Down { .. }
        | Happening::Up => format!("{happening:?}"),
    }
}
