//! What `lint` finds.

use anyhow::Result;

use crate::{Folder, Said};

const CONNECTION: &str = "\
apiVersion: deployments.plural.sh/v1alpha1
kind: ScmConnection
metadata: {name: forge}
spec: {name: forge, type: GITEA, baseUrl: https://git.example.com}
";

const AUTOMATION: &str = r#"apiVersion: deployments.plural.sh/v1alpha1
kind: PrAutomation
metadata: {name: shop}
spec:
  scmConnectionRef: {name: forge}
  identifier: acme/gitops
  title: "shop {{ context.version }} to {{ context.pipeline.stage.name }}"
  updates:
    regexReplacements:
    - regex: 'tag: \S+'
      file: "{{ context.pipeline.stage.name }}.yaml"
      replacement: 'tag: {{ context.version }}'
  configuration:
  - {name: version, type: STRING}
"#;

pub(crate) const PIPELINE: &str = "\
apiVersion: deployments.plural.sh/v1alpha1
kind: Pipeline
metadata: {name: shop, namespace: infra}
spec:
  stages:
  - name: dev
    services:
    - {serviceRef: {name: shop-dev}, criteria: {prAutomationRef: {name: shop}}}
  - name: prod
    services:
    - {serviceRef: {name: shop-prod}, criteria: {prAutomationRef: {name: shop}}}
  edges:
  - {from: dev, to: prod, gates: [{name: approval-gate, type: APPROVAL}]}
";

const SERVICES: &str = "\
apiVersion: deployments.plural.sh/v1alpha1
kind: ServiceDeployment
metadata: {name: shop-dev, namespace: infra}
spec: {}
---
apiVersion: deployments.plural.sh/v1alpha1
kind: ServiceDeployment
metadata: {name: shop-prod, namespace: infra}
spec: {}
";

pub(crate) const CONTEXT: &str = "\
apiVersion: deployments.plural.sh/v1alpha1
kind: PipelineContext
metadata: {name: release, namespace: infra}
spec:
  pipelineRef: {name: shop}
  context:
    version: 1.4.2
";

/// A folder that is well.
pub(crate) fn folder() -> Result<Folder> {
    Folder::with(&[
        ("b/connection.yaml", CONNECTION),
        ("b/automation.yaml", AUTOMATION),
        ("b/pipeline.yaml", PIPELINE),
        ("b/services.yaml", SERVICES),
        ("b/context.yaml", CONTEXT),
    ])
}

/// The findings, each with its file and line.
pub(crate) fn lines(said: &Said) -> Vec<String> {
    let line = |line: &str| match line.splitn(4, ':').collect::<Vec<_>>().as_slice() {
        [file, line, _, rest] => format!("{file}:{line}:{rest}"),
        _ => line.to_owned(),
    };
    said.out.lines().map(line).collect()
}

/// The findings after one file of the folder was changed.
pub(crate) fn after(file: &str, change: impl Fn(&str) -> String) -> Result<Vec<String>> {
    let folder = folder()?;
    let before = folder.read(file);
    let changed = change(&before);
    assert_ne!(before, changed, "nothing was changed");
    folder.write(file, &changed)?;
    let said = folder.run(&["lint", "b"])?;
    let lines = lines(&said);
    let count = [": error: ", ": warning: "];
    let bad = lines.iter().any(|line| count.iter().any(|level| line.contains(level)));
    assert_eq!(said.code, i32::from(bad), "{lines:#?}");
    Ok(lines)
}

pub(crate) fn replaced(from: &'static str, to: &'static str) -> impl Fn(&str) -> String {
    move |text| text.replacen(from, to, 1)
}

#[test]
fn a_folder_that_is_well_has_no_findings() -> Result<()> {
    let said = folder()?.run(&["lint", "b"])?;
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.err);
    assert_eq!(said.err, "note: 6 objects in 5 files: 0 errors, 0 warnings, 0 notes\n");
    Ok(())
}

#[test]
fn fields_that_do_not_exist_or_do_not_fit_are_found() -> Result<()> {
    for (file, from, to, wanted) in [
        (
            "b/automation.yaml",
            "  title:",
            "  titel:",
            "b/automation.yaml:7: error: PrAutomation shop: spec.titel is no field of PrAutomation: is title meant? Correct it, or take it out",
        ),
        (
            "b/connection.yaml",
            "GITEA",
            "GITAE",
            "b/connection.yaml:4: error: ScmConnection forge: spec.type is \"GITAE\": it must be one of",
        ),
        (
            "b/automation.yaml",
            "      file: \"{{ context.pipeline.stage.name }}.yaml\"\n",
            "",
            "b/automation.yaml:10: error: PrAutomation shop: spec.updates.regexReplacements[0].file is missing: write it",
        ),
        (
            "b/pipeline.yaml",
            "- name: dev",
            "- name: [dev]",
            "b/pipeline.yaml:6: error: Pipeline infra/shop: spec.stages[0].name must be text",
        ),
        (
            "b/connection.yaml",
            "metadata: {name: forge}",
            "metadata: {name: My_Forge}",
            "b/connection.yaml:3: error: ScmConnection My_Forge: metadata.name is \"My_Forge\": write lower-case letters",
        ),
        (
            "b/connection.yaml",
            "ScmConnection",
            "ScmConection",
            "b/connection.yaml:2: error: ScmConection forge: deployments.plural.sh has no kind ScmConection: is ScmConnection meant?",
        ),
        (
            "b/connection.yaml",
            "v1alpha1",
            "v1beta1",
            "b/connection.yaml:1: error: ScmConnection forge: apiVersion must be deployments.plural.sh/v1alpha1: v1beta1 is not served",
        ),
        (
            "b/connection.yaml",
            "deployments.plural.sh",
            "platform.plural.sh",
            "b/connection.yaml:1: error: ScmConnection forge: ScmConnection of the group platform.plural.sh is not looked at",
        ),
        (
            "b/connection.yaml",
            "spec: {name",
            "spec: {[name",
            "b/connection.yaml:4: error: this is no YAML: ",
        ),
    ] {
        let found = after(file, replaced(from, to))?;
        assert!(
            found.iter().any(|line| line.starts_with(wanted)),
            "{wanted}\n{found:#?}"
        );
    }
    Ok(())
}

#[test]
fn pipelines_that_cannot_work_are_found() -> Result<()> {
    let back = "to: prod, gates: [{name: approval-gate, type: APPROVAL}]}\n  - {from: prod, to: dev}";
    for (from, to, wanted) in [
        (
            "to: prod, gates: [{name: approval-gate, type: APPROVAL}]}",
            back,
            "b/pipeline.yaml:14: error: Pipeline infra/shop: spec.edges form a cycle: dev -> prod -> dev: take one of these edges out",
        ),
        (
            "from: dev",
            "from: test",
            "b/pipeline.yaml:13: error: Pipeline infra/shop: edge \"test\" -> \"prod\" names the stage \"test\", which is not in spec.stages",
        ),
        (
            "name: prod",
            "name: dev",
            "b/pipeline.yaml:9: error: Pipeline infra/shop: stage \"dev\" is listed twice in spec.stages",
        ),
        (
            "type: APPROVAL",
            "type: JOB",
            "b/pipeline.yaml:13: error: Pipeline infra/shop: gate approval-gate on edge dev -> prod is of type JOB and has nothing to run",
        ),
        (
            "type: APPROVAL",
            "type: WINDOW",
            "b/pipeline.yaml:13: warning: Pipeline infra/shop: gate approval-gate on edge dev -> prod is of type WINDOW, which this version does not support",
        ),
        (
            "serviceRef: {name: shop-dev}",
            "serviceRef: {name: shop-dev, kind: CronJob}",
            "b/pipeline.yaml:8: error: Pipeline infra/shop: stage dev: services of kind CronJob cannot be judged",
        ),
        (
            "prAutomationRef: {name: shop}",
            "serviceRef: {name: shop-prod}",
            "b/pipeline.yaml:8: error: Pipeline infra/shop: stage \"dev\": criteria.serviceRef of ServiceDeployment infra/shop-dev",
        ),
    ] {
        let found = after("b/pipeline.yaml", replaced(from, to))?;
        assert!(
            found.iter().any(|line| line.starts_with(wanted)),
            "{wanted}\n{found:#?}"
        );
    }
    Ok(())
}

#[test]
fn a_recipe_for_patches_is_fine_outside_of_pipelines_only() -> Result<()> {
    let found = after("b/automation.yaml", replaced("  title:", "  patch: true\n  title:"))?;
    let words = "PrAutomation shop makes patches (spec.patch) and opens no pull requests, so nothing would ever be merged: take \
                 spec.patch out of it, or name another one";
    assert_eq!(
        found,
        [
            format!("b/pipeline.yaml:8: error: Pipeline infra/shop: {words}"),
            format!("b/pipeline.yaml:11: error: Pipeline infra/shop: {words}"),
        ]
    );
    Ok(())
}

#[test]
fn references_that_lead_nowhere_are_found() -> Result<()> {
    let found = after("b/automation.yaml", replaced("{name: forge}", "{name: github}"))?;
    assert_eq!(
        found,
        [
            "b/automation.yaml:5: note: PrAutomation shop: spec.scmConnectionRef names ScmConnection github, which is not among these \
          manifests: it must be in the cluster already"
        ]
    );
    let found = after("b/pipeline.yaml", replaced("shop-prod", "shop-prd"))?;
    assert_eq!(
        found,
        [
            "b/pipeline.yaml:11: warning: Pipeline infra/shop: spec.stages[1].services[0].serviceRef names ServiceDeployment \
          infra/shop-prd, which is not among these manifests: is ServiceDeployment infra/shop-prod meant?"
        ]
    );
    let found = after("b/automation.yaml", replaced("  scmConnectionRef: {name: forge}\n", ""))?;
    assert_eq!(
        found,
        [
            "b/automation.yaml:4: error: PrAutomation shop: spec.scmConnectionRef is missing: write the name of a ScmConnection, as \
          in scmConnectionRef: {name: example}"
        ]
    );
    let found = after("b/pipeline.yaml", |text| {
        text.replace("{name: shop}}}", "{name: checkout}}}")
    })?;
    assert_eq!(
        found[0],
        "b/pipeline.yaml:8: warning: Pipeline infra/shop: spec.stages[0].services[0].criteria.prAutomationRef names PrAutomation \
         checkout, which is not among these manifests: add it, or see that it is in the cluster already (--warnings-ok, where only \
         a part is checked)"
    );
    Ok(())
}

#[test]
fn warnings_count_unless_a_part_is_checked() -> Result<()> {
    let folder = folder()?;
    folder.write("b/pipeline.yaml", &PIPELINE.replace("shop-prod", "shop-prd"))?;
    let said = folder.run(&["lint", "b"])?;
    assert_eq!(
        (said.code, said.err.contains("0 errors, 1 warning, 0 notes")),
        (1, true),
        "{}",
        said.out
    );
    assert_eq!(folder.run(&["lint", "b", "--warnings-ok"])?.code, 0);
    folder.write("b/context.yaml", &CONTEXT.replace("1.4.2", "1.4"))?;
    assert_eq!(folder.run(&["lint", "b", "--warnings-ok"])?.code, 1);
    Ok(())
}

#[test]
fn automations_that_cannot_work_are_found() -> Result<()> {
    for (from, to, wanted) in [
        (
            "'tag: \\S+'",
            "'tag: (\\S+'",
            "b/automation.yaml:10: error: PrAutomation shop: spec.updates.regexReplacements[0].regex: the regular expression",
        ),
        (
            "{{ context.version }} to",
            "{{ context.version | up }} to",
            "b/automation.yaml:7: error: PrAutomation shop: spec.title, line 1",
        ),
        (
            "file: \"",
            "file: \"{% if %}",
            "b/automation.yaml:11: error: PrAutomation shop: spec.updates.regexReplacements[0].file, line 1",
        ),
        (
            "type: STRING",
            "type: ENUM",
            "b/automation.yaml:14: error: PrAutomation shop: spec.configuration[0].values is empty: list what the value may be",
        ),
        (
            "  identifier: acme/gitops\n",
            "",
            "b/automation.yaml:4: warning: PrAutomation shop: spec.identifier is missing",
        ),
    ] {
        let found = after("b/automation.yaml", replaced(from, to))?;
        assert!(
            found.iter().any(|line| line.starts_with(wanted)),
            "{wanted}\n{found:#?}"
        );
    }
    Ok(())
}

#[test]
fn values_that_will_be_refused_are_found() -> Result<()> {
    let found = after("b/context.yaml", replaced("version: 1.4.2", "version: 1.4"))?;
    assert_eq!(
        found,
        [
            "b/context.yaml:7: error: PipelineContext infra/release: PrAutomation shop: field \"version\" with value 1.4 does not \
          match type STRING: it must be text; put it in quotes"
        ]
    );
    let found = after("b/context.yaml", replaced("version: 1.4.2", "{}"))?;
    assert!(
        found[0].starts_with(
            "b/context.yaml:6: error: PipelineContext infra/release: PrAutomation shop: field \"version\" is missing"
        ),
        "{found:#?}"
    );
    let found = after("b/automation.yaml", replaced("to {{", "by {{ context.author }} to {{"))?;
    assert_eq!(found.len(), 1, "no context gives it: {found:#?}");
    assert!(
        found[0].starts_with("b/automation.yaml:7: error: PrAutomation shop: spec.title, line 1")
            && found[0].contains("`context.author` has no value")
    );
    Ok(())
}

#[test]
fn an_object_stands_once() -> Result<()> {
    let found = after("b/services.yaml", replaced("shop-prod", "shop-dev"))?;
    let wanted = "b/services.yaml:8: error: ServiceDeployment infra/shop-dev: ServiceDeployment infra/shop-dev is also in \
                  b/services.yaml:1: the later one takes the place of the earlier one; take one of them out";
    assert!(found.iter().any(|line| line == wanted), "{found:#?}");
    Ok(())
}

#[test]
fn observers_that_say_half_are_found() -> Result<()> {
    let folder = folder()?;
    let observer = "apiVersion: deployments.plural.sh/v1alpha1\nkind: Observer\nmetadata: {name: shop, namespace: infra}\nspec:\n  \
                    crontab: '*/5 * * * *'\n  target: {type: OCI, order: SEMVER}\n  actions:\n  - type: PIPELINE\n    configuration:\n      \
                    pipeline: {pipelineRef: {name: shop}, context: {tag: $value}}\n  - {type: PR, configuration: {}}\n";
    folder.write("b/observer.yaml", observer)?;
    assert_eq!(
        lines(&folder.run(&["lint", "b"])?),
        [
            "b/observer.yaml:6: error: Observer infra/shop: spec.target is of type OCI and needs the block oci: write it",
            "b/observer.yaml:10: error: Observer infra/shop: PrAutomation shop: field \"version\" is missing: the context needs a \
             value of type STRING",
            "b/observer.yaml:11: error: Observer infra/shop: spec.actions[1] is of type PR and needs the block configuration.pr: \
             write it",
        ]
    );
    Ok(())
}
