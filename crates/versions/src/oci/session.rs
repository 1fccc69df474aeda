//! A talk with one registry about one repository: challenges are met, and what was got for them is kept.

use reqwest::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::{Reference, challenge::Challenge};
use crate::{
    error::Error,
    fetch::{Answer, Client, Credentials, is_loopback, place},
};

/// How much of a token service's answer is read.
const TOKEN_LIMIT: usize = 1024 * 1024;

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

pub(super) struct Session<'a> {
    client: &'a Client,
    pub(super) repository: &'a Reference,
    /// What the person gave.
    credentials: &'a Credentials,
    /// What the registry wants to see: a token that was got for them.
    sent: Credentials,
}

impl<'a> Session<'a> {
    pub(super) fn new(client: &'a Client, repository: &'a Reference, credentials: &'a Credentials) -> Self {
        let sent = match credentials {
            // A password is shown to whom it belongs: the registry says whether that is itself or a token service.
            Credentials::Basic { .. } => Credentials::Anonymous,
            given => given.clone(),
        };
        Self {
            client,
            repository,
            credentials,
            sent,
        }
    }

    /// One answer; a challenge is met once, also in the middle of a list when a token runs out.
    pub(super) async fn get(&mut self, url: &Url, accept: &str, limit: usize) -> Result<Answer, Error> {
        let mut answer = self.client.get_as(url, &self.sent, accept, limit).await?;
        if answer.status == StatusCode::UNAUTHORIZED
            && let Some(challenge) = Challenge::of(&answer.headers)
        {
            self.sent = self.meet(challenge).await?;
            answer = self.client.get_as(url, &self.sent, accept, limit).await?;
        }
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(answer.into_error(self.repository.to_string(), self.credentials))
    }

    async fn meet(&self, challenge: Challenge) -> Result<Credentials, Error> {
        match (challenge, self.credentials) {
            (Challenge::Basic, Credentials::Basic { .. }) => Ok(self.credentials.clone()),
            (Challenge::Bearer { realm, service, scope }, Credentials::Anonymous | Credentials::Basic { .. }) => {
                self.token(&realm, service.as_deref(), scope.as_deref()).await
            }
            // A token of the person's own was refused, or a password is wanted and there is none.
            (Challenge::Basic | Challenge::Bearer { .. }, credentials) => {
                let why = format!("asked with {}", credentials.words());
                Err(Error::Unauthorized {
                    place: self.repository.to_string(),
                    why,
                })
            }
        }
    }

    /// Asks the registry's token service, as nobody or by name and password.
    pub(super) async fn token(
        &self,
        realm: &str,
        service: Option<&str>,
        scope: Option<&str>,
    ) -> Result<Credentials, Error> {
        let mut url = Url::parse(realm).map_err(|_| self.unreadable("its token service has no valid URL"))?;
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) && !self.repository.is_plain() {
            return Err(self.unreadable("its token service is not reached over https"));
        }
        let default_scope = format!("repository:{}:pull", self.repository.name());
        url.query_pairs_mut()
            .extend_pairs(service.map(|service| ("service", service)))
            .append_pair("scope", scope.unwrap_or(&default_scope));
        let answer = self.client.get(&url, self.credentials, TOKEN_LIMIT).await?;
        if !answer.status.is_success() {
            return Err(answer.into_error(place(&url), self.credentials));
        }
        let token: Token = serde_json::from_slice(&answer.body).map_err(|error| self.unreadable(&error.to_string()))?;
        let token = token
            .token
            .or(token.access_token)
            .ok_or_else(|| self.unreadable("its token service gave no token"))?;
        Ok(Credentials::Bearer {
            token: SecretString::from(token),
        })
    }

    pub(super) fn unreadable(&self, message: &str) -> Error {
        Error::Unreadable {
            place: self.repository.to_string(),
            message: message.to_owned(),
        }
    }
}
