//! What can stand between a reconciler and an effect on a forge. Each source says its own class and reason.

use std::time::Duration;

use stagecoach_api::scm_connection::ScmType;
use stagecoach_change::Secrets;
use stagecoach_runtime::{Class, Classify, SecretError};
use stagecoach_scm as scm;
use stagecoach_versions as versions;

use crate::RegistryError;

/// Why something about a forge is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such ScmConnection.
    #[error("ScmConnection {0} does not exist: create it, or correct the scmConnectionRef that names it")]
    ConnectionMissing(String),
    /// Its Secret cannot be used.
    #[error("ScmConnection {connection}: {source}")]
    Secret {
        /// The connection.
        connection: String,
        /// What is wrong with the Secret.
        source: SecretError,
    },
    /// A type of forge that this version cannot talk to.
    #[error("ScmConnection {connection}: forges of type {} are not supported by this version; GITEA and FORGEJO are", serde_json::json!(.kind).as_str().unwrap_or_default())]
    UnsupportedForge {
        /// The connection.
        connection: String,
        /// `spec.type`.
        kind: ScmType,
    },
    /// A forge that anybody may host needs its address.
    #[error(
        "ScmConnection {0}: spec.baseUrl is missing: write the address of the forge, for example https://git.example.com"
    )]
    AddressMissing(String),
    /// `identifier: mgmt` without a management repository.
    #[error(
        "identifier \"mgmt\" means the management repository, and none is set: write spec.managementRepo of a \
         DeploymentSettings, or the chart value operator.managementRepository"
    )]
    ManagementRepositoryMissing,
    /// `identifier: mgmt`, and different answers to what it means.
    #[error(
        "identifier \"mgmt\" means the management repository, and the DeploymentSettings differ about it ({0}): let them say \
         the same, or set the chart value operator.managementRepository"
    )]
    ManagementRepositoryContradicted(String),
    /// The automation names no repository.
    #[error("PrAutomation {0}: spec.identifier is missing: write the repository as owner/name")]
    RepositoryMissing(String),
    /// There is no such PrAutomation.
    #[error("PrAutomation {0} does not exist: create it, or correct the prAutomationRef that names it")]
    AutomationMissing(String),
    /// The base branch does not exist.
    #[error("repository {repository} has no branch {branch}: create it, or correct spec.branch of the automation")]
    BranchMissing {
        /// The repository.
        repository: String,
        /// The branch.
        branch: String,
    },
    /// What is to be copied from does not exist.
    #[error(
        "repository {repository} has no branch, tag or commit {reference}: create it, or correct {field} of the automation"
    )]
    RefMissing {
        /// The repository.
        repository: String,
        /// The name.
        reference: String,
        /// What names it.
        field: &'static str,
    },
    /// The templates' repository is not registered.
    #[error("GitRepository {0} does not exist: create it, or correct spec.repositoryRef of the automation")]
    TemplatesMissing(String),
    /// The connection of the templates' repository is that of another server.
    #[error(
        "GitRepository {repository} is on {host}, and ScmConnection {connection}, which its spec.connectionRef names, is \
         not: name the ScmConnection of its forge, or take the field out to read the repository by git"
    )]
    TemplatesElsewhere {
        /// The GitRepository.
        repository: String,
        /// Its host.
        host: String,
        /// The ScmConnection.
        connection: String,
    },
    /// The Secret of a repository cannot be used.
    #[error("GitRepository {repository}: credentialsRef: {source}")]
    Credentials {
        /// The GitRepository.
        repository: String,
        /// What is wrong with the Secret.
        source: SecretError,
    },
    /// An edit is about external templates, and nothing says where they are.
    #[error(
        "the automation uses external templates or scripts, and nothing says where they are: write spec.repositoryRef \
         with the GitRepository, and spec.git with folder and ref"
    )]
    TemplatesUnnamed,
    /// The proxy on the way to charts.
    #[error("{field} is no address: {message}")]
    InvalidProxy {
        /// What says it.
        field: String,
        /// What is wrong with it.
        message: String,
    },
    /// The credentials for charts cannot be used.
    #[error("HelmRepository {repository}: {source}")]
    HelmRepository {
        /// The repository.
        repository: String,
        /// What is wrong with its credentials.
        source: RegistryError,
    },
    /// A chart cannot be had.
    #[error("spec.vendor.helm: {0}")]
    Chart(#[from] versions::Error),
    /// The repository takes no commits.
    #[error("repository {0} is archived and takes no commits: unarchive it")]
    Archived(String),
    /// An edit is about a link or a submodule.
    #[error("{path} is a {kind}, and only files are edited: name the file that it stands for, or leave it out")]
    NotAFile {
        /// The path.
        path: String,
        /// What stands there.
        kind: &'static str,
    },
    /// An edit is about a file that no editor takes.
    #[error(
        "{path} has {size} bytes, and files of more than {limit} bytes are not edited: leave it out of the automation"
    )]
    FileTooLarge {
        /// The path.
        path: String,
        /// Its size.
        size: u64,
        /// The limit.
        limit: usize,
    },
    /// A search finds more files than one pull request reads.
    #[error(
        "the automation reads {count} files, and at most {limit} are read for one pull request: narrow spec.updates.files"
    )]
    TooManyReads {
        /// Files that it finds.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// A search finds more bytes than one pull request reads.
    #[error(
        "the automation reads {count} files of {bytes} bytes together, and at most {limit} are read for one pull request: \
         narrow spec.updates.files"
    )]
    TooManyBytes {
        /// Files that it finds.
        count: usize,
        /// Their bytes.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// A script does not come to an end of its questions.
    #[error(
        "the script of spec.lua asked {limit} times for other files: let it read them in fewer steps, as with fs.walk"
    )]
    EndlessScript {
        /// How often it was asked.
        limit: usize,
    },
    /// A change is not computed in the time that it may take.
    #[error(
        "the change was not computed in {} s: let the automation's script, or its edits, do less at once",
        .0.as_secs()
    )]
    ComputationTooLong(Duration),
    /// Others take all places in which changes are computed.
    #[error("the change waits for others to be computed, and none ended within {} s; it is tried again", .0.as_secs())]
    ComputationsBusy(Duration),
    /// A value that nobody is to see would be read by everybody who may read the object that holds the patch.
    #[error(
        "the value of the PASSWORD field {0:?} would stand in the patch, where everybody who may read the \
         PrAutomationTrigger can read it: take spec.patch out of the PrAutomation, or the value out of its edits"
    )]
    SecretInPatch(String),
    /// A status is a small object.
    #[error(
        "the patch has {bytes} bytes, and at most {limit} fit into a status: see it with `kubectl stagecoach render -o \
         diff`, take spec.patch out of the PrAutomation, or let it change less"
    )]
    PatchTooLarge {
        /// Its size, or that of the files in it.
        bytes: u64,
        /// The limit.
        limit: usize,
    },
    /// A pipeline waits for merges.
    #[error(
        "PrAutomation {0} makes patches (spec.patch) and opens no pull requests, so nothing would ever be merged: take \
         spec.patch out of it, or name another one"
    )]
    PatchOnly(String),
    /// The forge was opened for planning only.
    #[error("this is a dry run: nothing was made on the forge")]
    DryRun,
    /// The forge said no, or nothing.
    #[error("{0}")]
    Forge(#[from] scm::Error),
    /// The change set cannot be computed.
    #[error("{0}")]
    Change(#[from] stagecoach_change::Error),
    /// One of these whose text held the value of a PASSWORD entry, as in the name of a ref or a chart.
    #[error("{text}")]
    Hidden {
        /// The text without it.
        text: String,
        /// The other error's reason.
        reason: &'static str,
        /// Its class.
        class: Class,
        /// Whether it is a refusal.
        is_refusal: bool,
    },
}

impl Error {
    /// The error without secrets.
    pub(crate) fn without(self, secrets: &Secrets) -> Self {
        let text = self.to_string();
        let hidden = secrets.hide(text.clone());
        if hidden == text {
            return self;
        }
        Self::Hidden {
            text: hidden,
            reason: self.reason(),
            class: self.class(),
            is_refusal: self.is_refusal(),
        }
    }

    /// True when only another automation, another repository content or other values help: the promotion is refused,
    /// where the other errors leave it waiting.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Change(_)
            | Self::NotAFile { .. }
            | Self::FileTooLarge { .. }
            | Self::TooManyReads { .. }
            | Self::TooManyBytes { .. }
            | Self::TemplatesUnnamed
            | Self::InvalidProxy { .. }
            | Self::SecretInPatch(_)
            | Self::PatchTooLarge { .. }
            | Self::PatchOnly(_)
            | Self::ComputationTooLong(_)
            | Self::EndlessScript { .. } => true,
            Self::Forge(scm::Error::Git(error)) => error.is_about_content(),
            Self::Hidden { is_refusal, .. } => *is_refusal,
            Self::Forge(error) => matches!(
                error,
                scm::Error::BranchTaken { .. }
                    | scm::Error::InvalidCommitIntent { .. }
                    | scm::Error::TooManyFiles { .. }
            ),
            Self::Chart(error) => error.kind() == versions::Kind::Stalled,
            Self::ConnectionMissing(_)
            | Self::Secret { .. }
            | Self::HelmRepository { .. }
            | Self::UnsupportedForge { .. }
            | Self::AddressMissing(_)
            | Self::ManagementRepositoryMissing
            | Self::ManagementRepositoryContradicted(_)
            | Self::RepositoryMissing(_)
            | Self::AutomationMissing(_)
            | Self::BranchMissing { .. }
            | Self::RefMissing { .. }
            | Self::TemplatesMissing(_)
            | Self::TemplatesElsewhere { .. }
            | Self::Credentials { .. }
            | Self::Archived(_)
            | Self::ComputationsBusy(_)
            | Self::DryRun => false,
        }
    }
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Forge(error) => match error.kind() {
                scm::Kind::Retry => Class::Retry,
                scm::Kind::Wait(until) => Class::Wait(until),
                scm::Kind::Stalled => Class::Stalled,
            },
            Self::Chart(error) => match error.kind() {
                // The back-off is longer than registries ask for.
                versions::Kind::Retry | versions::Kind::Wait(_) => Class::Retry,
                versions::Kind::Stalled => Class::Stalled,
            },
            Self::Secret { source, .. } | Self::Credentials { source, .. } => source.class(),
            Self::HelmRepository { source, .. } => source.class(),
            Self::Hidden { class, .. } => *class,
            Self::ComputationsBusy(_) => Class::Retry,
            Self::ConnectionMissing(_)
            | Self::UnsupportedForge { .. }
            | Self::AddressMissing(_)
            | Self::ManagementRepositoryMissing
            | Self::ManagementRepositoryContradicted(_)
            | Self::RepositoryMissing(_)
            | Self::AutomationMissing(_)
            | Self::BranchMissing { .. }
            | Self::RefMissing { .. }
            | Self::TemplatesMissing(_)
            | Self::TemplatesElsewhere { .. }
            | Self::TemplatesUnnamed
            | Self::InvalidProxy { .. }
            | Self::Archived(_)
            | Self::DryRun
            | Self::SecretInPatch(_)
            | Self::PatchTooLarge { .. }
            | Self::PatchOnly(_)
            | Self::NotAFile { .. }
            | Self::FileTooLarge { .. }
            | Self::TooManyReads { .. }
            | Self::TooManyBytes { .. }
            | Self::EndlessScript { .. }
            | Self::ComputationTooLong(_)
            | Self::Change(_) => Class::Stalled,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::ConnectionMissing(_) => "ConnectionMissing",
            Self::Secret { source, .. } | Self::Credentials { source, .. } => source.reason(),
            Self::HelmRepository { source, .. } => source.reason(),
            Self::UnsupportedForge { .. } => "UnsupportedForge",
            Self::AddressMissing(_) => "AddressMissing",
            Self::ManagementRepositoryMissing => "ManagementRepositoryMissing",
            Self::ManagementRepositoryContradicted(_) => "ManagementRepositoryContradicted",
            Self::RepositoryMissing(_) => "RepositoryMissing",
            Self::AutomationMissing(_) => "AutomationMissing",
            Self::BranchMissing { .. } => "BranchMissing",
            Self::RefMissing { .. } => "RefMissing",
            Self::TemplatesMissing(_) => "TemplatesMissing",
            Self::TemplatesElsewhere { .. } => "TemplatesElsewhere",
            Self::TemplatesUnnamed => "TemplatesUnnamed",
            Self::InvalidProxy { .. } => "InvalidProxy",
            Self::Chart(error) => error.reason(),
            Self::Archived(_) => "RepositoryArchived",
            Self::NotAFile { .. } => "NotAFile",
            Self::FileTooLarge { .. } => "FileTooLarge",
            Self::TooManyReads { .. } | Self::TooManyBytes { .. } => "TooManyFiles",
            Self::EndlessScript { .. } => "EndlessScript",
            Self::ComputationTooLong(_) => "ComputationTooLong",
            Self::ComputationsBusy(_) => "ComputationsBusy",
            Self::SecretInPatch(_) => "SecretInPatch",
            Self::PatchTooLarge { .. } => "PatchTooLarge",
            Self::PatchOnly(_) => "PatchOnly",
            Self::DryRun => "DryRun",
            Self::Forge(error) => error.reason(),
            Self::Change(error) => error.reason(),
            Self::Hidden { reason, .. } => reason,
        }
    }
}
