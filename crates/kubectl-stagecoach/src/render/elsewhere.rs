//! The folders that stand for places beside the repository: other refs of it, templates, charts.

use std::path::{Path, PathBuf};

use semver::Version;
use stagecoach_change::{Chart, Elsewhere};

use super::{Job, RenderError, repository::Repository};
use crate::documents::{self, Node};

/// Where a chart says its version.
const CHART_FILE: &str = "Chart.yaml";

impl Job<'_> {
    /// The folder that stands for a place beside the repository.
    pub(super) fn elsewhere(&self, place: &Elsewhere) -> Result<Repository, RenderError> {
        match place {
            Elsewhere::Ref(at) => match self.arguments.refs.iter().find(|(name, _)| name == at) {
                Some((name, folder)) => Repository::open(&format!("--ref {name}"), folder),
                None => Err(self.wanting(
                    "spec.updates.copies",
                    &format!(
                        "the copies ask for files at the ref {at:?}: write --ref {at}=DIR with a folder that holds the repository at it"
                    ),
                )),
            },
            Elsewhere::Templates => match &self.arguments.templates {
                Some(root) => self.templates(root),
                None => Err(self.wanting(
                    "spec.creates",
                    "templates or scripts are external: write --templates DIR with a folder that holds their repository",
                )),
            },
            Elsewhere::Chart(chart) => match (&self.arguments.charts, chart) {
                (Some(folder), chart) => self.chart(chart, folder),
                (None, Chart { url, name, version }) => Err(self.wanting(
                    "spec.vendor.helm",
                    &format!(
                        "the chart {name} {version} of {url} is unpacked: write --charts DIR with a folder that holds it, as `helm pull --untar --untardir DIR` leaves it"
                    ),
                )),
            },
        }
    }

    /// The folder of the external templates in their repository. It does not climb out of it.
    fn templates(&self, root: &Path) -> Result<Repository, RenderError> {
        Repository::open("--templates", root)?;
        let spec = &self.automation.object.spec;
        let folder = spec.templates_git().map_or("", |git| git.folder.as_str());
        let inside: PathBuf = folder
            .split('/')
            .filter(|part| !matches!(*part, "" | "." | ".."))
            .collect();
        let path = root.join(inside);
        if path.is_dir() {
            return Repository::open("--templates", &path);
        }
        let own = spec.creates.as_ref().is_some_and(|creates| creates.git.is_some());
        let field = if own {
            "spec.creates.git.folder"
        } else {
            "spec.git.folder"
        };
        let message = format!(
            "{field} is {folder}, and there is no folder {}: correct the name, or give --templates the folder that holds it",
            path.display()
        );
        Err(RenderError::bad(self.automation.place(field), message))
    }

    /// The chart and nothing else of the folder. One of another version would give another pull request than the operator's.
    fn chart(&self, chart: &Chart, folder: &Path) -> Result<Repository, RenderError> {
        let Chart { name, version, .. } = chart;
        Repository::open("--charts", folder)?;
        let (at, charts) = (folder.join(name), folder.display());
        if !at.is_dir() {
            let field = "spec.vendor.helm.chart";
            let message = format!(
                "{field} is {name}, and there is no folder {}: unpack the chart there, as `helm pull --untar --untardir {charts}` \
                 does, or correct its name",
                at.display()
            );
            return Err(RenderError::bad(self.automation.place(field), message));
        }
        let repository = Repository::below("--charts", &at, name)?;
        let found = version_of(&repository, &format!("{name}/{CHART_FILE}"))?;
        let differs = exact(version).zip(found.as_deref().and_then(exact));
        if let Some((_, found)) = differs.filter(|(wanted, found)| wanted != found) {
            let field = "spec.vendor.helm.version";
            let message = format!(
                "{field} is {version}, and {} says {found}: unpack that version, or correct the field",
                at.join(CHART_FILE).display()
            );
            return Err(RenderError::bad(self.automation.place(field), message));
        }
        Ok(repository)
    }

    fn wanting(&self, field: &str, message: &str) -> RenderError {
        RenderError::Usage(format!("{}: {message}", self.automation.place(field)))
    }
}

/// What a chart says its version is, where it says so.
fn version_of(repository: &Repository, path: &str) -> Result<Option<String>, RenderError> {
    let file = repository.read(path)?;
    let text = file
        .and_then(|file| String::from_utf8(file.bytes).ok())
        .unwrap_or_default();
    let documents = documents::read(&text).unwrap_or_default();
    let version = documents.first().and_then(|chart| chart.get("version"));
    Ok(version.and_then(Node::text).map(str::to_owned))
}

/// A whole version; ranges are none. As chart repositories do it, one `v` before it does not count.
fn exact(version: &str) -> Option<Version> {
    Version::parse(version.strip_prefix('v').unwrap_or(version)).ok()
}
