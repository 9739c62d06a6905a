//! The file of a class: the scenario under a schedule that shows it, ready to be replayed.

use std::fmt::Write;

use model::agents::Subject;

use super::said;
use crate::plan::Expectations;
use crate::report::layout::{WIDTH, cut};
use crate::search::campaign::Class;
use crate::search::schedules::{self, Group};

/// How many violations a file quotes.
const EVIDENCE: usize = 3;

/// A scenario with the preemptions that stand for a group, with the violations that its run shows, and the expectation that it passes.
pub fn explored_file(group: &Group<'_>, release: Subject) -> String {
    let (explored, found) = group.example();
    let (drawn, run) = schedules::rerun(&explored.drawn, &found.preemptions, release);
    let path = explored.drawn.scenario.path.display().to_string();
    let mut text = format!("# {} with {release} on {}, another schedule\n", cut(&path, WIDTH), drawn.server);
    _ = writeln!(text, "# {}", said(found));
    let of_the_class = Class::of_each(&run).filter(|(class, _)| class == group.class);
    for (_, violation) in of_the_class.take(EVIDENCE) {
        _ = writeln!(text, "# {}: {}", violation.invariant, violation.evidence);
    }
    _ = writeln!(text, "# {release} today: {}", run.damage().summary());
    _ = writeln!(text, "# The expectation below is the correct behavior, not what this release does.");
    let expected = drawn.changed(|scenario| {
        scenario.title = format!("{}: {}", group.class.invariant, group.class.mechanism);
        scenario.expect = Expectations::pass(release, drawn.server);
    });
    text + &expected.scenario.to_string()
}
