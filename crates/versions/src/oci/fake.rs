//! A registry for tests that does what real ones do in their different ways: pages, tokens, passwords, faults.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

/// How the fake lets callers in.
#[derive(Clone, Default)]
pub(crate) enum Door {
    #[default]
    Open,
    /// Asks for this name and password.
    Password(&'static str, &'static str),
    /// Asks for a token, which its service gives to everybody, or for this name and password. Each token is good for
    /// so many calls.
    Token {
        login: Option<(&'static str, &'static str)>,
        calls: usize,
    },
}

#[derive(Clone, Default)]
pub(crate) struct Plan {
    tags: BTreeMap<String, Vec<String>>,
    files: BTreeMap<String, Vec<u8>>,
    page: Option<usize>,
    door: Door,
    next: Option<String>,
    fault: Option<(StatusCode, &'static str)>,
    hang: bool,
}

#[derive(Default)]
pub(crate) struct Fake {
    plan: Plan,
    pub(crate) address: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    calls: Vec<String>,
    tokens: usize,
    left: usize,
}

impl Fake {
    pub(crate) fn tags(mut self, repository: &str, tags: &[&str]) -> Self {
        self.plan.tags.insert(
            repository.to_owned(),
            tags.iter().map(|tag| (*tag).to_owned()).collect(),
        );
        self
    }

    pub(crate) fn file(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.plan.files.insert(path.to_owned(), content.as_ref().to_vec());
        self
    }

    /// Gives so many tags at once, whatever was asked for.
    pub(crate) fn page(mut self, page: usize) -> Self {
        self.plan.page = Some(page);
        self
    }

    pub(crate) fn door(mut self, door: Door) -> Self {
        self.plan.door = door;
        self
    }

    /// Every page links here.
    pub(crate) fn next(mut self, link: &str) -> Self {
        self.plan.next = Some(link.to_owned());
        self
    }

    pub(crate) fn fault(mut self, status: StatusCode, body: &'static str) -> Self {
        self.plan.fault = Some((status, body));
        self
    }

    /// Never answers.
    pub(crate) fn hang(mut self) -> Self {
        self.plan.hang = true;
        self
    }

    pub(crate) async fn start(mut self) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.address = listener.local_addr().unwrap().to_string();
        let world = (self.plan.clone(), self.seen.clone(), self.address.clone());
        let router = Router::new().fallback(answer).with_state(world);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        self
    }

    /// The calls until now, each as path and what let it in.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.seen.lock().unwrap().calls.clone()
    }
}

type World = (Plan, Arc<Mutex<Seen>>, String);

async fn answer(
    State((plan, seen, address)): State<World>,
    uri: Uri,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let authorization = headers
        .get("authorization")
        .map(|value| value.to_str().unwrap().to_owned())
        .unwrap_or_default();
    let by = authorization.split(' ').next().unwrap_or_default().to_owned();
    seen.lock()
        .unwrap()
        .calls
        .push(format!("{} {by}", uri.path()).trim().to_owned());
    if plan.hang {
        std::future::pending::<()>().await;
    }
    if let Some((status, body)) = plan.fault {
        return (status, [("retry-after", "7")], body).into_response();
    }
    if uri.path() == "/token" {
        return token(&plan, &seen, &query, &authorization);
    }
    if let Some(refusal) = refuse(&plan, &seen, &address, &authorization) {
        return refusal;
    }
    if let Some(content) = plan.files.get(uri.path()) {
        return content.clone().into_response();
    }
    let name = uri
        .path()
        .strip_prefix("/v2/")
        .and_then(|path| path.strip_suffix("/tags/list"))
        .unwrap_or_default();
    let Some(tags) = plan.tags.get(name) else {
        return (
            StatusCode::NOT_FOUND,
            json!({ "errors": [{ "code": "NAME_UNKNOWN" }] }).to_string(),
        )
            .into_response();
    };
    page(&plan, name, tags, &query)
}

fn page(plan: &Plan, name: &str, tags: &[String], query: &BTreeMap<String, String>) -> Response {
    let wanted = query.get("n").and_then(|n| n.parse().ok()).unwrap_or(100);
    let size: usize = plan.page.unwrap_or(wanted);
    let after = query
        .get("last")
        .map_or(0, |last| tags.iter().position(|tag| tag == last).unwrap() + 1);
    let these: Vec<&String> = tags.iter().skip(after).take(size).collect();
    let mut response = json!({ "name": name, "tags": (!these.is_empty()).then_some(&these) })
        .to_string()
        .into_response();
    let more = after + these.len() < tags.len();
    let link = plan
        .next
        .clone()
        .or_else(|| more.then(|| format!("/v2/{name}/tags/list?last={}&n={size}", these.last().unwrap())));
    if let Some(link) = link {
        response
            .headers_mut()
            .insert("link", format!("<{link}>; rel=\"next\"").parse().unwrap());
    }
    response
}

fn refuse(plan: &Plan, seen: &Mutex<Seen>, address: &str, authorization: &str) -> Option<Response> {
    let challenge = match &plan.door {
        Door::Open => return None,
        Door::Password(name, password) if authorization == basic(name, password) => return None,
        Door::Password(..) => "Basic realm=\"fake\"".to_owned(),
        Door::Token { .. } => {
            let mut seen = seen.lock().unwrap();
            if authorization == format!("Bearer token-{}", seen.tokens) && seen.left > 0 {
                seen.left -= 1;
                return None;
            }
            let realm = format!("http://{address}/token");
            format!("Bearer realm=\"{realm}\",service=\"fake, inc\",scope=\"repository:app:pull\"")
        }
    };
    Some((StatusCode::UNAUTHORIZED, [("www-authenticate", challenge)], "{}").into_response())
}

fn token(plan: &Plan, seen: &Mutex<Seen>, query: &BTreeMap<String, String>, authorization: &str) -> Response {
    let Door::Token { login, calls } = &plan.door else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let allowed = login.is_none_or(|(name, password)| authorization == basic(name, password));
    let asked = (
        query.get("service").map(String::as_str),
        query.get("scope").map(String::as_str),
    );
    if !allowed || asked != (Some("fake, inc"), Some("repository:app:pull")) {
        return (StatusCode::UNAUTHORIZED, "{}").into_response();
    }
    let mut seen = seen.lock().unwrap();
    seen.tokens += 1;
    seen.left = *calls;
    json!({ "token": format!("token-{}", seen.tokens), "expires_in": 300 })
        .to_string()
        .into_response()
}

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{password}")))
}

/// Short limits, so that a test of them is short.
pub(crate) fn impatient() -> crate::Options {
    crate::Options {
        timeout: Duration::from_millis(100),
        ..crate::Options::default()
    }
}
