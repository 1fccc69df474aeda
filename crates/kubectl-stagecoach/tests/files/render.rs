//! How `render` is called, and what it writes.

use std::fs;

use anyhow::Result;
use serde_json::{Value, json};

use crate::Folder;

const AUTOMATION: &str = r#"
apiVersion: deployments.plural.sh/v1alpha1
kind: PrAutomation
metadata: {name: shop}
spec:
  scmConnectionRef: {name: forge}
  identifier: acme/gitops
  branch: main
  title: "shop {{ context.version }} to {{ context.pipeline.stage.name }}"
  message: "shop {{ context.version }}"
  updates:
    regexReplacements:
    - {regex: 'tag: \S+', file: "{{ context.pipeline.stage.name }}.yaml", replacement: 'tag: {{ context.version }}'}
  configuration:
  - {name: version, type: STRING}
"#;

const LINE: &[&str] = &[
    "render",
    "--automation",
    "a.yaml",
    "--repo",
    "repo",
    "--stage",
    "dev",
    "--context",
];

fn folder() -> Result<Folder> {
    Folder::with(&[
        ("a.yaml", AUTOMATION),
        ("values.json", r#"{"version": "1.4.2"}"#),
        ("repo/dev.yaml", "# dev\nimage:\n  tag: 1.4.1\n"),
    ])
}

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    LINE.iter().chain(more).copied().collect()
}

#[test]
fn a_diff_is_what_a_person_gets() -> Result<()> {
    let said = folder()?.run(&with(&["values.json"]))?.done();
    assert_eq!(
        said,
        "diff --git a/dev.yaml b/dev.yaml\n\
         index e236be758117b8bc364ca7fceec821f63ae87e45..22eaa4394bd92aa6b5fad4e8e7b55c109220de0f 100644\n--- a/dev.yaml\n+++ b/dev.yaml\n@@ -1,3 +1,3 @@\n # dev\n image:\n-  tag: 1.4.1\n\
         +  tag: 1.4.2\n"
    );
    Ok(())
}

#[test]
fn programs_get_the_whole_pull_request() -> Result<()> {
    let said = folder()?.run(&with(&["values.json", "-o", "json"]))?.done();
    let pull_request: Value = serde_json::from_str(&said)?;
    let keys: Vec<&String> = pull_request
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key)
        .collect();
    assert_eq!(
        keys,
        ["base", "body", "branch", "changes", "message", "title", "warnings"]
    );
    assert_eq!(pull_request["title"], "shop 1.4.2 to dev");
    assert_eq!(pull_request["message"], "shop 1.4.2");
    assert_eq!(pull_request["base"], "main");
    let branch = pull_request["branch"].as_str().unwrap_or_default();
    assert!(branch.starts_with("stagecoach/shop/dev/run-1-"), "{branch}");
    assert!(
        pull_request["body"]
            .as_str()
            .unwrap_or_default()
            .starts_with("shop 1.4.2\n\n---\n")
    );
    assert_eq!(
        pull_request["changes"],
        json!([{"path": "dev.yaml", "op": "update", "mode": "100644", "content": "# dev\nimage:\n  tag: 1.4.2\n"}])
    );
    Ok(())
}

#[test]
fn values_come_as_they_are_at_hand() -> Result<()> {
    let folder = folder()?;
    folder.write("values.yaml", "version: 1.4.2\n")?;
    let wanted = folder.run(&with(&["values.json"]))?.done();
    for given in ["values.yaml", r#"{"version": "1.4.2"}"#] {
        assert_eq!(folder.run(&with(&[given]))?.done(), wanted, "{given}");
    }
    assert_eq!(folder.run_with(&with(&["-"]), "version: 1.4.2\n")?.done(), wanted);
    let line = [
        "render",
        "--automation",
        "-",
        "--repo",
        "repo",
        "--stage",
        "dev",
        "--context",
        "values.json",
    ];
    assert_eq!(folder.run_with(&line, AUTOMATION)?.done(), wanted);
    Ok(())
}

#[test]
fn files_are_shown_or_written() -> Result<()> {
    let folder = folder()?;
    let said = folder.run(&with(&["values.json", "-o", "files"]))?.done();
    assert_eq!(said, "==> dev.yaml (update, 100644)\n# dev\nimage:\n  tag: 1.4.2\n");
    let said = folder
        .run(&with(&["values.json", "-o", "files", "--into", "out"]))?
        .done();
    assert_eq!(said, "update out/dev.yaml\n");
    assert_eq!(folder.read("out/dev.yaml"), "# dev\nimage:\n  tag: 1.4.2\n");
    assert_eq!(folder.read("repo/dev.yaml"), "# dev\nimage:\n  tag: 1.4.1\n");
    Ok(())
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() -> Result<()> {
    let folder = folder()?;
    fs::create_dir(folder.path().join("out"))?;
    std::os::unix::fs::symlink("../repo/dev.yaml", folder.path().join("out/dev.yaml"))?;
    let said = folder
        .run(&with(&["values.json", "-o", "files", "--into", "out"]))?
        .refused(1);
    assert_eq!(
        said,
        "error: out/dev.yaml is a symbolic link, so nothing is written there\n"
    );
    assert_eq!(folder.read("repo/dev.yaml"), "# dev\nimage:\n  tag: 1.4.1\n");
    Ok(())
}

#[test]
fn what_is_at_its_target_is_no_error() -> Result<()> {
    let folder = folder()?;
    let said = folder.run(&with(&[r#"{"version": "1.4.1"}"#]))?;
    assert_eq!((said.code, said.out.as_str()), (0, ""));
    assert_eq!(
        said.err,
        "note: everything is at its target already: there would be no pull request\n"
    );
    Ok(())
}

#[test]
fn a_command_line_that_cannot_be_meant_ends_with_2() -> Result<()> {
    let folder = folder()?;
    let mut two = AUTOMATION.to_owned() + "---" + AUTOMATION;
    two = two.replacen("name: shop", "name: other", 1);
    folder.write("two.yaml", &two)?;
    for (line, said) in [
        (
            with(&["values.json", "--into", "out"]),
            "--into takes files: write -o files with it, or leave it out",
        ),
        (with(&["missing.json"]), "--context missing.json cannot be read"),
        (
            vec!["render", "--automation", "-", "--repo", "repo", "--context", "-"],
            "cannot both be standard input",
        ),
        (
            vec!["render", "--automation", "x", "--repo", "repo", "--context", "{}"],
            "--automation x cannot be read",
        ),
        (
            vec![
                "render",
                "--automation",
                "a.yaml",
                "--repo",
                "x",
                "--context",
                "values.json",
            ],
            "--repo x cannot be read",
        ),
        (
            vec![
                "render",
                "--automation",
                "two.yaml",
                "--repo",
                "repo",
                "--context",
                "{}",
            ],
            "write --name with one of other, shop",
        ),
        (
            vec![
                "render",
                "--automation",
                "two.yaml",
                "--repo",
                "repo",
                "--context",
                "{}",
                "--name",
                "x",
            ],
            "two.yaml holds no PrAutomation x: it holds other, shop",
        ),
        (
            vec!["render", "--automation", "a.yaml", "--repo", "repo"],
            "--context <FILE|JSON>",
        ),
        (with(&["{}", "--service", "x"]), "write NAMESPACE/NAME"),
        (with(&["{}", "-o", "yaml"]), "invalid value 'yaml'"),
    ] {
        let err = folder.run(&line)?.refused(2);
        assert!(err.contains(said), "{line:?}: {err}");
    }
    Ok(())
}

#[test]
fn values_that_cannot_be_read_end_with_1_and_a_place() -> Result<()> {
    let folder = folder()?;
    folder.write("list.yaml", "- version\n")?;
    folder.write("broken.yaml", "version: 1\n  deep: [\n")?;
    for (given, said) in [
        ("list.yaml", "error: list.yaml:1: the values must be a map"),
        ("broken.yaml", "error: broken.yaml:2: "),
        ("{\"version\":", "error: --context:1: "),
        ("{}", "error: --context:1: field \"version\" is missing"),
    ] {
        let err = folder.run(&with(&[given]))?.refused(1);
        assert!(err.starts_with(said), "{given}: {err}");
    }
    Ok(())
}

#[test]
fn a_file_without_an_automation_says_so() -> Result<()> {
    let folder = folder()?;
    folder.write("a.yaml", "kind: Deployment\napiVersion: apps/v1\n")?;
    let err = folder.run(&with(&["{}"]))?.refused(1);
    assert_eq!(
        err,
        "error: a.yaml: holds no PrAutomation of deployments.plural.sh/v1alpha1\n"
    );
    Ok(())
}

#[test]
fn a_large_repository_costs_what_is_needed_of_it() -> Result<()> {
    let folder = folder()?;
    // One that is not asked for may be as large as it likes, and need not be readable.
    let large = fs::File::create(folder.path().join("repo/large.bin"))?;
    large.set_len(1 << 40)?;
    assert!(folder.run(&with(&["values.json"]))?.done().contains("+  tag: 1.4.2"));
    let asked = fs::File::create(folder.path().join("repo/dev.yaml"))?;
    asked.set_len(50 << 20)?;
    let err = folder.run(&with(&["values.json"]))?.refused(1);
    assert!(err.contains("is larger than 32 MiB, the most that is edited"), "{err}");
    Ok(())
}

#[test]
fn the_operators_own_words_stand_in_the_body() -> Result<()> {
    let snapshot = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../reconcile-context/src/snapshots/stagecoach_reconcile_context__body__tests__a_body_says_pipeline_stage_context_\
         changes_and_what_comes_next.snap"
    );
    let operators = fs::read_to_string(snapshot)?;
    let folder = folder()?;
    let said = folder.run(&with(&[
        "values.json",
        "-o",
        "json",
        "--pipeline",
        "infra/shop",
        "--service",
        "infra/shop-dev",
    ]))?;
    let pull_request: Value = serde_json::from_str(&said.done())?;
    // The same story in other names.
    let ours = pull_request["body"].as_str().unwrap_or_default();
    let ours = ours
        .replace("infra/shop-dev", "infra/cd-demo-dev")
        .replace("infra/shop", "infra/cd-demo")
        .replace("1.4.1", "latest # VERSION")
        .replace("`1.4.2`", "`0.1.0`")
        .replace("tag: 1.4.2", "tag: 0.1.0 # VERSION")
        .replace("shop 1.4.2", "Updating cd-demo version to 0.1.0 (stage=dev)")
        .replace("`dev.yaml`", "`bootstrap/cd-demo/dev.yaml`");
    let unknown_here = ["\u{2192}", "| Context |", "Once this is merged"];
    for line in operators
        .lines()
        .skip(4)
        .filter(|line| !unknown_here.iter().any(|part| line.contains(part)))
    {
        assert!(
            ours.lines().any(|own| own == line),
            "the operator writes {line:?}, render writes\n{ours}"
        );
    }
    Ok(())
}

#[test]
fn external_templates_and_charts_need_a_folder() -> Result<()> {
    let folder = folder()?;
    let (before, _) = AUTOMATION.split_once("  updates:").unwrap_or_default();
    let external = "  creates:\n    templates:\n    - {source: a, destination: b, external: true}\n";
    folder.write("a.yaml", &format!("{before}{external}"))?;
    assert_eq!(
        folder.run(&with(&["values.json"]))?.refused(2),
        "error: a.yaml:11: templates or scripts are external: write --templates DIR with a folder that holds their repository\n"
    );
    let helm = "  vendor:\n    helm: {url: \"oci://r/charts\", chart: redis, version: \"1\", destination: charts}\n";
    folder.write("a.yaml", &format!("{before}{helm}"))?;
    assert_eq!(
        folder.run(&with(&["values.json"]))?.refused(2),
        "error: a.yaml:12: the chart redis 1 of oci://r/charts is unpacked: write --charts DIR with a folder that holds it, as \
         `helm pull --untar --untardir DIR` leaves it\n"
    );
    Ok(())
}

#[test]
fn copies_from_another_ref_need_a_folder_for_it() -> Result<()> {
    let folder = folder()?;
    let copies = "  updates:\n    copies:\n    - {from: dev.yaml, to: prod.yaml, ref: v1}\n  configuration:";
    let (before, _) = AUTOMATION.split_once("  updates:").unwrap_or_default();
    folder.write("a.yaml", &format!("{before}{copies} []\n"))?;
    let err = folder.run(&with(&["values.json"]))?.refused(2);
    assert_eq!(
        err,
        "error: a.yaml:12: the copies ask for files at the ref \"v1\": write --ref v1=DIR with a folder that holds the \
         repository at it\n"
    );
    folder.write("v1/dev.yaml", "from v1\n")?;
    let said = folder
        .run(&with(&["values.json", "--ref", "v1=v1", "-o", "files"]))?
        .done();
    assert_eq!(said, "==> prod.yaml (create, 100644)\nfrom v1\n");
    assert!(
        folder
            .run(&with(&["values.json", "--ref", "v1=x"]))?
            .refused(2)
            .contains("--ref v1 x cannot be read")
    );
    assert!(
        folder
            .run(&with(&["values.json", "--ref", "v1"]))?
            .refused(2)
            .contains("main=../main")
    );
    Ok(())
}
