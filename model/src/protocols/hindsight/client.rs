//! The client of the Hindsight API: one attempt per call, as [`http`](crate::protocols::http) makes it.

use std::rc::Rc;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::endpoints::{DOCUMENT, OPERATION, RECALL, RETAIN, VERSION};
use super::wire::{Deleted, Document, Operation, Operations, Recall, Recalled, Retain, Retained, Status, Version};
use super::{HOST, PORT};
use crate::machine::Machine;
use crate::protocols::http::{Asked, Client, Follow, Outcome, Request};
use crate::words::session::{BankId, DocumentId};

/// How many operations the server lists at most.
const LISTED_MAX: usize = 100;

/// A client of one bank. Clones share the connections, and so do the clients of other banks that are made from it.
#[derive(Clone)]
pub struct HindsightClient {
    inner: Rc<Inner>,
}

struct Inner {
    http: Rc<Client>,
    base: String,
    timeout: Duration,
}

impl HindsightClient {
    /// A client that gives each request `timeout`, and follows redirects as Hindsight's own client does. Connects on first use.
    pub fn new(machine: Machine, bank: &BankId, timeout: Duration) -> Self {
        Self::over(Client::new(machine, HOST, PORT, Follow::Anywhere), bank, timeout)
    }

    /// A client that heeds what the server asks for (`Retry-After`), and notes it there, and that follows a redirect only with the request that
    /// was redirected.
    pub fn heeding(machine: Machine, bank: &BankId, timeout: Duration, asked: Asked) -> Self {
        Self::over(Client::new(machine, HOST, PORT, Follow::Faithfully).heeding(asked), bank, timeout)
    }

    /// The client of another bank, with the same connections.
    pub fn of_bank(&self, bank: &BankId) -> Self {
        Self::sharing(Rc::clone(&self.inner.http), bank, self.inner.timeout)
    }

    fn over(http: Client, bank: &BankId, timeout: Duration) -> Self {
        Self::sharing(Rc::new(http), bank, timeout)
    }

    fn sharing(http: Rc<Client>, bank: &BankId, timeout: Duration) -> Self {
        Self { inner: Rc::new(Inner { http, base: format!("/v1/default/banks/{bank}"), timeout }) }
    }

    /// The server's version. Waits at most `limit` instead of the client's timeout.
    pub async fn version(&self, limit: Duration) -> Outcome<Version> {
        self.inner.http.request(Request::get(VERSION, "/version".into()), limit).await
    }

    /// Retains items.
    pub async fn retain(&self, retain: &Retain) -> Outcome<Retained> {
        self.request(Request::post(RETAIN, self.path("memories"), retain)).await
    }

    /// The state of an operation.
    pub async fn operation(&self, id: &str) -> Outcome<Operation> {
        self.request(Request::get(OPERATION, self.path(&format!("operations/{id}")))).await
    }

    /// The bank's operations in this state: the newest, at most 100, and how many there are.
    pub async fn operations(&self, status: Status) -> Outcome<Operations> {
        let page = format!("operations?status={}&limit={LISTED_MAX}", status.name());
        self.request(Request::get(OPERATION, self.path(&page))).await
    }

    /// What the bank knows about a query.
    pub async fn recall(&self, recall: &Recall) -> Outcome<Recalled> {
        self.request(Request::post(RECALL, self.path("memories/recall"), recall)).await
    }

    /// A document's text. Refused with status 404 if there is no such document.
    pub async fn document(&self, id: &DocumentId) -> Outcome<Document> {
        self.request(Request::get(DOCUMENT, self.path(&format!("documents/{id}")))).await
    }

    /// Deletes a document, and everything that the server knows from it. Refused with status 404 if there is no such document.
    pub async fn delete_document(&self, id: &DocumentId) -> Outcome<Deleted> {
        self.request(Request::delete(DOCUMENT, self.path(&format!("documents/{id}")))).await
    }

    /// Closes every connection, and fails the requests in flight. Final.
    pub fn close(&self) {
        self.inner.http.close();
    }

    fn path(&self, resource: &str) -> String {
        format!("{}/{resource}", self.inner.base)
    }

    async fn request<T: DeserializeOwned>(&self, request: Request) -> Outcome<T> {
        self.inner.http.request(request, self.inner.timeout).await
    }
}
