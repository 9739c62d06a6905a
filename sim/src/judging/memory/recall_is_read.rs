//! recall-is-read: no recall is paid for that nobody can read. Source: hermes-agent#91694, a server that builds an agent for each request, whose
//! memory recalls behind the turn, for the next turn of an agent that is gone.
//!
//! Where an agent lives on, a recall behind its turn is the next turn's, and whether that comes is the user's affair. So it is judged where
//! agents end with their requests: there a recall is read in the request that waits for it, or never. Counted are the recalls that the provider
//! answered as asked: who got a refusal or garbage asks again.

use model::words::endpoint::Role;
use model::words::part::Part;

use crate::history::{Call, Fact, Grade, Happening, Word};
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "recall-is-read",
    part: Part::Memory,
    rule: "where an agent ends with its request, no more recalls are answered than users waited for",
    needs: Grade::Seen,
    severity: 25,
    letter: 'u',
    words: "recalled for nobody",
    counted: false,
    data: None,
    breaker: "D",
    not_drawn: &[Part::Gateway, Part::WebUi],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let ahead = evidence.limits.recalls_ahead;
    let (mut waited, mut answered, mut as_asked) = (0_u64, 0_u64, Vec::new());
    for (place, event) in evidence.events.iter().enumerate() {
        if matches!(event.fact, Fact::Called(Call::Command { word: Word::Prefetch, .. })) {
            waited += 1;
        }
        let Fact::Provider(happening) = &event.fact else { continue };
        if let Happening::Received { endpoint, number, fault: None, .. } = happening
            && endpoint.role() == Role::Recall
        {
            as_asked.push(*number);
        }
        if let Happening::Answered { endpoint, number, status: ..300 } = happening
            && endpoint.role() == Role::Recall
            && as_asked.contains(number)
        {
            answered += 1;
            if answered == waited.saturating_add(ahead).saturating_add(1) {
                let told = format!("recall {answered} was answered, and users had waited for {waited}");
                findings.violated(None, evidence.at(place), told);
            }
        }
    }
    if ahead < u64::MAX && answered <= waited.saturating_add(ahead) {
        findings.holds();
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Story, violations};
    use super::*;
    use crate::plan::Fault;

    /// Whether a recall is unread if users waited so often, and the provider answered as often as there are faults.
    fn is_unread(waited: usize, faults: &[Option<Fault>]) -> bool {
        let prefetch = || Fact::Called(Call::Command { word: Word::Prefetch, session: "S1".into() });
        let story = (0..waited).fold(Story::new(), |story, _| story.process(prefetch()));
        let story = faults.iter().zip(1..).fold(story, |story, (fault, number)| story.recalled(number, *fault));
        violations(story).iter().any(|(name, _)| *name == ROW.name)
    }

    #[test]
    fn a_recall_that_nobody_waits_for_is_unread() {
        assert!(is_unread(0, &[None]) && is_unread(1, &[None, None]));
        assert!(!is_unread(1, &[None]) && !is_unread(2, &[None, None]));
    }

    #[test]
    fn who_got_garbage_asks_again() {
        assert!(!is_unread(1, &[Some(Fault::Html), None]));
    }
}
