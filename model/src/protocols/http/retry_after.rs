//! `Retry-After`: how long a server asks to be left alone, in seconds or as a date (RFC 9110, 10.2.3).
//!
//! A date is the server's: it is measured by the server's own clock, which the answer has in `Date`. The client's clock may have been set to
//! anything.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use hyper::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

use crate::words::endpoint::Endpoint;
use crate::words::timestamp::Timestamp;

/// What a server asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// To be left alone for that long.
    For(Duration),
    /// To be left alone until this time of day.
    Until(Timestamp),
}

impl Wait {
    /// What these headers ask for. `None` if they ask for nothing, or for what cannot be read. It is a time of day only if the server does not
    /// say what time it is.
    pub(super) fn asked(headers: &HeaderMap) -> Option<Self> {
        if let Ok(seconds) = text(headers, RETRY_AFTER)?.parse() {
            return Some(Self::For(Duration::from_secs(seconds)));
        }
        let until = date(headers, RETRY_AFTER)?;
        Some(match date(headers, DATE) {
            Some(now) => Self::For(until.unix().saturating_sub(now.unix())),
            None => Self::Until(until),
        })
    }

    /// How long the client must wait that reads this at `wall`.
    pub(super) fn lasts(self, wall: Timestamp) -> Duration {
        match self {
            Self::For(wait) => wait,
            Self::Until(time) => time.unix().saturating_sub(wall.unix()),
        }
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<Timestamp> {
    let date = httpdate::parse_http_date(text(headers, name)?).ok()?;
    Some(Timestamp::since_1970(date.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()))
}

/// Until when a server has asked to be sent nothing, for each endpoint, by the client's steady clock. Clones are the same: a process that builds
/// one client after the other remembers what was asked of all of them.
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

/// A time of day as a header says it. A fraction of a second does not count.
pub fn http_date(at: Timestamp) -> String {
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(at.unix().as_secs()))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use crate::protocols::hindsight::endpoints::{RECALL, RETAIN};

    use super::*;

    fn asked(retry_after: &str, date: Option<&str>) -> Option<Wait> {
        let value = |text: &str| HeaderValue::from_str(text).expect("a value");
        let headers = [(RETRY_AFTER, value(retry_after))].into_iter();
        Wait::asked(&headers.chain(date.map(|date| (DATE, value(date)))).collect())
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::in_run(Duration::from_secs(seconds))
    }

    #[test]
    fn a_wait_is_asked_for_in_seconds_or_as_a_date() {
        assert_eq!(asked("30", None), Some(Wait::For(Duration::from_secs(30))));
        assert_eq!(http_date(Timestamp::in_run(Duration::from_millis(61_999))), "Thu, 01 Jan 2026 00:01:01 GMT");
        assert_eq!(asked("Thu, 01 Jan 2026 00:01:01 GMT", None), Some(Wait::Until(at(61))));
        for text in ["", "soon", "-1", "1.5"] {
            assert_eq!(asked(text, None), None, "{text}");
        }
        assert_eq!(Wait::asked(&HeaderMap::new()), None);
    }

    #[test]
    fn a_date_is_measured_by_the_clock_of_the_server_if_it_says_what_time_it_is() {
        let date = |retry_after, now| asked(retry_after, Some(now)).map(|wait| wait.lasts(at(86_400)));
        let now = "Thu, 01 Jan 2026 00:00:01 GMT";
        assert_eq!(date("Thu, 01 Jan 2026 00:01:01 GMT", now), Some(Duration::from_secs(60)));
        assert_eq!(date("Wed, 31 Dec 2025 00:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(date("Thu, 01 Jan 2026 00:01:01 GMT", "noon"), Some(Duration::ZERO), "only our own clock is left");
        assert_eq!(Wait::Until(at(61)).lasts(at(7)), Duration::from_secs(54));
    }

    #[test]
    fn of_two_answers_the_one_that_asks_for_longer_counts() {
        let asked = Asked::default();
        for seconds in [30, 1] {
            asked.note(RETAIN, Duration::from_secs(seconds));
        }
        assert_eq!((asked.until(RETAIN).as_secs(), asked.until(RECALL).as_secs()), (30, 0));
    }
}
