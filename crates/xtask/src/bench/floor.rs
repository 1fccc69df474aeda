//! The floor of a promotion: a bare client that makes the same calls, one after the other, and thinks about nothing.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use reqwest::Client;
use serde_json::{Value, json};
use stagecoach_system::{CdDemo, GITOPS, INFRA};
use stagecoach_testbed::{Counted, Proxy};

use super::promotions::now;

/// The bare client.
pub(super) struct Floor<'a> {
    demo: &'a CdDemo,
    proxy: &'a Proxy,
    client: Client,
    token: String,
    objects: Api<DynamicObject>,
}

impl<'a> Floor<'a> {
    pub(super) async fn new(demo: &'a CdDemo, proxy: &'a Proxy) -> Result<Self> {
        let scopes = ["write:repository", "read:user", "write:issue"];
        let token = demo.forge().create_token("stagecoach", "bench", &scopes).await?;
        let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "ConfigMap"));
        Ok(Self {
            demo,
            proxy,
            client: Client::builder().no_proxy().build()?,
            token,
            objects: Api::namespaced_with(demo.client().clone(), INFRA, &kind),
        })
    }

    /// An object made and written so many times, and the calls of the forge; the commit and the pull request are its
    /// own.
    pub(super) async fn measure(&self, round: usize, calls: &[Counted], writes: usize) -> Result<Duration> {
        let name = format!("floor-{round}");
        let started = now();
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
        self.objects
            .create(&PostParams::default(), &serde_json::from_value(object)?)
            .await?;
        for number in 0..writes {
            let patch = json!({"data": {"written": number.to_string()}});
            self.objects
                .patch(&name, &PatchParams::default(), &Patch::Merge(patch))
                .await?;
        }
        let mut pull = None;
        for call in calls {
            match (call.method.as_str(), call.path.as_str()) {
                ("GET", path) => drop(self.call("GET", &format!("{path}?{}", call.query), None).await?),
                ("POST", path) if path.ends_with("/pulls") => {
                    let body = json!({"head": name, "base": "main", "title": name});
                    pull = self.call("POST", path, Some(&body)).await?["number"].as_u64();
                }
                (_, path) => {
                    let file = json!({"operation": "create", "path": format!("floor/{name}"), "content": "YQ=="});
                    let body = json!({"branch": "main", "new_branch": name, "message": name, "files": [file]});
                    drop(self.call("POST", path, Some(&body)).await?);
                }
            }
        }
        let took = started.elapsed();
        let number = pull.context("the floor opened no pull request")?;
        self.demo.forge().close(GITOPS, number).await?;
        Ok(took)
    }

    async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let url = format!("{}{path}", self.proxy.url());
        let request = if method == "GET" {
            self.client.get(url)
        } else {
            self.client.post(url)
        };
        let request = request.header("Authorization", format!("token {}", self.token));
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.with_context(|| format!("{method} {path}"))?;
        let status = answer.status();
        let bytes = answer.bytes().await.with_context(|| format!("{method} {path}"))?;
        if !status.is_success() && status.as_u16() != 404 {
            bail!("{method} {path}: {status}: {}", String::from_utf8_lossy(&bytes));
        }
        Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}
