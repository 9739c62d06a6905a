//! order: a document holds its turns in the order in which they were completed. Source: `domain/client.md` 6.4, O4.
//!
//! Of a turn that stands there more than once the first copy counts: a duplicate is another check's business.

use std::collections::BTreeMap;

use model::turn::TurnId;

use super::{Check, Evidence, Findings};

pub(super) const CHECK: Check =
    Check { name: "order", rule: "a document holds its turns in the order in which they were completed", judge };

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let completed: BTreeMap<&TurnId, usize> =
        evidence.ledger.turns.iter().enumerate().map(|(n, turn)| (&turn.id, n)).collect();
    for (document, entries) in &evidence.ledger.documents {
        let mut latest: Option<(usize, &TurnId)> = None;
        let mut seen = vec![false; evidence.ledger.turns.len()];
        for id in entries.iter().flat_map(|entry| &entry.turns) {
            let Some(&place) = completed.get(id) else { continue };
            if std::mem::replace(&mut seen[place], true) {
                continue;
            }
            match latest {
                Some((later, earlier_id)) if later > place => {
                    let told =
                        format!("document {document} holds {earlier_id} before {id}, which was completed earlier");
                    findings.violated(Some(id), evidence.ledger.turns[place].called_ms, told);
                }
                Some(_) => {
                    findings.holds();
                    latest = Some((place, id));
                }
                None => latest = Some((place, id)),
            }
        }
    }
    findings
}
