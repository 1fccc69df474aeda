//! Opening what was written down, and asking whether what was merged still stands.

use std::collections::BTreeSet;

use stagecoach_core::graph::Criterion;
use stagecoach_core::input::ActionResult;
use stagecoach_core::status::{PullRequest, PullRequestState};
use stagecoach_delivery::{self as delivery, Error, Forge, Intent};
use stagecoach_scm::{self as scm, CommitSha, RepositoryId};

use super::Scene;
use super::plan::{Bundle, bundles};
use crate::body::{self, Next, Story};
use crate::memory::{Attempt, PipelineMemory, Prepared};
use crate::observe::seen_state;

/// Makes or finds the branch and the pull request of a record.
pub(super) async fn open(
    scene: &Scene<'_>,
    attempt: &Attempt,
    record: &PullRequest,
    memory: &PipelineMemory,
) -> Result<ActionResult, Error> {
    let forge = scene.context.connections.forge(&record.connection)?;
    let repository = RepositoryId::parse(&record.repository)?;
    let base_commit = CommitSha::parse(&record.base_commit)?;
    let remembered = memory.prepared.get(&(attempt.clone(), record.group.clone()));
    if remembered.is_none_or(|prepared| prepared.begun)
        && let Some((head, found)) = adopt(&forge, &repository, record).await?
    {
        return opened(scene, attempt, record, &head, &found).await;
    }
    let prepared = match remembered {
        Some(prepared) => Some(prepared.clone()),
        // After a restart the change is computed again, on the commit that was written down: it is the same one.
        None => prepare(scene, attempt, record, &forge, &repository, &base_commit).await?,
    };
    // The plan has changed under the intent, and nothing came of it yet.
    let Some(prepared) = prepared else {
        return Ok(ActionResult::Replan);
    };
    let body = text(scene, attempt, record, &prepared);
    let intent = Intent {
        repository: &repository,
        base: &record.base,
        base_commit: &base_commit,
        branch: &record.branch,
        date: record.commit_date,
        title: &record.title,
        message: &prepared.message,
        body: &body,
        proposal: &prepared.proposal,
    };
    match delivery::open(&forge, &intent).await {
        Ok((head, found)) => opened(scene, attempt, record, &head, &found).await,
        Err(Error::Forge(scm::Error::BaseMoved { .. })) => Ok(ActionResult::Replan),
        Err(error) => Err(error),
    }
}

/// Computes a record's change set again; `None` when the automation or the pipeline was edited since, so that no
/// group of this stage is the recorded one.
async fn prepare(
    scene: &Scene<'_>,
    attempt: &Attempt,
    record: &PullRequest,
    forge: &Forge,
    repository: &RepositoryId,
    base_commit: &CommitSha,
) -> Result<Option<Prepared>, Error> {
    let Some(bundle) = bundle_of(scene, attempt, record).await? else {
        return Ok(None);
    };
    // The recipe makes patches by now: the plan says so.
    if bundle.edits.iter().any(|edit| edit.automation.patch) {
        return Ok(None);
    }
    let proposal = delivery::propose(forge, repository, base_commit, &bundle.edits).await?;
    if proposal.changes.is_empty() {
        return Ok(None);
    }
    Ok(Some(Prepared {
        message: bundle.group.message,
        hidden: bundle.hidden,
        proposal,
        begun: true,
    }))
}

async fn bundle_of(scene: &Scene<'_>, attempt: &Attempt, record: &PullRequest) -> Result<Option<Bundle>, Error> {
    Ok(bundles(scene, attempt)
        .await?
        .into_iter()
        .find(|bundle| bundle.group.id() == record.group))
}

/// What an earlier pass made, whatever became of it since. Asked before anything is made again: where a person has
/// closed the pull request and deleted its branch, the same commit and a second pull request would be taken for new.
async fn adopt(
    forge: &Forge,
    repository: &RepositoryId,
    record: &PullRequest,
) -> Result<Option<(CommitSha, scm::PullRequest)>, Error> {
    let found = forge
        .read()
        .find_pull_request(repository, &record.base, &record.branch)
        .await?;
    let Some(found) = found else { return Ok(None) };
    let head = match &found.head_sha {
        Some(head) => head.clone(),
        None => CommitSha::parse(&record.base_commit)?,
    };
    Ok(Some((head, found)))
}

/// The pull request is there, whoever made it: it gets its labels.
async fn opened(
    scene: &Scene<'_>,
    attempt: &Attempt,
    record: &PullRequest,
    head: &CommitSha,
    found: &scm::PullRequest,
) -> Result<ActionResult, Error> {
    let forge = scene.context.connections.forge(&record.connection)?;
    let repository = RepositoryId::parse(&record.repository)?;
    let labels: Vec<String> = labels(scene, attempt, record).into_iter().collect();
    let warning = delivery::label(&forge, &repository, found.number, &labels).await?;
    Ok(ActionResult::Opened {
        number: i64::try_from(found.number).unwrap_or(i64::MAX),
        url: found.url.clone(),
        head_commit: head.to_string(),
        seen: seen_state(&found.state),
        warnings: warning.into_iter().collect(),
    })
}

/// The labels of all automations that share a pull request.
fn labels(scene: &Scene<'_>, attempt: &Attempt, record: &PullRequest) -> BTreeSet<String> {
    let stage = scene.graph.stage(&attempt.stage);
    let services = stage.into_iter().flat_map(|stage| &stage.services);
    let sharing = services.filter(|service| record.services.contains(&service.reference.to_string()));
    let automations = sharing.filter_map(|service| match &service.criterion {
        Criterion::PullRequest { automation, .. } => scene.context.caches.automations.get(None, automation),
        Criterion::Observe | Criterion::Unsupported(_) => None,
    });
    automations
        .flat_map(|automation| automation.spec.labels.clone())
        .collect()
}

/// True when every change of the attempt still stands at the head of its base branch: computed there, the change set
/// is empty. Where the automation was edited since, there is nothing to compare with.
pub(super) async fn stands(scene: &Scene<'_>, attempt: &Attempt) -> Result<bool, Error> {
    let records = scene
        .stage_run(attempt)
        .map(|run| run.pull_requests.as_slice())
        .unwrap_or_default();
    for record in records {
        let forge = scene.context.connections.forge(&record.connection)?;
        let repository = RepositoryId::parse(&record.repository)?;
        let head = delivery::base(&forge, &repository, Some(&record.base)).await?.commit;
        let applied = match record.state {
            PullRequestState::Unchanged => Some(record.base_commit.as_str()),
            _ => record.merge_commit.as_deref(),
        };
        if applied == Some(head.as_str()) {
            continue;
        }
        let Some(bundle) = bundle_of(scene, attempt, record).await? else {
            continue;
        };
        match delivery::propose(&forge, &repository, &head, &bundle.edits).await {
            Ok(proposal) if proposal.changes.is_empty() => {}
            // The file went, or holds nothing that the automation knows: the value does not stand either.
            Ok(_) | Err(Error::Change(_)) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

fn text(scene: &Scene<'_>, attempt: &Attempt, record: &PullRequest, prepared: &Prepared) -> String {
    let values = scene.object(&attempt.context).map(|object| &object.spec.context);
    let hidden: Vec<&str> = prepared.hidden.iter().map(String::as_str).collect();
    let next = scene
        .graph
        .edges()
        .iter()
        .filter(|edge| edge.from == attempt.stage)
        .map(|edge| Next {
            stage: &edge.to,
            gates: edge.gates.iter().map(|gate| gate.name.as_str()).collect(),
        });
    body::body(&Story {
        message: &prepared.message,
        pipeline: scene.observed.key.to_string(),
        stages: scene.graph.stages().iter().map(|stage| stage.name.as_str()).collect(),
        stage: &attempt.stage,
        context: format!("{}/{}", attempt.context.namespace, attempt.context.name),
        run: attempt.run,
        values: values
            .map(|values| delivery::shown(values, &hidden))
            .unwrap_or_default(),
        services: &record.services,
        proposal: &prepared.proposal,
        warnings: &record.warnings,
        next: next.collect(),
    })
}
