//! The folders that `render` reads: the repository, and those that stand for other places.

use anyhow::Result;
use serde_json::Value;

use crate::{Folder, HEAD};

const LINE: &[&str] = &["render", "--automation", "a.yaml", "--repo", "repo", "--context", "{}"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    LINE.iter().chain(more).copied().collect()
}

/// A folder with this automation and a repository.
fn folder(edits: &str) -> Result<Folder> {
    Folder::with(&[("a.yaml", &format!("{HEAD}{edits}")), ("repo/f", "tag: 1\n")])
}

fn vendor(chart: &str, version: &str) -> String {
    format!("  vendor:\n    helm: {{url: \"https://x\", chart: {chart}, version: \"{version}\", destination: helm}}\n")
}

fn paths(said: &str) -> Result<Vec<String>> {
    let pull_request: Value = serde_json::from_str(said)?;
    let changes = pull_request["changes"].as_array().cloned().unwrap_or_default();
    let path = |change: Value| change["path"].as_str().unwrap_or_default().to_owned();
    Ok(changes.into_iter().map(path).collect())
}

#[test]
fn only_the_chart_that_is_named_is_unpacked() -> Result<()> {
    let line = with(&["--charts", "charts", "-o", "json"]);
    for (version, at) in [
        ("1.0.0", "1.0.0"),
        ("1.0.0", "v1.0.0"),
        ("1", "2.0.0"),
        ("^1.0", "2.0.0"),
    ] {
        let folder = folder(&vendor("web", version))?;
        folder.write("charts/web/Chart.yaml", &format!("name: web\nversion: {at}\n"))?;
        folder.write("charts/web/templates/a.yaml", "a: 1\n")?;
        folder.write("charts/zzz/Chart.yaml", "name: zzz\nversion: 1.0.0\n")?;
        let said = folder.run(&line)?.done();
        assert_eq!(
            paths(&said)?,
            ["helm/web/Chart.yaml", "helm/web/templates/a.yaml"],
            "{version}"
        );
    }
    Ok(())
}

#[test]
fn a_chart_that_is_not_there_is_refused() -> Result<()> {
    let folder = folder(&vendor("qqq", "1"))?;
    folder.write("charts/web/Chart.yaml", "name: web\nversion: 1.0.0\n")?;
    assert_eq!(
        folder.run(&with(&["--charts", "charts"]))?.refused(1),
        "error: a.yaml:9: spec.vendor.helm.chart is qqq, and there is no folder charts/qqq: unpack the chart there, as `helm pull \
         --untar --untardir charts` does, or correct its name\n"
    );
    let said = folder.run(&with(&["--charts", "nowhere"]))?.refused(2);
    assert!(said.starts_with("error: --charts nowhere cannot be read"), "{said}");
    Ok(())
}

#[test]
fn a_chart_of_another_version_is_refused() -> Result<()> {
    let folder = folder(&vendor("web", "1.2.0"))?;
    folder.write("charts/web/Chart.yaml", "name: web\nversion: 1.10.0\n")?;
    assert_eq!(
        folder.run(&with(&["--charts", "charts"]))?.refused(1),
        "error: a.yaml:9: spec.vendor.helm.version is 1.2.0, and charts/web/Chart.yaml says 1.10.0: unpack that version, or correct \
         the field\n"
    );
    Ok(())
}

#[test]
fn a_folder_of_templates_that_is_not_there_is_the_automations() -> Result<()> {
    let git = "  creates:\n    git: {folder: catlog, ref: main}\n    templates:\n    - {source: a, destination: b, external: true}\n";
    let line = with(&["--templates", "templates"]);
    let folder = folder(git)?;
    folder.write("templates/catalog/a", "new\n")?;
    assert_eq!(
        folder.run(&line)?.refused(1),
        "error: a.yaml:9: spec.creates.git.folder is catlog, and there is no folder templates/catlog: correct the name, or give \
         --templates the folder that holds it\n"
    );
    let moved =
        git.replace("    git: {folder: catlog, ref: main}\n", "") + "  git: {folder: /catlog/../x, ref: main}\n";
    folder.write("a.yaml", &format!("{HEAD}{moved}"))?;
    let said = folder.run(&line)?.refused(1);
    assert!(
        said.starts_with(
            "error: a.yaml:11: spec.git.folder is /catlog/../x, and there is no folder templates/catlog/x: "
        ),
        "{said}"
    );
    let said = folder.run(&with(&["--templates", "nowhere"]))?.refused(2);
    assert!(said.starts_with("error: --templates nowhere cannot be read"), "{said}");
    Ok(())
}

#[test]
fn a_repository_inside_is_not_edited_by_name_either() -> Result<()> {
    let folder =
        folder("  updates:\n    regexReplacements:\n    - {regex: 'tag: .*', file: sub/x, replacement: 'tag: 2'}\n")?;
    folder.write("repo/sub/.git/HEAD", "ref: refs/heads/main\n")?;
    folder.write("repo/sub/x", "tag: 1\n")?;
    assert_eq!(
        folder.run(LINE)?.refused(1),
        "error: repo/sub/x is in repo/sub, a repository of its own, whose files do not belong to this one: name a file of this \
         one\n"
    );
    Ok(())
}

#[test]
fn the_empty_text_of_an_unset_variable_is_refused() -> Result<()> {
    let folder =
        folder("  updates:\n    regexReplacements:\n    - {regex: 'tag: .*', file: f, replacement: 'tag: 2'}\n")?;
    for option in [
        "--stage",
        "--name",
        "--namespace",
        "--pipeline",
        "--service",
        "--ref",
        "--templates",
        "--charts",
        "--output",
        "--into",
    ] {
        let said = folder.run(&with(&[option, ""]))?.refused(2);
        let about = said.lines().next().unwrap_or_default();
        assert!(
            about.contains(&format!("'{option} <")) || about.contains("'' for"),
            "{option}: {said}"
        );
    }
    for option in ["--automation", "--repo", "--context"] {
        let mut line = LINE.to_vec();
        let at = LINE.iter().position(|word| *word == option).unwrap_or_default();
        line[at + 1] = "";
        let said = folder.run(&line)?.refused(2);
        assert!(said.contains(&format!("'{option} <")), "{option}: {said}");
    }
    Ok(())
}
