//! The outside of the machine, in memory: a forge with repositories and pull requests, the services that a deployer keeps
//! at what the repositories say, and the objects of the cluster. It is one value, so that a model checker can fork it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::faults::{Fault, Kind};
use crate::graph::{Criterion, Graph, ServiceReference, Stage};
use crate::input::{Action, ActionResult, Approval, ContextKey, Proof, PullRequestSeen, RunInput, StageObservation};
use crate::status::{PullRequest, PullRequestState, RunStatus, StageRun, StageState};

/// A pull request on the forge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Proposal {
    pub(super) number: i64,
    pub(super) state: ForgeState,
    /// What it writes where.
    pub(super) changes: Vec<(ServiceReference, String)>,
    /// What was said when it was closed.
    pub(super) comment: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ForgeState {
    Open,
    Merged,
    Closed,
}

/// What runs of a service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Running {
    pub(super) value: String,
    pub(super) health: Health,
    pub(super) since: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Health {
    Healthy,
    Starting,
    Broken,
    Paused,
    /// It carries the commit with another value.
    Replaced,
}

/// A PipelineContext.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Context {
    pub(super) key: ContextKey,
    /// Pipeline that it refers to.
    pub(super) pipeline: String,
    pub(super) values: String,
    pub(super) requested_by: Option<String>,
    pub(super) suspend: bool,
    pub(super) retry: bool,
    pub(super) cancel: bool,
    pub(super) approvals: Vec<Approval>,
    pub(super) status: Option<RunStatus>,
    /// The last status of the runs before.
    pub(super) earlier: Vec<RunStatus>,
}

/// Everything outside of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) now: Timestamp,
    pub(super) contexts: BTreeMap<String, Context>,
    /// How often an object of that name was made: another one has another UID.
    pub(super) made: BTreeMap<String, usize>,
    /// `Pipeline.status`: the sequence numbers by context and run.
    pub(super) sequences: BTreeMap<(String, i64), i64>,
    /// What the base branches hold.
    pub(super) files: BTreeMap<ServiceReference, String>,
    /// Commits on the base branch, by repository.
    pub(super) heads: BTreeMap<String, i64>,
    /// By head branch.
    pub(super) forge: BTreeMap<String, Proposal>,
    pub(super) live: BTreeMap<ServiceReference, Running>,
    /// What the next effects of a kind answer instead of being carried out.
    pub(super) faults: Vec<(Kind, Fault)>,
    /// Sequence numbers of the runs that were promoted in a stage, in that order.
    pub(super) promoted: BTreeMap<String, Vec<i64>>,
    /// True when a branch is refused on a base that has moved.
    pub(super) strict_base: bool,
    /// Promises that the machine broke, in words.
    pub(super) broken: BTreeSet<String>,
}

impl World {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            now,
            contexts: BTreeMap::new(),
            made: BTreeMap::new(),
            sequences: BTreeMap::new(),
            files: BTreeMap::new(),
            heads: BTreeMap::new(),
            forge: BTreeMap::new(),
            live: BTreeMap::new(),
            faults: Vec::new(),
            promoted: BTreeMap::new(),
            strict_base: false,
            broken: BTreeSet::new(),
        }
    }

    /// What `reconcile-context` would hand to the machine.
    pub(super) fn inputs(&self, graph: &Graph) -> Vec<RunInput> {
        let here = graph.label();
        let contexts = self.contexts.values().filter(|context| context.pipeline == here);
        contexts
            .map(|context| {
                let number = next_number(context);
                RunInput {
                    context: context.key.clone(),
                    fingerprint: fingerprint(context),
                    values: context.values.clone(),
                    sequence: self.sequences.get(&(context.key.uid.clone(), number)).copied(),
                    suspend: context.suspend,
                    status: context.status.clone(),
                    requested_by: context.requested_by.clone(),
                    retry: context.retry,
                    cancel: context.cancel,
                    approvals: context.approvals.clone(),
                    stages: self.observations(graph, context),
                }
            })
            .collect()
    }

    fn observations(&self, graph: &Graph, context: &Context) -> BTreeMap<String, StageObservation> {
        let stages = context.status.iter().flat_map(|run| &run.stages);
        stages
            .filter(|stage| stage.state != StageState::Waiting)
            .map(|stage| {
                let seen = stage.pull_requests.iter().filter_map(|record| {
                    let proposal = self.forge.get(&record.branch)?;
                    Some((record.group.clone(), proposal.seen(&record.branch)))
                });
                let wanted = graph.stage(&stage.name).into_iter();
                let services = wanted.flat_map(|wanted| &wanted.services).map(|service| {
                    let proof = self.proof(context, stage, &service.reference);
                    (service.reference.clone(), proof)
                });
                let observation = StageObservation {
                    pull_requests: seen.collect(),
                    services: services.collect(),
                };
                (stage.name.clone(), observation)
            })
            .collect()
    }

    fn proof(&self, context: &Context, stage: &StageRun, service: &ServiceReference) -> Proof {
        let merged = |record: &PullRequest| match self.forge.get(&record.branch) {
            Some(proposal) => proposal.state == ForgeState::Merged,
            None => record.state == PullRequestState::Unchanged,
        };
        let Some(running) = self
            .live
            .get(service)
            .filter(|_| stage.pull_requests.iter().all(merged))
        else {
            return Proof::NotYet("nothing runs".to_owned());
        };
        match running.health {
            Health::Broken => Proof::Failed("it crashes".to_owned()),
            Health::Paused => Proof::Suspended("paused by a person".to_owned()),
            Health::Replaced => Proof::Replaced(format!("runs {}", running.value)),
            _ if running.value != context.values => Proof::NotYet(format!("runs {}", running.value)),
            Health::Starting => Proof::NotYet("it starts".to_owned()),
            Health::Healthy => Proof::Proven { since: running.since },
        }
    }

    /// Carries an effect out, as a forge would, and looks whether the machine may ask for it.
    pub(super) fn perform(&mut self, graph: &Graph, action: &Action) -> ActionResult {
        let kind = match action {
            Action::AssignSequence { context, run } => {
                let next = self.sequences.values().max().map_or(1, |last| last + 1);
                self.sequences.entry((context.uid.clone(), *run)).or_insert(next);
                return ActionResult::Assigned;
            }
            Action::Plan { .. } => Kind::Plan,
            Action::Open { .. } => Kind::Open,
            Action::Close { .. } => Kind::Close,
            Action::Comment { .. } => Kind::Comment,
            Action::Confirm { .. } => Kind::Confirm,
        };
        if let Some(position) = self.faults.iter().position(|(of, _)| *of == kind) {
            return self.faults.remove(position).1.result();
        }
        match action {
            Action::AssignSequence { .. } => ActionResult::Assigned,
            Action::Plan { context, stage } => self.plan(graph, &context.name, stage),
            Action::Open {
                context,
                stage,
                pull_request,
            } => self.open(graph, &context.name, stage, pull_request),
            Action::Close {
                context,
                stage,
                pull_request,
                comment,
            } => self.close(&context.name, stage, pull_request, comment),
            Action::Comment {
                context,
                stage,
                pull_request,
                comment,
            } => self.comment(&context.name, stage, pull_request, comment),
            Action::Confirm { context, stage } => {
                let values = &self.contexts[&context.name].values;
                let wanted = graph.stage(stage).expect("a stage of the pipeline");
                let stands = |(_, services): &(String, Vec<ServiceReference>)| {
                    services.iter().all(|service| self.files.get(service) == Some(values))
                };
                ActionResult::Confirmed(groups(wanted).iter().all(stands))
            }
        }
    }

    fn plan(&self, graph: &Graph, context: &str, stage: &str) -> ActionResult {
        let (object, wanted) = (&self.contexts[context], graph.stage(stage).expect("a stage"));
        let current = |run: &&RunStatus| run.fingerprint == fingerprint(object) && run.replaced_by.is_none();
        let run = object.status.as_ref().filter(current);
        let number = run.map_or_else(|| next_number(object), |run| run.number);
        // The attempt that is decided, not only the one that is written: both are the same but for a retry in this pass.
        let written = run.and_then(|run| run.stages.iter().find(|s| s.name == stage));
        let retried = written.is_some_and(|s| s.state == StageState::Failed);
        let attempt = written.map_or(1, |s| s.attempt + i32::from(retried));
        let planned = groups(wanted).into_iter().map(|(group, services)| {
            let unchanged = services
                .iter()
                .all(|service| self.files.get(service) == Some(&object.values));
            PullRequest {
                branch: format!("stagecoach/{}/{number}/{stage}/{attempt}/{group}", object.key.uid),
                connection: "forge".to_owned(),
                repository: format!("acme/{group}"),
                base: "main".to_owned(),
                base_commit: format!("base-{}", self.heads.get(&group).copied().unwrap_or(0)),
                commit_date: self.now,
                title: format!("Promote {} to {stage}", object.values),
                services: services.iter().map(ToString::to_string).collect(),
                files: Vec::new(),
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
                warnings: Vec::new(),
                group,
            }
        });
        ActionResult::Planned(planned.collect())
    }

    fn open(&mut self, graph: &Graph, context: &str, stage: &str, record: &PullRequest) -> ActionResult {
        if !self.is_written(context, stage, |written| {
            written.state == StageState::Promoting && written.pull_requests.contains(record)
        }) {
            self.broken
                .insert(format!("{} was opened before it was written down", record.branch));
        }
        let base = format!("base-{}", self.heads.get(&record.group).copied().unwrap_or(0));
        if !self.forge.contains_key(&record.branch) {
            if self.strict_base && base != record.base_commit {
                return ActionResult::Replan;
            }
            self.propose(graph, context, stage, record);
        }
        let proposal = &self.forge[&record.branch];
        ActionResult::Opened {
            number: proposal.number,
            url: format!("https://forge.example/{}/pulls/{}", record.repository, proposal.number),
            head_commit: format!("head of {}", record.branch),
            seen: proposal.seen(&record.branch),
            warnings: Vec::new(),
        }
    }

    fn propose(&mut self, graph: &Graph, context: &str, stage: &str, record: &PullRequest) {
        let object = &self.contexts[context];
        let number = object.status.as_ref().map_or(0, |run| run.number);
        let same_intent = |branch: &str| {
            let parts: Vec<&str> = branch.split('/').collect();
            parts[1] == object.key.uid
                && parts[2] == number.to_string()
                && parts[3] == stage
                && parts[5] == record.group
        };
        let mut others = self.forge.iter().filter(|(branch, _)| same_intent(branch));
        if others.any(|(_, other)| other.state == ForgeState::Open) {
            self.broken
                .insert(format!("{} is a second open pull request", record.branch));
        }
        let services = groups(graph.stage(stage).expect("a stage")).into_iter();
        let services = services
            .filter(|(group, _)| *group == record.group)
            .flat_map(|(_, services)| services);
        let changes = services.map(|service| (service, object.values.clone())).collect();
        let proposal = Proposal {
            number: i64::try_from(self.forge.len()).expect("few") + 1,
            state: ForgeState::Open,
            changes,
            comment: String::new(),
        };
        self.forge.insert(record.branch.clone(), proposal);
    }

    fn close(&mut self, context: &str, stage: &str, record: &PullRequest, comment: &str) -> ActionResult {
        if !self.is_written(context, stage, |written| written.closing.is_some()) {
            self.broken
                .insert(format!("{} was closed before it was written down", record.branch));
        }
        let Some(proposal) = self.forge.get_mut(&record.branch) else {
            return ActionResult::Closed;
        };
        match proposal.state {
            ForgeState::Merged => ActionResult::AlreadyMerged {
                commit: format!("merge of {}", record.branch),
                at: self.now,
            },
            ForgeState::Open | ForgeState::Closed => {
                proposal.state = ForgeState::Closed;
                comment.clone_into(&mut proposal.comment);
                ActionResult::Closed
            }
        }
    }

    fn comment(&mut self, context: &str, stage: &str, record: &PullRequest, comment: &str) -> ActionResult {
        if !self.is_written(context, stage, |written| written.pull_requests.contains(record)) {
            self.broken
                .insert(format!("{} was commented on before it was written down", record.branch));
        }
        let open = self
            .forge
            .get_mut(&record.branch)
            .filter(|proposal| proposal.state == ForgeState::Open);
        if let Some(proposal) = open {
            comment.clone_into(&mut proposal.comment);
        }
        ActionResult::Commented
    }

    fn is_written(&self, context: &str, stage: &str, is: impl Fn(&StageRun) -> bool) -> bool {
        let run = self.contexts[context].status.as_ref();
        run.is_some_and(|run| run.stages.iter().any(|written| written.name == stage && is(written)))
    }
}

impl Proposal {
    fn seen(&self, branch: &str) -> PullRequestSeen {
        match self.state {
            ForgeState::Open => PullRequestSeen::Open,
            ForgeState::Merged => PullRequestSeen::Merged {
                commit: format!("merge of {branch}"),
                at: Timestamp::UNIX_EPOCH,
            },
            ForgeState::Closed => PullRequestSeen::Closed,
        }
    }
}

/// Services that share an automation share a pull request.
fn groups(stage: &Stage) -> Vec<(String, Vec<ServiceReference>)> {
    let mut groups: BTreeMap<String, Vec<ServiceReference>> = BTreeMap::new();
    for service in &stage.services {
        if let Criterion::PullRequest { automation, .. } = &service.criterion {
            groups
                .entry(automation.clone())
                .or_default()
                .push(service.reference.clone());
        }
    }
    groups.into_iter().collect()
}

pub(super) fn fingerprint(context: &Context) -> String {
    format!("{} with {}", context.pipeline, context.values)
}

/// The number of the run that `spec` asks for next.
fn next_number(context: &Context) -> i64 {
    context.status.as_ref().map_or(1, |run| run.number + 1)
}
