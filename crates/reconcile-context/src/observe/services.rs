//! Judging the services of a stage: what the merge wants against what runs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use stagecoach_api::{Pipeline, PipelineContext};
use stagecoach_core::Graph;
use stagecoach_core::graph::ServiceReference;
use stagecoach_core::input::Proof;
use stagecoach_core::status::{PullRequest, PullRequestState, StageRun, StageState};
use stagecoach_delivery::{Error, plain};
use stagecoach_runtime::{Class, Classify, ObjectKey};
use stagecoach_scm::{CommitSha, Content as _, File, RepositoryId};
use stagecoach_workload::{Expectation, Verdict, judge};

use super::live;
use crate::Context;
use crate::memory::{Attempt, Documents, PipelineMemory};
use crate::observe::Failure;

/// How often kinds that are not watched are looked at.
const UNWATCHED: SignedDuration = SignedDuration::from_secs(5);
/// After this time in vain the forge is asked whether a later commit took the change back.
const DOUBT: SignedDuration = SignedDuration::from_secs(60);

/// Judges all services of one pass, and keeps of the memory only what the pass used.
pub(super) struct Judge<'a> {
    context: &'a Context,
    pipeline: &'a Pipeline,
    memory: &'a mut PipelineMemory,
    now: Timestamp,
    healthy: BTreeSet<(Attempt, String)>,
    documents: BTreeSet<(String, String, String)>,
    recheck_at: Option<Timestamp>,
    failures: Vec<Failure>,
}

/// What a pass over the services left to do.
pub(super) struct Judged {
    /// When to look again because something is not watched.
    pub(super) recheck_at: Option<Timestamp>,
    /// Reads that failed.
    pub(super) failures: Vec<Failure>,
}

/// Why something could not be read.
pub(super) struct Unseen {
    class: Class,
    reason: &'static str,
    message: String,
}

impl Unseen {
    /// From an error, with a few words before it that say what was wanted.
    pub(super) fn new(wanted: &str, error: &impl Classify) -> Self {
        Self {
            class: error.class(),
            reason: error.reason(),
            message: format!("{wanted}{error}"),
        }
    }

    /// What a person must change.
    pub(super) fn stalled(reason: &'static str, message: String) -> Self {
        Self {
            class: Class::Stalled,
            reason,
            message,
        }
    }
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        context: &'a Context,
        pipeline: &'a Pipeline,
        memory: &'a mut PipelineMemory,
        now: Timestamp,
    ) -> Self {
        Self {
            context,
            pipeline,
            memory,
            now,
            healthy: BTreeSet::new(),
            documents: BTreeSet::new(),
            recheck_at: None,
            failures: Vec::new(),
        }
    }

    /// The proof of every service of a stage.
    pub(super) async fn stage(
        &mut self,
        graph: &Graph,
        object: &PipelineContext,
        attempt: &Attempt,
        run: &StageRun,
    ) -> Vec<(ServiceReference, Proof)> {
        let mut proofs = Vec::new();
        let services = graph
            .stage(&run.name)
            .map(|stage| stage.services.as_slice())
            .unwrap_or_default();
        for (position, service) in services.iter().enumerate() {
            let reference = &service.reference;
            let seen = match self.expectation(object, run, reference, position).await {
                Ok(expectation) => self.proof(attempt, reference, &expectation).await,
                Err(unseen) => Err(unseen),
            };
            let proof = match seen {
                Ok(Proof::NotYet(message)) if self.is_doubtful(run) => Proof::Replaced(message),
                Ok(proof) => proof,
                Err(unseen) => self.unseen(attempt, unseen),
            };
            proofs.push((reference.clone(), proof));
        }
        proofs
    }

    /// What cannot be read now is read again: no object changes when a forge comes back.
    fn unseen(&mut self, attempt: &Attempt, unseen: Unseen) -> Proof {
        self.failures.push(Failure {
            context: attempt.context.clone(),
            stage: attempt.stage.clone(),
            class: unseen.class,
            reason: unseen.reason,
            message: unseen.message.clone(),
        });
        Proof::NotYet(unseen.message)
    }

    /// Forgets what this pass did not use.
    pub(super) fn finish(self) -> Judged {
        let (healthy, documents) = (self.healthy, self.documents);
        self.memory.healthy.retain(|key, _| healthy.contains(key));
        self.memory.documents.retain(|key, _| documents.contains(key));
        Judged {
            recheck_at: self.recheck_at,
            failures: self.failures,
        }
    }

    fn is_doubtful(&self, run: &StageRun) -> bool {
        run.state == StageState::Verifying && run.since.checked_add(DOUBT).is_ok_and(|doubt| self.now >= doubt)
    }

    async fn proof(
        &mut self,
        attempt: &Attempt,
        reference: &ServiceReference,
        expectation: &Expectation,
    ) -> Result<Proof, Unseen> {
        let live = live::read(self.context, reference).await?;
        if !live::is_watched(reference) {
            self.recheck_at = self.now.checked_add(UNWATCHED).ok();
        }
        Ok(match judge(&reference.kind, live.as_ref(), expectation) {
            Verdict::Healthy => {
                let key = (attempt.clone(), reference.to_string());
                let since = *self.memory.healthy.entry(key.clone()).or_insert(self.now);
                self.healthy.insert(key);
                Proof::Proven { since }
            }
            Verdict::Pending(message)
            | Verdict::Applying(message)
            | Verdict::Missing(message)
            | Verdict::Unknown(message) => Proof::NotYet(message),
            Verdict::Failed(message) => Proof::Failed(message),
            Verdict::Suspended(message) => Proof::Suspended(message),
        })
    }

    /// What must run: the object's own manifest as merged where a changed file holds it, and the wanted version.
    async fn expectation(
        &mut self,
        object: &PipelineContext,
        run: &StageRun,
        reference: &ServiceReference,
        position: usize,
    ) -> Result<Expectation, Unseen> {
        let label = reference.to_string();
        let record = run.pull_requests.iter().find(|record| record.services.contains(&label));
        let since = record.and_then(|record| record.merged_at).unwrap_or(run.since);
        let document = match record {
            Some(record) => self.document(record, reference).await?,
            None => None,
        };
        Ok(Expectation {
            document,
            version: self.version(object, run, position),
            since,
        })
    }

    fn version(&self, object: &PipelineContext, run: &StageRun, position: usize) -> Option<String> {
        let stage = self.pipeline.spec.stages.iter().find(|stage| stage.name == run.name)?;
        let expect = stage.services.get(position).and_then(|service| service.expect.as_ref());
        match expect.and_then(|expect| expect.version.as_deref()) {
            Some(template) => {
                let values = Value::Object(object.spec.context.clone());
                stagecoach_change::render_strict("expect.version", template, &values).ok()
            }
            None => object.spec.context.get("version").map(plain),
        }
    }

    /// The object's manifest in the files that the pull request changed, at its merge result.
    async fn document(&mut self, record: &PullRequest, reference: &ServiceReference) -> Result<Option<Value>, Unseen> {
        let commit = match record.state {
            PullRequestState::Unchanged => Some(record.base_commit.as_str()),
            _ => record.merge_commit.as_deref(),
        };
        let Some(commit) = commit else { return Ok(None) };
        for path in record.files.iter().filter(|path| is_manifest(path)) {
            let documents = self.parsed(record, commit, path).await?;
            if let Some(found) = documents.iter().find(|document| names(document, reference)) {
                return Ok(Some(found.clone()));
            }
        }
        Ok(None)
    }

    async fn parsed(&mut self, record: &PullRequest, commit: &str, path: &str) -> Result<Documents, Unseen> {
        let key = (record.repository.clone(), commit.to_owned(), path.to_owned());
        self.documents.insert(key.clone());
        if let Some(known) = self.memory.documents.get(&key) {
            return Ok(Documents::clone(known));
        }
        let wanted = "the merged file is needed to prove the stage: ";
        let read = self.merged(record, commit, path).await;
        let files = read.map_err(|error| Unseen::new(wanted, &error))?;
        let bytes = files
            .into_values()
            .flatten()
            .next()
            .map(|file| file.bytes)
            .unwrap_or_default();
        let documents = Documents::new(live::documents(&bytes));
        self.memory.documents.insert(key, Documents::clone(&documents));
        Ok(documents)
    }

    async fn merged(
        &self,
        record: &PullRequest,
        commit: &str,
        path: &str,
    ) -> Result<BTreeMap<String, Option<File>>, Error> {
        let forge = self.context.connections.forge(&record.connection)?;
        let repository = RepositoryId::parse(&record.repository)?;
        let sha = CommitSha::parse(commit)?;
        Ok(forge
            .content(&repository)
            .read_files(&sha, vec![path.to_owned()])
            .await?)
    }
}

fn is_manifest(path: &str) -> bool {
    let extension = path.rsplit('.').next().unwrap_or_default();
    ["yaml", "yml", "json"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

/// True when the document is that object. A manifest without a namespace leaves it to who applies it.
fn names(document: &Value, reference: &ServiceReference) -> bool {
    let metadata = &document["metadata"];
    document["kind"] == reference.kind
        && metadata["name"] == reference.name
        && (metadata["namespace"].is_null() || metadata["namespace"] == reference.namespace)
}

/// The ServiceDeployment that a reference names.
pub(super) fn key(reference: &ServiceReference) -> ObjectKey {
    ObjectKey::namespaced(&reference.namespace, &reference.name)
}
