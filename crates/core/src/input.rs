//! What goes into the machine and what comes out: observations, effects and their outcomes. Plain data.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::graph::ServiceReference;
use crate::status::{PullRequest, RunStatus, Verdict};

/// Names a PipelineContext.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContextKey {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// UID, so that an object made anew is another one.
    pub uid: String,
}

/// One PipelineContext with all that was observed for it.
#[derive(Clone, Debug)]
pub struct RunInput {
    /// Which object.
    pub context: ContextKey,
    /// Fingerprint of the pipeline reference and values in its `spec`.
    pub fingerprint: String,
    /// Its values in short.
    pub values: String,
    /// Sequence number that `Pipeline.status` holds for the run that `spec` asks for, once it has one.
    pub sequence: Option<i64>,
    /// True while nothing new may be started for it.
    pub suspend: bool,
    /// What it remembers, `None` before its first run.
    pub status: Option<RunStatus>,
    /// Who asked for the run, where that is known.
    pub requested_by: Option<String>,
    /// True when a person asked for failed stages to be tried again, and this was not done yet.
    pub retry: bool,
    /// True when a person asked for the run to end, and this was not done yet.
    pub cancel: bool,
    /// Decisions that were made for this object.
    pub approvals: Vec<Approval>,
    /// What was observed, by stage.
    pub stages: BTreeMap<String, StageObservation>,
}

/// A decision that somebody made; already known to be about this context and pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Approval {
    /// Name of the object.
    pub name: String,
    /// Run that it names; `None` is the run that was current when it was made.
    pub run: Option<i64>,
    /// Source stage of the edge.
    pub from: String,
    /// Target stage of the edge.
    pub to: String,
    /// Gate.
    pub gate: String,
    /// Who.
    pub user: String,
    /// What.
    pub decision: Verdict,
    /// When.
    pub at: Timestamp,
    /// What the person said.
    pub comment: Option<String>,
}

/// What was observed of one run in one stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageObservation {
    /// Pull requests by group, where something is known of them.
    pub pull_requests: BTreeMap<String, PullRequestSeen>,
    /// Verdicts on services, judged against the merge results that this same observation knows of. Needed while the
    /// stage is being verified, and on a promoted stage until every edge that leaves it is decided.
    pub services: Vec<(ServiceReference, Proof)>,
}

/// What the forge says of a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PullRequestSeen {
    /// Open.
    Open,
    /// Merged.
    Merged {
        /// The merge result on the base branch.
        commit: String,
        /// When.
        at: Timestamp,
    },
    /// Closed without a merge.
    Closed,
}

/// Whether a service carries what the run wants and is healthy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It does, without a break since that time.
    Proven {
        /// Since when.
        since: Timestamp,
    },
    /// Not yet, for the reason in words.
    NotYet(String),
    /// It never will by itself, for the reason in words.
    Failed(String),
    /// Somebody paused it; the deadline does not count down.
    Suspended(String),
    /// It carries the merged commit but another value, in words: a later commit may have taken the change back, which
    /// the machine then asks the forge about (`Confirm`).
    Replaced(String),
}

/// An effect to carry out. Every one is find-or-create, so that repeating it changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Give the run that `spec` asks for its sequence number in `Pipeline.status`.
    AssignSequence {
        /// Which context.
        context: ContextKey,
        /// Number of the run that is to start.
        run: i64,
    },
    /// Compute the stage's change sets and name their branches (reads only).
    Plan {
        /// Which context.
        context: ContextKey,
        /// Which stage.
        stage: String,
    },
    /// Make the branch and the pull request that were written down.
    Open {
        /// Which context.
        context: ContextKey,
        /// Which stage.
        stage: String,
        /// What was written down.
        pull_request: PullRequest,
    },
    /// Close a pull request that is not wanted any more. It may have no number, because its opening was interrupted:
    /// then it is found by its branch, and one that does not exist counts as closed.
    Close {
        /// Which context.
        context: ContextKey,
        /// Which stage.
        stage: String,
        /// Which pull request.
        pull_request: PullRequest,
        /// What to say on it.
        comment: String,
    },
    /// Put a comment, once, on a pull request that stays open. It is found by its branch; one that does not exist, or
    /// is not open any more, needs none.
    Comment {
        /// Which context.
        context: ContextKey,
        /// Which stage.
        stage: String,
        /// Which pull request.
        pull_request: PullRequest,
        /// What to say on it.
        comment: String,
    },
    /// Ask whether the merged change still stands at the head of its base branch (reads only).
    Confirm {
        /// Which context.
        context: ContextKey,
        /// Which stage.
        stage: String,
    },
}

impl Action {
    /// The context and stage that it serves.
    pub fn target(&self) -> (&ContextKey, Option<&str>) {
        match self {
            Self::AssignSequence { context, .. } => (context, None),
            Self::Plan { context, stage }
            | Self::Open { context, stage, .. }
            | Self::Close { context, stage, .. }
            | Self::Comment { context, stage, .. }
            | Self::Confirm { context, stage } => (context, Some(stage)),
        }
    }
}

/// What became of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The action.
    pub action: Action,
    /// Its result.
    pub result: ActionResult,
}

/// The result of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionResult {
    /// `AssignSequence` is done; the number comes with the next observation.
    Assigned,
    /// `Plan` came to these pull requests, in state `Intended` or `Unchanged`.
    Planned(Vec<PullRequest>),
    /// `Open` made or found the pull request.
    Opened {
        /// Number on the forge.
        number: i64,
        /// Address for a person.
        url: String,
        /// Head commit.
        head_commit: String,
        /// Where it stood when it was found.
        seen: PullRequestSeen,
        /// What a person should know of it.
        warnings: Vec<String>,
    },
    /// The base branch moved before the branch was made: the stage is planned again.
    Replan,
    /// `Close` is done.
    Closed,
    /// `Close` came too late: the pull request is merged.
    AlreadyMerged {
        /// The merge result on the base branch.
        commit: String,
        /// When.
        at: Timestamp,
    },
    /// `Comment` is done, or has nobody to say it to.
    Commented,
    /// `Confirm`: true when the change still stands.
    Confirmed(bool),
    /// A person must change something; the stage run fails (a `Close` or a `Comment` is tried again instead).
    Refused {
        /// One word.
        reason: String,
        /// One sentence.
        message: String,
    },
    /// Not possible now; it is tried again.
    Held {
        /// One word.
        reason: String,
        /// One sentence.
        message: String,
    },
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Every run as it stands after this decision, by context; contexts whose run has not started have none. Where
    /// one differs from what was observed, write it down and decide again: the effects of what is written come then.
    pub runs: BTreeMap<ContextKey, RunStatus>,
    /// Effects to carry out, in order. They rest on what was in `status` when the decision was made.
    pub actions: Vec<Action>,
    /// When to look again at the latest, absent where only an event can change anything.
    pub recheck_at: Option<Timestamp>,
}
