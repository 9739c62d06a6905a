//! Documents and operations, one change after another.

use super::*;

fn bank() -> BankId {
    BankId::from("hermes")
}

fn piece(document: Option<&str>, update_mode: Option<UpdateMode>, turn: &str) -> Piece {
    let entry =
        Entry { turns: vec![turn.parse().expect("a turn")], tags: vec![format!("tag of {turn}")], session: None };
    Piece {
        document: document.map(DocumentId::from),
        update_mode,
        content: format!("text of {turn}"),
        entry,
        messages: None,
    }
}

fn operation(id: &str, due: u64, fate: Fate) -> Operation {
    operation_on("d", id, due, fate)
}

fn operation_on(document: &str, id: &str, due: u64, fate: Fate) -> Operation {
    let pieces = vec![piece(Some(document), None, "S1#1")];
    Operation { id: id.into(), bank: bank(), number: 1, due: Duration::from_secs(due), pieces, fate }
}

/// The content of the documents after pieces were applied a second apart: `d: S1#1 S1#2`.
fn check(pieces: Vec<Piece>, expected: &[&str]) -> Store {
    let mut store = Store::default();
    for (second, piece) in (0..).zip(pieces) {
        store.apply(Duration::from_secs(second), 1, &bank(), piece);
    }
    let held = |document: &Container| {
        let turns: Vec<_> = document.entries.iter().flat_map(|entry| &entry.turns).map(TurnId::to_string).collect();
        format!("{}: {}", document.id, turns.join(" "))
    };
    assert_eq!(store.documents().iter().map(held).collect::<Vec<_>>(), expected);
    store
}

/// A document with two turns, one second apart.
fn appended() -> Store {
    let append = Some(UpdateMode::Append);
    check(vec![piece(Some("d"), append, "S1#1"), piece(Some("d"), append, "S1#2")], &["d: S1#1 S1#2"])
}

#[test]
fn a_document_is_replaced_unless_the_piece_says_append() {
    appended();
    let append = Some(UpdateMode::Append);
    check(vec![piece(Some("d"), append, "S1#1"), piece(Some("d"), None, "S1#2")], &["d: S1#2"]);
    check(vec![piece(Some("e"), None, "S1#1"), piece(Some("d"), None, "S1#2")], &["d: S1#2", "e: S1#1"]);
}

#[test]
fn a_piece_that_names_no_document_gets_one_of_its_own() {
    let pieces = vec![piece(None, None, "S1#1"), piece(None, None, "S1#1")];
    let first = "00000001-0000-4000-8000-000000000001: S1#1";
    check(pieces, &[first, "00000002-0000-4000-8000-000000000002: S1#1"]);
}

#[test]
fn a_document_is_its_texts_line_by_line() {
    let store = appended();
    let document = store.document(&bank(), &"d".into()).expect("a document");
    assert_eq!(document.original_text, "text of S1#1\ntext of S1#2");
    assert_eq!(document.tags, ["tag of S1#2"]);
    assert!(store.document(&"other".into(), &"d".into()).is_none());
    assert!(store.document(&bank(), &"e".into()).is_none());
}

#[test]
fn a_turn_is_seen_once_it_is_old_enough_and_only_in_its_bank() {
    let store = appended();
    let seen = |bank: &BankId, by| store.turns(bank, Duration::from_millis(by)).count();
    assert_eq!((seen(&bank(), 999), seen(&bank(), 1_000), seen(&"other".into(), 1_000)), (1, 2, 0));
}

#[test]
fn an_operation_is_pending_until_it_is_due_and_then_has_an_end() {
    let mut store = Store::default();
    store.accept(operation("1", 1, Fate::Applied), Vec::new());
    store.accept(operation("2", 2, Fate::Failed), Vec::new());
    assert!(store.take_due(Duration::ZERO).is_none());
    assert_eq!(store.next_due(), Some(Duration::from_secs(1)));
    assert_eq!((store.status(&bank(), "1").0, store.status(&bank(), "2").0), (Status::Pending, Status::Pending));
    let due = std::iter::from_fn(|| Some(store.take_due(Duration::from_secs(2))?.0));
    assert_eq!(due.map(|operation| operation.id).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!((store.status(&bank(), "1").0, store.status(&bank(), "2").0), (Status::Completed, Status::Failed));
    assert_eq!(
        (store.status(&bank(), "3").0, store.status(&"other".into(), "1").0),
        (Status::NotFound, Status::NotFound)
    );
}

#[test]
fn a_dead_workers_operation_is_due_once_more_and_its_document_waits_for_it() {
    let mut store = Store::default();
    store.accept(operation("1", 1, Fate::Repeated), Vec::new());
    store.accept(operation("2", 1, Fate::Applied), Vec::new());
    store.accept(operation_on("e", "3", 1, Fate::Applied), Vec::new());
    let mut taken = |second| {
        let due = std::iter::from_fn(|| Some(store.take_due(Duration::from_secs(second))?.0));
        let taken: Vec<String> = due.map(|operation| operation.id).collect();
        (taken.join(" "), store.status(&bank(), "1").0, store.next_due().map(|due| due.as_secs()))
    };
    assert_eq!(taken(1), ("1 3".into(), Status::Processing, Some(3)));
    assert_eq!(taken(2), (String::new(), Status::Processing, Some(3)));
    assert_eq!(taken(3), ("1 2".into(), Status::Completed, None));
}

#[test]
fn a_stalled_operation_holds_up_nobody_and_is_taken_up_when_its_worker_is_back() {
    let mut store = Store::default();
    store.accept(Operation { due: Duration::MAX, ..operation("1", 0, Fate::Stalled(None)) }, Vec::new());
    store.accept(operation("2", 9, Fate::Stalled(Some(Duration::from_secs(9)))), Vec::new());
    store.accept(operation("3", 1, Fate::Discarded), Vec::new());
    let mut taken = |second| {
        let due = std::iter::from_fn(|| Some(store.take_due(Duration::from_secs(second))?.0));
        let taken: Vec<String> = due.map(|operation| operation.id).collect();
        (taken.join(" "), store.next_due().map(|due| due.as_secs()))
    };
    assert_eq!(taken(1), ("3".into(), Some(9)));
    assert_eq!(taken(9), ("2".into(), None));
    let status = |id| store.status(&bank(), id).0;
    assert_eq!((status("1"), status("2"), status("3")), (Status::Pending, Status::Completed, Status::Completed));
}

#[test]
fn what_is_lost_are_the_texts_of_one_request() {
    let append = Some(UpdateMode::Append);
    let mut store = Store::default();
    for number in 1..=2 {
        let piece = piece(Some("d"), append, &format!("S1#{number}"));
        store.apply(Duration::ZERO, number, &bank(), piece);
    }
    store.lose_at(Duration::from_secs(3), 1);
    assert_eq!((store.lose_due(Duration::from_secs(2)), store.next_due()), (vec![], Some(Duration::from_secs(3))));
    let lost = vec![("d".into(), vec!["S1#1".parse().expect("a turn")])];
    assert_eq!((store.lose_due(Duration::from_secs(3)), store.next_due()), (lost, None));
    assert_eq!(store.turns(&bank(), Duration::ZERO).map(TurnId::to_string).collect::<Vec<_>>(), ["S1#2"]);
}

#[test]
fn a_document_is_deleted_once() {
    let mut store = appended();
    assert!(!store.delete(&"other".into(), &"d".into()));
    assert!(store.delete(&bank(), &"d".into()));
    assert!(!store.delete(&bank(), &"d".into()));
    assert!(store.documents().is_empty());
}

#[test]
fn a_fresh_id_is_not_one_that_a_client_chose() {
    let mut store = Store::default();
    store.accept(operation("00000001-0000-4000-8000-000000000001", 0, Fate::Applied), Vec::new());
    assert_eq!(store.fresh_id(), "00000002-0000-4000-8000-000000000002");
}

#[test]
fn of_two_appends_that_read_one_document_the_last_to_write_wins_and_a_third_that_reads_later_loses_nothing() {
    let mut store = Store::new(Duration::from_secs(5));
    let append = |id: &str, due: u64, turn: &str| Operation {
        pieces: vec![piece(Some("d"), Some(UpdateMode::Append), turn)],
        ..operation(id, due, Fate::Applied)
    };
    for (id, due, turn) in [("1", 0, "S1#1"), ("2", 1, "S1#2"), ("3", 6, "S1#3")] {
        store.accept(append(id, due, turn), Vec::new());
    }
    let mut lost = Vec::new();
    for second in [0, 1, 5, 6, 7, 11] {
        let now = Duration::from_secs(second);
        while let Some((Operation { pieces, .. }, read)) = store.take_due(now) {
            for piece in pieces {
                let overwritten = store.overwrite(&bank(), &piece, &read.clone().expect("an append reads first"));
                lost.extend(
                    overwritten.into_iter().flat_map(|(_, turns)| turns).map(|turn| format!("{turn} at {second}")),
                );
                store.apply(now, 1, &bank(), piece);
            }
        }
        assert_eq!(store.status(&bank(), "1").0, if second < 5 { Status::Processing } else { Status::Completed });
    }
    assert_eq!(lost, ["S1#1 at 6"]);
    assert_eq!(store.turns(&bank(), Duration::MAX).map(TurnId::to_string).collect::<Vec<_>>(), ["S1#2", "S1#3"]);
}

#[test]
fn a_document_of_another_bank_is_named_with_its_bank() {
    let mut store = Store::default();
    store.apply(Duration::ZERO, 1, &bank(), piece(Some("d"), None, "S1#1"));
    store.apply(Duration::ZERO, 2, &"work".into(), piece(Some("d"), None, "S1#2"));
    let named: Vec<String> = store.documents().iter().map(|document| document.id.to_string()).collect();
    assert_eq!(named, ["d", "work/d"]);
}
