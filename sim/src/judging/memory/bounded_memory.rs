//! bounded-memory: however long the provider is away, a process holds a bounded number of turns in memory. Source: #62950 (a whole session
//! is kept), #65638 (queues grow without bound).

use model::words::part::Part;

use crate::history::Grade;
use crate::history::reading::lives::Holding;
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "bounded-memory",
    part: Part::Memory,
    rule: "a process holds at most as many turns in memory as the memory limit",
    // How many turns are held.
    needs: Grade::ToldByImplementation,
    severity: 60,
    letter: 'G',
    words: "memory unbounded",
    counted: false,
    data: None,
    breaker: "A",
    // Their plans never have hundreds of turns while the provider is away.
    not_drawn: &[Part::Gateway, Part::WebUi],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let mut told_of = Vec::new();
    for Holding { process, at, turns } in &evidence.reading.lives.holding {
        if *turns <= evidence.limits.memory {
            findings.holds();
        } else if !told_of.contains(process) {
            told_of.push(*process);
            let limit = evidence.limits.memory;
            let told = format!("at {} ms it held {turns} turns in memory, limit {limit}", at.ms);
            findings.violated(None, *at, told);
        }
    }
    findings
}
