//! Redirects: what a client does with an answer that tells it to ask elsewhere.
//!
//! Its one rule: an answer belongs to the request that it answers. A client that lets a `POST` become a `GET` asks a question, and takes its
//! answer for that of the write. Deliberately absent: other hosts.

use bytes::Bytes;
use hyper::Method;

use super::Request;

/// How a client follows redirects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// As aiohttp 3.14 does unless it is told otherwise, and so hindsight-client 0.6.1: the tenth redirect is an error, a 303 makes every
    /// request a `GET`, and a 301 or 302 each `POST`.
    Anywhere,
    /// Only where the request stays what it is, and five times at most.
    Faithfully,
}

/// The answer leads to another path.
#[derive(Clone, Debug)]
pub(super) struct Redirect {
    pub(super) status: u16,
    /// A path with its query.
    pub(super) path: String,
}

impl Redirect {
    /// Reads an answer. `None` if it leads nowhere, or to another host.
    pub(super) fn of(status: u16, location: Option<&str>) -> Option<Self> {
        let leads = matches!(status, 301 | 302 | 303 | 307 | 308);
        let path = location.filter(|path| leads && path.starts_with('/') && !path.starts_with("//"))?;
        Some(Self { status, path: path.to_owned() })
    }

    /// Whether it makes a request with this method a `GET`.
    fn changes(&self, method: &Method) -> bool {
        *method != Method::GET && (self.status == 303 || (matches!(self.status, 301 | 302) && *method == Method::POST))
    }
}

impl Follow {
    /// The request that follows `request`, which was redirected for the `count`-th time. `None` if the client does not follow.
    pub(super) fn next(self, request: &Request, redirect: &Redirect, count: u32) -> Option<Request> {
        let changes = redirect.changes(&request.method);
        let follows = match self {
            Self::Anywhere => count < 10,
            Self::Faithfully => count <= 5 && !changes,
        };
        let (method, body) = match changes {
            true => (Method::GET, Bytes::new()),
            false => (request.method.clone(), request.body.clone()),
        };
        follows.then(|| Request { endpoint: request.endpoint, method, path: redirect.path.clone(), body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::hindsight::endpoints::{RECALL, RETAIN};

    /// The method and the length of the body with which a client follows this status.
    fn followed(follow: Follow, request: &Request, status: u16, count: u32) -> Option<(String, usize)> {
        let redirect = Redirect::of(status, Some("/there")).expect("it leads there");
        let next = follow.next(request, &redirect, count)?;
        assert_eq!(next.path, "/there");
        Some((next.method.to_string(), next.body.len()))
    }

    #[test]
    fn a_post_becomes_a_question_where_aiohttp_makes_it_one_and_never_where_it_must_stay_what_it_is() {
        let post = Request::post(RETAIN, "/here".into(), &"text");
        let (write, question) = (Some(("POST".to_owned(), 6)), Some(("GET".to_owned(), 0)));
        for (status, anywhere, faithfully) in [
            (301, &question, &None),
            (302, &question, &None),
            (303, &question, &None),
            (307, &write, &write),
            (308, &write, &write),
        ] {
            assert_eq!(followed(Follow::Anywhere, &post, status, 1), *anywhere, "{status}");
            assert_eq!(followed(Follow::Faithfully, &post, status, 1), *faithfully, "{status}");
        }
        let get = Request::get(RECALL, "/here".into());
        assert_eq!(followed(Follow::Faithfully, &get, 302, 1), question);
        let delete = Request::delete(RETAIN, "/here".into());
        assert_eq!(followed(Follow::Anywhere, &delete, 302, 1), Some(("DELETE".to_owned(), 0)));
    }

    #[test]
    fn a_loop_ends() {
        let post = Request::post(RETAIN, "/here".into(), &"text");
        let most = |follow| (1..99).take_while(|count| followed(follow, &post, 307, *count).is_some()).count();
        assert_eq!((most(Follow::Anywhere), most(Follow::Faithfully)), (9, 5));
    }

    #[test]
    fn an_answer_without_a_path_leads_nowhere() {
        for (status, location) in [
            (307, None),
            (304, Some("/there")),
            (200, Some("/there")),
            (302, Some("http://other/")),
            (302, Some("//other/")),
        ] {
            assert!(Redirect::of(status, location).is_none(), "{status} {location:?}");
        }
    }
}
