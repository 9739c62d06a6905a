//! The file of a class: the scenario with the swept faults, ready to be replayed.

use std::fmt::Write;

use model::agents::Subject;

use crate::plan::Expectations;
use crate::report::layout::{WIDTH, cut};
use crate::search::campaign::Class;
use crate::search::kept;
use crate::search::sweep::{self, Group};

/// How many violations a file quotes.
const EVIDENCE: usize = 3;

/// A scenario with the faults that stand for a group, with the violations that its run shows, and the expectation that it passes.
pub fn swept_file(group: &Group<'_>, release: Subject) -> String {
    let (swept, found) = group.example();
    let (drawn, run) = sweep::rerun(&swept.base.drawn, &found.faults, release);
    let faults = found.faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(", then ");
    let path = swept.base.drawn.scenario.path.display().to_string();
    let mut text = format!("# {} with {release} on {}, swept: {faults}\n", cut(&path, WIDTH), drawn.server);
    let of_the_class = Class::of_each(&run).filter(|(class, _)| class == group.class);
    for (_, violation) in of_the_class.take(EVIDENCE) {
        _ = writeln!(text, "# {}: {}", violation.invariant, violation.evidence);
    }
    _ = writeln!(text, "# {release} today: {}", run.damage().summary());
    let title = format!("{}: {}", group.class.invariant, group.class.mechanism);
    let titled = kept::with_agent(&drawn.changed(|scenario| scenario.title = title), &run);
    if release.making().is_some() {
        return text + &titled.scenario.to_string();
    }
    _ = writeln!(text, "# The expectation below is the correct behavior, not what this release does.");
    let expected = titled.changed(|scenario| scenario.expect = Expectations::pass(release, drawn.server));
    text + &expected.scenario.to_string()
}
