//! The plugin as a person runs it, against a real API server with the kinds and policies of the chart. No operator runs:
//! what it would have written into a status, the tests write.

#[path = "commands/ask.rs"]
mod ask;
#[path = "commands/decide.rs"]
mod decide;
#[path = "commands/promote.rs"]
mod promote;
#[path = "commands/views.rs"]
mod views;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use kube::{
    Api, Client,
    api::{Patch, PatchParams},
};
use serde_json::{Value, json};
use stagecoach_api::PipelineContext;
use stagecoach_testbed::{Identity, Look, Needs, Parts, Silent, Testbed, apply, eventually};
use tokio::{process::Command, sync::OnceCell};

const DEADLINE: Duration = Duration::from_secs(30);

/// A control plane with the chart installed, and the kubeconfigs of its users.
struct House {
    testbed: Testbed,
    alice: PathBuf,
    bob: PathBuf,
}

/// The one that all tests of this file share.
async fn house() -> Result<&'static House> {
    static SHARED: OnceCell<House> = OnceCell::const_new();
    let house = SHARED.get_or_try_init(async || {
        let needs = Needs::control_plane();
        let built = Testbed::build(needs.parts().and(Parts::helm()), Silent).await?;
        let testbed = Testbed::start_built(built, &needs).await?;
        install(&testbed).await?;
        let kubeconfig = async |user: &str| testbed.control_plane()?.kubeconfig_as(&Identity::user(user)).await;
        let (alice, bob) = (kubeconfig("alice").await?, kubeconfig("bob").await?);
        anyhow::Ok(House { testbed, alice, bob })
    });
    house.await
}

/// Installs the chart without its Deployment, and waits until its policies are in force.
async fn install(testbed: &Testbed) -> Result<()> {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charts/stagecoach");
    let said = Command::new(testbed.built().program("helm")?)
        .args(["install", "stagecoach", "-n", "stagecoach", "--create-namespace"])
        .args(["--set", "replicas=0,argocd.enabled=false"])
        .arg(chart)
        .env("KUBECONFIG", testbed.control_plane()?.kubeconfig())
        .stdin(Stdio::null())
        .output()
        .await?;
    ensure!(said.status.success(), "helm: {}", String::from_utf8_lossy(&said.stderr));
    let client = testbed.control_plane()?.client().await?;
    let approvals: Api<stagecoach_api::Approval> = Api::default_namespaced(client);
    let dry = kube::api::PostParams {
        dry_run: true,
        ..kube::api::PostParams::default()
    };
    let false_name = serde_json::from_value(json!({
        "apiVersion": "stagecoach.dev/v1alpha1", "kind": "Approval", "metadata": {"name": "x"},
        "spec": {"pipelineRef": {"name": "x"}, "contextRef": {"name": "x"}, "edge": {"from": "a", "to": "b"},
            "gate": "g1", "user": "nobody", "decision": "Approve"},
    }))?;
    eventually("the admission policies", DEADLINE, async || {
        let made = approvals.create(&dry, &false_name).await;
        Ok(Look::or_not_yet(
            made.is_err().then_some(()),
            "an approval in another's name was taken",
        ))
    })
    .await
}

/// A namespace of a test's own with the pipeline `cd-demo`. alice sees everything and approves, bob only edits.
struct Place {
    house: &'static House,
    namespace: &'static str,
    client: Client,
}

/// What the plugin said.
#[derive(Debug)]
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    /// What a run that did it wrote.
    fn done(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    /// What one that did not do it wrote.
    fn refused(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        self.err
    }
}

impl Place {
    async fn new(namespace: &'static str) -> Result<Self> {
        let house = house().await?;
        let client = house.testbed.control_plane()?.client().await?;
        apply(&client, &MANIFESTS.replace("NAMESPACE", namespace), namespace).await?;
        Ok(Self {
            house,
            namespace,
            client,
        })
    }

    fn kubeconfig(&self, user: &str) -> &Path {
        if user == "alice" {
            &self.house.alice
        } else {
            &self.house.bob
        }
    }

    /// The plugin in the namespace of the test, as one of the users; not started yet.
    fn command(&self, user: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-stagecoach"));
        command
            .args(arguments)
            .args(["-n", self.namespace, "--kubeconfig"])
            .arg(self.kubeconfig(user))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    async fn run(&self, user: &str, arguments: &[&str]) -> Result<Said> {
        said(self.command(user, arguments)).await
    }

    fn contexts(&self) -> Api<PipelineContext> {
        Api::namespaced(self.client.clone(), self.namespace)
    }

    /// A context whose run stands as `run` says.
    async fn context(&self, name: &str, run: Value) -> Result<PipelineContext> {
        let manifest = json!({
            "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "PipelineContext", "metadata": {"name": name},
            "spec": {"pipelineRef": {"name": "cd-demo"}, "context": {"version": "0.1.0"}},
        });
        apply(&self.client, &manifest.to_string(), self.namespace).await?;
        self.stands(name, run).await
    }

    /// Writes the status of a context, as the operator does.
    async fn stands(&self, name: &str, mut run: Value) -> Result<PipelineContext> {
        run["pipeline"] = json!(format!("{}/cd-demo", self.namespace));
        let status = json!({"phase": run["phase"], "message": run["message"], "run": run});
        let body = json!({
            "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "PipelineContext", "status": status,
        });
        let parameters = PatchParams::apply("operator").force();
        let written = self
            .contexts()
            .patch_status(name, &parameters, &Patch::Apply(body))
            .await;
        written.context("cannot write the status")
    }
}

async fn said(mut command: Command) -> Result<Said> {
    let output = tokio::time::timeout(DEADLINE, command.output())
        .await
        .context("the plugin hangs")??;
    Ok(Said {
        code: output.status.code().context("the plugin was killed")?,
        out: String::from_utf8(output.stdout)?,
        err: String::from_utf8(output.stderr)?,
    })
}

/// A run with dev and prod and the gate between; the rest as given.
fn run(phase: &str, message: &str, dev: &str, gate: Option<&str>) -> Value {
    let stage = |name: &str, state: &str| json!({"name": name, "state": state, "attempt": 1, "since": "2026-11-21T11:30:00Z", "message": ""});
    let gates: Vec<Value> = gate
        .into_iter()
        .map(|state| {
            json!({"name": "approval-gate", "state": state, "since": "2026-11-21T11:30:00Z",
                "message": "waits for a person's approval"})
        })
        .collect();
    json!({
        "number": 1, "sequence": 1, "fingerprint": "x", "phase": phase, "message": message,
        "startedAt": "2026-11-21T11:00:00Z", "stages": [stage("dev", dev), stage("prod", "Waiting")],
        "edges": [{"from": "dev", "to": "prod", "state": "Closed", "gates": gates}],
    })
}

const MANIFESTS: &str = r"
apiVersion: v1
kind: Namespace
metadata: {name: NAMESPACE}
---
apiVersion: deployments.plural.sh/v1alpha1
kind: PrAutomation
metadata: {name: NAMESPACE-bump}
spec:
  scmConnectionRef: {name: gitea}
  configuration:
  - {name: version, type: STRING}
  - {name: replicas, type: INT, optional: true}
---
apiVersion: deployments.plural.sh/v1alpha1
kind: Pipeline
metadata: {name: cd-demo}
spec:
  stages:
  - name: dev
    services: [{serviceRef: {name: dev}, criteria: {prAutomationRef: {name: NAMESPACE-bump}}}]
  - name: prod
    services: [{serviceRef: {name: prod}, criteria: {prAutomationRef: {name: NAMESPACE-bump}}}]
  edges:
  - {from: dev, to: prod, gates: [{name: approval-gate, type: APPROVAL}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: edit}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: stagecoach-edit}
subjects: [{kind: Group, name: devs, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: view}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: stagecoach-view}
subjects: [{kind: Group, name: devs, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: approve}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: stagecoach-approve}
subjects: [{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: alice-view}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: stagecoach-view}
subjects: [{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}]
";
