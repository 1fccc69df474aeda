//! What an API server or the operator would refuse for its form.

use anyhow::Result;

use crate::lint::{after, folder, lines, replaced};

fn found(file: &str, from: &'static str, to: &'static str, wanted: &str) -> Result<()> {
    let found = after(file, replaced(from, to))?;
    assert!(found.iter().any(|line| line.contains(wanted)), "{wanted}\n{found:#?}");
    assert_eq!(found.len(), 1, "{found:#?}");
    Ok(())
}

#[test]
fn names_and_times_have_the_form_that_their_kinds_ask_for() -> Result<()> {
    let pipeline = |from, to, wanted: &str| found("b/pipeline.yaml", from, to, wanted);
    let gate = "b/pipeline.yaml:13: error: Pipeline infra/shop: spec.edges[0].gates[0].name is ";
    pipeline(
        "approval-gate",
        "A",
        &format!("{gate}\"A\": gates[].name needs at least two lower-case letters"),
    )?;
    pipeline("approval-gate", "-x", &format!("{gate}\"-x\": "))?;
    pipeline(
        "- name: prod",
        "- name: prod\n    progressDeadline: \"30\"",
        "b/pipeline.yaml:10: error: Pipeline infra/shop: spec.stages[1].progressDeadline is \"30\": progressDeadline is a length of time: \
         write a number and a unit",
    )?;
    pipeline(
        "- name: prod",
        "- name: prod\n    stability: abc",
        "stability is a length of time",
    )?;
    pipeline(
        "type: APPROVAL",
        "type: APPROVAL, spec: {approval: {timeout: 72x}}",
        "spec.edges[0].gates[0].spec.approval.timeout is \"72x\": approval.timeout is a length of time",
    )?;
    pipeline(
        "  edges:",
        "  - name: \"\"\n  edges:",
        "spec.stages[2].name is \"\": stages[].name is empty: give the stage a name",
    )?;
    found(
        "b/connection.yaml",
        ", baseUrl: https://git.example.com",
        "",
        "spec is of type GITEA and needs the address",
    )
}

#[test]
fn a_script_is_written_or_named() -> Result<()> {
    found(
        "b/automation.yaml",
        "  configuration:",
        "  lua: {}\n  configuration:",
        "b/automation.yaml:13: error: PrAutomation shop: spec.lua: lua needs something to run: write script:",
    )
}

#[test]
fn a_branch_is_one_that_git_takes() -> Result<()> {
    let folder = folder()?;
    for branch in ["a b~^:", "", "a..b", "a/"] {
        let trigger = format!(
            "apiVersion: deployments.plural.sh/v1alpha1\nkind: PrAutomationTrigger\nmetadata: {{name: x, namespace: infra}}\nspec:\n  \
             prAutomationRef: {{name: shop}}\n  branch: \"{branch}\"\n  context: {{version: 1.4.2, pipeline: {{stage: {{name: dev}}}}}}\n"
        );
        folder.write("b/trigger.yaml", &trigger)?;
        let found = lines(&folder.run(&["lint", "b"])?);
        assert_eq!(found.len(), 1, "{branch}: {found:#?}");
        let wanted = "b/trigger.yaml:6: error: PrAutomationTrigger infra/x: spec.branch is ";
        assert!(found[0].starts_with(wanted), "{branch}: {found:#?}");
    }
    Ok(())
}

#[test]
fn metadata_is_held_as_strictly() -> Result<()> {
    let connection = |to, wanted: &str| found("b/connection.yaml", "metadata: {name: forge}", to, wanted);
    let label = "b/connection.yaml:3: error: ScmConnection forge: metadata.labels.a must be text: put it in quotes";
    connection("metadata: {name: forge, labels: {a: 1}}", label)?;
    connection(
        "metadata: {name: forge, labels: {b: true}}",
        "metadata.labels.b must be text",
    )?;
    connection(
        "metadata: {name: forge, annotations: {x: 3}}",
        "metadata.annotations.x must be text",
    )?;
    connection(
        "metadata: {name: forge, lables: {x: y}}",
        "metadata.lables is no field of metadata: is labels meant?",
    )?;
    let pipeline = |to, wanted| {
        let found = after(
            "b/pipeline.yaml",
            replaced("metadata: {name: shop, namespace: infra}", to),
        )?;
        assert!(found.iter().any(|line| line.contains(wanted)), "{wanted}\n{found:#?}");
        assert!(
            !found.iter().any(|line| line.contains("metadata.name is missing")),
            "{found:#?}"
        );
        Ok::<_, anyhow::Error>(())
    };
    pipeline(
        "metadata: {name: 123, namespace: infra}",
        "metadata.name must be text: put it in quotes",
    )?;
    pipeline(
        "metadata: {name: shop, namespace: Infra_X}",
        "metadata.namespace is \"Infra_X\": write lower-case",
    )?;
    let fine = "metadata: {name: forge, labels: {a: , b: x}, annotations: , uid: x, managedFields: [{a: 1}], creationTimestamp: }";
    assert_eq!(
        after("b/connection.yaml", replaced("metadata: {name: forge}", fine))?,
        Vec::<String>::new()
    );
    Ok(())
}

#[test]
fn observers_are_read_as_the_operator_reads_them() -> Result<()> {
    let observer = "apiVersion: deployments.plural.sh/v1alpha1\nkind: Observer\nmetadata: {name: shop, namespace: infra}\nspec:\n  \
                    crontab: '*/5 * * * *'\n  target: {type: OCI, order: SEMVER, oci: {url: r.example.com/app}}\n  actions:\n  - type: \
                    PIPELINE\n    configuration:\n      pipeline: {pipelineRef: {name: shop}, context: {version: $value}}\n";
    let actions = observer.split("  actions:").last().unwrap_or_default();
    let git = "type: GIT, git: {gitRepositoryRef: {name: x}, type: TAGS, filter: {regex: '^v('}}";
    let folder = folder()?;
    for (from, to, wanted) in [
        (
            "*/5 * * * *",
            "* * * *",
            "b/observer.yaml:5: error: Observer infra/shop: spec.crontab is \"* * * *\": it has five fields",
        ),
        (
            "*/5 * * * *",
            "61 * * * *",
            "b/observer.yaml:5: error: Observer infra/shop: spec.crontab is \"61 * * * *\": ",
        ),
        (
            "order: SEMVER",
            "order: SEMVER, format: 'v(.*'",
            "b/observer.yaml:6: error: Observer infra/shop: spec.target.format: ",
        ),
        (
            "order: SEMVER",
            "order: RENOVATE, format: 'v(?<x>.*)'",
            "spec.target.format: the format \"v(?<x>.*)\" cannot be used: for RENOVATE it needs a group",
        ),
        (
            "type: OCI",
            git,
            "spec.target.git.filter.regex: the format \"^v(\" cannot be used",
        ),
        (
            actions,
            " []\n",
            "b/observer.yaml:7: error: Observer infra/shop: spec.actions is empty: write what to do",
        ),
    ] {
        folder.write("b/observer.yaml", &observer.replace(from, to))?;
        let found = lines(&folder.run(&["lint", "b"])?);
        assert_eq!(
            found.iter().filter(|line| line.contains(wanted)).count(),
            1,
            "{wanted}\n{found:#?}"
        );
        assert_eq!(
            found.iter().filter(|line| line.contains(": error: ")).count(),
            1,
            "{found:#?}"
        );
    }
    Ok(())
}

#[test]
fn approvals_name_what_is_there() -> Result<()> {
    let approval = "apiVersion: stagecoach.dev/v1alpha1\nkind: Approval\nmetadata: {name: ok, namespace: infra}\nspec:\n  pipelineRef: \
                    {name: shop}\n  contextRef: {name: release}\n  edge: {from: dev, to: prod}\n  gate: approval-gate\n  user: me\n  \
                    decision: Approve\n";
    let folder = folder()?;
    for (from, to, wanted) in [
        ("", "", None),
        (
            "name: release",
            "name: releases",
            Some("b/approval.yaml:6: warning: Approval infra/ok: spec.contextRef names PipelineContext infra/releases"),
        ),
        (
            "to: prod",
            "to: prd",
            Some(
                "b/approval.yaml:7: error: Approval infra/ok: Pipeline infra/shop has no edge dev -> prd: write one of dev -> prod",
            ),
        ),
        (
            "gate: approval-gate",
            "gate: approval",
            Some(
                "b/approval.yaml:8: error: Approval infra/ok: edge dev -> prod of Pipeline infra/shop has no gate approval that a person opens: write one of approval-gate",
            ),
        ),
    ] {
        folder.write("b/approval.yaml", &approval.replacen(from, to, 1))?;
        let found = lines(&folder.run(&["lint", "b"])?);
        assert_eq!(found.len(), usize::from(wanted.is_some()), "{found:#?}");
        assert!(
            found.iter().zip(wanted).all(|(line, wanted)| line.starts_with(wanted)),
            "{found:#?}"
        );
    }
    Ok(())
}

#[test]
fn what_the_operator_cannot_read_is_told() -> Result<()> {
    found(
        "b/automation.yaml",
        "{name: version, type: STRING}",
        "{name: version, type: STRING, page: 18446744073709551615}",
        "b/automation.yaml:4: error: PrAutomation shop: the operator cannot read it: ",
    )?;
    // It is a hundred years, and no reason to fall.
    let long = after(
        "b/pipeline.yaml",
        replaced("- name: prod", "- name: prod\n    stability: 99999999999999999999h"),
    )?;
    assert_eq!(long, Vec::<String>::new());
    Ok(())
}

#[test]
fn what_a_kind_refuses_is_told_once() -> Result<()> {
    let images = "    kustomizeImages:\n    - {file: a.yaml, name: x}\n  configuration:";
    found(
        "b/automation.yaml",
        "  configuration:",
        images,
        "spec.updates.kustomizeImages[0]: an image needs something that changes",
    )?;
    let patches = "    yamlPatches:\n    - {file: a.yaml, path: \"\", value: x}\n  configuration:";
    found(
        "b/automation.yaml",
        "  configuration:",
        patches,
        "spec.updates.yamlPatches[0].path is \"\": ",
    )
}
