//! `cargo xtask codegen`: writes what is made from the types of `crates/api`, that is `config/crds/` and the copy of it
//! that the chart carries; with `--check` it writes nothing and says which files are stale. Called by a person after a
//! change of the types, and by CI.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use stagecoach_api::crds;

const HEADER: &str = "# Made by `cargo xtask codegen` from crates/api; change the types there.\n";
/// For people, with a kustomization. Its name has no `.yaml`, so that `kubectl apply -f` of the folder works as well.
const CONFIG: &str = "config/crds";
/// For the chart, which holds all that it needs.
const CHART: &str = "charts/stagecoach/files/crds";
/// Below each: kinds that do nothing.
const OPTIONAL: &str = "optional";

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail and name the files that do not fit the types.
    #[arg(long)]
    check: bool,
}

/// Writes the files, or with `--check` only compares them.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    generate(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."), arguments.check)
}

fn generate(root: &Path, check: bool) -> Result<()> {
    let wanted = files()?;
    let stale = stale(root, &wanted)?;
    if check && !stale.is_empty() {
        let list = stale.join("\n  ");
        bail!("these files do not fit the types in crates/api:\n  {list}\nrun `cargo xtask codegen` and commit them");
    }
    for path in &stale {
        put(&root.join(path), wanted.get(path))?;
    }
    Ok(())
}

/// Writes a file, or deletes it when it has no content.
fn put(target: &Path, content: Option<&String>) -> Result<()> {
    let Some(content) = content else {
        return fs::remove_file(target).with_context(|| format!("cannot delete {}", target.display()));
    };
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    fs::write(target, content).with_context(|| format!("cannot write {}", target.display()))
}

/// Every generated file, by its path in the repository.
fn files() -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for (below, crds) in [(String::new(), crds::all()), (format!("/{OPTIONAL}"), crds::optional())] {
        let mut resources = String::new();
        for (name, crd) in crds {
            let text = render(&crd)?;
            files.insert(format!("{CHART}{below}/{name}"), text.clone());
            files.insert(format!("{CONFIG}{below}/{name}"), text);
            resources.push_str("- ");
            resources.push_str(&name);
            resources.push('\n');
        }
        let kustomization = format!(
            "{HEADER}apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n{resources}"
        );
        files.insert(format!("{CONFIG}{below}/Kustomization"), kustomization);
    }
    Ok(files)
}

fn render(object: &impl Serialize) -> Result<String> {
    Ok(format!("{HEADER}{}", serde_yaml::to_string(object)?))
}

/// Paths whose content is not as wanted, and paths that should not be there.
fn stale(root: &Path, wanted: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let differs = |path: &String, text: &String| fs::read_to_string(root.join(path)).ok().as_ref() != Some(text);
    let mut found: Vec<String> = wanted
        .iter()
        .filter(|(path, text)| differs(path, text))
        .map(|(path, _)| path.clone())
        .collect();
    for folder in [CONFIG, CHART] {
        for folder in [folder.to_owned(), format!("{folder}/{OPTIONAL}")] {
            found.extend(
                yaml_files(root, &folder)?
                    .into_iter()
                    .filter(|path| !wanted.contains_key(path)),
            );
        }
    }
    Ok(found)
}

/// The YAML files of a folder, by their paths in the repository.
fn yaml_files(root: &Path, folder: &str) -> Result<Vec<String>> {
    let place = root.join(folder);
    if !place.is_dir() {
        return Ok(Vec::new());
    }
    let cannot = || format!("cannot list {}", place.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(&place).with_context(cannot)? {
        let name = entry.with_context(cannot)?.file_name().to_string_lossy().into_owned();
        if Path::new(&name)
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            paths.push(format!("{folder}/{name}"));
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_files_fit_the_types() {
        run(&Arguments { check: true }).unwrap();
    }

    #[test]
    fn a_check_names_the_stale_files_and_writes_nothing() {
        let root = tempfile::tempdir().unwrap();
        generate(root.path(), false).unwrap();
        generate(root.path(), true).unwrap();
        let changed = root.path().join("config/crds/pipelines.deployments.plural.sh.yaml");
        let leftover = root.path().join("charts/stagecoach/files/crds/optional/leftover.yaml");
        fs::write(&changed, "kind: Other\n").unwrap();
        fs::write(&leftover, "kind: Old\n").unwrap();

        let error = generate(root.path(), true).unwrap_err();

        assert_eq!(
            error.to_string(),
            "these files do not fit the types in crates/api:\n  config/crds/pipelines.deployments.plural.sh.yaml\n  \
             charts/stagecoach/files/crds/optional/leftover.yaml\nrun `cargo xtask codegen` and commit them"
        );
        assert_eq!(fs::read_to_string(&changed).unwrap(), "kind: Other\n");

        generate(root.path(), false).unwrap();
        generate(root.path(), true).unwrap();
        assert!(!leftover.exists());
    }
}
