//! One HTTP/1.1 connection, and the future that moves its bytes.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header;
use hyper_util::rt::TokioIo;

use super::redirect::Redirect;
use super::{Doubt, Outcome, Refusal, Request, Wait};
use crate::machine::Stream;

type Driver = http1::Connection<TokioIo<Box<dyn Stream>>, Full<Bytes>>;

/// A connection that is used for one request after another.
pub(super) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: Driver,
    ended: bool,
}

/// What came of a request.
pub(super) struct Reply {
    pub(super) outcome: Outcome<Bytes>,
    /// How long the server wants to be left alone, if it says so.
    pub(super) wait: Option<Wait>,
    /// Where it wants to be asked instead, if it says so.
    pub(super) redirect: Option<Redirect>,
}

impl Connection {
    pub(super) async fn open(stream: Box<dyn Stream>) -> Option<Self> {
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await.ok()?;
        Some(Self { sender, driver, ended: false })
    }

    /// Whether the provider has not hung up meanwhile.
    pub(super) async fn is_open(&mut self) -> bool {
        poll_fn(|cx| {
            self.ended = self.ended || Pin::new(&mut self.driver).poll(cx).is_ready();
            Poll::Ready(())
        })
        .await;
        !self.ended && self.sender.is_ready()
    }

    /// Sends a request, and reads the whole answer.
    pub(super) async fn exchange(&mut self, host: &str, request: &Request) -> Reply {
        let request = hyper::Request::builder()
            .method(request.method.clone())
            .uri(request.path.as_str())
            .header(header::HOST, host)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(request.body.clone()))
            .expect("method, path and headers are well-formed");
        let Self { sender, driver, ended } = self;
        let reply = async {
            let response = sender.send_request(request).await?;
            let (status, wait) = (response.status(), Wait::asked(response.headers()));
            let location = response.headers().get(header::LOCATION).and_then(|path| path.to_str().ok());
            let redirect = Redirect::of(status.as_u16(), location);
            let body = response.into_body().collect().await?.to_bytes();
            Ok::<_, hyper::Error>((status, wait, redirect, body))
        };
        let mut reply = pin!(reply);
        let answer = poll_fn(|cx| {
            if let Poll::Ready(reply) = reply.as_mut().poll(cx) {
                return Poll::Ready(reply);
            }
            if !*ended && Pin::new(&mut *driver).poll(cx).is_ready() {
                *ended = true;
            }
            reply.as_mut().poll(cx)
        })
        .await;
        let reply = |outcome, wait, redirect| Reply { outcome, wait, redirect };
        match answer {
            Ok((status, _, _, body)) if status.is_success() => reply(Outcome::Applied(body), None, None),
            Ok((status, wait, ..)) if status.is_server_error() => {
                reply(Outcome::Unknown(Doubt::Failed(status.as_u16())), wait, None)
            }
            Ok((status, wait, redirect, _)) => {
                reply(Outcome::Refused(Refusal::Status(status.as_u16())), wait, redirect)
            }
            Err(_) => reply(Outcome::Unknown(Doubt::Disconnected), None, None),
        }
    }
}
