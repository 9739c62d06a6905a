//! The whole server, as a client meets it: what it answers, what it stores, and what it tells.

mod bench;
mod bytes;
mod faults;
mod lives;
mod retains;

use model::protocols::hindsight::wire::{Retain, Retained, UpdateMode};
use model::protocols::http::{Doubt, Outcome, Refusal};

use bench::retain;

const ID: &str = "0000000a-0000-4000-8000-00000000000a";

fn append(turns: &[&str]) -> Retain {
    retain("S1", UpdateMode::Append, turns)
}

fn status<T: std::fmt::Debug>(outcome: Outcome<T>) -> u16 {
    let (Outcome::Refused(Refusal::Status(status)) | Outcome::Unknown(Doubt::Failed(status))) = outcome else {
        panic!("not a status: {outcome:?}");
    };
    status
}

fn operation_of(outcome: Outcome<Retained>) -> String {
    outcome.applied().and_then(|retained| retained.operation_id).expect("an operation")
}
