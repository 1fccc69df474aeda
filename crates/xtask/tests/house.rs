//! Who may know whom: the table of the rooms, held against what cargo says. ARCHITECTURE.md explains the rooms; a new
//! crate needs a line here first.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, PackageId};

/// What reconcilers, and those above them, may know.
const BELOW_RECONCILERS: [&str; 8] = [
    "stagecoach-delivery",
    "stagecoach-runtime",
    "stagecoach-workload",
    "stagecoach-versions",
    "stagecoach-scm",
    "stagecoach-change",
    "stagecoach-api",
    "stagecoach-core",
];

/// The reconcilers, which never know one another.
const RECONCILERS: [&str; 6] = [
    "stagecoach-reconcile-pipeline",
    "stagecoach-reconcile-context",
    "stagecoach-reconcile-prautomation",
    "stagecoach-reconcile-observer",
    "stagecoach-reconcile-service",
    "stagecoach-reconcile-connection",
];

/// The parts of the test house that a crate's own tests may use.
const TESTBED: &str = "stagecoach-testbed";

/// Crates without input and output, and what would bring some into them.
const PURE: [&str; 3] = ["stagecoach-core", "stagecoach-change", "stagecoach-workload"];
const IMPURE: [&str; 14] = [
    "kube",
    "kube-client",
    "kube-core",
    "kube-runtime",
    "k8s-openapi",
    "tokio",
    "async-std",
    "smol",
    "reqwest",
    "hyper",
    "hyper-util",
    "ureq",
    "axum",
    "octocrab",
];

/// The table: every crate of the house with those that it may know. None for a crate that has no line.
fn may_know(name: &str) -> Option<BTreeSet<&'static str>> {
    let known: Vec<&str> = match name {
        "stagecoach-core" | "stagecoach-change" | "stagecoach-versions" | "stagecoach-workload" | "stagecoach-scm" => {
            Vec::new()
        }
        "stagecoach-api" => vec!["stagecoach-core", "stagecoach-change"],
        "stagecoach-runtime" => vec!["stagecoach-api"],
        "stagecoach-delivery" => vec![
            "stagecoach-runtime",
            "stagecoach-versions",
            "stagecoach-scm",
            "stagecoach-change",
            "stagecoach-api",
        ],
        "stagecoach-server" => vec!["stagecoach-delivery", "stagecoach-runtime", "stagecoach-api"],
        "stagecoach-operator" => [&BELOW_RECONCILERS[..], &RECONCILERS[..], &["stagecoach-server"]].concat(),
        "kubectl-stagecoach" => BELOW_RECONCILERS.to_vec(),
        // The test house: real parts know nothing of the product; the scenarios know what a user sees of it.
        TESTBED => Vec::new(),
        "stagecoach-system" => vec![TESTBED, "stagecoach-api"],
        "xtask" => vec![
            TESTBED,
            "stagecoach-system",
            "stagecoach-api",
            "stagecoach-core",
            "stagecoach-change",
        ],
        name if RECONCILERS.contains(&name) => BELOW_RECONCILERS.to_vec(),
        _ => return None,
    };
    Some(known.into_iter().collect())
}

/// What a crate's own tests may know beyond that.
fn tests_may_know(name: &str) -> &'static [&'static str] {
    match name {
        name if PURE.contains(&name) => &[],
        // A person's answer on an Approval is a word of the promotion machine.
        "stagecoach-system" => &["stagecoach-core"],
        _ => &[TESTBED],
    }
}

fn metadata() -> Result<Metadata> {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(vec!["--locked".to_owned()])
        .exec()
        .context("cargo metadata does not answer")
}

/// Every arrow that the table does not allow, as a sentence.
fn forbidden(metadata: &Metadata) -> Vec<String> {
    let house: BTreeSet<String> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    let mut found = Vec::new();
    for package in metadata.workspace_packages() {
        let Some(allowed) = may_know(&package.name) else {
            found.push(format!(
                "{} has no line in the table of crates/xtask/tests/house.rs",
                package.name
            ));
            continue;
        };
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| house.contains(&dependency.name))
        {
            let name = dependency.name.as_str();
            let in_tests = dependency.kind == DependencyKind::Development;
            let known = allowed.contains(name) || in_tests && tests_may_know(&package.name).contains(&name);
            if !known {
                let place = if in_tests { " in its tests" } else { "" };
                found.push(format!("{} may not know {name}{place}", package.name));
            }
        }
    }
    found
}

/// Everything that is compiled into a package's library, by name.
fn tree(metadata: &Metadata, root: &str) -> Result<BTreeSet<String>> {
    let resolve = metadata.resolve.as_ref().context("cargo metadata resolved nothing")?;
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let packages = metadata.workspace_packages();
    let start = packages.iter().find(|package| package.name == root);
    let mut todo = vec![&start.with_context(|| format!("there is no crate {root}"))?.id];
    let mut seen = BTreeSet::new();
    let mut names = BTreeSet::new();
    while let Some(id) = todo.pop() {
        if !seen.insert(id) {
            continue;
        }
        names.insert(metadata[id].name.to_string());
        let node = nodes.get(id).with_context(|| format!("{id} is not resolved"))?;
        let normal = node.deps.iter().filter(|dependency| {
            let mut kinds = dependency.dep_kinds.iter();
            kinds.any(|kind| kind.kind == DependencyKind::Normal)
        });
        todo.extend(normal.map(|dependency| &dependency.pkg));
    }
    Ok(names)
}

#[test]
fn nobody_knows_more_than_the_table_allows() -> Result<()> {
    assert_eq!(forbidden(&metadata()?), Vec::<String>::new());
    Ok(())
}

#[test]
fn pure_crates_have_no_input_and_output_in_their_tree() -> Result<()> {
    let metadata = metadata()?;
    for root in PURE {
        let tree = tree(&metadata, root)?;
        let found: Vec<&str> = IMPURE.into_iter().filter(|name| tree.contains(*name)).collect();
        assert!(found.is_empty(), "{root} is pure, but {found:?} came into its tree");
    }
    // The look into the tree sees what is there.
    assert!(tree(&metadata, "stagecoach-scm")?.contains("reqwest"));
    Ok(())
}

#[test]
fn no_arrow_of_the_table_points_up() {
    let mut todo: Vec<&str> = [
        &BELOW_RECONCILERS[..],
        &RECONCILERS[..],
        &["stagecoach-server", "stagecoach-operator"],
    ]
    .concat();
    // Take away, again and again, what knows nobody that is left: with an arrow up, something would stay.
    loop {
        let left: BTreeSet<&str> = todo.iter().copied().collect();
        let before = todo.len();
        todo.retain(|name| may_know(name).is_none_or(|known| known.iter().any(|other| left.contains(other))));
        if todo.len() == before {
            break;
        }
    }
    assert_eq!(todo, Vec::<&str>::new());
    for reconciler in RECONCILERS {
        let known = may_know(reconciler).unwrap_or_default();
        assert!(RECONCILERS.iter().all(|other| !known.contains(other)), "{reconciler}");
    }
}
