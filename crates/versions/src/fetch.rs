//! GET as registries and chart repositories need it: deadlines, size limits, one error for one status. It knows
//! nothing of tags and charts, which are `oci` and `helm`.

use std::{error::Error as _, time::Duration};

use reqwest::{StatusCode, header, redirect};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::error::Error;

/// How much of another side's own words is repeated.
const WORDS_LIMIT: usize = 200;
/// What is waited for when a registry asks to slow down without a time.
const DEFAULT_WAIT: Duration = Duration::from_mins(1);

/// How others are talked to.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long a connection may take to stand.
    pub connect_timeout: Duration,
    /// How long one call may take.
    pub timeout: Duration,
    /// How long all pages of a list together may take.
    pub list_timeout: Duration,
    /// A proxy; the environment is not asked.
    pub proxy: Option<Url>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            list_timeout: Duration::from_mins(2),
            proxy: None,
        }
    }
}

/// Who asks.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// Nobody in particular; registries that want a token for that are asked for one.
    Anonymous,
    /// A name and a password, for the other side or for its token service.
    Basic {
        /// The name.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// A token that the other side takes as it is.
    Bearer {
        /// The token.
        token: SecretString,
    },
}

impl Credentials {
    /// How messages call them.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Self::Anonymous => "no credentials",
            Self::Basic { .. } => "username and password",
            Self::Bearer { .. } => "bearer token",
        }
    }
}

/// The client for all observers. It keeps connections, and no credentials.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    pub(crate) options: Options,
}

/// An answer of any status below 500 but 403 and 429.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: header::HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Where it came from in the end.
    pub(crate) url: Url,
}

impl Client {
    /// A client with these limits.
    pub fn new(options: Options) -> Result<Self, Error> {
        let invalid = |why: String| Error::InvalidOptions { why };
        let mut builder = reqwest::Client::builder()
            .connect_timeout(options.connect_timeout)
            .timeout(options.timeout)
            .redirect(redirect::Policy::custom(never_to_plain_http))
            .user_agent("stagecoach")
            .no_proxy();
        if let Some(proxy) = &options.proxy {
            let proxy =
                reqwest::Proxy::all(proxy.clone()).map_err(|_| invalid("the proxy is no URL of one".to_owned()))?;
            builder = builder.proxy(proxy);
        }
        let http = builder.build().map_err(|error| invalid(chain(&error)))?;
        Ok(Self { http, options })
    }

    /// One GET of anything.
    pub(crate) async fn get(&self, url: &Url, credentials: &Credentials, limit: usize) -> Result<Answer, Error> {
        self.get_as(url, credentials, "*/*", limit).await
    }

    /// One GET of a media type. `credentials` are sent as they are; a redirect to another host goes without them.
    pub(crate) async fn get_as(
        &self,
        url: &Url,
        credentials: &Credentials,
        accept: &str,
        limit: usize,
    ) -> Result<Answer, Error> {
        let place = place(url);
        let unavailable = |error: reqwest::Error| Error::RegistryUnavailable {
            place: place.clone(),
            cause: chain(&error.without_url()),
        };
        let request = self.http.get(url.clone()).header(header::ACCEPT, accept);
        let request = match credentials {
            Credentials::Anonymous => request,
            Credentials::Basic { username, password } => request.basic_auth(username, Some(password.expose_secret())),
            Credentials::Bearer { token } => request.bearer_auth(token.expose_secret()),
        };
        let mut response = request.send().await.map_err(unavailable)?;
        let (status, headers, url) = (response.status(), response.headers().clone(), response.url().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
            if body.len() + chunk.len() > limit {
                return Err(Error::TooLarge {
                    place,
                    limit,
                    unit: "bytes",
                });
            }
            body.extend_from_slice(&chunk);
        }
        tracing::debug!(host = url.host_str(), status = status.as_u16(), "asked");
        match status {
            StatusCode::FORBIDDEN => Err(Error::Forbidden {
                place,
                message: words(status, &body),
            }),
            StatusCode::TOO_MANY_REQUESTS => Err(Error::RateLimited {
                place,
                wait: retry_after(&headers),
            }),
            StatusCode::REQUEST_TIMEOUT => Err(Error::RegistryUnavailable {
                place,
                cause: words(status, &body),
            }),
            _ if status.is_server_error() => Err(Error::RegistryUnavailable {
                place,
                cause: words(status, &body),
            }),
            _ => Ok(Answer {
                status,
                headers,
                body,
                url,
            }),
        }
    }
}

impl Answer {
    /// The error for a status that the caller has no better word for.
    pub(crate) fn into_error(self, place: String, credentials: &Credentials) -> Error {
        match self.status {
            StatusCode::NOT_FOUND => Error::RepositoryNotFound { place },
            StatusCode::UNAUTHORIZED => Error::Unauthorized {
                place,
                why: format!("asked with {}", credentials.words()),
            },
            status => Error::Refused {
                place,
                message: words(status, &self.body),
            },
        }
    }
}

/// Host and path, for messages.
pub(crate) fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{host}{port}{}", url.path())
}

/// Whether a host is this machine: the only one that is talked to in plain HTTP without being told to.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Mirrors redirect to other hosts, and reqwest drops the credentials there. Encryption is never given up.
fn never_to_plain_http(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let downgraded = attempt.url().scheme() != "https" && attempt.previous().iter().any(|url| url.scheme() == "https");
    if downgraded || attempt.previous().len() > 5 {
        attempt.stop()
    } else {
        attempt.follow()
    }
}

fn retry_after(headers: &header::HeaderMap) -> Duration {
    let seconds = headers
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse::<u32>().ok());
    seconds.map_or(DEFAULT_WAIT, |seconds| Duration::from_secs(u64::from(seconds.max(1))))
}

/// The other side's own words: the message of the registry's JSON, short and on one line.
fn words(status: StatusCode, body: &[u8]) -> String {
    let parsed: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let message = parsed
        .as_ref()
        .and_then(|value| value.pointer("/errors/0/message")?.as_str())
        .unwrap_or_default();
    let message: String = message
        .replace(|c: char| c.is_control(), " ")
        .chars()
        .take(WORDS_LIMIT)
        .collect();
    if message.is_empty() {
        format!("HTTP {status}")
    } else {
        format!("HTTP {}: {message}", status.as_u16())
    }
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
