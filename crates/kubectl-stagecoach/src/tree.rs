//! `tree`: the runs of one pipeline, drawn along its stages. Reads, then hands over to the pure parts: `model` says what
//! is shown, `draw` how.

mod draw;
mod model;

use stagecoach_runtime::ObjectKey;

use crate::{
    arguments::{Format, Tree},
    cluster::Cluster,
    error::Error,
    output::Output,
    overview,
};

pub(crate) async fn run(cluster: &Cluster, arguments: &Tree, output: &mut Output) -> Result<(), Error> {
    let key = ObjectKey::namespaced(&cluster.namespace, &arguments.pipeline);
    let pipeline = cluster.pipeline(&key).await?;
    let contexts = overview::contexts(cluster, false, output).await?;
    let may_approve = cluster.may_approve(&key).await?;
    let view = model::build(&pipeline, &contexts, arguments.all, may_approve);
    match arguments.output {
        Format::Json => output.json(&view),
        Format::Yaml => output.yaml(&view),
        Format::Table => {
            let glyphs = if arguments.ascii { draw::ASCII } else { draw::UNICODE };
            let text = draw::draw(&view, glyphs, output.paint(), (cluster.clock)());
            output.result(&text)
        }
    }
}
