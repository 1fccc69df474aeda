//! Decide: whether a recipe can be used. Pure.

use kube::ResourceExt as _;
use stagecoach_change as change;
use stagecoach_delivery as delivery;
use stagecoach_runtime::Classify as _;

use super::observe::{Connection, Observed};

/// Problems that a message lists.
const LISTED: usize = 5;

/// What there is to say of a recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It can be used.
    Usable { message: String },
    /// Something that it refers to is not there, or not ready.
    Waiting { reason: &'static str, message: String },
    /// A person must change something.
    Unusable { reason: &'static str, message: String },
}

impl Verdict {
    /// One word.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Usable { .. } => "Usable",
            Self::Waiting { reason, .. } | Self::Unusable { reason, .. } => reason,
        }
    }

    /// One sentence, and what to do.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Usable { message } | Self::Waiting { message, .. } | Self::Unusable { message, .. } => message,
        }
    }
}

/// Decides: what is wrong with the recipe itself comes before what it refers to.
pub(crate) fn decide(observed: &Observed) -> Verdict {
    let problems = problems(observed);
    if let Some((reason, _)) = problems.first() {
        return Verdict::Unusable {
            reason,
            message: listed(&problems),
        };
    }
    let name = observed.automation.spec.scm_connection_ref.name();
    match &observed.connection {
        Connection::Ready => {}
        Connection::Missing => {
            return Verdict::Waiting {
                reason: "ConnectionMissing",
                message: format!("ScmConnection {name} does not exist: create it, or correct spec.scmConnectionRef"),
            };
        }
        Connection::Unknown => {
            return Verdict::Waiting {
                reason: "ConnectionNotReady",
                message: format!("ScmConnection {name} was not looked at yet"),
            };
        }
        Connection::NotReady { stalled, message } => {
            let message = format!("ScmConnection {name} is not ready: {message}");
            let reason = "ConnectionNotReady";
            return if *stalled {
                Verdict::Unusable { reason, message }
            } else {
                Verdict::Waiting { reason, message }
            };
        }
    }
    if let Some(templates) = &observed.missing_templates {
        return Verdict::Waiting {
            reason: "RepositoryNotFound",
            message: format!("GitRepository {templates} does not exist: create it, or correct spec.repositoryRef"),
        };
    }
    Verdict::Usable {
        message: usable(observed, name),
    }
}

fn usable(observed: &Observed, connection: &str) -> String {
    let makes_patches = observed.automation.spec.patch == Some(true);
    match repository(observed) {
        Ok(repository) if makes_patches => format!(
            "makes patches for {repository}, read through ScmConnection {connection}, into the status of PrAutomationTriggers; it \
             opens no pull requests, and pipelines refuse it"
        ),
        Ok(repository) => format!("opens pull requests in {repository} through ScmConnection {connection}"),
        Err(_) => format!("opens pull requests in the repositories that pipelines name, through {connection}"),
    }
}

/// Everything that is wrong with the recipe itself, as reason and sentence.
fn problems(observed: &Observed) -> Vec<(&'static str, String)> {
    let spec = &observed.automation.spec;
    let mut problems = Vec::new();
    match repository(observed) {
        Err(delivery::Error::RepositoryMissing(_)) if observed.repository_elsewhere => {}
        Err(error) => problems.push((error.reason(), error.to_string())),
        Ok(_) => {}
    }
    let unsupported = spec.unsupported();
    problems.extend(unsupported.map(|error| (error.reason(), error.to_string())));
    if spec.lacks_templates() {
        let error = delivery::Error::TemplatesUnnamed;
        problems.push((error.reason(), error.to_string()));
    }
    let found = change::validate(&spec.to_change());
    problems.extend(found.iter().map(|error| (error.reason(), error.to_string())));
    problems
}

fn repository(observed: &Observed) -> Result<stagecoach_scm::RepositoryId, delivery::Error> {
    delivery::repository_of(
        &observed.automation.name_any(),
        observed.automation.spec.identifier.as_deref(),
        &observed.management_repository,
    )
}

fn listed(problems: &[(&'static str, String)]) -> String {
    let shown: Vec<&str> = problems
        .iter()
        .take(LISTED)
        .map(|(_, sentence)| sentence.as_str())
        .collect();
    let mut text = shown.join("; ");
    if problems.len() > LISTED {
        text = format!("{text}; and {} more", problems.len() - LISTED);
    }
    text
}

#[cfg(test)]
mod tests;
