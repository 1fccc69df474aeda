//! Names that are functions of the run alone, so that repeating the work after a crash finds what was made before.

use sha2::{Digest as _, Sha256};
use stagecoach_core::ContextKey;

/// What makes up one pull request of a stage: services that agree in all of it share it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Group {
    pub(crate) connection: String,
    pub(crate) repository: String,
    /// Base branch.
    pub(crate) base: String,
    pub(crate) title: String,
    pub(crate) message: String,
}

impl Group {
    /// Eight digits that stand for the group.
    pub(crate) fn id(&self) -> String {
        digest(&[
            &self.connection,
            &self.repository,
            &self.base,
            &self.title,
            &self.message,
        ])
    }
}

/// What a head branch is named after.
pub(crate) struct Head<'a> {
    pub(crate) context: &'a ContextKey,
    pub(crate) run: i64,
    pub(crate) pipeline: &'a str,
    pub(crate) stage: &'a str,
    pub(crate) attempt: i32,
    pub(crate) group: &'a str,
    /// `branchPrefix` of the automation; the default names the pipeline.
    pub(crate) prefix: Option<&'a str>,
}

/// Characters of names that stand in a branch: some forges allow 100 in all.
const PIPELINE: usize = 30;
const STAGE: usize = 24;
const PREFIX: usize = 40;

/// The head branch: `stagecoach/<pipeline>/<stage>/run-<n>-<digits>`, where the digits stand for context, run, stage,
/// attempt and group.
pub(crate) fn branch(head: &Head<'_>) -> String {
    let (run, attempt) = (head.run.to_string(), head.attempt.to_string());
    let digits = digest(&[&head.context.uid, &run, head.stage, &attempt, head.group]);
    let stage = slug(head.stage, STAGE);
    match head
        .prefix
        .map(|prefix| slug(prefix, PREFIX))
        .filter(|prefix| !prefix.is_empty())
    {
        Some(prefix) => format!("{prefix}/{stage}/run-{run}-{digits}"),
        None => format!(
            "stagecoach/{}/{stage}/run-{run}-{digits}",
            slug(head.pipeline, PIPELINE)
        ),
    }
}

/// Eight hexadecimal digits of a hash over parts that cannot run into one another.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(&hash.finalize()[..4])
}

/// What git accepts as part of a branch name, readable.
fn slug(text: &str, most: usize) -> String {
    let kept = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
            c
        } else {
            '-'
        }
    };
    let mut slug: String = text.chars().map(kept).take(most).collect();
    while slug.starts_with('-') {
        slug.remove(0);
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(uid: &str) -> ContextKey {
        ContextKey {
            namespace: "infra".to_owned(),
            name: "cd-demo".to_owned(),
            uid: uid.to_owned(),
        }
    }

    fn of(context: &ContextKey, run: i64, stage: &str, attempt: i32, group: &str) -> String {
        branch(&Head {
            context,
            run,
            pipeline: "cd-demo",
            stage,
            attempt,
            group,
            prefix: None,
        })
    }

    #[test]
    fn a_branch_is_a_function_of_run_stage_attempt_and_group() {
        let base = of(&context("a"), 1, "dev", 1, "g");
        assert_eq!(base, of(&context("a"), 1, "dev", 1, "g"));
        assert!(base.starts_with("stagecoach/cd-demo/dev/run-1-"), "{base}");
        for other in [
            of(&context("b"), 1, "dev", 1, "g"),
            of(&context("a"), 2, "dev", 1, "g"),
            of(&context("a"), 1, "prod", 1, "g"),
            of(&context("a"), 1, "dev", 2, "g"),
            of(&context("a"), 1, "dev", 1, "h"),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn a_branch_is_legal_whatever_the_names_are() {
        assert!(of(&context("a"), i64::MAX, &"s".repeat(200), 1, "g").len() <= 100);
        for stage in ["dev eu", "..", "-a.lock", "ä/ö", "a~^:?*[\\", ""] {
            let name = of(&context("a"), 1, stage, 1, "g");
            assert!(
                name.chars().all(|c| c.is_ascii_alphanumeric() || "-_/".contains(c)),
                "{name}"
            );
            assert!(!name.contains("/-"), "{name}");
        }
    }

    #[test]
    fn a_prefix_of_the_automation_takes_the_place_of_ours() {
        let context = context("a");
        let head = Head {
            context: &context,
            run: 3,
            pipeline: "p",
            stage: "dev",
            attempt: 1,
            group: "g",
            prefix: Some("bump"),
        };
        assert!(branch(&head).starts_with("bump/dev/run-3-"));
    }

    #[test]
    fn groups_differ_where_any_part_differs() {
        let group = |title: &str, message: &str| Group {
            connection: "c".to_owned(),
            repository: "o/r".to_owned(),
            base: "main".to_owned(),
            title: title.to_owned(),
            message: message.to_owned(),
        };
        assert_eq!(group("ab", "c").id(), group("ab", "c").id());
        assert_ne!(group("ab", "c").id(), group("a", "bc").id());
    }
}
