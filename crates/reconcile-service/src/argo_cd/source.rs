//! Where the manifests come from: a folder of a git repository, a chart, or a chart with values from git.

use serde_json::{Map, Value, json};
use stagecoach_api::common::{GitRef, ObjectReference};
use stagecoach_api::service_deployment::{HelmSpec, ServiceDeploymentSpec};

use super::{Repositories, values};
use crate::problem::Problem;

/// The name by which a chart finds the values files of another source.
const VALUES: &str = "values";

/// What `spec.source` or `spec.sources` of an Application holds.
#[derive(Debug)]
pub(super) enum Sources {
    One(Value),
    ChartAndValues(Value, Value),
}

impl Sources {
    pub(super) fn put_into(self, fields: &mut Map<String, Value>) {
        match self {
            Self::One(source) => fields.insert("source".to_owned(), source),
            Self::ChartAndValues(chart, values) => fields.insert("sources".to_owned(), json!([chart, values])),
        };
    }
}

/// A place in git with the repository's URL.
struct Place<'a> {
    url: String,
    git: &'a GitRef,
}

impl Place<'_> {
    fn source(&self) -> Value {
        json!({ "repoURL": self.url, "path": path(&self.git.folder), "targetRevision": self.git.reference })
    }
}

pub(super) fn sources(
    spec: &ServiceDeploymentSpec,
    release: &str,
    repositories: &Repositories<'_>,
) -> Result<Sources, Problem> {
    let own = || {
        place(
            "repositoryRef",
            spec.git.as_ref(),
            spec.repository_ref.as_ref(),
            repositories,
        )
    };
    let none = HelmSpec::default();
    let helm = spec.helm.as_ref();
    let Some(chart) = helm
        .map(|helm| chart_elsewhere(helm, spec, repositories))
        .transpose()?
        .flatten()
    else {
        let mut source = own()?.ok_or(Problem::NothingToDeploy)?.source();
        if let Some(kustomize) = &spec.kustomize {
            let folder = spec.git.as_ref().map(|git| git.folder.as_str()).unwrap_or_default();
            source["path"] = json!(path(&format!("{folder}/{}", kustomize.path)));
        } else if helm.is_some() || !spec.configuration.is_empty() {
            source["helm"] = parameters(spec, helm.unwrap_or(&none), release, "");
        }
        return Ok(Sources::One(source));
    };
    let helm = helm.unwrap_or(&none);
    let mut chart = chart;
    match own()?.filter(|_| !helm.values_files.is_empty()) {
        None => {
            chart["helm"] = parameters(spec, helm, release, "");
            Ok(Sources::One(chart))
        }
        // `spec.git` beside a chart from elsewhere holds its values files.
        Some(place) => {
            let folder = match path(&place.git.folder).as_str() {
                "." => format!("${VALUES}/"),
                folder => format!("${VALUES}/{folder}/"),
            };
            chart["helm"] = parameters(spec, helm, release, &folder);
            let files = json!({ "repoURL": place.url, "targetRevision": place.git.reference, "ref": VALUES });
            Ok(Sources::ChartAndValues(chart, files))
        }
    }
}

/// The chart, where it is not in `spec.git`.
fn chart_elsewhere(
    helm: &HelmSpec,
    spec: &ServiceDeploymentSpec,
    repositories: &Repositories<'_>,
) -> Result<Option<Value>, Problem> {
    let missing = |field, fault| Err(Problem::InvalidSpec { field, fault });
    if let Some(url) = given(helm.url.as_ref()) {
        let Some(chart) = given(helm.chart.as_ref()) else {
            return missing("helm.chart", "is missing: write the name of the chart in helm.url");
        };
        let Some(version) = given(helm.version.as_ref()) else {
            return missing(
                "helm.version",
                "is missing: write the version of the chart, as in 1.2.3",
            );
        };
        // Argo CD knows an OCI registry by an address without a scheme.
        let url = url.strip_prefix("oci://").unwrap_or(url).trim_end_matches('/');
        return Ok(Some(
            json!({ "repoURL": url, "chart": chart, "targetRevision": version }),
        ));
    }
    if helm.git.is_none() && helm.repository_ref.is_none() {
        return if given(helm.chart.as_ref()).is_some() {
            missing(
                "helm.url",
                "is missing: write the address of the repository that holds helm.chart",
            )
        } else {
            Ok(None)
        };
    }
    let repository = helm.repository_ref.as_ref().or(spec.repository_ref.as_ref());
    match place("helm.repositoryRef", helm.git.as_ref(), repository, repositories)? {
        Some(place) => Ok(Some(place.source())),
        None => missing(
            "helm.git",
            "is missing: write folder and ref of the chart in helm.repositoryRef",
        ),
    }
}

/// A place in git; `None` where no folder is named.
fn place<'a>(
    field: &'static str,
    git: Option<&'a GitRef>,
    repository: Option<&ObjectReference>,
    repositories: &Repositories<'_>,
) -> Result<Option<Place<'a>>, Problem> {
    let Some(git) = git else { return Ok(None) };
    if let Some(url) = given(git.url.as_ref()) {
        return Ok(Some(Place {
            url: url.to_owned(),
            git,
        }));
    }
    let Some(name) = repository.map(ObjectReference::name).filter(|name| !name.is_empty()) else {
        return Err(Problem::InvalidSpec {
            field,
            fault: "is missing: name the GitRepository that git is a place in",
        });
    };
    match (repositories.url)(name) {
        Some(url) => Ok(Some(Place { url, git })),
        None => Err(Problem::GitRepositoryMissing {
            field,
            name: name.to_owned(),
        }),
    }
}

/// The block `helm` of a source. It always names the release, so Argo CD never leaves it out as empty.
fn parameters(spec: &ServiceDeploymentSpec, helm: &HelmSpec, release: &str, folder: &str) -> Value {
    let mut block = Map::new();
    let release = given(helm.release.as_ref()).unwrap_or(release);
    block.insert("releaseName".to_owned(), json!(release));
    if !helm.values_files.is_empty() {
        let files: Vec<String> = helm
            .values_files
            .iter()
            .map(|file| format!("{folder}{}", path(file)))
            .collect();
        block.insert("valueFiles".to_owned(), json!(files));
    }
    let values = values::yaml(&merged_values(spec, helm));
    if !values.is_empty() {
        block.insert("values".to_owned(), json!(values));
    }
    if helm.ignore_crds == Some(true) {
        block.insert("skipCrds".to_owned(), json!(true));
    }
    Value::Object(block)
}

/// `spec.configuration` under the key `configuration`, and `helm.values` over it.
fn merged_values(spec: &ServiceDeploymentSpec, helm: &HelmSpec) -> Map<String, Value> {
    let mut values = helm.values.clone().unwrap_or_default();
    if spec.configuration.is_empty() {
        return values;
    }
    let mut configuration: Map<String, Value> = spec
        .configuration
        .iter()
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    match values.remove("configuration") {
        Some(Value::Object(over)) => configuration.extend(over),
        Some(other) => {
            values.insert("configuration".to_owned(), other);
            return values;
        }
        None => {}
    }
    values.insert("configuration".to_owned(), Value::Object(configuration));
    values
}

fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// A path as Argo CD wants it: relative, without `.` in between, and `.` for the root.
fn path(written: &str) -> String {
    let parts: Vec<&str> = written
        .split('/')
        .map(str::trim)
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }
}
