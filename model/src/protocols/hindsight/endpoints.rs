//! The table of Hindsight's endpoints. The order is part of every history's digest: a new endpoint goes to the end.

use crate::words::endpoint::{Endpoint, Protocol, Role, Row};

/// The protocol.
pub static PROTOCOL: Protocol = Protocol { name: NAME, endpoints: &ALL };

const NAME: &str = "hindsight";

static ROWS: [Row; 5] = [
    row(0, "version", Role::Probe, true),
    // An operation id makes it idempotent since 0.8.6; a request without one is not.
    row(1, "retain", Role::Deliver, false),
    row(2, "operation", Role::Follow, true),
    row(3, "recall", Role::Recall, true),
    row(4, "document", Role::Edit, true),
];

/// `GET /version`.
pub const VERSION: Endpoint = Endpoint::of(&ROWS[0]);
/// `POST /v1/default/banks/{bank}/memories`.
pub const RETAIN: Endpoint = Endpoint::of(&ROWS[1]);
/// `GET /v1/default/banks/{bank}/operations/{id}`, and `GET /v1/default/banks/{bank}/operations`.
pub const OPERATION: Endpoint = Endpoint::of(&ROWS[2]);
/// `POST /v1/default/banks/{bank}/memories/recall`.
pub const RECALL: Endpoint = Endpoint::of(&ROWS[3]);
/// `GET` and `DELETE /v1/default/banks/{bank}/documents/{id}`.
pub const DOCUMENT: Endpoint = Endpoint::of(&ROWS[4]);

/// All endpoints, in the order of the table.
pub const ALL: [Endpoint; 5] = [VERSION, RETAIN, OPERATION, RECALL, DOCUMENT];

const fn row(place: u32, name: &'static str, role: Role, idempotent: bool) -> Row {
    Row { protocol: NAME, place, name, role, idempotent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_endpoint_is_encoded_as_its_place_in_the_table() {
        for (place, endpoint) in (0_u8..).zip(ALL) {
            assert_eq!(postcard::to_stdvec(&endpoint).expect("bytes"), [place], "{endpoint}");
        }
        assert_eq!(PROTOCOL.with(Role::Deliver).collect::<Vec<_>>(), [RETAIN]);
        assert_eq!(ALL.map(Endpoint::name), ["version", "retain", "operation", "recall", "document"]);
    }
}
