//! Promotions through counting proxies: how long they take, which calls they make, what they use.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use serde_json::json;
use stagecoach_api::{Approval, PipelineContext, ScmConnection};
use stagecoach_system::{CdDemo, GITOPS, INFRA, context_status, stage};
use stagecoach_testbed::{Counted, Identity, Point, Proxy, apply};

use super::Usage;
use super::floor::Floor;
use super::own_time::own_time;
use crate::demo;

/// A step of a promotion that takes longer is broken.
const DEADLINE: Duration = Duration::from_secs(90);

/// The tutorial, with proxies before the forge and the API server.
pub(super) struct Bench {
    demo: CdDemo,
    forge: Proxy,
    api: Proxy,
}

/// From a trigger to an open pull request.
#[derive(Debug, Default)]
pub(super) struct Latency {
    /// Sorted.
    pub(super) promotions: Vec<Duration>,
    /// The same calls by a bare client, sorted.
    pub(super) floor: Vec<Duration>,
    /// What of each promotion's time was outside of all calls that it needs, sorted.
    pub(super) own: Vec<Duration>,
    /// Milliseconds by which each promotion took longer than the bare client right after it, sorted.
    pub(super) above: Vec<f64>,
    /// What the last one asked of the forge.
    pub(super) forge_calls: Vec<String>,
    /// On a processor, mean.
    pub(super) processor: Duration,
}

/// What a whole promotion of two stages costs.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// From the merge of dev to the pull request of prod: how long, and what the operator uses meanwhile.
    pub(super) hop: Duration,
    pub(super) hop_processor: Duration,
    pub(super) processor: Duration,
    pub(super) contexts: usize,
    pub(super) pipelines: usize,
    pub(super) events: usize,
    pub(super) others: usize,
    pub(super) forge_calls: usize,
}

/// One promotion as far as its pull request.
struct Triggered {
    /// When the API server had the context.
    written: Instant,
    /// When the forge had answered.
    opened: Instant,
    /// Both, and the writing.
    took: Duration,
    /// On a processor.
    used: Duration,
}

impl Bench {
    /// Puts the proxies between the operator and its neighbours.
    pub(super) async fn new(mut demo: CdDemo) -> Result<Self> {
        let forge = Proxy::start(&demo.forge().url()).await?;
        let api = Proxy::start(&demo.testbed().control_plane()?.url()).await?;
        let connections: Api<ScmConnection> = Api::all(demo.client().clone());
        let patch = json!({"spec": {"baseUrl": forge.url()}});
        connections
            .patch("github", &PatchParams::default(), &Patch::Merge(patch))
            .await
            .context("cannot lead the connection through the proxy")?;
        apply(demo.client(), demo::ROLES, INFRA).await?;
        demo.settings.api_server = Some(api.url().to_owned());
        demo.restart().await?;
        Ok(Self { demo, forge, api })
    }

    /// What the operator has used so far.
    pub(super) fn usage(&self) -> Result<Usage> {
        Usage::of(self.demo.operator()?.id())
    }

    /// Writes to the API server so far, without those that say who leads.
    pub(super) fn writes_but_leases(&self) -> Vec<String> {
        let requests = self.api.requests();
        let writes = requests
            .iter()
            .filter(|request| request.is_write() && !is_lease(request));
        writes.map(words).collect()
    }

    /// Triggers and waits for the pull request, one after the other; each run is taken away before the next.
    pub(super) async fn latency(&mut self, number: usize) -> Result<Latency> {
        let mut seen = Latency::default();
        let mut processor = Duration::ZERO;
        let floor = Floor::new(&self.demo, &self.forge).await?;
        // The first one fills caches and connections, and is not counted.
        for round in 0..=number {
            let (forge_mark, api_mark) = (self.forge.requests().len(), self.api.requests().len());
            let Triggered {
                written,
                opened,
                took,
                used,
            } = self.trigger(round).await?;
            let calls = until_opened(&self.forge.requests(), forge_mark);
            let mut writes: Vec<Counted> = self.api.requests().into_iter().skip(api_mark).collect();
            writes.retain(is_ours);
            let own = own_time(calls.iter().chain(&writes), written, opened);
            let bare = floor.measure(round, &calls, writes.len()).await?;
            seen.forge_calls = calls.iter().map(words).collect();
            if round > 0 {
                seen.above.push((took.as_secs_f64() - bare.as_secs_f64()) * 1_000.0);
                seen.promotions.push(took);
                seen.own.push(own);
                seen.floor.push(bare);
                processor += used;
            }
        }
        seen.promotions.sort_unstable();
        seen.floor.sort_unstable();
        seen.own.sort_unstable();
        seen.above.sort_unstable_by(f64::total_cmp);
        seen.processor = processor / u32::try_from(number.max(1)).unwrap_or(u32::MAX);
        Ok(seen)
    }

    /// One promotion as far as its pull request.
    async fn trigger(&self, round: usize) -> Result<Triggered> {
        let name = format!("bench-{round}");
        let opened = self.forge.stop_at(1, Point::After, is_opening);
        let (before, started) = (self.usage()?, now());
        self.demo.write_context(&name, &format!("1.0.{round}")).await?;
        let written = now();
        let held = opened.reached(DEADLINE).await?;
        let opened = now();
        let used = self.usage()?.processor.saturating_sub(before.processor);
        held.pass();
        let pull = self.demo.pull_request(&name, "dev").await?;
        let contexts: Api<PipelineContext> = Api::namespaced(self.demo.client().clone(), INFRA);
        contexts.delete(&name, &DeleteParams::default()).await?;
        self.demo.forge().close(GITOPS, pull.number).await?;
        Ok(Triggered {
            written,
            opened,
            took: opened.duration_since(started),
            used,
        })
    }

    /// One promotion from the trigger to the end, approved in advance.
    pub(super) async fn whole(&mut self) -> Result<Counts> {
        let (forge_mark, api_mark) = (self.forge.requests().len(), self.api.requests().len());
        let before = self.usage()?;
        self.demo.write_context("whole", "2.0.0").await?;
        let dev = self.demo.pull_request("whole", "dev").await?;
        self.approve("whole").await?;
        let opened = self.forge.stop_at(1, Point::After, is_opening);
        self.demo.forge().merge(GITOPS, dev.number).await?;
        let (at_merge, merged) = (self.usage()?, now());
        let held = opened.reached(DEADLINE).await?;
        let hop = merged.elapsed();
        let hop_processor = self.usage()?.processor.saturating_sub(at_merge.processor);
        held.pass();
        let prod = self.demo.pull_request("whole", "prod").await?;
        self.demo.forge().merge(GITOPS, prod.number).await?;
        let over = |context: &PipelineContext| {
            (context_status(context).phase == "Succeeded" && stage(context, "prod")["state"] == "Promoted")
                .then_some(())
        };
        self.demo
            .wait_for("whole", "the end of the run", DEADLINE, over)
            .await?;
        let used = self.usage()?.processor.saturating_sub(before.processor);
        let writes: Vec<Counted> = self
            .api
            .requests()
            .into_iter()
            .skip(api_mark)
            .filter(Counted::is_write)
            .collect();
        let count = |select: &dyn Fn(&Counted) -> bool| writes.iter().filter(|write| select(write)).count();
        let is_event = |write: &Counted| write.path.contains("/events");
        Ok(Counts {
            hop,
            hop_processor,
            processor: used,
            contexts: count(&is_context),
            pipelines: count(&is_pipeline),
            events: count(&is_event),
            others: count(&|write| !is_ours(write) && !is_event(write) && !is_lease(write)),
            forge_calls: self.forge.requests().len() - forge_mark,
        })
    }

    async fn approve(&self, context: &str) -> Result<()> {
        let alice = self
            .demo
            .testbed()
            .control_plane()?
            .client_as(&Identity::user("alice"))
            .await?;
        let approvals: Api<Approval> = Api::namespaced(alice, INFRA);
        let approval = json!({
            "apiVersion": "stagecoach.dev/v1alpha1", "kind": "Approval",
            "metadata": {"name": format!("{context}-bench"), "namespace": INFRA},
            "spec": {
                "pipelineRef": {"name": "cd-demo"}, "contextRef": {"name": context},
                "edge": {"from": "dev", "to": "prod"}, "gate": "approval-gate",
                "user": "alice", "decision": "Approve",
            },
        });
        let approval: Approval = serde_json::from_value(approval)?;
        approvals
            .create(&PostParams::default(), &approval)
            .await
            .context("alice cannot approve")?;
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
pub(super) fn now() -> Instant {
    Instant::now()
}

fn is_opening(request: &Counted) -> bool {
    request.method == "POST" && request.path.ends_with("/pulls")
}

fn is_lease(request: &Counted) -> bool {
    request.path.contains("/leases")
}

fn is_context(request: &Counted) -> bool {
    request.is_write() && request.path.contains("/pipelinecontexts")
}

fn is_pipeline(request: &Counted) -> bool {
    request.is_write() && request.path.contains("/pipelines/")
}

fn is_ours(request: &Counted) -> bool {
    is_context(request) || is_pipeline(request)
}

/// What was asked of the forge from `mark` to the opening of the pull request, without the poller's lists.
fn until_opened(requests: &[Counted], mark: usize) -> Vec<Counted> {
    let new = requests.get(mark..).unwrap_or_default();
    let end = new
        .iter()
        .position(is_opening)
        .map_or(new.len(), |position| position + 1);
    let is_list = |request: &&Counted| !(request.method == "GET" && request.path.ends_with("/pulls"));
    new.iter().take(end).filter(is_list).cloned().collect()
}

fn words(request: &Counted) -> String {
    format!("{} {}", request.method, request.path)
}
