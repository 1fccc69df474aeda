//! The command lines of what works on files and asks no cluster.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use stagecoach_core::graph::ServiceReference;

use super::not_empty;

/// Kind of a service that is named without one.
const DEFAULT_KIND: &str = "ServiceDeployment";

#[derive(Debug, Subcommand)]
pub(crate) enum OnFiles {
    /// Show the pull request that a PrAutomation makes, from files on disk. Asks no cluster and no forge.
    Render(Box<Render>),
    /// Check manifests, all together, before they are applied. Asks no cluster.
    Lint(Lint),
}

const AFTER_RENDER: &str = "\
The values are checked against spec.configuration of the PrAutomation, and defaults are filled in. Templates see them \
as `context`, with the key `pipeline` as the operator sets it: what --pipeline, --stage and --service say, and run 1. \
Without these three the values come as they are, as those of a PrAutomationTrigger.

The head branch is named after a run, which does not exist here: it is that of a run 1, with other digits at its end. \
`base` is null where the PrAutomation leaves it to the repository's default branch. Files that are not committed count \
too; symbolic links and repositories inside the repository do not.

Exit code: 0 also when nothing changes; 1 the PrAutomation or the values cannot be used, standard error says where and \
why; 2 the command line needs to be changed.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_RENDER)]
pub(crate) struct Render {
    /// File that holds the PrAutomation, YAML or JSON; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) automation: PathBuf,
    /// Name of the PrAutomation, where the file holds several.
    #[arg(long, value_parser = not_empty)]
    pub(crate) name: Option<String>,
    /// The values: a JSON object, a YAML or JSON file with one or with a PipelineContext, or `-` for standard input.
    // This command has no use for the kubeconfig's context: the same id takes the place of that argument.
    #[arg(long = "context", id = "kubeconfig_context", value_name = "FILE|JSON", value_parser = not_empty)]
    pub(crate) context: String,
    /// Folder of the repository, as it is at the head of the base branch. Only the files that are needed are read.
    #[arg(long, value_name = "DIR")]
    pub(crate) repo: PathBuf,
    /// Folder of the same repository at another branch, tag or commit, for copies that name one; may be repeated.
    #[arg(long = "ref", value_name = "REF=DIR", value_parser = at_ref)]
    pub(crate) refs: Vec<(String, PathBuf)>,
    /// Folder of the repository of the templates, at the ref of spec.git, for templates and scripts that are external.
    #[arg(long, value_name = "DIR")]
    pub(crate) templates: Option<PathBuf>,
    /// Folder that holds the chart of spec.vendor.helm unpacked, as `helm pull --untar --untardir DIR` leaves it.
    #[arg(long, value_name = "DIR")]
    pub(crate) charts: Option<PathBuf>,
    /// Pipeline that the change is for. Its namespace is that of --namespace or of --service where none is given.
    #[arg(long, value_name = "[NAMESPACE/]NAME", value_parser = pipeline)]
    pub(crate) pipeline: Option<PipelineName>,
    /// Stage that the change is for.
    #[arg(long, value_name = "NAME", value_parser = not_empty)]
    pub(crate) stage: Option<String>,
    /// Service that the change is for, as templates see it.
    #[arg(long, value_name = "[KIND/]NAMESPACE/NAME", value_parser = service)]
    pub(crate) service: Option<ServiceReference>,
    /// How it is written.
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: ChangeFormat,
    /// With -o files: write them into this folder in place of standard output. It may be the repository itself. What is
    /// deleted goes from there too.
    #[arg(long, value_name = "DIR")]
    pub(crate) into: Option<PathBuf>,
}

/// How a pull request is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChangeFormat {
    /// What changes, as `git apply` takes it.
    #[default]
    Diff,
    /// The whole pull request, for programs.
    Json,
    /// The changed files as they would be, each under a header.
    Files,
}

/// A pipeline, perhaps with its namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PipelineName {
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
}

fn pipeline(text: &str) -> Result<PipelineName, String> {
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        [name] if !name.is_empty() => Ok(PipelineName {
            namespace: None,
            name: (*name).to_owned(),
        }),
        [namespace, name] if !namespace.is_empty() && !name.is_empty() => Ok(PipelineName {
            namespace: Some((*namespace).to_owned()),
            name: (*name).to_owned(),
        }),
        _ => Err("write NAME or NAMESPACE/NAME, as in infra/shop".to_owned()),
    }
}

fn at_ref(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, folder)) if !name.is_empty() && !folder.is_empty() => Ok((name.to_owned(), folder.into())),
        _ => Err("write the ref and the folder with = between them, as in main=../main".to_owned()),
    }
}

fn service(text: &str) -> Result<ServiceReference, String> {
    let parts: Vec<&str> = text.split('/').collect();
    let (kind, namespace, name) = match parts.as_slice() {
        [namespace, name] => (DEFAULT_KIND, *namespace, *name),
        [kind, namespace, name] => (*kind, *namespace, *name),
        _ => ("", "", ""),
    };
    if [kind, namespace, name].contains(&"") {
        return Err("write NAMESPACE/NAME or KIND/NAMESPACE/NAME, as in infra/shop-dev".to_owned());
    }
    Ok(ServiceReference {
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    })
}

const AFTER_LINT: &str = "\
Checked are: fields, types and allowed values; references between the objects; pipelines (unknown stages, cycles, \
double names, gates without what they need); regular expressions, templates and conditions of PrAutomations; the \
values of PipelineContexts and PrAutomationTriggers; schedules and expressions of Observers; the gates that Approvals name. \
The API server, the operator and the forge check more: what an object may be changed to, who may do it, and what is on the \
other side.

Skipped, and said so on standard error: files that are no YAML or JSON, documents that are no manifests, templates \
(.liquid, charts). Objects of other groups are only known by name.

Exit code: 0 there is neither an error nor a warning; 1 there is one; 2 the command line needs to be changed. Notes are \
good to know and change nothing.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_LINT)]
pub(crate) struct Lint {
    /// Files, or folders with all that is in them; `-` is standard input.
    #[arg(required = true, value_name = "FILE|DIR")]
    pub(crate) paths: Vec<PathBuf>,
    /// Warnings alone end with 0: for a part of a folder, whose references lead out of it.
    #[arg(long)]
    pub(crate) warnings_ok: bool,
    /// How it is written.
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: FindingFormat,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FindingFormat {
    /// FILE:LINE:COLUMN: level: sentence.
    #[default]
    Text,
    /// For programs.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn render(line: &[&str]) -> Render {
        let needed = [
            "x",
            "render",
            "--automation",
            "a.yaml",
            "--context",
            "{}",
            "--repo",
            ".",
        ];
        let arguments = Arguments::try_parse_from(needed.iter().chain(line)).unwrap();
        match arguments.command {
            Command::OnFiles(OnFiles::Render(render)) => *render,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_pipeline_and_a_service_may_say_their_namespace() {
        let parsed = render(&["--pipeline", "infra/shop", "--service", "infra/shop-dev"]);
        assert_eq!(parsed.context, "{}");
        assert_eq!(parsed.pipeline.unwrap().namespace.as_deref(), Some("infra"));
        assert_eq!(parsed.service.unwrap().to_string(), "ServiceDeployment infra/shop-dev");
        let parsed = render(&["--pipeline", "shop", "--service", "Application/argocd/shop"]);
        assert_eq!(parsed.pipeline.unwrap().namespace, None);
        assert_eq!(parsed.service.unwrap().to_string(), "Application argocd/shop");
    }

    #[test]
    fn names_that_are_none_are_refused() {
        for wrong in ["", "/a", "a/", "a/b/c"] {
            assert!(pipeline(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "a", "a/", "/a", "a//b", "a/b/c/d"] {
            assert!(service(wrong).is_err(), "{wrong}");
        }
    }
}
