//! An API server that knows one lease: it keeps resource versions and refuses what was built from an old one.

use http::{Method, Request, Response, StatusCode};
use k8s_openapi::api::coordination::v1::Lease;
use kube::client::Body;
use serde_json::json;
use tokio::sync::watch as channel;

use super::*;

#[derive(Clone)]
pub(super) struct Server {
    state: Arc<Mutex<State>>,
    /// The number of writes.
    written: Arc<channel::Sender<u32>>,
    client: Client,
    begun: Instant,
}

#[derive(Default)]
struct State {
    lease: Option<Lease>,
    version: u64,
    fault: Option<Fault>,
}

#[derive(Clone, Copy)]
enum Fault {
    Refuses,
    Hangs,
}

impl Server {
    pub(super) fn start() -> Self {
        let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
        let server = Self {
            state: Arc::default(),
            written: Arc::new(channel::channel(0).0),
            client: Client::new(service, "stagecoach"),
            begun: Instant::now(),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            let mut hanging = Vec::new();
            while let Some((request, answer)) = handle.next_request().await {
                let fault = serving.state.lock().unwrap().fault;
                match fault {
                    None => answer.send_response(serving.answer(request).await),
                    Some(Fault::Refuses) => answer.send_error(std::io::Error::other("connection refused")),
                    Some(Fault::Hangs) => hanging.push(answer),
                }
            }
        });
        server
    }

    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    pub(super) fn clock(&self) -> Clock {
        let begun = self.begun;
        Arc::new(move || Timestamp::UNIX_EPOCH + begun.elapsed())
    }

    pub(super) fn holder(&self) -> Option<String> {
        self.spec()?.holder_identity
    }

    pub(super) fn transitions(&self) -> i32 {
        self.spec().and_then(|spec| spec.lease_transitions).unwrap_or_default()
    }

    fn spec(&self) -> Option<LeaseSpec> {
        self.state
            .lock()
            .unwrap()
            .lease
            .as_ref()
            .and_then(|lease| lease.spec.clone())
    }

    pub(super) fn break_down(&self, hangs: bool) {
        self.state.lock().unwrap().fault = Some(if hangs { Fault::Hangs } else { Fault::Refuses });
    }

    pub(super) fn mend(&self) {
        self.state.lock().unwrap().fault = None;
    }

    pub(super) fn delete(&self) {
        self.state.lock().unwrap().lease = None;
    }

    /// Another replica has the lease, by whatever way.
    pub(super) fn hand_to(&self, holder: &str) {
        self.state.lock().unwrap().store(Lease {
            spec: Some(super::spec(holder, 77)),
            ..Lease::default()
        });
    }

    pub(super) fn writes(&self) -> u32 {
        *self.written.borrow()
    }

    /// Returns after the next write.
    pub(super) async fn written(&self) {
        self.written.subscribe().changed().await.unwrap();
    }

    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let method = request.method().clone();
        let bytes = request.into_body().collect_bytes().await.unwrap();
        let mut state = self.state.lock().unwrap();
        if method == Method::GET {
            return state
                .lease
                .as_ref()
                .map_or_else(|| refusal(StatusCode::NOT_FOUND, "NotFound"), found);
        }
        let sent: Lease = serde_json::from_slice(&bytes).unwrap();
        let known = state
            .lease
            .as_ref()
            .map(|lease| lease.metadata.resource_version.clone());
        match (method, known) {
            (Method::POST, Some(_)) => return refusal(StatusCode::CONFLICT, "AlreadyExists"),
            (Method::PUT, None) => return refusal(StatusCode::NOT_FOUND, "NotFound"),
            (Method::PUT, Some(version)) if version != sent.metadata.resource_version => {
                return refusal(StatusCode::CONFLICT, "Conflict");
            }
            _ => {}
        }
        let stored = found(&state.store(sent));
        self.written.send_modify(|writes| *writes += 1);
        stored
    }
}

impl State {
    fn store(&mut self, mut lease: Lease) -> Lease {
        self.version += 1;
        lease.metadata.resource_version = Some(self.version.to_string());
        self.lease = Some(lease.clone());
        lease
    }
}

fn found(lease: &Lease) -> Response<Body> {
    Response::new(Body::from(serde_json::to_vec(lease).unwrap()))
}

fn refusal(code: StatusCode, reason: &str) -> Response<Body> {
    let status =
        json!({"kind": "Status", "status": "Failure", "reason": reason, "code": code.as_u16(), "message": reason});
    Response::builder()
        .status(code)
        .body(Body::from(status.to_string().into_bytes()))
        .unwrap()
}
