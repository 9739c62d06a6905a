//! Recalls: the text each session read at the beginning of a turn, the turn it was recalled for, and the turns that recall could see.
//!
//! A text without a simulated provider's answer was recalled for no turn.

use model::words::session::SessionId;
use model::words::turn::TurnId;

use super::At;
use crate::history::Recalled;

/// A recall that was read.
#[derive(Clone, Debug)]
pub struct Recall {
    /// When.
    pub at: At,
    /// The session that read it.
    pub session: SessionId,
    /// The turn for which it was recalled, if there was anything to read.
    pub recalled_for: Option<TurnId>,
    /// The turns that the recall could see.
    pub visible: Vec<TurnId>,
}

impl Recall {
    pub(super) fn of(at: At, session: &SessionId, text: Option<&str>) -> Self {
        let found = text.and_then(Recalled::in_text);
        let (recalled_for, visible) = found.map_or_else(Default::default, |found| (found.about, found.visible));
        Self { at, session: session.clone(), recalled_for, visible }
    }

    /// The turn of another session for which it was recalled, if there is one.
    pub fn stale(&self) -> Option<&TurnId> {
        self.recalled_for.as_ref().filter(|turn| turn.session != self.session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(session: &str, text: Option<&str>) -> Recall {
        Recall::of(At { place: 0, ms: 0 }, &session.into(), text)
    }

    #[test]
    fn a_recall_names_its_turn_and_what_it_saw() {
        let recall = read("S1", Some("recalled for S1#3; visible: S1#1,S2#1"));
        assert_eq!(recall.recalled_for, Some("S1#3".parse().expect("a turn")));
        assert_eq!(recall.visible.len(), 2);
        assert_eq!(recall.stale(), None);
        assert!(read("S2", Some("recalled for S1#3; visible: ")).stale().is_some());
    }

    #[test]
    fn nothing_that_was_read_was_recalled_for_nothing() {
        for text in [None, Some(""), Some("a foreign answer")] {
            let recall = read("S1", text);
            assert!(recall.recalled_for.is_none() && recall.visible.is_empty(), "{text:?}");
        }
    }
}
