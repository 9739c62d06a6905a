//! A request as a description reads it: its route, and the values that placeholders name.

use hyper::{HeaderMap, Method};
use serde_json::Value;

use crate::description::{Description, Route, Source};

/// A request.
pub(super) struct Asked {
    pub(super) route: &'static Route,
    variables: Vec<(String, String)>,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    /// The body; null if it is no JSON.
    pub(super) body: Value,
}

impl Asked {
    /// The request, if the description has a route for it. The first that fits is its route.
    pub(super) fn read(
        description: &'static Description,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Option<Self> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let leads = |route: &'static Route| Some((route, route.variables(method.as_str(), path)?));
        let (route, variables) = description.routes.iter().find_map(leads)?;
        let text = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        Some(Self {
            route,
            variables: variables.into_iter().map(owned).collect(),
            query: query.split('&').filter_map(|pair| pair.split_once('=')).map(owned).collect(),
            headers: headers.iter().filter_map(text).collect(),
            body: serde_json::from_slice(body).unwrap_or_default(),
        })
    }

    /// A header, by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&String> {
        named(&self.headers, name)
    }

    /// What a placeholder names, if it is a part of the request, or of this message in it.
    pub(super) fn value(&self, source: &Source, message: Option<&Value>) -> Option<Value> {
        match source {
            Source::Path(name) => named(&self.variables, name).cloned().map(Value::from),
            Source::Query(name) => named(&self.query, name).cloned().map(Value::from),
            Source::Header(name) => self.header(name).cloned().map(Value::from),
            Source::Body(path) => path.first(&self.body).cloned(),
            Source::Message(path) => path.first(message?).cloned(),
            Source::Word(_) => None,
        }
    }
}

fn named<'a>(pairs: &'a [(String, String)], wanted: &str) -> Option<&'a String> {
    pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value)
}
