//! What `render` says of the manifests that it is given: the PrAutomation, and what carries the values.

use anyhow::Result;

use crate::{Folder, HEAD};

const EDITS: &str = "  updates:\n    regexReplacements:\n    - {regex: 'tag: .*', file: f, replacement: 'tag: 2'}\n";

/// The automation, with other values where `values` is not empty, and what comes of it.
fn rendered(automation: &str, values: &str) -> Result<crate::Said> {
    let folder = Folder::with(&[("a.yaml", automation), ("values.yaml", values), ("repo/f", "tag: 1\n")])?;
    let values = if values.is_empty() { "{}" } else { "values.yaml" };
    folder.run(&[
        "render",
        "--automation",
        "a.yaml",
        "--repo",
        "repo",
        "--context",
        values,
    ])
}

fn whole() -> String {
    format!("{HEAD}{EDITS}")
}

#[test]
fn an_automation_needs_a_name() -> Result<()> {
    for (metadata, said) in [
        ("{}", "a.yaml:3: metadata.name is missing: give the PrAutomation a name"),
        (
            "{name: \"\"}",
            "a.yaml:3: metadata.name is missing: give the PrAutomation a name",
        ),
        (
            "{generateName: shop-}",
            "a.yaml:3: metadata.name is missing: write one beside generateName, which only an API server makes a name of",
        ),
        ("{name: 1}", "a.yaml:3: metadata.name must be text: put it in quotes"),
    ] {
        let automation = whole().replace("{name: shop}", metadata);
        assert_eq!(
            rendered(&automation, "")?.refused(1),
            format!("error: {said}\n"),
            "{metadata}"
        );
    }
    Ok(())
}

#[test]
fn types_in_the_metadata_have_their_line_and_field() -> Result<()> {
    let metadata = "metadata:\n  name: shop\n  labels:\n    team: web\n    version: 1.0\n  annotations:\n    on: true\n    note: x\n";
    let automation = whole().replace("metadata: {name: shop}\n", metadata);
    assert_eq!(
        rendered(&automation, "")?.refused(1),
        "error: a.yaml:7: metadata.labels.version must be text: put it in quotes\n\
         error: a.yaml:9: metadata.annotations.on must be text: put it in quotes\n"
    );
    let automation = whole().replace("{name: shop}", "{name: shop, creationTimestamp: now}");
    let said = rendered(&automation, "")?.refused(1);
    assert!(said.starts_with("error: a.yaml:3: metadata cannot be read: "), "{said}");
    let automation = whole().replace("{name: shop}", "{name: shop, labels: , annotations: {a: b}}");
    assert!(rendered(&automation, "")?.done().contains("+tag: 2"));
    Ok(())
}

#[test]
fn what_was_not_understood_is_told_also_when_the_rest_is_refused() -> Result<()> {
    let automation = format!("{HEAD}{}", EDITS.replace("regexReplacements", "regexReplacement"));
    let said = rendered(&automation, "")?.refused(1);
    let (note, error) = said.split_once('\n').unwrap_or_default();
    assert_eq!(
        note,
        "note: a.yaml:9: spec.updates.regexReplacement is no field of PrAutomation: is regexReplacements meant? Correct it, or \
         take it out"
    );
    assert!(error.starts_with("error: a.yaml:8: spec.updates is empty"), "{error}");
    let patches = "  updates:\n    yamlPatches:\n    - {file: f, path: tag, val: 1}\n";
    let said = rendered(&format!("{HEAD}{patches}"), "")?.refused(1);
    assert!(
        said.starts_with("note: a.yaml:10: spec.updates.yamlPatches[0].val is no field") && said.contains("\nerror: "),
        "{said}"
    );
    let automation = format!("{}  configuration:\n  - {{name: v, type: STRING}}\n", whole());
    let context = "apiVersion: deployments.plural.sh/v1alpha1\nkind: PipelineContext\nmetadata: {name: c}\nspec:\n  pipelineRef: \
                   {name: p}\n  contxt: {v: x}\n";
    let said = rendered(&automation, context)?.refused(1);
    assert!(
        said.starts_with(
            "note: values.yaml:6: spec.contxt is no field of PipelineContext: is context meant? Correct it, or take it out\n\
             error: values.yaml:4: field \"v\" is missing: "
        ),
        "{said}"
    );
    Ok(())
}

#[test]
fn a_list_of_kubectl_is_its_items() -> Result<()> {
    let item = whole().replace('\n', "\n  ");
    let list = format!("apiVersion: v1\nkind: List\nmetadata: {{resourceVersion: \"\"}}\nitems:\n- {item}\n");
    assert!(rendered(&list, "")?.done().contains("+tag: 2"));
    let wrong = list.replace("title: t", "title: [t]");
    assert_eq!(
        rendered(&wrong, "")?.refused(1),
        "error: a.yaml:10: spec.title must be text\n"
    );
    Ok(())
}

#[test]
fn an_object_without_values_is_no_map_of_values() -> Result<()> {
    for kind in ["Observer", "Pipeline", "PrAutomation"] {
        let context = whole().replace("kind: PrAutomation", &format!("kind: {kind}"));
        assert_eq!(
            rendered(&whole(), &context)?.refused(1),
            format!(
                "error: values.yaml:2: {kind} carries no values: give a PipelineContext, a PrAutomationTrigger, or a map of names and \
                 values, as in {{\"version\": \"1.2.3\"}}\n"
            )
        );
    }
    for values in [
        "kind: Pipeline\nspec: {}\n",
        "apiVersion: apps/v1\nkind: Pipeline\n",
        "apiVersion: deployments.plural.sh/v1alpha1\n",
    ] {
        assert!(rendered(&whole(), values)?.done().contains("+tag: 2"), "{values}");
    }
    Ok(())
}

#[test]
fn a_change_by_a_language_model_is_told_as_unsupported() -> Result<()> {
    let ai = "  ai: {enabled: true, prompt: p}\n";
    let said = rendered(&format!("{HEAD}{ai}"), "")?.refused(1);
    let (first, second) = said.split_once('\n').unwrap_or_default();
    assert_eq!(
        first,
        "error: a.yaml:8: spec.ai is not supported yet; write the edit as spec.updates, or take the field out"
    );
    assert!(second.starts_with("error: a.yaml:4: spec.updates is empty"), "{second}");
    let said = rendered(&format!("{HEAD}{ai}{EDITS}"), "")?;
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("+tag: 2"), "{}", said.out);
    assert_eq!(
        said.err,
        "warning: spec.ai is not supported yet; write the edit as spec.updates, or take the field out\n"
    );
    let folder = Folder::with(&[("a.yaml", &format!("{HEAD}{ai}{EDITS}")), ("repo/f", "tag: 1\n")])?;
    let line = [
        "render",
        "--automation",
        "a.yaml",
        "--repo",
        "repo",
        "--context",
        "{}",
        "-o",
        "json",
    ];
    let pull_request: serde_json::Value = serde_json::from_str(&folder.run(&line)?.done())?;
    assert!(
        pull_request["warnings"].to_string().contains("spec.ai"),
        "{pull_request}"
    );
    let off = ai.replace("true", "false");
    rendered(&format!("{HEAD}{off}{EDITS}"), "")?.done();
    Ok(())
}
