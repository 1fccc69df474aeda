//! Planning a stage: which change sets, on which base, under which branch. Reads only; what it comes to is the intent
//! that the next status write keeps.

use std::collections::BTreeMap;

use kube::ResourceExt as _;
use serde_json::Value;
use stagecoach_api::PrAutomation;
use stagecoach_api::pr_automation::ConfigurationType;
use stagecoach_api::template_values::{self, Place};
use stagecoach_change as change;
use stagecoach_core::graph::{Criterion, Service};
use stagecoach_core::status::{PullRequest, PullRequestState};
use stagecoach_delivery::{self as delivery, Edit, Error, Group, Head};
use stagecoach_scm::RepositoryId;

use super::Scene;
use crate::memory::{Attempt, Prepared};

/// What a plan comes to.
pub(super) struct Planned {
    pub(super) records: Vec<PullRequest>,
    /// By group.
    pub(super) prepared: Vec<(String, Prepared)>,
}

/// The edits of one group, with what they share.
pub(super) struct Bundle {
    pub(super) group: Group,
    pub(super) edits: Vec<Edit>,
    pub(super) services: Vec<String>,
    pub(super) prefix: Option<String>,
    pub(super) hidden: Vec<String>,
}

/// Plans every pull request of an attempt.
pub(super) async fn plan(scene: &Scene<'_>, attempt: &Attempt) -> Result<Planned, Error> {
    check_values(scene, attempt)?;
    let mut planned = Planned {
        records: Vec::new(),
        prepared: Vec::new(),
    };
    for bundle in bundles(scene, attempt).await? {
        let forge = scene.context.connections.forge(&bundle.group.connection)?;
        let repository = RepositoryId::parse(&bundle.group.repository)?;
        let base = delivery::base(&forge, &repository, Some(&bundle.group.base)).await?;
        let proposal = delivery::propose(&forge, &repository, &base.commit, &bundle.edits).await?;
        let id = bundle.group.id();
        let branch = delivery::branch(&Head {
            context: &attempt.context.uid,
            run: attempt.run,
            pipeline: &scene.observed.key.name,
            stage: &attempt.stage,
            attempt: attempt.attempt,
            group: &id,
            prefix: bundle.prefix.as_deref(),
        });
        let unchanged = proposal.changes.is_empty();
        planned.records.push(PullRequest {
            group: id.clone(),
            connection: bundle.group.connection,
            repository: bundle.group.repository,
            base: base.branch,
            branch,
            base_commit: base.commit.to_string(),
            commit_date: scene.now,
            title: bundle.group.title,
            services: bundle.services,
            files: proposal.files(),
            state: if unchanged {
                PullRequestState::Unchanged
            } else {
                PullRequestState::Intended
            },
            head_commit: None,
            number: None,
            url: None,
            merge_commit: None,
            merged_at: None,
            notice: None,
            warnings: proposal.warnings.clone(),
        });
        let prepared = Prepared {
            message: bundle.group.message,
            hidden: bundle.hidden,
            proposal,
            begun: false,
        };
        planned.prepared.push((id, prepared));
    }
    Ok(planned)
}

/// The values must suit every automation of the pipeline before anything is opened anywhere, and each must open something.
fn check_values(scene: &Scene<'_>, attempt: &Attempt) -> Result<(), Error> {
    let Some(object) = scene.object(&attempt.context) else {
        return Ok(());
    };
    let values = Value::Object(object.spec.context.clone());
    let services = scene.graph.stages().iter().flat_map(|stage| &stage.services);
    for service in services {
        if let Criterion::PullRequest { automation, .. } = &service.criterion
            && let Some(found) = scene.context.caches.automations.get(None, automation)
        {
            refuse_patch(&found)?;
            change::complete(&found.spec.to_change().configuration, &values)?;
        }
    }
    Ok(())
}

/// A recipe for patches opens no pull request, so that nothing would ever be merged.
fn refuse_patch(automation: &PrAutomation) -> Result<(), Error> {
    if automation.spec.patch == Some(true) {
        return Err(Error::PatchOnly(automation.name_any()));
    }
    Ok(())
}

/// The services of a stage, bundled by what makes up a pull request.
pub(super) async fn bundles(scene: &Scene<'_>, attempt: &Attempt) -> Result<Vec<Bundle>, Error> {
    let mut bundles: BTreeMap<Group, Bundle> = BTreeMap::new();
    let services = scene
        .graph
        .stage(&attempt.stage)
        .map(|stage| stage.services.as_slice())
        .unwrap_or_default();
    for service in services {
        let Criterion::PullRequest { automation, repository } = &service.criterion else {
            continue;
        };
        let object = scene.context.caches.automations.get(None, automation);
        let object = object.ok_or_else(|| Error::AutomationMissing(automation.clone()))?;
        let edit = edit(scene, attempt, service, &object)?;
        let texts = change::texts(&edit.automation, &edit.context)?;
        let connection = object.spec.scm_connection_ref.name().to_owned();
        let repository = delivery::repository_of(
            automation,
            repository.as_deref().or(object.spec.identifier.as_deref()),
            &scene.context.connections.management_repository(),
        )?;
        let base = match texts.branch {
            Some(branch) => branch,
            None => {
                scene
                    .context
                    .connections
                    .forge(&connection)?
                    .repository(&repository)
                    .await?
                    .default_branch
            }
        };
        let repository = repository.to_string();
        let group = Group {
            connection,
            repository,
            base,
            title: texts.title,
            message: texts.message,
        };
        let hidden = object
            .spec
            .configuration
            .iter()
            .filter(|entry| entry.type_ == ConfigurationType::Password);
        let hidden = hidden.map(|entry| entry.name.clone());
        let bundle = bundles.entry(group.clone()).or_insert_with(|| Bundle {
            group,
            edits: Vec::new(),
            services: Vec::new(),
            prefix: object.spec.branch_prefix.clone(),
            hidden: Vec::new(),
        });
        bundle.hidden.extend(hidden);
        bundle.edits.push(edit);
        bundle.services.push(service.reference.to_string());
    }
    Ok(bundles.into_values().collect())
}

/// What was promoted to a stage last, in short; empty: nothing was.
fn promoted<'s>(scene: &'s Scene<'_>, stage: &str) -> &'s str {
    let status = scene
        .observed
        .pipeline
        .as_ref()
        .and_then(|pipeline| pipeline.status.as_ref());
    let mut holders = status.into_iter().flat_map(|status| &status.stages);
    let holder = holders.find(|holder| holder.name == stage);
    let promoted = holder.and_then(|holder| holder.promoted.as_ref());
    promoted.map_or("", |run| &run.values)
}

/// An automation with the values that it sees for one service.
fn edit(scene: &Scene<'_>, attempt: &Attempt, service: &Service, automation: &PrAutomation) -> Result<Edit, Error> {
    let sources = scene.context.connections.sources(&automation.spec)?;
    let automation = automation.spec.to_change();
    let reference = &service.reference;
    let deployment = scene
        .context
        .caches
        .services
        .get(Some(&reference.namespace), &reference.name);
    let incoming = scene.graph.edges().iter().filter(|edge| edge.to == attempt.stage);
    let place = Place {
        pipeline: Some(&scene.observed.key.name),
        namespace: scene.observed.key.namespace.as_deref(),
        context: Some(&attempt.context.name),
        stage: Some(&attempt.stage),
        previous: incoming.map(|edge| edge.from.as_str()).collect(),
        promoted: promoted(scene, &attempt.stage),
        service: Some(reference),
        deployment: deployment.as_deref().filter(|_| reference.kind == "ServiceDeployment"),
        run: attempt.run,
    };
    let context = scene.object(&attempt.context).map_or(Value::Null, |object| {
        template_values::for_templates(object.spec.context.clone(), &place)
    });
    Ok(Edit {
        automation,
        context,
        sources,
    })
}
