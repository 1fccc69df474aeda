//! What `lint` reads, and how it writes what it finds.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use crate::{
    Folder,
    lint::{CONTEXT, PIPELINE, folder},
};

#[test]
fn what_is_no_manifest_is_skipped_in_words() -> Result<()> {
    let folder = folder()?;
    folder.write("b/values.yaml", "replicas: 1\n")?;
    folder.write("b/app.yaml.liquid", "{{ x }}")?;
    folder.write("b/notes.txt", "hello")?;
    folder.write("b/chart/Chart.yaml", "name: x\n")?;
    folder.write("b/chart/templates/x.yaml", "{{ if }}\n")?;
    folder.write(
        "b/flow.yaml",
        "apiVersion: deployments.plural.sh/v1alpha1\nkind: Flow\nmetadata: {name: x}\n",
    )?;
    let said = folder.run(&["lint", "b"])?;
    assert_eq!(said.code, 0, "{}", said.out);
    assert_eq!(
        said.out,
        "b/flow.yaml:2:1: note: Flow x: Flow does nothing here: the API server takes it when the optional kinds are installed \
         (config/crds/optional)\n"
    );
    for skipped in [
        "b/values.yaml is no manifest (no apiVersion and kind), so it is skipped",
        "b/app.yaml.liquid is a template, so it is skipped",
        "b/chart/templates holds the templates of a chart, so it is skipped",
        "b/chart/Chart.yaml is no manifest",
    ] {
        assert!(said.err.contains(skipped), "{skipped}\n{}", said.err);
    }
    assert!(!said.err.contains("notes.txt"), "{}", said.err);
    Ok(())
}

#[test]
fn a_namespace_may_be_left_to_the_command_line() -> Result<()> {
    let folder = folder()?;
    folder.write("b/pipeline.yaml", &PIPELINE.replace(", namespace: infra", ""))?;
    // Whatever it is applied to, it may be what is meant.
    let said = folder.run(&["lint", "b"])?;
    assert_eq!((said.code, said.out.as_str()), (0, ""));
    let said = folder.run(&["lint", "b", "-n", "other"])?;
    assert!(
        said.out
            .contains("warning: PipelineContext infra/release: spec.pipelineRef names Pipeline infra/shop"),
        "{}",
        said.out
    );
    Ok(())
}

#[test]
fn programs_get_findings_as_json() -> Result<()> {
    let folder = folder()?;
    folder.write("b/context.yaml", &CONTEXT.replace("1.4.2", "1.4"))?;
    folder.write("b/values.yaml", "replicas: 1\n")?;
    let said = folder.run(&["lint", "b", "-o", "json"])?;
    assert_eq!(said.code, 1);
    let report: Value = serde_json::from_str(&said.out)?;
    let finding = &report["findings"][0];
    assert_eq!(finding["file"], "b/context.yaml");
    assert_eq!((&finding["line"], &finding["column"]), (&7.into(), &5.into()));
    assert_eq!(
        (&finding["level"], &finding["rule"]),
        (&"error".into(), &"InvalidValue".into())
    );
    assert_eq!(finding["object"], "PipelineContext infra/release");
    assert_eq!(
        report["skipped"][0],
        "b/values.yaml is no manifest (no apiVersion and kind)"
    );
    Ok(())
}

#[test]
fn what_cannot_be_read_ends_with_2() -> Result<()> {
    let folder = folder()?;
    let said = folder.run(&["lint", "missing"])?.refused(2);
    assert!(said.starts_with("error: missing cannot be read: "), "{said}");
    assert!(folder.run(&["lint"])?.refused(2).contains("FILE|DIR"));
    assert!(
        folder
            .run(&["lint", "b", "-o", "xml"])?
            .refused(2)
            .contains("invalid value 'xml'")
    );
    let said = folder.run_with(&["lint", "-"], PIPELINE)?;
    assert_eq!(said.code, 1);
    assert!(
        said.out
            .starts_with("standard input:8:8: warning: Pipeline infra/shop: "),
        "{}",
        said.out
    );
    Ok(())
}

#[test]
fn the_examples_are_well() -> Result<()> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let folder = Folder::with(&[])?;
    for (example, codes) in [
        ("000_be4a15299054f87d", 0),
        ("002_faa5170aaacdb472", 0),
        // A job stands between its stages, which is not served yet.
        ("004_f88796c81b84949e", 1),
    ] {
        let path = examples.join(example).display().to_string();
        let said = folder.run(&["lint", &path])?;
        assert_eq!(said.code, codes, "{example}: {}", said.out);
        let said = folder.run(&["lint", "--warnings-ok", &path])?;
        assert_eq!(said.code, 0, "{example}: {}", said.out);
    }
    Ok(())
}
