//! The text of a pull request of a pipeline, for a reader who has never seen the pipeline. Pure.

use std::fmt::Write as _;

use stagecoach_delivery::{Body, Proposal};

/// What there is to say.
pub(crate) struct Story<'a> {
    pub(crate) message: &'a str,
    /// `namespace/name` of the Pipeline.
    pub(crate) pipeline: String,
    /// Stages in the order of the pipeline.
    pub(crate) stages: Vec<&'a str>,
    pub(crate) stage: &'a str,
    /// `namespace/name` of the PipelineContext.
    pub(crate) context: String,
    pub(crate) run: i64,
    /// Key and value, already fit to be shown.
    pub(crate) values: Vec<(String, String)>,
    pub(crate) services: &'a [String],
    pub(crate) proposal: &'a Proposal,
    pub(crate) warnings: &'a [String],
    pub(crate) next: Vec<Next<'a>>,
}

/// One way on from the stage.
pub(crate) struct Next<'a> {
    pub(crate) stage: &'a str,
    pub(crate) gates: Vec<&'a str>,
}

/// Writes the body.
pub(crate) fn body(story: &Story<'_>) -> String {
    let mut body = Body::new(story.message);
    let marked = |stage: &&str| match *stage {
        stage if stage == story.stage => format!("**{stage}**"),
        stage => stage.to_owned(),
    };
    let way: Vec<String> = story.stages.iter().map(marked).collect();
    body.row("Pipeline", &format!("`{}`: {}", story.pipeline, way.join(" \u{2192} ")));
    body.row("Stage", &format!("**{}**", story.stage));
    body.row("Context", &format!("`{}`, run {}", story.context, story.run));
    body.values(&story.values);
    body.row("Services", &story.services.join(", "));
    body.proposal(story.proposal, story.warnings);
    body.section("What comes next", &after(story));
    body.finish()
}

fn after(story: &Story<'_>) -> String {
    let proof = format!(
        "Once this is merged, Stagecoach waits until the merge commit runs in **{}** and is healthy.",
        story.stage
    );
    let closed = "Closing this pull request without a merge ends the promotion.";
    if story.next.is_empty() {
        return format!("{proof} That ends the pipeline. {closed}");
    }
    let ways = story.next.iter().fold(String::new(), |mut ways, next| {
        let separator = if ways.is_empty() { " Then" } else { " and" };
        // Writing to a String cannot fail.
        let _ = if next.gates.is_empty() {
            write!(ways, "{separator} it opens the pull request for **{}**", next.stage)
        } else {
            let gates: Vec<String> = next.gates.iter().map(|gate| format!("`{gate}`")).collect();
            write!(
                ways,
                "{separator} it asks {} before **{}**",
                gates.join(", "),
                next.stage
            )
        };
        ways
    });
    format!("{proof}{ways}. {closed}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use stagecoach_change::{self as change, Automation, Files};
    use stagecoach_delivery::{Before, Sides};
    use stagecoach_scm::File;

    use super::*;

    /// The tutorial's line.
    fn proposal() -> Proposal {
        let path = "bootstrap/cd-demo/dev.yaml";
        let before: &[u8] = b"a: 1\n  tag: latest # VERSION\nb: 2\n";
        let edit = json!({"regex": "tag: .* # VERSION", "file": path, "replacement": "tag: 0.1.0 # VERSION"});
        let spec = json!({"title": "t", "updates": {"regexReplacements": [edit]}});
        let automation: Automation = serde_json::from_value(spec).unwrap();
        let files: Files = [(path, before)].into_iter().collect();
        let set = change::compute(&automation, &json!({}), &files).unwrap();
        let sides = Sides {
            before: Before::Read(File {
                bytes: before.into(),
                blob: String::new(),
            }),
            after: Some(set.changes[0].content.clone()),
            mode_before: None,
            mode: None,
        };
        Proposal {
            changes: [(path.to_owned(), sides)].into(),
            ..Proposal::default()
        }
    }

    fn story(proposal: &Proposal) -> Story<'_> {
        Story {
            message: "Updating cd-demo version to 0.1.0 (stage=dev)",
            pipeline: "infra/cd-demo".to_owned(),
            stages: vec!["dev", "prod"],
            stage: "dev",
            context: "infra/cd-demo-context".to_owned(),
            run: 1,
            values: vec![("version".to_owned(), "0.1.0".to_owned())],
            services: &[],
            proposal,
            warnings: &[],
            next: vec![Next {
                stage: "prod",
                gates: vec!["approval-gate"],
            }],
        }
    }

    #[test]
    fn a_body_says_pipeline_stage_context_changes_and_what_comes_next() {
        let proposal = proposal();
        let services = ["ServiceDeployment infra/cd-demo-dev".to_owned()];
        let story = Story {
            services: &services,
            ..story(&proposal)
        };
        insta::assert_snapshot!(body(&story));
    }

    #[test]
    fn the_message_comes_first_and_untouched() {
        let message = "First line\n\nPlural Service: mgmt/cd-demo";
        let proposal = proposal();
        let story = Story {
            message,
            ..story(&proposal)
        };
        assert!(body(&story).starts_with(&format!("{message}\n\n---\n")));
    }

    #[test]
    fn the_last_stage_says_that_it_is_the_last() {
        let proposal = proposal();
        let story = Story {
            next: Vec::new(),
            ..story(&proposal)
        };
        assert!(body(&story).contains("That ends the pipeline."));
    }
}
