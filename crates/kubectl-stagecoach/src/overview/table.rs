//! The overview as a table, as kubectl writes them. Pure.

use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;

use super::model::{Held, PipelinePlaces, Place};
use crate::age::age;

/// One line a stage; the pipeline's name stands on its first.
pub(crate) fn render(places: &[PipelinePlaces], with_namespace: bool, now: Timestamp) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Disabled);
    let columns = ["NAMESPACE", "PIPELINE", "STAGE", "PROMOTED", "ARRIVING", "WAITING FOR"];
    let skipped = usize::from(!with_namespace);
    table.set_header(columns.into_iter().skip(skipped));
    for pipeline in places {
        for line in lines(pipeline, now) {
            table.add_row(line.into_iter().skip(skipped));
        }
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 3));
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

fn lines(pipeline: &PipelinePlaces, now: Timestamp) -> Vec<[String; 6]> {
    let name = [pipeline.namespace.clone(), pipeline.pipeline.clone()];
    let mut lines = Vec::new();
    if let Some(problem) = &pipeline.problem {
        let [namespace, name] = name.clone();
        let nothing = || "-".to_owned();
        lines.push([namespace, name, nothing(), nothing(), nothing(), problem.clone()]);
    }
    for place in &pipeline.stages {
        let [namespace, name] = if lines.is_empty() {
            name.clone()
        } else {
            [String::new(), String::new()]
        };
        lines.push(line(namespace, name, place, now));
    }
    if lines.is_empty() {
        let [namespace, name] = name;
        lines.push([
            namespace,
            name,
            "-".to_owned(),
            "-".to_owned(),
            "-".to_owned(),
            "it has no stages".to_owned(),
        ]);
    }
    lines
}

fn line(namespace: String, pipeline: String, place: &Place, now: Timestamp) -> [String; 6] {
    let held = |held: &Option<Held>| match held {
        Some(held) => format!("{} ({})", held.values, age(held.since, now)),
        None => "-".to_owned(),
    };
    [
        namespace,
        pipeline,
        place.stage.clone(),
        held(&place.promoted),
        held(&place.arriving),
        one_line(place.waiting_for.as_deref().unwrap_or_default()),
    ]
}

/// A message of a forge may have several lines; a row has one.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
