//! Act: plans, and makes what an earlier round wrote down. Every effect is find-or-create.

use std::sync::Arc;

use jiff::Timestamp;
use stagecoach_api::pr_automation_trigger::{TriggerState, TriggeredPullRequest};

use stagecoach_delivery::{self as delivery, Forge, Intent, Proposal};
use stagecoach_scm::{self as scm, CommitSha, RepositoryId};

use super::body::{self, Story};
use super::decide::{Step, with_state};
use super::error::Error;
use super::observe::Observed;
use super::plan::{Order, order};
use crate::Context;

/// What a step came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// What is to be made, or that nothing is.
    Planned(TriggeredPullRequest),
    /// The patch, if anything changes, is in place of a pull request.
    Patched {
        /// What it is of.
        record: TriggeredPullRequest,
        /// The mail; none where nothing changes.
        patch: Option<String>,
    },
    /// It was made, or found.
    Opened(TriggeredPullRequest),
    /// It was merged or closed.
    Noted(TriggeredPullRequest),
    /// Nothing was to be done.
    Rested,
}

/// A change between intent and effect. It lives as long as the pass: who is killed computes it again.
pub(crate) struct Prepared {
    order: Order,
    proposal: Proposal,
}

/// Carries a step out.
pub(crate) async fn act(
    context: &Context,
    observed: &Observed,
    step: Step,
    prepared: &mut Option<Prepared>,
    now: Timestamp,
) -> Result<Outcome, Error> {
    match step {
        Step::Plan { branch } => plan(context, observed, branch, prepared, now).await,
        Step::Open(record) => match prepared.take() {
            Some(fresh) => open(context, observed, &record, fresh, prepared, now).await,
            None => resume(context, observed, &record, prepared, now).await,
        },
        Step::Note(record) => Ok(Outcome::Noted(record)),
        Step::Rest => Ok(Outcome::Rested),
    }
}

async fn plan(
    context: &Context,
    observed: &Observed,
    branch: String,
    prepared: &mut Option<Prepared>,
    now: Timestamp,
) -> Result<Outcome, Error> {
    let order = order(context, observed)?;
    let forge = context.connections.forge(&order.connection)?;
    let base = delivery::base(&forge, &order.repository, order.texts.branch.as_deref()).await?;
    let edits = std::slice::from_ref(&order.edit);
    let proposal = if order.patch {
        delivery::propose_whole(&forge, &order.repository, &base.commit, edits).await?
    } else {
        delivery::propose(&forge, &order.repository, &base.commit, edits).await?
    };
    let unchanged = proposal.changes.is_empty();
    let record = TriggeredPullRequest {
        generation: observed.generation(),
        connection: order.connection.clone(),
        repository: order.repository.to_string(),
        base: base.branch,
        branch,
        base_commit: base.commit.to_string(),
        commit_date: now,
        number: None,
        url: None,
        state: match (unchanged, order.patch) {
            (true, _) => TriggerState::Unchanged,
            (false, true) => TriggerState::PatchMade,
            (false, false) => TriggerState::Intended,
        },
        merge_commit: None,
        warnings: proposal.warnings.clone(),
    };
    if order.patch {
        let message = &order.texts.message;
        let patch = delivery::patch(&proposal, message, now, &order.complete, &order.hidden)?;
        return Ok(Outcome::Patched { record, patch });
    }
    *prepared = (!unchanged).then_some(Prepared { order, proposal });
    Ok(Outcome::Planned(record))
}

/// Goes on with an intent of an earlier pass, of which nobody knows how far it came.
async fn resume(
    context: &Context,
    observed: &Observed,
    record: &TriggeredPullRequest,
    prepared: &mut Option<Prepared>,
    now: Timestamp,
) -> Result<Outcome, Error> {
    let forge = context.connections.forge(&record.connection)?;
    let repository = RepositoryId::parse(&record.repository)?;
    let base_commit = CommitSha::parse(&record.base_commit)?;
    // Its own mark: the branch's name is a person's choice, and may have had a pull request before.
    let mark = body::mark(observed);
    let found = forge
        .read()
        .find_pull_request(&repository, &record.base, &record.branch)
        .await?;
    if let Some(found) = found.filter(|found| found.body.contains(&mark)) {
        let order = order(context, observed).ok();
        return finish(
            &forge,
            record,
            &found,
            order.map(|order| order.labels).unwrap_or_default(),
        )
        .await;
    }
    let order = order(context, observed)?;
    if order.patch || order.connection != record.connection || order.repository != repository {
        // The recipe was edited since, and nothing came of the intent.
        return plan(context, observed, record.branch.clone(), prepared, now).await;
    }
    let edits = std::slice::from_ref(&order.edit);
    let proposal = delivery::propose(&forge, &repository, &base_commit, edits).await?;
    if proposal.changes.is_empty() {
        return plan(context, observed, record.branch.clone(), prepared, now).await;
    }
    open(context, observed, record, Prepared { order, proposal }, prepared, now).await
}

async fn open(
    context: &Context,
    observed: &Observed,
    record: &TriggeredPullRequest,
    fresh: Prepared,
    prepared: &mut Option<Prepared>,
    now: Timestamp,
) -> Result<Outcome, Error> {
    let Prepared { order, proposal } = fresh;
    let forge = context.connections.forge(&record.connection)?;
    let body = body::body(&Story {
        observed,
        message: &order.texts.message,
        hidden: &order.hidden,
        proposal: &proposal,
    });
    let intent = Intent {
        repository: &order.repository,
        base: &record.base,
        base_commit: &CommitSha::parse(&record.base_commit)?,
        branch: &record.branch,
        date: record.commit_date,
        title: &order.texts.title,
        message: &order.texts.message,
        body: &body,
        proposal: &proposal,
    };
    match delivery::open(&forge, &intent).await {
        Ok((_, found)) => finish(&forge, record, &found, order.labels).await,
        Err(delivery::Error::Forge(scm::Error::BaseMoved { .. })) => {
            plan(context, observed, record.branch.clone(), prepared, now).await
        }
        Err(delivery::Error::Forge(error)) => Err(error.into()),
        Err(error) => Err(error.into()),
    }
}

/// The pull request is there, whoever made it.
async fn finish(
    forge: &Arc<Forge>,
    record: &TriggeredPullRequest,
    found: &scm::PullRequest,
    labels: Vec<String>,
) -> Result<Outcome, Error> {
    let mut record = with_state(record, &found.state);
    record.number = i64::try_from(found.number).ok();
    record.url = Some(found.url.clone());
    let repository = RepositoryId::parse(&record.repository)?;
    let warning = delivery::label(forge, &repository, found.number, &labels).await?;
    record.warnings.extend(warning);
    Ok(Outcome::Opened(record))
}
