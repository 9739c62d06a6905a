//! The list of a bank's operations, as Hindsight answers `GET .../operations`: by state, the newest first, a page at a time.
//!
//! As in Hindsight, it does not say which documents an operation writes. Deliberately absent: the filters by kind and by parent.

use hyper::StatusCode;
use model::protocols::hindsight::wire::{ListedOperation, Operations, Status};
use model::words::session::BankId;

use super::{Hindsight, problem};
use crate::providers::serve::Answer;

/// Which operations a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// The word for their state. `None` is any.
    status: Option<String>,
    /// How many at most.
    limit: usize,
    /// How many newer ones to leave out.
    offset: usize,
}

/// A page holds so many, if the client does not say.
const LIMIT: usize = 20;
/// And at most so many.
const LIMIT_MAX: usize = 100;

impl Page {
    /// Reads the query of a request. `None` if it is no page.
    pub(super) fn read(query: &str) -> Option<Self> {
        let mut page = Self { status: None, limit: LIMIT, offset: 0 };
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "status" => page.status = Some(value.to_owned()),
                "limit" => page.limit = value.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit))?,
                "offset" => page.offset = value.parse().ok()?,
                _ => {}
            }
        }
        Some(page)
    }
}

impl Hindsight {
    /// A page of the bank's operations, or the refusal of what is none.
    pub(super) fn operations(&self, bank: &BankId, page: Option<Page>) -> Answer {
        let Some(Page { status, limit, offset }) = page else {
            return problem(StatusCode::UNPROCESSABLE_ENTITY, "limit is from 1 to 100, and offset at least 0");
        };
        let store = self.store.borrow();
        let mut all = store.listed(bank);
        all.retain(|(_, state)| status.as_ref().is_none_or(|status| status == state.name()));
        let listed = |(id, status): &(&str, Status)| ListedOperation { id: (*id).to_owned(), status: *status };
        let operations = all.iter().skip(offset).take(limit).map(listed).collect();
        Answer::ok(&Operations { bank_id: bank.as_str().to_owned(), total: all.len(), limit, offset, operations })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: Option<(Option<&str>, usize, usize)>) {
        let expected =
            expected.map(|(status, limit, offset)| Page { status: status.map(str::to_owned), limit, offset });
        assert_eq!(Page::read(query), expected, "{query}");
    }

    #[test]
    fn a_query_says_which_page_it_asks_for() {
        check("", Some((None, 20, 0)));
        check("status=pending&limit=100", Some((Some("pending"), 100, 0)));
        check("offset=40&limit=1&type=retain", Some((None, 1, 40)));
        for mistake in ["limit=0", "limit=101", "limit=x", "offset=-1"] {
            check(mistake, None);
        }
    }
}
