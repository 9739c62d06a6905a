//! `Retry-After`: how long a server asks to be left alone, in seconds or as a date (RFC 9110, 10.2.3).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use hyper::header::{HeaderMap, RETRY_AFTER};

use crate::words::endpoint::Endpoint;
use crate::words::timestamp::Timestamp;

/// What a server asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// To be left alone for that long.
    For(Duration),
    /// To be left alone until this time of the run.
    Until(Duration),
}

impl Wait {
    /// What these headers ask for. `None` if they ask for nothing, or for what cannot be read.
    pub(super) fn asked(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        match text.parse() {
            Ok(seconds) => Some(Self::For(Duration::from_secs(seconds))),
            Err(_) => {
                let date = httpdate::parse_http_date(text).ok()?;
                let until = date.duration_since(beginning()).unwrap_or_default();
                Some(Self::Until(until))
            }
        }
    }

    /// The end of the wait, for an answer that was read at `now`.
    pub(super) fn until(self, now: Duration) -> Duration {
        match self {
            Self::For(wait) => now.saturating_add(wait),
            Self::Until(time) => time,
        }
    }
}

/// Until when a server has asked to be sent nothing, for each endpoint. Clones are the same: a process that builds one client after the
/// other remembers what was asked of all of them.
#[derive(Clone, Default)]
pub struct Asked {
    until: Rc<RefCell<BTreeMap<Endpoint, Duration>>>,
}

impl Asked {
    /// Until when no request to this endpoint is welcome.
    pub fn until(&self, endpoint: Endpoint) -> Duration {
        self.until.borrow().get(&endpoint).copied().unwrap_or_default()
    }

    /// Of two answers that ask for different times, the later time counts.
    pub(super) fn note(&self, endpoint: Endpoint, until: Duration) {
        let mut asked = self.until.borrow_mut();
        let known = asked.entry(endpoint).or_default();
        *known = until.max(*known);
    }
}

/// A time of the run as a header says it. A fraction of a second counts as a whole one.
pub fn http_date(at: Duration) -> String {
    let seconds = at.as_secs() + u64::from(at.subsec_nanos() > 0);
    httpdate::fmt_http_date(beginning() + Duration::from_secs(seconds))
}

/// The time at which every run begins.
fn beginning() -> SystemTime {
    SystemTime::UNIX_EPOCH + Timestamp::BEGINNING
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use crate::protocols::hindsight::endpoints::{RECALL, RETAIN};

    use super::*;

    fn asked(text: &str) -> Option<Wait> {
        let header = (RETRY_AFTER, HeaderValue::from_str(text).expect("a value"));
        Wait::asked(&HeaderMap::from_iter([header]))
    }

    #[test]
    fn a_wait_is_asked_for_in_seconds_or_as_a_date() {
        assert_eq!(asked("30"), Some(Wait::For(Duration::from_secs(30))));
        assert_eq!(http_date(Duration::from_millis(60_001)), "Thu, 01 Jan 2026 00:01:01 GMT");
        assert_eq!(asked("Thu, 01 Jan 2026 00:01:01 GMT"), Some(Wait::Until(Duration::from_secs(61))));
        assert_eq!(asked("Wed, 31 Dec 2025 00:00:00 GMT"), Some(Wait::Until(Duration::ZERO)));
        for text in ["", "soon", "-1", "1.5"] {
            assert_eq!(asked(text), None, "{text}");
        }
        assert_eq!(Wait::asked(&HeaderMap::new()), None);
    }

    #[test]
    fn of_two_answers_the_one_that_asks_for_longer_counts() {
        let asked = Asked::default();
        for seconds in [30, 1] {
            asked.note(RETAIN, Duration::from_secs(seconds));
        }
        assert_eq!((asked.until(RETAIN).as_secs(), asked.until(RECALL).as_secs()), (30, 0));
    }

    #[test]
    fn seconds_count_from_the_answer_and_a_date_does_not() {
        let now = Duration::from_secs(7);
        assert_eq!(Wait::For(Duration::from_secs(30)).until(now), Duration::from_secs(37));
        assert_eq!(Wait::Until(Duration::from_secs(9)).until(now), Duration::from_secs(9));
    }
}
