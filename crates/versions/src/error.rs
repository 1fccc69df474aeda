//! What can go wrong while looking for versions, in words for a person. Credentials are never part of them: places
//! are hosts and paths.

use std::time::Duration;

/// What the caller does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Try again, with backoff.
    Retry,
    /// Try again after that time, and not before.
    Wait(Duration),
    /// A person must change something.
    Stalled,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// 5xx, no connection, or no answer in time.
    #[error("{place} is not available ({cause}); it is tried again")]
    RegistryUnavailable {
        /// Host and path.
        place: String,
        /// What was seen.
        cause: String,
    },
    /// 401, also after the dance for a token.
    #[error("{place} refused the credentials ({why}); check auth and its Secret")]
    Unauthorized {
        /// Host and path.
        place: String,
        /// What was tried.
        why: String,
    },
    /// 403.
    #[error("{place} may not be read with these credentials ({message}); give them the right to pull")]
    Forbidden {
        /// Host and path.
        place: String,
        /// The other side's own words.
        message: String,
    },
    /// 404.
    #[error("{place} does not exist; check the url")]
    RepositoryNotFound {
        /// Host and path.
        place: String,
    },
    /// The repository has no such chart.
    #[error("the chart repository {place} has no chart {chart}; check its name")]
    ChartNotFound {
        /// Host and path.
        place: String,
        /// The chart.
        chart: String,
    },
    /// The chart has no such version.
    #[error("{place} has no version {version} of the chart {chart}; check the version, or push it")]
    ChartVersionNotFound {
        /// Host and path.
        place: String,
        /// The chart.
        chart: String,
        /// The version.
        version: String,
    },
    /// The bytes are not those that were promised.
    #[error("what {place} gave has the sha256 {found}, and not {expected} as was said of it; it is not used")]
    DigestMismatch {
        /// Host and path.
        place: String,
        /// What index or manifest say.
        expected: String,
        /// What came.
        found: String,
    },
    /// An archive that cannot be used.
    #[error("the archive of the chart {chart} {version} from {place} cannot be used: {message}")]
    InvalidChart {
        /// Host and path.
        place: String,
        /// The chart.
        chart: String,
        /// The version.
        version: String,
        /// What is wrong with it.
        message: String,
    },
    /// 429.
    #[error("{place} allows no more calls for {} seconds", wait.as_secs())]
    RateLimited {
        /// Host and path.
        place: String,
        /// How long.
        wait: Duration,
    },
    /// Another refusal.
    #[error("{place} refused the question: {message}")]
    Refused {
        /// Host and path.
        place: String,
        /// The other side's own words.
        message: String,
    },
    /// An answer of another shape than was asked for.
    #[error(
        "the answer of {place} was not understood ({message}); check that the url is that of a registry or chart repository"
    )]
    Unreadable {
        /// Host and path.
        place: String,
        /// What was wrong with it.
        message: String,
    },
    /// More than we are ready to hold.
    #[error("the answer of {place} is larger than {limit} {unit}, which is more than is read")]
    TooLarge {
        /// Host and path.
        place: String,
        /// The limit.
        limit: usize,
        /// Of what.
        unit: &'static str,
    },
    /// A text that names no repository.
    #[error("{url:?} names no repository: {why}")]
    InvalidUrl {
        /// Without credentials.
        url: String,
        /// What is wrong.
        why: &'static str,
    },
    /// A regular expression that cannot be used.
    #[error("the format {format:?} cannot be used: {why}")]
    InvalidFormat {
        /// The expression.
        format: String,
        /// What is wrong.
        why: String,
    },
    /// An empty list.
    #[error("there is nothing to choose from: no tag or version has been pushed yet")]
    NoCandidates,
    /// Nothing in the list is a version.
    #[error(
        "none of the {count} candidates (the first one is {example:?}) is a version by order {order}; set another order, or a format that says where the version is"
    )]
    NoVersions {
        /// The order.
        order: &'static str,
        /// How many there were.
        count: usize,
        /// One of them.
        example: String,
    },
    /// A target that nothing here reads yet.
    #[error("observers cannot look at targets of type {target} yet; use OCI or HELM")]
    UnsupportedTarget {
        /// The type as it stands in the manifest.
        target: String,
    },
    /// A kind of credentials that nothing here gets yet.
    #[error("observers cannot use credentials of provider {provider} yet; use BASIC or BEARER")]
    UnsupportedProvider {
        /// The provider as it stands in the manifest.
        provider: String,
    },
    /// The connection cannot be made at all.
    #[error("versions cannot be looked for: {why}")]
    InvalidOptions {
        /// What is wrong.
        why: String,
    },
}

impl Error {
    /// What the caller does next.
    pub fn kind(&self) -> Kind {
        match self {
            Self::RateLimited { wait, .. } => Kind::Wait(*wait),
            Self::RegistryUnavailable { .. } | Self::Unreadable { .. } => Kind::Retry,
            Self::Unauthorized { .. }
            | Self::Forbidden { .. }
            | Self::RepositoryNotFound { .. }
            | Self::ChartNotFound { .. }
            | Self::ChartVersionNotFound { .. }
            | Self::DigestMismatch { .. }
            | Self::InvalidChart { .. }
            | Self::Refused { .. }
            | Self::TooLarge { .. }
            | Self::InvalidUrl { .. }
            | Self::InvalidFormat { .. }
            | Self::NoCandidates
            | Self::NoVersions { .. }
            | Self::UnsupportedTarget { .. }
            | Self::UnsupportedProvider { .. }
            | Self::InvalidOptions { .. } => Kind::Stalled,
        }
    }

    /// One word for a condition, an event and a metric.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::RegistryUnavailable { .. } => "RegistryUnavailable",
            Self::Unauthorized { .. } => "RegistryUnauthorized",
            Self::Forbidden { .. } => "RegistryForbidden",
            Self::RepositoryNotFound { .. } => "RepositoryNotFound",
            Self::ChartNotFound { .. } => "ChartNotFound",
            Self::ChartVersionNotFound { .. } => "ChartVersionNotFound",
            Self::DigestMismatch { .. } => "DigestMismatch",
            Self::InvalidChart { .. } => "InvalidChart",
            Self::RateLimited { .. } => "RegistryRateLimited",
            Self::Refused { .. } => "RegistryRefused",
            Self::Unreadable { .. } => "RegistryUnreadable",
            Self::TooLarge { .. } => "RegistryAnswerTooLarge",
            Self::InvalidUrl { .. } => "InvalidUrl",
            Self::InvalidFormat { .. } => "InvalidFormat",
            Self::NoCandidates | Self::NoVersions { .. } => "NoVersions",
            Self::UnsupportedTarget { .. } => "UnsupportedTarget",
            Self::UnsupportedProvider { .. } => "UnsupportedProvider",
            Self::InvalidOptions { .. } => "InvalidOptions",
        }
    }
}
