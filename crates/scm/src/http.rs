//! HTTP as every forge needs it: deadlines, size limits, no token to strangers, one error for one status.
//!
//! Only the forges' folders use it. It knows URLs and statuses, and nothing of repositories.

use std::error::Error as _;

use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, StatusCode, header, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::Url;

use crate::error::{Error, Place};

mod options;

pub use options::{CallReport, Clock, Observer, Options};

/// How much of an ordinary answer is read.
pub(crate) const ANSWER_LIMIT: usize = 8 * 1024 * 1024;
/// What is waited for when a forge asks to slow down without a time.
const DEFAULT_WAIT: SignedDuration = SignedDuration::from_secs(60);
/// How much of a forge's own words is repeated.
const WORDS_LIMIT: usize = 300;

/// A client for one forge with one token.
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    forge: String,
    token: SecretString,
    options: Options,
}

/// One call.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// For counting.
    pub(crate) endpoint: &'static str,
    pub(crate) url: Url,
    pub(crate) body: Option<Vec<u8>>,
    /// How much of the answer is read.
    pub(crate) limit: usize,
    /// For errors: reads after "cannot".
    pub(crate) doing: String,
}

impl Call {
    pub(crate) fn get(endpoint: &'static str, url: Url, doing: String) -> Self {
        Self {
            method: Method::GET,
            endpoint,
            url,
            body: None,
            limit: ANSWER_LIMIT,
            doing,
        }
    }

    pub(crate) fn send(
        method: Method,
        endpoint: &'static str,
        url: Url,
        body: &serde_json::Value,
        doing: String,
    ) -> Self {
        Self {
            method,
            endpoint,
            url,
            body: Some(body.to_string().into_bytes()),
            limit: ANSWER_LIMIT,
            doing,
        }
    }

    pub(crate) fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }
}

/// An answer below 500 that is none of 3xx, 401, 403 and 429.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    pub(crate) at: Place,
    words: String,
}

impl Client {
    /// `base` must be http or https, without credentials: those would end up in messages.
    pub(crate) fn new(base: Url, token: SecretString, options: Options) -> Result<Self, Error> {
        let invalid = |why: &str| Error::InvalidConnection { why: why.to_owned() };
        if !matches!(base.scheme(), "http" | "https") {
            return Err(invalid("its URL must begin with http:// or https://"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(invalid(
                "its URL holds credentials; put the token into the connection's Secret",
            ));
        }
        let host = base.host_str().ok_or_else(|| invalid("its URL has no host"))?;
        let address = base
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let forge = match &options.name {
            Some(name) => format!("{name} ({address})"),
            None => address,
        };
        let mut builder = reqwest::Client::builder()
            .connect_timeout(options.connect_timeout)
            .timeout(options.timeout)
            .redirect(redirect::Policy::custom(same_origin))
            .user_agent("stagecoach")
            .no_proxy();
        if let Some(proxy) = &options.proxy {
            let proxy = reqwest::Proxy::all(proxy.clone()).map_err(|_| invalid("its proxy is no URL of a proxy"))?;
            builder = builder.proxy(proxy);
        }
        let http = builder.build().map_err(|error| invalid(&chain(&error)))?;
        Ok(Self {
            http,
            base,
            forge,
            token,
            options,
        })
    }

    /// The URL of an endpoint below the base. Every part is escaped, a slash inside a part too.
    pub(crate) fn url(&self, parts: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(parts);
        }
        url
    }

    pub(crate) fn place(&self, doing: impl Into<String>) -> Place {
        Place {
            forge: self.forge.clone(),
            doing: doing.into(),
        }
    }

    /// Sends one call, and reads the answer to its end or to the limit.
    pub(crate) async fn call(&self, call: Call) -> Result<Answer, Error> {
        let at = self.place(call.doing.clone());
        let (status, headers, body) = self.exchange(&call, &at).await?;
        tracing::debug!(
            forge = self.forge,
            endpoint = call.endpoint,
            status = status.as_u16(),
            "called the forge"
        );
        self.judge(status, &headers, body, at)
    }

    async fn exchange(&self, call: &Call, at: &Place) -> Result<(StatusCode, header::HeaderMap, Vec<u8>), Error> {
        let unavailable = |error: reqwest::Error| Error::Unavailable {
            at: at.clone(),
            cause: chain(&error.without_url()),
        };
        let mut request = self.http.request(call.method.clone(), call.url.clone());
        request = request
            .header(header::AUTHORIZATION, self.authorization()?)
            .header(header::ACCEPT, "application/json");
        if let Some(body) = &call.body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.clone());
        }
        let sent = request.send().await;
        if let Some(on_call) = &self.options.on_call {
            let status = sent.as_ref().ok().map(|response| response.status().as_u16());
            on_call(&CallReport {
                method: method_name(&call.method),
                endpoint: call.endpoint,
                status,
            });
        }
        let mut response = sent.map_err(unavailable)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
            if body.len() + chunk.len() > call.limit {
                return Err(Error::TooLarge {
                    at: at.clone(),
                    limit: call.limit,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok((status, headers, body))
    }

    fn authorization(&self) -> Result<header::HeaderValue, Error> {
        let mut value = header::HeaderValue::from_str(&format!("token {}", self.token.expose_secret().trim()))
            .map_err(|_| Error::InvalidConnection {
                why: "its token holds characters that no token has".to_owned(),
            })?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// The statuses that mean the same at every forge.
    fn judge(
        &self,
        status: StatusCode,
        headers: &header::HeaderMap,
        body: Vec<u8>,
        at: Place,
    ) -> Result<Answer, Error> {
        let words = if status.is_success() {
            String::new()
        } else {
            self.words(status, &body)
        };
        match status {
            StatusCode::UNAUTHORIZED => {
                let named = self.options.token_from.clone();
                let secret = named.unwrap_or_else(|| "the connection's Secret".to_owned());
                Err(Error::Unauthorized { at, secret })
            }
            StatusCode::FORBIDDEN => Err(Error::Forbidden { at, message: words }),
            StatusCode::TOO_MANY_REQUESTS => Err(Error::RateLimited {
                at,
                until: self.until(headers),
            }),
            StatusCode::REQUEST_TIMEOUT => Err(Error::Unavailable { at, cause: words }),
            _ if status.is_server_error() => Err(Error::Unavailable { at, cause: words }),
            _ if status.is_redirection() => {
                let to = headers
                    .get(header::LOCATION)
                    .and_then(|to| to.to_str().ok())
                    .map_or_else(String::new, place_of);
                Err(Error::Redirected { at, to })
            }
            _ => Ok(Answer {
                status,
                body,
                at,
                words,
            }),
        }
    }

    /// Retry-After in seconds; a date in it is rare, and a minute is right for it.
    fn until(&self, headers: &header::HeaderMap) -> Timestamp {
        let seconds = headers
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.trim().parse::<u32>().ok());
        let wait = seconds.map_or(DEFAULT_WAIT, |seconds| {
            SignedDuration::from_secs(i64::from(seconds.max(1)))
        });
        let now = (self.options.clock)();
        now.checked_add(wait).unwrap_or(now)
    }

    /// The forge's own words: short, on one line, and never with the token in them.
    fn words(&self, status: StatusCode, body: &[u8]) -> String {
        let parsed: Option<serde_json::Value> = serde_json::from_slice(body).ok();
        let message = parsed
            .as_ref()
            .and_then(|value| value.get("message")?.as_str())
            .unwrap_or_default();
        let errors = parsed
            .as_ref()
            .and_then(|value| value.get("errors")?.as_array())
            .into_iter()
            .flatten();
        let mut all: Vec<&str> = vec![message];
        all.extend(errors.filter_map(serde_json::Value::as_str));
        all.retain(|text| !text.trim().is_empty());
        let mut text = all.join(": ").replace(|c: char| c.is_control(), " ");
        let token = self.token.expose_secret().trim();
        if !token.is_empty() {
            text = text.replace(token, "***");
        }
        if text.is_empty() {
            return format!("HTTP {status}");
        }
        format!(
            "HTTP {}: {}",
            status.as_u16(),
            text.chars().take(WORDS_LIMIT).collect::<String>()
        )
    }
}

impl Answer {
    /// What the forge said; empty when it succeeded.
    pub(crate) fn words(&self) -> &str {
        &self.words
    }

    /// The error for a status that the caller has no better word for.
    pub(crate) fn into_error(self, what: impl Into<String>) -> Error {
        match self.status {
            StatusCode::NOT_FOUND => Error::NotFound {
                at: self.at,
                what: what.into(),
            },
            StatusCode::CONFLICT => Error::Conflict {
                at: self.at,
                message: self.words,
            },
            _ => Error::Refused {
                at: self.at,
                message: self.words,
            },
        }
    }

    /// The JSON of a success, or the error of anything else.
    pub(crate) fn json<T: DeserializeOwned>(self, what: impl Into<String>) -> Result<T, Error> {
        if !self.status.is_success() {
            return Err(self.into_error(what));
        }
        serde_json::from_slice(&self.body).map_err(|error| Error::Unreadable {
            at: self.at,
            message: error.to_string(),
        })
    }
}

/// Follows a redirect only where the token belongs: reqwest would drop the header elsewhere, and the answer
/// of a stranger is nothing we want.
fn same_origin(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let first = attempt.previous().first().map(Url::origin);
    if attempt.previous().len() <= 3 && first == Some(attempt.url().origin()) {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// Scheme and host of a redirect's target: the rest may hold anything.
fn place_of(location: &str) -> String {
    Url::parse(location).map_or_else(|_| "another path".to_owned(), |url| url.origin().ascii_serialization())
}

/// An error with its causes, on one line.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "OTHER",
    }
}
