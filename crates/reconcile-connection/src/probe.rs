//! Asks an address whether it answers what is expected there. Reads only; follows no redirect to another host.

use std::time::Duration;

use reqwest::{StatusCode, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use stagecoach_runtime::{Class, Classify};

/// Time for one question.
const DEADLINE: Duration = Duration::from_secs(10);

/// Why an address cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// 401 or 403.
    #[error("{address} refuses the credentials, or wants some: write them into a Secret, and name it in {field}")]
    Refused {
        /// The address.
        address: String,
        /// The field that names the Secret.
        field: &'static str,
    },
    /// 404 and the like.
    #[error("{address} answers {status}: correct the address")]
    NotThere {
        /// The address.
        address: String,
        /// The answer.
        status: u16,
    },
    /// No answer, or one that says that it is not able to.
    #[error("{address} does not answer ({cause}); it is asked again")]
    Silent {
        /// The address.
        address: String,
        /// What was seen.
        cause: String,
    },
    /// The client could not be made.
    #[error("no HTTP client can be made: {0}")]
    Client(String),
}

impl Classify for ProbeError {
    fn class(&self) -> Class {
        match self {
            Self::Silent { .. } => Class::Retry,
            Self::Refused { .. } | Self::NotThere { .. } | Self::Client(_) => Class::Stalled,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "Unauthorized",
            Self::NotThere { .. } => "NotFound",
            Self::Silent { .. } => "Unavailable",
            Self::Client(_) => "InvalidConfiguration",
        }
    }
}

/// Asks. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Probe {
    client: reqwest::Client,
}

/// User and password for one question.
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: SecretString,
}

impl Probe {
    /// A prober with deadlines.
    ///
    /// # Errors
    /// When the TLS set-up of the process does not allow a client.
    pub fn new() -> Result<Self, ProbeError> {
        let client = reqwest::Client::builder()
            .timeout(DEADLINE)
            .connect_timeout(DEADLINE / 2)
            .redirect(redirect::Policy::limited(3))
            .build()
            .map_err(|error| ProbeError::Client(error.to_string()))?;
        Ok(Self { client })
    }

    /// Whether `address` answers with success; `field` is where an object names the Secret with its credentials.
    pub(crate) async fn ask(
        &self,
        address: &str,
        credentials: Option<&Credentials>,
        field: &'static str,
    ) -> Result<(), ProbeError> {
        let mut request = self.client.get(address);
        if let Some(credentials) = credentials {
            request = request.basic_auth(&credentials.user, Some(credentials.password.expose_secret()));
        }
        let silent = |error: reqwest::Error| ProbeError::Silent {
            address: address.to_owned(),
            cause: if error.is_timeout() {
                "no answer in time".to_owned()
            } else {
                "no connection".to_owned()
            },
        };
        let status = request.send().await.map_err(silent)?.status();
        match status {
            _ if status.is_success() => Ok(()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(ProbeError::Refused {
                address: address.to_owned(),
                field,
            }),
            _ if status.is_server_error() => Err(ProbeError::Silent {
                address: address.to_owned(),
                cause: format!("status {}", status.as_u16()),
            }),
            _ => Err(ProbeError::NotThere {
                address: address.to_owned(),
                status: status.as_u16(),
            }),
        }
    }
}
