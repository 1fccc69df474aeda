//! The main job: a version travels from a registry tag to production through two pull requests, on real parts.

use std::time::Duration;

use anyhow::Result;
use kube::Api;
use kube::api::ListParams;
use serde_json::Value;
use stagecoach_api::{PipelineContext, PrAutomation};
use stagecoach_system::{CdDemo, GITOPS, Seen, Setup, context_status, gate, plan_of, stage};
use stagecoach_testbed::{FileChange, Identity, Look, PullRequest, apply, eventually};

const LONG: Duration = Duration::from_secs(90);

fn is_promoted(context: &PipelineContext, name: &str) -> Option<()> {
    (stage(context, name)["state"] == "Promoted").then_some(())
}

fn is_over(context: &PipelineContext) -> Option<Seen> {
    let seen = context_status(context);
    ["Succeeded", "Failed", "Superseded", "Cancelled"]
        .contains(&seen.phase.as_str())
        .then_some(seen)
}

/// The document of a stage as it is on the main branch.
async fn document(demo: &CdDemo, stage: &str, at: &str) -> Result<String> {
    let path = format!("bootstrap/cd-demo/{stage}.yaml");
    let bytes = demo.forge().read_file(GITOPS, at, &path).await?.unwrap_or_default();
    Ok(String::from_utf8(bytes)?)
}

/// The pull request changes the one line of its stage and no other byte.
async fn check_pull_request(demo: &CdDemo, pull: &PullRequest, stage: &str, version: &str) -> Result<()> {
    let title = format!("Updating cd-demo version to {version} (stage={stage})");
    assert_eq!(pull.title, title);
    assert!(
        pull.body.starts_with(&format!("{title}\n")),
        "the message comes first:\n{}",
        pull.body
    );
    for said in [
        "`infra/cd-demo`",
        &format!("**{stage}**"),
        version,
        "What changes",
        "What comes next",
    ] {
        assert!(
            pull.body.contains(said),
            "the body does not say {said:?}:\n{}",
            pull.body
        );
    }
    let (before, after) = (
        document(demo, stage, "main").await?,
        document(demo, stage, &pull.head.sha).await?,
    );
    assert_eq!(
        after,
        before.replace("tag: latest # VERSION", &format!("tag: {version} # VERSION"))
    );
    assert_ne!(after, before);
    Ok(())
}

/// Two pull requests, one approval, and the version runs in both stages.
async fn promote(demo: &CdDemo, context: &str, version: &str) -> Result<()> {
    let dev = demo.pull_request(context, "dev").await?;
    check_pull_request(demo, &dev, "dev", version).await?;
    let waits = demo
        .wait_for(context, "dev awaits its merge", LONG, |c| {
            (stage(c, "dev")["state"] == "AwaitingMerge").then(|| context_status(c))
        })
        .await?;
    assert!(waits.message.contains(&dev.html_url), "{}", waits.message);
    let merge = demo.forge().merge(GITOPS, dev.number).await?;
    demo.wait_for(context, "dev is promoted", LONG, |c| is_promoted(c, "dev"))
        .await?;
    assert!(
        demo.running("cd-demo-dev").await?.ends_with(&format!(":{version}")),
        "promoted means that it runs"
    );
    let blocked = demo
        .wait_for(context, "the approval gate", LONG, |c| {
            (context_status(c).phase == "Blocked").then(|| c.clone())
        })
        .await?;
    assert_eq!(stage(&blocked, "dev")["pullRequests"][0]["mergeCommit"], merge.as_str());
    assert_eq!(gate(&blocked, "approval-gate")["state"], "Pending");
    assert!(
        context_status(&blocked).message.contains("kubectl stagecoach approve"),
        "{}",
        context_status(&blocked).message
    );
    assert_eq!(
        demo.all_pull_requests().await?.len(),
        1,
        "nothing is opened behind a closed gate"
    );
    approve(demo, context).await?;
    let prod = demo.pull_request(context, "prod").await?;
    check_pull_request(demo, &prod, "prod", version).await?;
    let decided = demo
        .wait_for(context, "the decision", LONG, |c| Some(gate(c, "approval-gate")))
        .await?;
    assert_eq!(decided["state"], "Open");
    assert_eq!(decided["decision"]["user"], "alice");
    assert!(decided["decision"]["at"].is_string());
    demo.forge().merge(GITOPS, prod.number).await?;
    let end = demo.wait_for(context, "the run is over", LONG, is_over).await?;
    assert_eq!(end.phase, "Succeeded", "{}", end.message);
    assert!(demo.running("cd-demo-prod").await?.ends_with(&format!(":{version}")));
    assert_eq!(
        demo.all_pull_requests().await?.len(),
        2,
        "two stages, two pull requests, none twice"
    );
    Ok(())
}

/// A user without the verb is refused by the API server; one who has it approves with the plugin.
async fn approve(demo: &CdDemo, context: &str) -> Result<()> {
    let role = r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: approver, namespace: infra}
rules:
- {apiGroups: [deployments.plural.sh], resources: [pipelines], resourceNames: [cd-demo], verbs: [approve]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: approver, namespace: infra}
subjects: [{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}]
roleRef: {kind: Role, name: approver, apiGroup: rbac.authorization.k8s.io}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: editors, namespace: infra}
subjects: [{kind: Group, name: devs, apiGroup: rbac.authorization.k8s.io}]
roleRef: {kind: ClusterRole, name: stagecoach-edit, apiGroup: rbac.authorization.k8s.io}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: viewers}
subjects: [{kind: Group, name: devs, apiGroup: rbac.authorization.k8s.io}]
roleRef: {kind: ClusterRole, name: stagecoach-view, apiGroup: rbac.authorization.k8s.io}
";
    apply(demo.client(), role, "infra").await?;
    // A new role binding takes a moment to count.
    eventually("the refusal of bob", LONG, async || {
        let refused = plugin(demo, "bob", &["approve", context, "-n", "infra"]).await?;
        assert!(!refused.status.success(), "bob may not approve");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        let by_policy = said.contains("bob") && said.contains("approve") && !said.contains("cannot get");
        Ok(Look::or_not_yet(by_policy.then_some(()), said))
    })
    .await?;
    let approved = plugin(demo, "alice", &["approve", context, "-n", "infra"]).await?;
    assert!(
        approved.status.success(),
        "{}",
        String::from_utf8_lossy(&approved.stderr)
    );
    Ok(())
}

async fn plugin(demo: &CdDemo, user: &str, arguments: &[&str]) -> Result<std::process::Output> {
    let kubeconfig = demo
        .testbed()
        .control_plane()?
        .kubeconfig_as(&Identity::user(user))
        .await?;
    let mut command = tokio::process::Command::new(demo.binaries().plugin());
    command
        .env("KUBECONFIG", kubeconfig)
        .args(arguments)
        .stdin(std::process::Stdio::null());
    Ok(command.output().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_in_the_registry_travels_to_production_through_two_pull_requests() -> Result<()> {
    let demo = CdDemo::start(&Setup::default()).await?;
    demo.push("0.1.0").await?;
    annotate_observer(&demo).await?;
    let context = eventually("the observer's context", LONG, async || {
        let found = demo.contexts().await?.into_iter().next();
        Ok(Look::or_not_yet(
            found.and_then(|context| context.metadata.name),
            "no context",
        ))
    })
    .await?;
    promote(&demo, &context, "0.1.0").await?;
    let contexts = demo.contexts().await?;
    assert_eq!(
        contexts.len(),
        1,
        "one tag, one context: {:?}",
        contexts.iter().map(plan_of).collect::<Vec<_>>()
    );
    assert!(contexts[0].metadata.owner_references.is_none());
    events_tell_the_story(&demo).await
}

/// Asks the observer to poll now; its crontab is the tutorial's five minutes.
async fn annotate_observer(demo: &CdDemo) -> Result<()> {
    let observers: Api<stagecoach_api::Observer> = Api::namespaced(demo.client().clone(), "infra");
    let patch = serde_json::json!({"metadata": {"annotations": {"stagecoach.dev/poll": "1"}}});
    observers
        .patch(
            "cd-demo",
            &kube::api::PatchParams::default(),
            &kube::api::Patch::Merge(patch),
        )
        .await?;
    Ok(())
}

async fn events_tell_the_story(demo: &CdDemo) -> Result<()> {
    let events: Api<k8s_openapi::api::events::v1::Event> = Api::namespaced(demo.client().clone(), "infra");
    let list = events.list(&ListParams::default()).await?;
    let reasons: Vec<String> = list.items.into_iter().filter_map(|event| event.reason).collect();
    for reason in [
        "RunStarted",
        "PullRequestOpened",
        "PullRequestMerged",
        "StagePromoted",
        "GateOpened",
        "Succeeded",
    ] {
        assert!(
            reasons.iter().any(|seen| seen == reason),
            "no event {reason} in {reasons:?}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_written_by_hand_and_one_by_the_plugin_get_the_same() -> Result<()> {
    let demo = CdDemo::start(&Setup {
        without_observer: true,
        ..Setup::default()
    })
    .await?;
    demo.write_context("by-hand", "0.1.0").await?;
    promote(&demo, "by-hand", "0.1.0").await?;
    let refused = plugin(&demo, "alice", &["promote", "cd-demo", "-n", "infra"]).await?;
    assert!(!refused.status.success(), "a missing value is refused: {refused:?}");
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("version"),
        "{refused:?}"
    );
    the_title_names_what_was_there(&demo).await?;
    let made = plugin(
        &demo,
        "alice",
        &[
            "promote",
            "cd-demo",
            "-n",
            "infra",
            "version=0.2.0",
            "--name",
            "by-plugin",
        ],
    )
    .await?;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let dev = demo.pull_request("by-plugin", "dev").await?;
    assert_eq!(dev.title, "dev of cd-demo-dev: 0.1.0 to 0.2.0");
    let pipelines: Api<stagecoach_api::Pipeline> = Api::namespaced(demo.client().clone(), "infra");
    let pipeline = serde_json::to_value(pipelines.get("cd-demo").await?)?;
    assert_eq!(pipeline["status"]["summary"], "dev 0.1.0 -> 0.2.0 | prod 0.1.0");
    same_spec_again_is_no_new_run(&demo).await
}

/// A team that wants its titles so writes them so.
async fn the_title_names_what_was_there(demo: &CdDemo) -> Result<()> {
    let path = "bootstrap/cd-demo/pipeline-pr-automation.yaml";
    let bytes = demo.forge().read_file(GITOPS, "main", path).await?.unwrap_or_default();
    let place = "context.pipeline";
    let title = format!(
        "{{{{ {place}.stage.name }}}} of {{{{ {place}.service.name }}}}: {{{{ {place}.stage.promoted }}}} to {{{{ context.version }}}}"
    );
    let lines = String::from_utf8(bytes)?;
    let old = lines
        .lines()
        .find(|line| line.starts_with("  title: "))
        .unwrap_or_default();
    let change = FileChange::write(path, lines.replace(old, &format!("  title: \"{title}\"")));
    demo.forge().commit(GITOPS, "main", "Other titles", &[change]).await?;
    let automations: Api<PrAutomation> = Api::all(demo.client().clone());
    eventually("the automation has its new title", LONG, async || {
        let spec = automations.get("cd-demo-pipeline").await?.spec;
        Ok(Look::or_not_yet(
            (spec.title.as_deref() == Some(&title)).then_some(()),
            "it has the old one",
        ))
    })
    .await
}

/// Applying the same again, and editing what is no value, starts nothing.
async fn same_spec_again_is_no_new_run(demo: &CdDemo) -> Result<()> {
    let contexts: Api<PipelineContext> = Api::namespaced(demo.client().clone(), "infra");
    let before = contexts.get("by-hand").await?;
    let patch = serde_json::json!({"spec": {"suspend": true}});
    contexts
        .patch(
            "by-hand",
            &kube::api::PatchParams::default(),
            &kube::api::Patch::Merge(patch),
        )
        .await?;
    let after = demo
        .wait_for("by-hand", "the new generation is observed", LONG, |c| {
            let value: Value = serde_json::to_value(c).unwrap_or_default();
            (value["status"]["observedGeneration"] == value["metadata"]["generation"]).then(|| c.clone())
        })
        .await?;
    let run = |context: &PipelineContext| serde_json::to_value(context).map(|v| v["status"]["run"]["number"].clone());
    assert_eq!(run(&before)?, run(&after)?);
    Ok(())
}
