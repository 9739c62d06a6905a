//! The guarantees: each invariant of a memory as its users know it, worst first.

use crate::judging::Invariant;

/// One guarantee.
#[derive(Debug, PartialEq, Eq)]
pub struct Guarantee {
    /// The invariant that judges it, whose name is the guarantee's.
    pub name: &'static str,
    /// What is guaranteed, in a sentence.
    pub sentence: &'static str,
    /// The heading of `docs/certify-your-plugin.md` that says how to keep it, as a link has it.
    pub cure: &'static str,
}

const fn row(name: &'static str, sentence: &'static str, cure: &'static str) -> Guarantee {
    Guarantee { name, sentence, cure }
}

/// All of them, by what users lose: first their turns, then what is wrong about them, then their time.
pub const ALL: &[Guarantee] = &[
    row("no-loss", "Every turn of a conversation is stored in the end.", "no-turn-is-lost"),
    row("no-duplicate", "No turn is stored twice.", "no-turn-is-stored-twice"),
    row("attribution", "Every turn is stored in the session that it belongs to.", "every-turn-in-its-session"),
    row(
        "no-stale-recall",
        "Nobody reads memories that were looked up for another session.",
        "no-memories-of-another-session",
    ),
    row("no-pollution", "What the user has taken back or interrupted is not stored.", "nothing-that-must-not-be-kept"),
    row("order", "The turns of a session are stored in the order in which they were said.", "turns-in-their-order"),
    row(
        "prompt-delivery",
        "A turn reaches the server soon: within 30 s if nothing is in the way.",
        "turns-arrive-soon",
    ),
    row(
        "turn-never-blocked",
        "Nobody waits for the memory: not half a second behind a turn, nor 5 s at a command.",
        "nobody-waits",
    ),
    row("turn-starts-at-once", "A turn begins within 5 s, whatever the memory has to do.", "turns-begin-at-once"),
    row("bounded-shutdown", "The program ends within 30 s, whatever the server does.", "the-program-ends"),
    row("refusal-is-reported", "If the server does not take a turn, a log has a warning.", "refusals-are-reported"),
    row("lineage", "A session names the session that it was forked from, and no other.", "forks-know-their-origin"),
    row(
        "traffic-is-bounded",
        "A long session is sent to the server four times over at most.",
        "a-session-is-not-sent-again-and-again",
    ),
    row("recall-is-read", "No memories are looked up that nobody can read.", "no-lookup-for-nobody"),
    row("abandonment-is-reported", "What is given up at the end of the program is reported.", "what-is-not-judged"),
    row("closed-is-final", "Nothing goes on once the memory is shut down.", "what-is-not-judged"),
    row("convergence", "What waits on the disk arrives once the server is back, by itself.", "what-is-not-judged"),
    row("bounded-memory", "A server that is down does not fill the computer's memory.", "what-is-not-judged"),
    row("retry-after-is-kept", "A server that asks to be left alone is left alone.", "what-is-not-judged"),
];

impl Guarantee {
    /// The guarantee of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|guarantee| guarantee.name == name)
    }

    /// Why it cannot be judged. `unseen`: what the provider does not show.
    pub(super) fn obstacle(&self, unseen: &[&'static str]) -> Option<&'static str> {
        let reported = Invariant::named(self.name).is_some_and(|row| row.can_be_judged(&[]));
        match () {
            () if unseen.contains(&self.name) => Some(match self.name {
                "lineage" => "the server is sent no labels of sessions",
                "attribution" => "what is kept names no sessions",
                "order" => "the order of what is kept means nothing",
                "recall-is-read" => "lookups cannot be counted: they take several requests, or none",
                _ => "it keeps turns in files, and sends no requests",
            }),
            () if !reported => Some("only a memory that reports on itself could show it"),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use model::words::part::Part;

    use super::*;

    #[test]
    fn every_invariant_of_a_memory_is_a_guarantee() {
        let of_a_memory: Vec<&str> =
            Invariant::all().filter(|row| row.part == Part::Memory).map(|row| row.name).collect();
        let missing: Vec<_> = of_a_memory.iter().filter(|name| Guarantee::named(name).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert_eq!(ALL.len(), of_a_memory.len());
    }

    #[test]
    fn what_cannot_be_judged_has_a_reason() {
        let why = |name, unseen: &[&'static str]| Guarantee::named(name).and_then(|one| one.obstacle(unseen));
        assert_eq!(why("no-loss", &[]), None);
        assert!(why("bounded-memory", &[]).is_some_and(|why| why.contains("reports on itself")));
        assert!(why("attribution", &["attribution"]).is_some_and(|why| why.contains("names no sessions")));
    }

    #[test]
    fn each_cure_is_a_heading_of_the_guide() {
        let guide = include_str!("../../../../docs/certify-your-plugin.md");
        let anchor =
            |line: &str| line.trim_start_matches('#').trim().to_lowercase().replace([',', ':'], "").replace(' ', "-");
        let headings: Vec<String> = guide.lines().filter(|line| line.starts_with("##")).map(anchor).collect();
        for guarantee in ALL {
            assert!(headings.iter().any(|heading| heading == guarantee.cure), "{guarantee:?}: {headings:?}");
        }
    }
}
