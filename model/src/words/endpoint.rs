//! The endpoints of a provider's protocol, as all other code knows them: a name, and the purpose of its requests.
//!
//! A handle is one row of its protocol's table, and a protocol describes all of its endpoints with such rows.
//! Deliberately absent: paths, bodies and answers, which are the protocol's own business.

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};

/// The purpose of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// To deliver turns. A protocol has one such endpoint, so that a number names a delivery.
    Deliver,
    /// To query the state of a delivery.
    Follow,
    /// To recall memories.
    Recall,
    /// To probe the provider's abilities.
    Probe,
    /// To look at stored memories, or to change them.
    Edit,
}

/// A provider's protocol.
#[derive(Debug)]
pub struct Protocol {
    /// Its name.
    pub name: &'static str,
    /// Its endpoints, in the order of their table.
    pub endpoints: &'static [Endpoint],
}

impl Protocol {
    /// The endpoint of that name.
    pub fn endpoint(&self, name: &str) -> Option<Endpoint> {
        self.endpoints.iter().copied().find(|endpoint| endpoint.name() == name)
    }

    /// The endpoints for a purpose.
    pub fn with(&self, role: Role) -> impl Iterator<Item = Endpoint> {
        self.endpoints.iter().copied().filter(move |endpoint| endpoint.role() == role)
    }

    /// The endpoints for whose requests a plan may have faults, by purpose.
    pub fn meeting_faults(&self) -> Vec<Endpoint> {
        let mut endpoints: Vec<Endpoint> = self.endpoints.iter().copied().filter(|it| it.meets_faults()).collect();
        endpoints.sort_by_key(|endpoint| endpoint.role());
        endpoints
    }
}

/// One row of a protocol's table of endpoints.
#[derive(Debug)]
pub struct Row {
    /// The protocol's name.
    pub protocol: &'static str,
    /// The place of this row in the table, from 0: the number by which a history knows the endpoint.
    pub place: u32,
    /// The name that plans, reports and histories use; unique in its table.
    pub name: &'static str,
    /// The purpose of its requests.
    pub role: Role,
    /// Whether a repeated request changes no more than the first one did.
    pub idempotent: bool,
}

/// An endpoint: equal and ordered by protocol and name.
#[derive(Clone, Copy)]
pub struct Endpoint(&'static Row);

impl Endpoint {
    /// The endpoint that a row describes.
    pub const fn of(row: &'static Row) -> Self {
        Self(row)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The purpose of its requests.
    pub fn role(self) -> Role {
        self.0.role
    }

    /// Whether its requests deliver turns.
    pub fn delivers(self) -> bool {
        self.0.role == Role::Deliver
    }

    /// Whether its requests are part of a delivery: any except a probe or a recall.
    pub fn serves_delivery(self) -> bool {
        match self.0.role {
            Role::Deliver | Role::Follow | Role::Edit => true,
            Role::Probe | Role::Recall => false,
        }
    }

    /// Whether a plan may have faults for its requests.
    pub fn meets_faults(self) -> bool {
        self.0.role != Role::Edit
    }

    /// Whether a repeated request changes no more than the first one did.
    pub fn is_idempotent(self) -> bool {
        self.0.idempotent
    }

    fn key(self) -> (&'static str, &'static str) {
        (self.0.protocol, self.0.name)
    }
}

impl PartialEq for Endpoint {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0) || self.key() == other.key()
    }
}

impl Eq for Endpoint {}

impl PartialOrd for Endpoint {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Endpoint {
    fn cmp(&self, other: &Self) -> Ordering {
        if std::ptr::eq(self.0, other.0) { Ordering::Equal } else { self.key().cmp(&other.key()) }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.name)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.name)
    }
}

/// The name in formats that people read, the place in the table in others: the form of a unit variant.
impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit_variant("Endpoint", self.0.place, self.0.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static ROWS: [Row; 3] =
        [row(0, "probe", Role::Probe), row(1, "deliver", Role::Deliver), row(2, "edit", Role::Edit)];

    const fn row(place: u32, name: &'static str, role: Role) -> Row {
        Row { protocol: "test", place, name, role, idempotent: false }
    }

    #[test]
    fn an_endpoint_is_its_name_for_people_and_its_place_for_machines() {
        let deliver = Endpoint::of(&ROWS[1]);
        assert_eq!(serde_json::to_string(&deliver).expect("JSON"), "\"deliver\"");
        assert_eq!(postcard::to_stdvec(&deliver).expect("bytes"), [1]);
        assert_eq!(format!("{deliver} {deliver:?} {deliver:>9}"), "deliver deliver   deliver");
    }

    #[test]
    fn endpoints_are_told_apart_by_protocol_and_name() {
        static OTHER: Row = Row { protocol: "other", ..row(1, "deliver", Role::Deliver) };
        let (probe, deliver) = (Endpoint::of(&ROWS[0]), Endpoint::of(&ROWS[1]));
        assert!(deliver < probe && deliver == Endpoint::of(&ROWS[1]) && deliver != Endpoint::of(&OTHER));
    }

    #[test]
    fn a_protocol_knows_its_endpoints_by_name_and_by_role() {
        static ENDPOINTS: [Endpoint; 3] = [Endpoint::of(&ROWS[0]), Endpoint::of(&ROWS[1]), Endpoint::of(&ROWS[2])];
        let protocol = Protocol { name: "test", endpoints: &ENDPOINTS };
        let [probe, deliver, edit] = ENDPOINTS;
        assert_eq!((protocol.endpoint("deliver"), protocol.endpoint("other")), (Some(deliver), None));
        assert_eq!(protocol.with(Role::Edit).collect::<Vec<_>>(), [edit]);
        assert_eq!(protocol.meeting_faults(), [deliver, probe]);
        assert!(deliver.delivers() && edit.serves_delivery() && !edit.delivers() && !probe.serves_delivery());
    }
}
