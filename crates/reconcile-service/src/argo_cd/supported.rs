//! What a spec may ask for that Argo CD cannot do, field by field. Nothing is left out in silence.

use stagecoach_api::service_deployment::{HelmSpec, ServiceDeploymentSpec, SyncConfig};

use crate::problem::Problem;

const VALUES_IN_GIT: &str = "values stand in helm.values, in helm.valuesFiles or in configuration";
const NO_SECRETS: &str =
    "the content of a Secret is never copied into an Application. Let the chart read the Secret in the cluster";
const NO_LUA: &str = "it runs no scripts. Write what the script makes into helm.values";
const ONE_SOURCE: &str =
    "one service is one source here. Make a ServiceDeployment for each, or a chart that holds them all";
const CONSOLE_ONLY: &str = "what it names exists only in a console. Write the values into configuration";

/// Refuses the first field that Argo CD could only ignore.
pub(super) fn check(spec: &ServiceDeploymentSpec) -> Result<(), Problem> {
    let refused = own_fields(spec)
        .or_else(|| spec.helm.as_ref().and_then(helm_fields))
        .or_else(|| spec.sync_config.as_ref().and_then(sync_fields));
    match refused {
        Some((field, advice)) => Err(Problem::UnsupportedByEngine { field, advice }),
        None => Ok(()),
    }
}

type Refused = Option<(&'static str, &'static str)>;

fn first(table: impl IntoIterator<Item = (bool, &'static str, &'static str)>) -> Refused {
    table
        .into_iter()
        .find(|(asked, ..)| *asked)
        .map(|(_, field, advice)| (field, advice))
}

fn own_fields(spec: &ServiceDeploymentSpec) -> Refused {
    let kustomize = spec.kustomize.as_ref();
    first([
        (!spec.sources.is_empty(), "sources", ONE_SOURCE),
        (!spec.renderers.is_empty(), "renderers", ONE_SOURCE),
        (!spec.imports.is_empty(), "imports", CONSOLE_ONLY),
        (!spec.contexts.is_empty(), "contexts", CONSOLE_ONLY),
        (spec.configuration_ref.is_some(), "configurationRef", NO_SECRETS),
        (
            spec.git.as_ref().is_some_and(|git| !git.files.is_empty()),
            "git.files",
            "it takes one folder. Put the files into git.folder",
        ),
        (
            kustomize.is_some() && spec.helm.is_some(),
            "kustomize",
            "a source is a kustomization or a chart, not both. Leave out kustomize or helm",
        ),
        (
            kustomize.is_some_and(|kustomize| kustomize.enable_helm == Some(true)),
            "kustomize.enableHelm",
            "charts in kustomizations are a setting of Argo CD itself (kustomize.buildOptions: --enable-helm). Set it there and leave this out",
        ),
        (
            kustomize.is_some_and(|kustomize| kustomize.envsubst == Some(true)),
            "kustomize.envsubst",
            "it substitutes nothing in a kustomization. Use the kustomization's own replacements",
        ),
        (
            kustomize.is_some() && !spec.configuration.is_empty(),
            "configuration",
            "a kustomization takes no values. Write them into the kustomization, or use a chart",
        ),
    ])
}

fn helm_fields(helm: &HelmSpec) -> Refused {
    let liquid = helm.values_files.iter().any(|file| file.ends_with(".liquid"));
    first([
        (
            helm.repository.is_some() && helm.url.is_none(),
            "helm.repository",
            "it does not read Flux's HelmRepository. Write its address into helm.url",
        ),
        (helm.values_from.is_some(), "helm.valuesFrom", NO_SECRETS),
        (
            helm.values_config_map_ref.is_some(),
            "helm.valuesConfigMapRef",
            VALUES_IN_GIT,
        ),
        (
            liquid,
            "helm.valuesFiles",
            "it does not render Liquid templates. Write plain YAML",
        ),
        (helm.lua_script.is_some(), "helm.luaScript", NO_LUA),
        (helm.lua_file.is_some(), "helm.luaFile", NO_LUA),
        (helm.lua_folder.is_some(), "helm.luaFolder", NO_LUA),
        (
            helm.ignore_hooks == Some(true),
            "helm.ignoreHooks",
            "it takes a chart with its hooks. Switch them off by the chart's values",
        ),
        (
            helm.kustomize_postrender.is_some(),
            "helm.kustomizePostrender",
            "it does not put a kustomization over a chart. Write a kustomization that renders the chart",
        ),
    ])
}

fn sync_fields(sync: &SyncConfig) -> Refused {
    first([
        (
            sync.delete_namespace == Some(true),
            "syncConfig.deleteNamespace",
            "it leaves the namespace. Put the namespace among the manifests to have it deleted with them",
        ),
        (
            sync.enforce_namespace == Some(true),
            "syncConfig.enforceNamespace",
            "it keeps the namespace that a manifest names. Leave it out of the manifests",
        ),
    ])
}
