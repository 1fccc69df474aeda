//! `kubectl explain` shows what the fields mean.

use super::server;

#[tokio::test]
async fn kubectl_explain_tells_what_a_field_is_for() {
    let server = server::with_crds().await;
    for (field, says) in [
        ("pipelines", "travels along it by pull requests"),
        ("pipelines.spec.stages.join", "join: Any"),
        ("pipelines.spec.stages.onFailure", "onFailure: Revert"),
        ("pipelines.spec.stages.progressDeadline", "Default: 30m"),
        ("pipelines.spec.edges.gates.type", "APPROVAL: a person says yes"),
        ("pipelinecontexts.spec.context", "context.version"),
        ("prautomations.spec.updates.noMatch", "noMatch: Ignore"),
        ("prautomations.spec.ai", "reported as unsupported"),
        ("observers.spec.crontab", "five fields of cron"),
        ("scmconnections.spec.tokenSecretRef", "scm-<name>"),
        (
            "servicedeployments.spec.helm.release",
            "Default: the name of the service",
        ),
        ("gitrepositories.spec.url", "cannot be changed"),
        ("approvals.spec.contextRef.uid", "made anew"),
        ("deploymentsettings.spec.managementRepo", "identifier: mgmt"),
    ] {
        let said = server::kubectl(server, &["explain", field]).await.unwrap();
        let in_one_line = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            in_one_line.contains(says),
            "kubectl explain {field} does not say {says:?}:\n{said}"
        );
    }
}
