//! The command line. Only words; what they mean is decided by the module of each command.

mod files;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::SignedDuration;

pub(crate) use self::files::{ChangeFormat, FindingFormat, Lint, OnFiles, Render};

const AFTER: &str = "Exit code: 0 done; 1 it could not be done, for the reason that stands on standard error; \
                     2 the command line needs to be changed.";

/// Move versions through stages by pull requests: see what is where, start runs, decide on gates.
#[derive(Debug, Parser)]
#[command(name = "kubectl-stagecoach", bin_name = "kubectl stagecoach", version, after_help = AFTER)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Which cluster, and where in it.
#[derive(Debug, Args)]
pub(crate) struct Connection {
    /// Namespace of the objects that are named. Default: that of the kubeconfig's context.
    #[arg(short, long, global = true, value_name = "NAME", value_parser = not_empty)]
    pub(crate) namespace: Option<String>,
    /// Context of the kubeconfig. Default: the current one.
    #[arg(long = "context", id = "kubeconfig_context", global = true, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// Path of the kubeconfig. Default: $KUBECONFIG, then the one in the home folder.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    OnCluster(OnCluster),
    #[command(flatten)]
    OnFiles(OnFiles),
}

/// What asks a cluster.
#[derive(Debug, Subcommand)]
pub(crate) enum OnCluster {
    /// Show what is where over all pipelines, what is on its way, and what it waits for.
    #[command(visible_alias = "get")]
    Overview(Overview),
    /// Draw the runs of a pipeline: stages, pull requests, gates, and who can act.
    #[command(visible_alias = "describe")]
    Tree(Tree),
    /// Start a run: send values, such as a version, through a pipeline.
    Promote(Promote),
    /// Say yes at a gate that waits for approval.
    Approve(Decide),
    /// Say no at a gate that waits for approval.
    Reject(Decide),
    /// Try the failed stages of a run again.
    Retry(OfContext),
    /// End a run. Its pull requests stay as they are.
    Cancel(OfContext),
    /// Let an observer look for newer versions now.
    Poll(Poll),
}

#[derive(Debug, Args)]
pub(crate) struct Overview {
    /// The pipelines of every namespace.
    #[arg(short = 'A', long)]
    pub(crate) all_namespaces: bool,
    /// How it is written.
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Tree {
    /// Name of the Pipeline.
    pub(crate) pipeline: String,
    /// Draw finished runs too.
    #[arg(long)]
    pub(crate) all: bool,
    /// Draw with ASCII characters only.
    #[arg(long)]
    pub(crate) ascii: bool,
    /// How it is written.
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
}

/// How a view is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
    /// For programs.
    Yaml,
}

#[derive(Debug, Args)]
pub(crate) struct Promote {
    /// Name of the Pipeline.
    pub(crate) pipeline: String,
    /// The values, as in version=1.2.3. Their types are those of the PrAutomations' configuration; other values are
    /// text.
    #[arg(value_name = "KEY=VALUE")]
    pub(crate) pairs: Vec<String>,
    /// Values as a JSON object, or @FILE with one; KEY=VALUE goes before it.
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) values: Option<String>,
    /// Name of the PipelineContext that is made. Default: the pipeline's name with something behind it.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// How what was made is written.
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: MadeFormat,
    /// Stay until the run is over, and say what it waits for.
    #[arg(long)]
    pub(crate) wait: bool,
    /// How long to stay, as in 30m. Default: for ever.
    #[arg(long, requires = "wait", value_name = "TIME")]
    pub(crate) timeout: Option<SignedDuration>,
}

/// How an object that was made is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum MadeFormat {
    /// For people.
    #[default]
    Text,
    /// Kind and name, for kubectl.
    Name,
    /// The whole object.
    Json,
    /// The whole object.
    Yaml,
}

#[derive(Debug, Args)]
pub(crate) struct Decide {
    /// Name of the PipelineContext whose run waits.
    pub(crate) context: String,
    /// Name of the gate, where several wait.
    #[arg(long)]
    pub(crate) gate: Option<String>,
    /// The edge that the gate stands on, where several wait.
    #[arg(long, value_name = "FROM:TO", value_parser = edge)]
    pub(crate) edge: Option<(String, String)>,
    /// Why, for those who read it later.
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) comment: Option<String>,
    /// How what was made is written.
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: MadeFormat,
}

#[derive(Debug, Args)]
pub(crate) struct OfContext {
    /// Name of the PipelineContext.
    pub(crate) context: String,
}

#[derive(Debug, Args)]
pub(crate) struct Poll {
    /// Name of the Observer.
    pub(crate) observer: String,
}

/// A text, where there is one: the empty text is mostly a variable that was not set.
fn not_empty(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("write a value: a variable that is not set is an empty text".to_owned());
    }
    Ok(text.to_owned())
}

fn edge(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((from, to)) if !from.is_empty() && !to.is_empty() => Ok((from.to_owned(), to.to_owned())),
        _ => Err("write the two stages with a colon between them, as in dev:prod".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn an_edge_is_two_stages() {
        assert_eq!(edge("dev:prod"), Ok(("dev".to_owned(), "prod".to_owned())));
        for wrong in ["dev", ":prod", "dev:", ""] {
            assert!(edge(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_kubeconfigs_context_and_the_pipelines_context_do_not_meet() {
        let line = ["x", "approve", "shop-1", "--context", "staging", "-n", "infra"];
        let arguments = Arguments::try_parse_from(line).unwrap();
        assert_eq!(arguments.connection.context.as_deref(), Some("staging"));
        let Command::OnCluster(OnCluster::Approve(decide)) = arguments.command else {
            panic!("not approve")
        };
        assert_eq!(decide.context, "shop-1");
    }
}
