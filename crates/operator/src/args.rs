//! The command line. Every flag can be given by the environment too, and what is in force is logged at the start.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};
use jiff::SignedDuration;
use stagecoach_runtime::logging::Format;

/// Moves versions through the stages of your pipelines, by pull requests.
#[derive(Debug, Parser)]
#[command(name = "stagecoach", version, next_line_help = true)]
pub(crate) struct Args {
    /// This replica's own name, different for each replica and the same after a restart: the pod's name. A replica that
    /// comes back under its name has its lease back at once.
    #[arg(long, env = "HOSTNAME", value_name = "NAME")]
    pub(crate) identity: String,

    /// The operator's own namespace, where its lease and the Secrets of connections are. Default: the namespace of the
    /// service account or of the kubeconfig's context.
    #[arg(long, env = "STAGECOACH_NAMESPACE", value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,

    /// The lease that the replicas share.
    #[arg(
        long,
        env = "STAGECOACH_LEASE_NAME",
        default_value = "stagecoach",
        value_name = "NAME"
    )]
    pub(crate) lease_name: String,

    /// Where /healthz, /readyz and /metrics are served.
    #[arg(
        long,
        env = "STAGECOACH_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS:PORT"
    )]
    pub(crate) listen: SocketAddr,

    /// How a log line looks.
    #[arg(long, env = "STAGECOACH_LOG_FORMAT", default_value = "json", value_enum)]
    pub(crate) log_format: LogFormat,

    /// Which log lines are written: error, warn, info, debug or trace, or a list such as info,stagecoach_scm=debug.
    #[arg(long, env = "STAGECOACH_LOG_FILTER", default_value = "info", value_name = "FILTER")]
    pub(crate) log_filter: String,

    /// How often each repository is asked for changes of its pull requests.
    #[arg(long, env = "STAGECOACH_POLL_INTERVAL", default_value = "30s", value_name = "DURATION", value_parser = duration)]
    pub(crate) poll_interval: Duration,

    /// How long everything must stay healthy before a stage counts as promoted, where the stage does not say.
    #[arg(long, env = "STAGECOACH_STABILITY", default_value = "10s", value_name = "DURATION", value_parser = duration_or_zero)]
    pub(crate) stability: Duration,

    /// The repository that `identifier: mgmt` of a PrAutomation means, as in my-org/my-repository. Default: what
    /// spec.managementRepo of the DeploymentSettings in the cluster says.
    #[arg(long, env = "STAGECOACH_MANAGEMENT_REPOSITORY", value_name = "OWNER/NAME")]
    pub(crate) management_repository: Option<String>,

    /// What deploys a ServiceDeployment where the cluster has more than one engine. Default: say so and wait.
    #[arg(long, env = "STAGECOACH_ENGINE", value_enum)]
    pub(crate) engine: Option<Engine>,

    /// The namespace of Argo CD, where its Applications are.
    #[arg(
        long,
        env = "STAGECOACH_ARGOCD_NAMESPACE",
        default_value = "argocd",
        value_name = "NAMESPACE"
    )]
    pub(crate) argocd_namespace: String,

    /// A namespace beside the operator's own whose Secrets may be read; may be given more than once.
    #[arg(
        long = "secret-namespace",
        alias = "secret-namespaces",
        env = "STAGECOACH_SECRET_NAMESPACES",
        value_name = "NAMESPACE",
        value_delimiter = ','
    )]
    pub(crate) secret_namespaces: Vec<String>,

    /// A folder for small mirrors of git repositories that are on no forge with a ScmConnection, about 1 GB at most. Default:
    /// stagecoach-git in the folder for temporary files.
    #[arg(long, env = "STAGECOACH_GIT_CACHE", value_name = "DIR")]
    pub(crate) git_cache: Option<PathBuf>,

    /// How long a stop waits for passes that have begun, so that calls to a forge can end. Less than the pod's
    /// terminationGracePeriodSeconds.
    #[arg(long, env = "STAGECOACH_GRACE", default_value = "40s", value_name = "DURATION", value_parser = duration)]
    pub(crate) grace: Duration,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people at a terminal.
    Pretty,
}

impl From<LogFormat> for Format {
    fn from(format: LogFormat) -> Self {
        match format {
            LogFormat::Json => Self::Json,
            LogFormat::Pretty => Self::Pretty,
        }
    }
}

/// What deploys a ServiceDeployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Argo CD.
    Argocd,
    /// Flux.
    Flux,
}

impl From<Engine> for stagecoach_api::service_deployment::Engine {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Argocd => Self::ArgoCd,
            Engine::Flux => Self::Flux,
        }
    }
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Self::Argocd => "argocd",
            Self::Flux => "flux",
        }
    }
}

impl Args {
    /// One line with everything that is in force. None of it is a secret, but a person may write a repository as a URL
    /// with a password in it.
    pub(crate) fn log(&self, namespace: &str) {
        let Self {
            identity,
            namespace: _,
            lease_name,
            listen,
            log_format: _,
            log_filter,
            poll_interval,
            stability,
            management_repository,
            engine,
            argocd_namespace,
            secret_namespaces,
            git_cache,
            grace,
        } = self;
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            identity,
            namespace,
            lease_name,
            %listen,
            log_filter,
            ?poll_interval,
            ?stability,
            management_repository = management_repository.as_deref().map(redacted),
            engine = engine.map(Engine::name),
            argocd_namespace,
            secret_namespaces = secret_namespaces.join(","),
            git_cache = git_cache.as_deref().map(|folder| tracing::field::display(folder.display())),
            ?grace,
            "stagecoach starts"
        );
    }
}

/// The text without what stands between `//` and `@`.
fn redacted(text: &str) -> String {
    match text
        .split_once("://")
        .map(|(scheme, rest)| (scheme, rest.rsplit_once('@')))
    {
        Some((scheme, Some((_, host)))) => format!("{scheme}://***@{host}"),
        _ => text.to_owned(),
    }
}

/// A span of time as people write it: `30s`, `1m 30s`, `500ms`.
fn duration_or_zero(text: &str) -> Result<Duration, String> {
    let span: SignedDuration = text
        .parse()
        .map_err(|_| format!("{text:?} is no duration, write for example 30s, 500ms or 5m"))?;
    Duration::try_from(span).map_err(|_| format!("{text:?} is negative, a duration is not"))
}

/// The same, but not zero: nothing is to be done without any pause.
fn duration(text: &str) -> Result<Duration, String> {
    match duration_or_zero(text)? {
        Duration::ZERO => Err(format!("{text:?} must be more than zero")),
        span => Ok(span),
    }
}

#[cfg(test)]
mod tests;
