//! The points at which the operator is killed, as tables: which request, on which side of it, and what people do
//! while nobody is there.

use serde_json::Value;
use stagecoach_testbed::Counted;
pub(crate) use stagecoach_testbed::Point::{self, After, Before};

/// One kill.
#[derive(Debug)]
pub(crate) struct Kill {
    /// What the request is; kills at the same request come one after the other.
    pub(crate) request: &'static str,
    /// Before it is passed on, or after it was answered and before the operator knows.
    pub(crate) at: Point,
    pub(crate) via: Via,
    /// Picks the request.
    pub(crate) is: fn(&Counted) -> bool,
    /// Done before the operator is started again.
    pub(crate) meanwhile: Meanwhile,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    Forge,
    ApiServer,
}

/// What people do while the operator is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meanwhile {
    Nothing,
    /// The open pull request is merged.
    Merge,
    /// The open pull request is closed and its branch deleted.
    Close,
    /// The gate is approved.
    Approve,
    /// Somebody else commits to the base branch.
    MoveBase,
}

impl Kill {
    pub(crate) fn name(&self) -> String {
        let side = match self.at {
            Before => "before",
            After => "after",
        };
        format!("{side} {}", self.request)
    }

    const fn meanwhile(mut self, deed: Meanwhile) -> Self {
        self.meanwhile = deed;
        self
    }
}

const fn forge(at: Point, request: &'static str, is: fn(&Counted) -> bool) -> Kill {
    Kill {
        request,
        at,
        via: Via::Forge,
        is,
        meanwhile: Meanwhile::Nothing,
    }
}

const fn api(at: Point, request: &'static str, is: fn(&Counted) -> bool) -> Kill {
    Kill {
        request,
        at,
        via: Via::ApiServer,
        is,
        meanwhile: Meanwhile::Nothing,
    }
}

/// A tag travels to production; `dev` is merged by a person while the operator is dead, and so is `prod`, before its
/// number is known.
pub(crate) const PROMOTION: &[Kill] = &[
    api(Before, "the observer makes the context", makes_context),
    api(After, "the observer makes the context", makes_context),
    api(Before, "the observer's last value is written", observer_status),
    api(After, "the observer's last value is written", observer_status),
    api(Before, "the sequence number is written", sequence),
    api(After, "the sequence number is written", sequence),
    forge(Before, "the head of the base is read", base_head),
    forge(After, "the head of the base is read", base_head),
    forge(Before, "the file of dev is read", |r| reads_file(r, "dev")),
    api(Before, "the intent of dev is written", |r| intends(r, "dev")),
    api(After, "the intent of dev is written", |r| intends(r, "dev")),
    forge(Before, "the commit of dev", |r| commits(r, "dev")),
    forge(After, "the commit of dev", |r| commits(r, "dev")),
    forge(Before, "the pull request of dev", |r| opens(r, "dev")),
    forge(After, "the pull request of dev", |r| opens(r, "dev")),
    api(Before, "dev AwaitingMerge is written", |r| {
        is_in(r, "dev", "AwaitingMerge")
    }),
    api(After, "dev AwaitingMerge is written", |r| {
        is_in(r, "dev", "AwaitingMerge")
    }),
    forge(After, "the pull requests are listed", lists).meanwhile(Meanwhile::Merge),
    api(Before, "dev Verifying is written", |r| is_in(r, "dev", "Verifying")),
    api(After, "dev Verifying is written", |r| is_in(r, "dev", "Verifying")),
    api(Before, "the Application of dev is applied", application),
    api(After, "the Application of dev is applied", application),
    api(After, "the health of dev is written", service_status),
    api(Before, "dev Promoted is written", |r| is_in(r, "dev", "Promoted")),
    api(After, "dev Promoted is written", |r| is_in(r, "dev", "Promoted")).meanwhile(Meanwhile::Approve),
    api(Before, "the open gate is written", gate_is_open),
    forge(Before, "the commit of prod", |r| commits(r, "prod")).meanwhile(Meanwhile::MoveBase),
    forge(Before, "the branch on another base is deleted", deletes_branch),
    forge(After, "the pull request of prod", |r| opens(r, "prod")),
    api(Before, "prod AwaitingMerge is written", |r| {
        is_in(r, "prod", "AwaitingMerge")
    })
    .meanwhile(Meanwhile::Merge),
    api(After, "prod Verifying is written", |r| is_in(r, "prod", "Verifying")),
    api(Before, "the end is written", |r| phase(r) == "Succeeded"),
    api(After, "the end is written", |r| phase(r) == "Succeeded"),
];

/// A newer run takes `dev` over: the pull request of the older one is closed, with one comment.
pub(crate) const TAKEOVER: &[Kill] = &[
    forge(Before, "the comment", comments),
    forge(After, "the comment", comments),
    forge(Before, "the pull request is closed", closes),
    forge(After, "the pull request is closed", closes),
];

/// A person closes a pull request before the operator knows its number, and deletes the branch.
pub(crate) const CLOSED: &[Kill] = &[
    api(Before, "dev AwaitingMerge is written", |r| {
        is_in(r, "dev", "AwaitingMerge")
    })
    .meanwhile(Meanwhile::Close),
    api(Before, "the failure is written", |r| phase(r) == "Failed"),
    api(After, "the failure is written", |r| phase(r) == "Failed"),
];

fn makes_context(request: &Counted) -> bool {
    request.method == "POST" && request.path.ends_with("/namespaces/infra/pipelinecontexts")
}

fn observer_status(request: &Counted) -> bool {
    is_status(request, "observers") && body(request)["status"]["lastValue"].is_string()
}

fn sequence(request: &Counted) -> bool {
    is_status(request, "pipelines") && body(request)["status"]["lastSequence"].is_number()
}

fn service_status(request: &Counted) -> bool {
    is_status(request, "servicedeployments") && request.path.contains("/cd-demo-dev/")
}

fn application(request: &Counted) -> bool {
    request.method == "PATCH" && request.path.ends_with("/applications/infra.cd-demo-dev") && !request.body.is_empty()
}

fn intends(request: &Counted, stage: &str) -> bool {
    is_in(request, stage, "Promoting") && stage_of(request, stage)["pullRequests"][0]["state"] == "Intended"
}

fn gate_is_open(request: &Counted) -> bool {
    is_status(request, "pipelinecontexts") && body(request)["status"]["run"]["edges"][0]["gates"][0]["state"] == "Open"
}

/// The status of a context is written with that stage in that state.
fn is_in(request: &Counted, stage: &str, state: &str) -> bool {
    stage_of(request, stage)["state"] == state
}

fn stage_of(request: &Counted, stage: &str) -> Value {
    if !is_status(request, "pipelinecontexts") {
        return Value::Null;
    }
    let body = body(request);
    let stages = body["status"]["run"]["stages"].as_array().cloned().unwrap_or_default();
    stages
        .into_iter()
        .find(|found| found["name"] == stage)
        .unwrap_or(Value::Null)
}

fn phase(request: &Counted) -> String {
    if !is_status(request, "pipelinecontexts") {
        return String::new();
    }
    body(request)["status"]["phase"].as_str().unwrap_or_default().to_owned()
}

/// The status of one object of that kind is written.
pub(crate) fn is_status(request: &Counted, plural: &str) -> bool {
    request.method == "PATCH" && request.path.ends_with("/status") && request.path.contains(&format!("/{plural}/"))
}

fn base_head(request: &Counted) -> bool {
    request.method == "GET" && request.path.ends_with("/gitops/branches/main")
}

fn reads_file(request: &Counted, stage: &str) -> bool {
    request.method == "GET"
        && request
            .path
            .ends_with(&format!("/contents/bootstrap/cd-demo/{stage}.yaml"))
}

fn commits(request: &Counted, stage: &str) -> bool {
    request.method == "POST" && request.path.ends_with("/gitops/contents") && request.body.contains(&of(stage))
}

fn opens(request: &Counted, stage: &str) -> bool {
    request.method == "POST" && request.path.ends_with("/gitops/pulls") && request.body.contains(&of(stage))
}

/// As titles and messages name it.
fn of(stage: &str) -> String {
    format!("(stage={stage})")
}

fn lists(request: &Counted) -> bool {
    request.method == "GET" && request.path.ends_with("/gitops/pulls")
}

fn deletes_branch(request: &Counted) -> bool {
    request.method == "DELETE" && request.path.contains("/gitops/branches/")
}

fn comments(request: &Counted) -> bool {
    request.method == "POST" && request.path.ends_with("/comments")
}

fn closes(request: &Counted) -> bool {
    request.method == "PATCH" && request.path.contains("/gitops/pulls/")
}

fn body(request: &Counted) -> Value {
    serde_json::from_str(&request.body).unwrap_or_default()
}
