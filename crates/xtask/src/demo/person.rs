//! What a person does in the demo: merge two pull requests, and approve once. On a terminal the person is told how and
//! waited for; a press of Enter does it for them, as `--yes` does.

use std::io::{self, BufRead as _};
use std::path::PathBuf;
use std::process::Stdio;
use std::thread;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use stagecoach_system::{CdDemo, GITOPS, INFRA};
use stagecoach_testbed::{Identity, apply};
use tokio::process::Command;
use tokio::sync::mpsc;

use super::say;
use super::timeline::Timeline;

/// Alice may approve; she and Bob may edit pipelines.
pub(crate) const ROLES: &str = "
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: demo-approver, namespace: infra}
subjects: [{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}]
roleRef: {kind: ClusterRole, name: stagecoach-approve, apiGroup: rbac.authorization.k8s.io}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: demo-editors, namespace: infra}
subjects: [{kind: Group, name: devs, apiGroup: rbac.authorization.k8s.io}]
roleRef: {kind: ClusterRole, name: stagecoach-edit, apiGroup: rbac.authorization.k8s.io}
";

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// A merge.
    Merge {
        /// The pull request.
        number: u64,
    },
    /// A yes at the gate.
    Approve {
        /// The context whose run waits there.
        context: String,
    },
}

impl Task {
    /// What a context waits for from a person now.
    pub(super) fn of(context: &Value) -> Option<Self> {
        let run = &context["status"]["run"];
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let waiting = list(&run["stages"])
            .into_iter()
            .filter(|stage| stage["state"] == "AwaitingMerge");
        let mut pulls = waiting.flat_map(|stage| list(&stage["pullRequests"]));
        let open = pulls.find(|pull| pull["mergeCommit"].is_null() && pull["state"] == "Open");
        if let Some(number) = open.and_then(|pull| pull["number"].as_u64()) {
            return Some(Self::Merge { number });
        }
        let mut gates = list(&run["edges"]).into_iter().flat_map(|edge| list(&edge["gates"]));
        let pending = gates.any(|gate| gate["state"] == "Pending") && context["status"]["phase"] == "Blocked";
        pending.then(|| Self::Approve {
            context: context["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
        })
    }
}

/// The person.
#[derive(Debug)]
pub(super) struct Person {
    /// Kubeconfig of somebody who may approve.
    alice: PathBuf,
    /// Presses of Enter; none when everything is done without asking.
    presses: Option<mpsc::UnboundedReceiver<()>>,
    /// What was told or done already.
    seen: Vec<Task>,
    done: Vec<Task>,
}

impl Person {
    /// Gives Alice the right to approve.
    pub(super) async fn new(demo: &CdDemo, by_itself: bool) -> Result<Self> {
        apply(demo.client(), ROLES, INFRA).await?;
        let control_plane = demo.testbed().control_plane()?;
        Ok(Self {
            alice: control_plane.kubeconfig_as(&Identity::user("alice")).await?,
            presses: (!by_itself).then(presses),
            seen: Vec::new(),
            done: Vec::new(),
        })
    }

    /// Whether this was told or done already.
    pub(super) fn knows(&self, task: &Task) -> bool {
        self.seen.contains(task) || self.done.contains(task)
    }

    /// Tells what is to be done, or does it.
    pub(super) async fn see_to(&mut self, timeline: &mut Timeline, demo: &CdDemo, task: Task) -> Result<()> {
        if self.done.contains(&task) {
            return Ok(());
        }
        if let Some(presses) = &mut self.presses {
            if !self.seen.contains(&task) {
                // A press from before was not meant for this.
                while presses.try_recv().is_ok() {}
                say(&self.how(demo, &task))?;
                self.seen.push(task);
                return Ok(());
            }
            if presses.try_recv().is_err() {
                return Ok(());
            }
        }
        self.act(timeline, demo, &task).await?;
        self.done.push(task);
        Ok(())
    }

    async fn act(&self, timeline: &mut Timeline, demo: &CdDemo, task: &Task) -> Result<()> {
        match task {
            Task::Merge { number } => {
                timeline.say(&format!("you merge pull request #{number}"))?;
                demo.forge().merge(GITOPS, *number).await.map(drop)
            }
            Task::Approve { context } => {
                timeline.say(&format!(
                    "alice approves: kubectl stagecoach approve {context} -n {INFRA}"
                ))?;
                let output = Command::new(demo.binaries().plugin())
                    .args(["approve", context, "-n", INFRA])
                    .env("KUBECONFIG", &self.alice)
                    .stdin(Stdio::null())
                    .output()
                    .await
                    .context("cannot start the plugin")?;
                if !output.status.success() {
                    bail!("{}", String::from_utf8_lossy(&output.stderr).trim_end());
                }
                Ok(())
            }
        }
    }

    /// The command, to be copied.
    fn how(&self, demo: &CdDemo, task: &Task) -> String {
        let command = match task {
            Task::Merge { number } => merge_command(demo, *number),
            Task::Approve { context } => format!(
                "KUBECONFIG={} \\\n    {} approve {context} -n {INFRA}",
                self.alice.display(),
                demo.binaries().plugin().display()
            ),
        };
        let what = match task {
            Task::Merge { number } => format!("Merge pull request #{number}"),
            Task::Approve { .. } => "Approve, as alice".to_owned(),
        };
        format!("\n  {what} in another terminal:\n\n    {command}\n\n  or press Enter here.\n\n")
    }

    /// How to look at what was left running, and how to end it.
    pub(super) fn keep(&self, demo: &CdDemo) -> Result<()> {
        let control_plane = demo.testbed().control_plane()?;
        let (user, password) = demo.forge().login();
        let url = demo.forge().url();
        say(&format!(
            "
Everything is left running. To look at it from another terminal:

  export KUBECONFIG={}
  export PATH={}:{}:$PATH
  kubectl get pipelinecontexts -A -w
  kubectl stagecoach overview -A
  curl -u {user}:{password} {url}/api/v1/repos/{GITOPS}/pulls?state=all
  tail -f {}

A next version: kubectl stagecoach promote cd-demo -n {INFRA} version=0.2.0, then merge its pull request:

    {}

Approvals are alice's: KUBECONFIG={}

End it with Ctrl-C.
",
            control_plane.kubeconfig().display(),
            demo.binaries().folder().display(),
            control_plane
                .kubectl()
                .parent()
                .unwrap_or_else(|| control_plane.kubectl())
                .display(),
            demo.operator()?.log().display(),
            merge_command(demo, 3),
            self.alice.display(),
        ))
    }
}

/// The forge's pages come without their scripts, so the button is a call.
fn merge_command(demo: &CdDemo, number: u64) -> String {
    let (user, password) = demo.forge().login();
    let url = demo.forge().url();
    format!(
        "curl -u {user}:{password} -H 'Content-Type: application/json' -d '{{\"Do\": \"merge\"}}' \\\n    \
         {url}/api/v1/repos/{GITOPS}/pulls/{number}/merge"
    )
}

/// Every line that comes in from the terminal. The thread ends with the process: a read from a terminal cannot be
/// called off.
fn presses() -> mpsc::UnboundedReceiver<()> {
    let (sender, presses) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            if line.is_err() || sender.send(()).is_err() {
                return;
            }
        }
    });
    presses
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_person_is_asked_to_merge_then_to_approve_and_else_for_nothing() {
        let context = |dev: Value, gate: &str, phase: &str| {
            json!({
                "metadata": {"name": "c"},
                "status": {"phase": phase, "run": {
                    "stages": [dev, {"name": "prod", "state": "Waiting"}],
                    "edges": [{"gates": [{"name": "g", "state": gate}]}],
                }},
            })
        };
        let open = json!({"name": "dev", "state": "AwaitingMerge", "pullRequests": [{"number": 1, "state": "Open"}]});
        let merged = json!({"name": "dev", "state": "Verifying", "pullRequests": [{"number": 1, "state": "Merged", "mergeCommit": "a"}]});
        let promoted = json!({"name": "dev", "state": "Promoted", "pullRequests": [{"number": 1, "state": "Merged", "mergeCommit": "a"}]});
        assert_eq!(
            Task::of(&context(open, "", "Progressing")),
            Some(Task::Merge { number: 1 })
        );
        assert_eq!(Task::of(&context(merged, "Pending", "Progressing")), None);
        let approve = Task::Approve {
            context: "c".to_owned(),
        };
        assert_eq!(
            Task::of(&context(promoted.clone(), "Pending", "Blocked")),
            Some(approve)
        );
        assert_eq!(Task::of(&context(promoted, "Open", "Progressing")), None);
        assert_eq!(Task::of(&json!({})), None);
    }
}
