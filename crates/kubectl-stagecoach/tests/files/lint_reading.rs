//! What `lint` makes of files and documents, whatever stands in them.

use anyhow::Result;

use crate::{
    Folder,
    lint::{CONTEXT, PIPELINE, after, folder, lines, replaced},
};

#[test]
fn an_empty_field_is_one_that_is_not_there() -> Result<()> {
    let stage = "  - {name: last, services: }\n  edges:";
    for (file, from, to) in [
        (
            "b/pipeline.yaml",
            "  edges:\n  - {from: dev, to: prod, gates: [{name: approval-gate, type: APPROVAL}]}\n",
            "  edges:\n",
        ),
        (
            "b/pipeline.yaml",
            "gates: [{name: approval-gate, type: APPROVAL}]",
            "gates: ",
        ),
        ("b/pipeline.yaml", "  edges:", stage),
        ("b/automation.yaml", "  configuration:", "  deletes:\n  configuration:"),
        (
            "b/automation.yaml",
            "{name: version, type: STRING}",
            "{name: version, type: STRING, default: , optional: }",
        ),
        ("b/context.yaml", "  context:", "  reconciliation: \n  context:"),
    ] {
        assert_eq!(after(file, replaced(from, to))?, Vec::<String>::new(), "{to}");
    }
    for (file, from, to, wanted) in [
        (
            "b/pipeline.yaml",
            "name: dev",
            "name: ",
            "b/pipeline.yaml:6: error: Pipeline infra/shop: spec.stages[0].name is missing",
        ),
        (
            "b/pipeline.yaml",
            "  edges:",
            "  - \n  edges:",
            "error: Pipeline infra/shop: spec.stages[2] is empty: write a value, or take it out",
        ),
    ] {
        let found = after(file, replaced(from, to))?;
        assert!(found.iter().any(|line| line.contains(wanted)), "{wanted}\n{found:#?}");
    }
    Ok(())
}

#[test]
fn a_file_that_is_named_twice_is_read_once() -> Result<()> {
    let said = folder()?.run(&["lint", "b", "b/pipeline.yaml", "./b/../b/pipeline.yaml"])?;
    assert_eq!((said.code, said.out.as_str()), (0, ""));
    assert!(said.err.contains("6 objects in 5 files"), "{}", said.err);
    Ok(())
}

#[test]
fn limits_hold_for_each_document_of_a_file() -> Result<()> {
    let folder = folder()?;
    let map = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";
    folder.write("b/maps.yaml", &map.repeat(1100))?;
    let said = folder.run(&["lint", "b"])?;
    assert_eq!((said.code, said.out.as_str()), (0, ""));
    folder.write("b/large.yaml", &"# nothing\n".repeat(1_000_000))?;
    let said = folder.run(&["lint", "b"])?;
    assert_eq!(
        (said.code, said.out.as_str()),
        (
            1,
            "b/large.yaml:1:1: warning: the file is larger than 8 MiB, so nothing of it is checked: split it\n"
        )
    );
    Ok(())
}

#[test]
fn a_broken_document_hides_no_other() -> Result<()> {
    let folder = folder()?;
    let broken = format!("a: [\n---\n{}", PIPELINE.replace("from: dev", "from: test"));
    folder.write("b/pipeline.yaml", &broken)?;
    let found = lines(&folder.run(&["lint", "b"])?);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].contains("error: this is no YAML"), "{found:#?}");
    assert!(
        found[1].starts_with("b/pipeline.yaml:15: error: Pipeline infra/shop: edge \"test\""),
        "{found:#?}"
    );
    Ok(())
}

#[test]
fn a_manifest_without_its_kind_or_version_is_no_skipped_one() -> Result<()> {
    let found = after(
        "b/pipeline.yaml",
        replaced("apiVersion: deployments.plural.sh/v1alpha1\n", ""),
    )?;
    assert_eq!(
        found,
        [
            "b/pipeline.yaml:1: error: apiVersion is missing: write apiVersion: deployments.plural.sh/v1alpha1, if this is a Pipeline of it"
        ]
    );
    let found = after("b/pipeline.yaml", replaced("kind: Pipeline\n", ""))?;
    assert!(
        found.contains(
            &"b/pipeline.yaml:1: error: kind is missing: write what this is, as in kind: Pipeline".to_owned()
        ),
        "{found:#?}"
    );
    Ok(())
}

#[test]
fn kinds_without_a_use_are_notes() -> Result<()> {
    let folder = folder()?;
    let of = |kind: &str| {
        format!("---\napiVersion: deployments.plural.sh/v1alpha1\nkind: {kind}\nmetadata: {{name: x}}\nspec: {{}}\n")
    };
    folder.write(
        "b/others.yaml",
        &["StackDefinition", "CloudConnection", "DeploymentSettings", "Pipelin"]
            .map(of)
            .concat(),
    )?;
    let found = lines(&folder.run(&["lint", "b"])?);
    for (found, wanted) in found.iter().zip([
        "b/others.yaml:3: note: StackDefinition x: StackDefinition does nothing here",
        "b/others.yaml:8: note: CloudConnection x: CloudConnection does nothing here",
        "b/others.yaml:13: note: DeploymentSettings x: of a DeploymentSettings only spec.managementRepo counts here",
        "b/others.yaml:18: error: Pipelin x: deployments.plural.sh has no kind Pipelin: is Pipeline meant?",
    ]) {
        assert!(found.starts_with(wanted), "{wanted}\n{found}");
    }
    assert_eq!(found.len(), 4, "{found:#?}");
    Ok(())
}

#[test]
fn the_namespace_of_what_has_none_makes_no_other_object() -> Result<()> {
    let folder = folder()?;
    let connection = folder.read("b/connection.yaml");
    folder.write(
        "b/again.yaml",
        &connection.replace("{name: forge}", "{name: forge, namespace: other}"),
    )?;
    let found = lines(&folder.run(&["lint", "b"])?);
    assert_eq!(
        found,
        [
            "b/connection.yaml:3: error: ScmConnection forge: ScmConnection forge is also in b/again.yaml:1: the later one takes the place \
          of the earlier one; take one of them out"
        ]
    );
    Ok(())
}

#[test]
fn a_place_has_its_column() -> Result<()> {
    let folder = Folder::with(&[(
        "c.yaml",
        &CONTEXT.replace("  pipelineRef: {name: shop}\n", "  pipelineRef: {name: shop, nam: x}\n"),
    )])?;
    let said = folder.run(&["lint", "c.yaml"])?;
    assert!(said.out.starts_with("c.yaml:5:3: warning: "), "{}", said.out);
    assert!(said.out.contains("\nc.yaml:5:29: error: "), "{}", said.out);
    Ok(())
}

#[test]
fn kinds_of_others_are_not_taken_for_ours() -> Result<()> {
    let folder = folder()?;
    folder.write(
        "b/connection.yaml",
        "apiVersion: example.com/v1\nkind: ScmConnection\nmetadata: {name: forge}\n",
    )?;
    let said = folder.run(&["lint", "b"])?;
    assert!(
        said.out
            .contains("note: PrAutomation shop: spec.scmConnectionRef names ScmConnection forge"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("is deployments.plural.sh/v1alpha1 meant?"),
        "{}",
        said.out
    );
    Ok(())
}
