//! `cargo xtask codegen`: writes what is made from the types of `crates/api`, that is `config/crds/`; with `--check` it
//! writes nothing and says which files are stale. Called by a person after a change of the types, and by CI.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use stagecoach_api::crds;

const HEADER: &str = "# Made by `cargo xtask codegen` from crates/api; change the types there.\n";

/// Writes the files below `root`, or with `check` only compares them.
pub(crate) fn run(root: &Path, check: bool) -> Result<()> {
    let folder = root.join("config/crds");
    let wanted = files()?;
    let stale = stale(&folder, &wanted)?;
    if check {
        if stale.is_empty() {
            return Ok(());
        }
        let list: Vec<String> = stale.iter().map(|path| format!("  config/crds/{path}")).collect();
        bail!(
            "these files do not fit the types in crates/api:\n{}\nrun `cargo xtask codegen` and commit them",
            list.join("\n")
        );
    }
    for path in &stale {
        let target = folder.join(path);
        match wanted.get(path) {
            Some(text) => {
                let parent = target
                    .parent()
                    .with_context(|| format!("{} has no parent folder", target.display()))?;
                fs::create_dir_all(parent).with_context(|| format!("cannot make the folder {}", parent.display()))?;
                fs::write(&target, text).with_context(|| format!("cannot write {}", target.display()))?;
            }
            None => fs::remove_file(&target).with_context(|| format!("cannot delete {}", target.display()))?,
        }
    }
    Ok(())
}

/// Every file of `config/crds/` by its path in that folder.
fn files() -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let (all, optional) = (crds::all(), crds::optional());
    files.insert(
        "kustomization.yaml".to_owned(),
        kustomization(all.iter().map(|(name, _)| name.as_str())),
    );
    files.insert(
        "optional/kustomization.yaml".to_owned(),
        kustomization(optional.iter().map(|(name, _)| name.as_str())),
    );
    for (name, crd) in all {
        files.insert(name, render(&crd)?);
    }
    for (name, crd) in optional {
        files.insert(format!("optional/{name}"), render(&crd)?);
    }
    Ok(files)
}

fn render(object: &impl Serialize) -> Result<String> {
    Ok(format!("{HEADER}{}", serde_yaml::to_string(object)?))
}

fn kustomization<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let list: String = names.map(|name| format!("- {name}\n")).collect();
    format!("{HEADER}apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n{list}")
}

/// Paths whose content is not as wanted, and paths that should not be there.
fn stale(folder: &Path, wanted: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let mut found: Vec<String> = wanted
        .iter()
        .filter(|(path, text)| fs::read_to_string(folder.join(path)).ok().as_ref() != Some(text))
        .map(|(path, _)| path.clone())
        .collect();
    for prefix in ["", "optional/"] {
        for file in yaml_files(&folder.join(prefix))? {
            let path = format!("{prefix}{file}");
            if !wanted.contains_key(&path) {
                found.push(path);
            }
        }
    }
    Ok(found)
}

fn yaml_files(folder: &Path) -> Result<Vec<String>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path: PathBuf = entry
            .with_context(|| format!("cannot list {}", folder.display()))?
            .path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            names.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}
