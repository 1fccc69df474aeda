//! A pipeline and its runs as text: each run is a tree of stages, and under each stage stands what happened there and
//! who can act. Pure.

use std::collections::BTreeSet;

use jiff::Timestamp;
use stagecoach_api::pipeline::GateType;
use stagecoach_core::status::{GateRun, GateState, PullRequestState, RunPhase, StageRun, StageState, Verdict};

use super::model::{EdgeShape, GateShape, StageShape, TreeView};
use crate::{age::age, output::Paint, overview::activity, run_view::RunView};

/// The characters of the drawing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glyphs {
    branch: &'static str,
    last: &'static str,
    pipe: &'static str,
    done: &'static str,
    busy: &'static str,
    waiting: &'static str,
    failed: &'static str,
    ended: &'static str,
}

/// For terminals that know Unicode.
pub(crate) const UNICODE: Glyphs = Glyphs {
    branch: "├─ ",
    last: "└─ ",
    pipe: "│  ",
    done: "✔",
    busy: "●",
    waiting: "○",
    failed: "✘",
    ended: "⊘",
};

/// For those that do not.
pub(crate) const ASCII: Glyphs = Glyphs {
    branch: "+- ",
    last: "`- ",
    pipe: "|  ",
    done: "v",
    busy: "*",
    waiting: "o",
    failed: "x",
    ended: "-",
};

const SPACE: &str = "   ";

/// The whole page.
pub(crate) fn draw(view: &TreeView, glyphs: Glyphs, paint: Paint, now: Timestamp) -> String {
    let mut lines = header(view, paint);
    if view.runs.is_empty() {
        lines.push(String::new());
        lines.push("no runs yet".to_owned());
        Drawing::new(view, None, glyphs, paint, now).stages(&mut lines);
        lines.push(format!(
            "start one: kubectl stagecoach promote {} version=... -n {}",
            view.pipeline, view.namespace
        ));
    }
    for run in &view.runs {
        lines.push(String::new());
        lines.extend(run_header(run, paint, now));
        Drawing::new(view, Some(run), glyphs, paint, now).stages(&mut lines);
    }
    if view.older_runs > 0 {
        lines.push(String::new());
        lines.push(paint.faint(&format!("{} older runs; --all draws them too", view.older_runs)));
    }
    lines.join("\n")
}

fn header(view: &TreeView, paint: Paint) -> Vec<String> {
    let name = paint.strong(&format!("Pipeline {}/{}", view.namespace, view.pipeline));
    let state = match view.ready {
        Some(true) => paint.good("ready"),
        Some(false) => paint.bad(&format!("not ready: {}", view.message)),
        None => paint.faint("nobody has looked at it yet: does the operator run?"),
    };
    let mut lines = vec![format!("{name}  {state}")];
    if view.suspended {
        lines.push(paint.waiting("suspended: set spec.suspend to false to go on"));
    }
    lines.extend(view.summary.clone());
    lines
}

fn run_header(run: &RunView, paint: Paint, now: Timestamp) -> Vec<String> {
    let phase = format!("{:?}", run.phase);
    let phase = match run.phase {
        RunPhase::Succeeded => paint.good(&phase),
        RunPhase::Progressing => paint.busy(&phase),
        RunPhase::Pending | RunPhase::Blocked => paint.waiting(&phase),
        RunPhase::Failed => paint.bad(&phase),
        RunPhase::Superseded | RunPhase::Cancelled => paint.faint(&phase),
    };
    let number = run
        .run
        .map_or_else(|| "not begun".to_owned(), |number| format!("run {number}"));
    let when = match run.finished_at {
        Some(at) => format!("ended {} ago", age(at, now)),
        None => format!("since {}", age(run.started_at, now)),
    };
    let who = run
        .requested_by
        .as_ref()
        .map(|who| format!(", asked for by {who}"))
        .unwrap_or_default();
    let name = paint.strong(&format!("{}/{}", run.namespace, run.context));
    let mut lines = vec![format!("{name}  {}  {phase}  ({number}, {when}{who})", run.values)];
    lines.extend(Some(run.message.clone()).filter(|message| !message.is_empty()));
    lines
}

/// One run on its way along the stages, or the stages alone.
struct Drawing<'a> {
    view: &'a TreeView,
    run: Option<&'a RunView>,
    glyphs: Glyphs,
    paint: Paint,
    now: Timestamp,
}

impl<'a> Drawing<'a> {
    fn new(view: &'a TreeView, run: Option<&'a RunView>, glyphs: Glyphs, paint: Paint, now: Timestamp) -> Self {
        Self {
            view,
            run,
            glyphs,
            paint,
            now,
        }
    }

    fn stages(&self, lines: &mut Vec<String>) {
        let mut drawn = BTreeSet::new();
        let roots: Vec<&StageShape> = self.view.shape.iter().filter(|stage| stage.after.is_empty()).collect();
        self.siblings(&roots, "", &mut drawn, lines);
        // In a circle nothing is first; such a pipeline cannot be used, but it can be looked at.
        while let Some(left) = self
            .view
            .shape
            .iter()
            .find(|stage| !drawn.contains(stage.name.as_str()))
        {
            self.siblings(&[left], "", &mut drawn, lines);
        }
    }

    /// Draws stages one below the other, each with the stages behind it. A stage with several edges into it stands
    /// below the first of them.
    fn siblings(
        &self,
        stages: &[&'a StageShape],
        prefix: &str,
        drawn: &mut BTreeSet<&'a str>,
        lines: &mut Vec<String>,
    ) {
        for (position, stage) in stages.iter().enumerate() {
            if !drawn.insert(&stage.name) {
                continue;
            }
            let (branch, below) = if position + 1 == stages.len() {
                (self.glyphs.last, SPACE)
            } else {
                (self.glyphs.branch, self.glyphs.pipe)
            };
            let below = format!("{prefix}{below}");
            let children: Vec<&StageShape> = self.view.shape.iter().filter(|next| follows(next, stage)).collect();
            let rail = if children.is_empty() { SPACE } else { self.glyphs.pipe };
            lines.push(format!("{prefix}{branch}{}", self.head(stage)));
            lines.extend(
                self.details(stage)
                    .into_iter()
                    .map(|detail| format!("{below}{rail}{detail}")),
            );
            self.siblings(&children, &below, drawn, lines);
        }
    }

    fn state(&self, stage: &StageShape) -> Option<&'a StageRun> {
        self.run.and_then(|run| run.stage(&stage.name))
    }

    fn head(&self, stage: &StageShape) -> String {
        let Some(found) = self.state(stage) else {
            return format!("{} {}", self.glyphs.waiting, stage.name);
        };
        let paint = self.paint;
        let (glyph, colour): (_, fn(Paint, &str) -> String) = match found.state {
            StageState::Promoted => (self.glyphs.done, Paint::good),
            StageState::Promoting | StageState::AwaitingMerge | StageState::Verifying => {
                (self.glyphs.busy, Paint::busy)
            }
            StageState::Waiting => (self.glyphs.waiting, Paint::faint),
            StageState::Failed => (self.glyphs.failed, Paint::bad),
            StageState::Superseded | StageState::Overtaken | StageState::Cancelled => (self.glyphs.ended, Paint::faint),
        };
        let state = colour(paint, &format!("{:?}", found.state));
        let attempt = if found.attempt > 1 {
            format!(", attempt {}", found.attempt)
        } else {
            String::new()
        };
        let since = match found.state {
            StageState::Waiting => String::new(),
            _ => format!(" {}", age(found.since, self.now)),
        };
        format!("{} {}  {state}{since}{attempt}", colour(paint, glyph), stage.name)
    }

    /// What stands below the head of a stage.
    fn details(&self, stage: &StageShape) -> Vec<String> {
        let mut details = Vec::new();
        for edge in &stage.after {
            let from = if stage.after.len() > 1 {
                format!(" from {}", edge.from)
            } else {
                String::new()
            };
            if edge.gates.is_empty() && stage.after.len() > 1 {
                details.push(self.paint.faint(&format!("after {}", edge.from)));
            }
            for gate in &edge.gates {
                details.extend(self.gate(stage, edge, gate, &from));
            }
        }
        let Some(found) = self.state(stage) else { return details };
        if found.state == StageState::AwaitingMerge && found.message.is_empty() {
            // The open pull requests below say it all.
        } else if found.state.is_active() {
            details.push(self.paint.busy(&activity(found)));
        } else if !found.message.is_empty() && found.state != StageState::Promoted {
            details.push(found.message.clone());
        }
        details.extend(self.pull_requests(found));
        if let (StageState::Failed, Some(run)) = (found.state, self.run) {
            details.push(
                self.paint
                    .waiting(&format!("try again: kubectl stagecoach retry {}", run.arguments())),
            );
        }
        details
    }

    fn pull_requests(&self, stage: &StageRun) -> Vec<String> {
        let mut lines = Vec::new();
        for pull in &stage.pull_requests {
            let state = match pull.state {
                PullRequestState::Intended => self.paint.faint("about to be opened"),
                PullRequestState::Open => self.paint.busy("open, somebody has to merge it"),
                PullRequestState::Merged => self.paint.good("merged"),
                PullRequestState::Closed => self.paint.bad("closed"),
                PullRequestState::Unchanged => self.paint.good("nothing to change"),
            };
            let url = pull.url.as_ref().map(|url| format!("  {url}")).unwrap_or_default();
            lines.push(format!("pull request {} {state}{url}", pull.label()));
            let warnings = pull.warnings.iter();
            lines.extend(warnings.map(|warning| self.paint.waiting(&format!("warning: {warning}"))));
        }
        lines
    }

    fn gate(&self, stage: &StageShape, edge: &EdgeShape, gate: &GateShape, from: &str) -> Vec<String> {
        let name = format!("gate {}{from}", gate.name);
        let of_edge = self.run.and_then(|run| run.edge(&edge.from, &stage.name));
        let found = of_edge.and_then(|edge| edge.gates.iter().find(|found| found.name == gate.name));
        let Some(found) = found else {
            return vec![self.paint.faint(&format!("{name}: not asked yet"))];
        };
        let mut lines = vec![format!("{name}: {}", self.gate_state(found))];
        if let Some(comment) = found.decision.as_ref().and_then(|decision| decision.comment.as_ref()) {
            lines.push(format!("  \"{comment}\""));
        }
        if found.state == GateState::Pending && gate.kind == GateType::Approval {
            lines.extend(gate.instructions.as_ref().map(|text| format!("  {text}")));
            lines.extend(self.who_can_act());
        }
        lines
    }

    fn gate_state(&self, gate: &GateRun) -> String {
        let state = format!("{:?}", gate.state);
        let state = match gate.state {
            GateState::Open => self.paint.good(&state),
            GateState::Pending | GateState::Running => self.paint.waiting(&state),
            GateState::Rejected | GateState::Failed | GateState::Expired => self.paint.bad(&state),
        };
        let what = match &gate.decision {
            Some(decision) => {
                let verb = match decision.decision {
                    Verdict::Approve => "approved",
                    Verdict::Reject => "rejected",
                };
                format!(", {verb} by {}", decision.user)
            }
            None if gate.message.is_empty() => String::new(),
            None => format!(", {}", gate.message),
        };
        format!("{state} {}{what}", age(gate.since, self.now))
    }

    fn who_can_act(&self) -> Option<String> {
        let run = self.run?;
        Some(if self.view.you_may_approve {
            let text = format!(
                "  you can: kubectl stagecoach approve {0}, or reject {0}",
                run.arguments()
            );
            self.paint.waiting(&text)
        } else {
            let text = format!(
                "  who holds the verb approve on pipeline {} can act; you do not",
                self.view.pipeline
            );
            self.paint.faint(&text)
        })
    }
}

/// True when the first edge into `next` comes from `stage`.
fn follows(next: &StageShape, stage: &StageShape) -> bool {
    next.after.first().is_some_and(|edge| edge.from == stage.name)
}

#[cfg(test)]
mod tests;
