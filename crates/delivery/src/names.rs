//! Names that are functions of what is written down, so that repeating the work after a crash finds what was made before. Pure.

use sha2::{Digest as _, Sha256};

/// Characters of names that stand in a branch: some forges allow 100 in all.
const PIPELINE: usize = 30;
const STAGE: usize = 24;
const PREFIX: usize = 40;

/// What makes up one pull request of a stage: services that agree in all of it share it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// The ScmConnection.
    pub connection: String,
    /// The repository.
    pub repository: String,
    /// Base branch.
    pub base: String,
    /// Title, rendered.
    pub title: String,
    /// Message, rendered.
    pub message: String,
}

impl Group {
    /// Eight digits that stand for the group.
    pub fn id(&self) -> String {
        digest(&[
            &self.connection,
            &self.repository,
            &self.base,
            &self.title,
            &self.message,
        ])
    }
}

/// What a head branch of a pipeline is named after.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    /// Whose run it is: the uid of the context.
    pub context: &'a str,
    /// The run's number.
    pub run: i64,
    /// The pipeline.
    pub pipeline: &'a str,
    /// The stage; empty where there is none.
    pub stage: &'a str,
    /// The attempt at the stage.
    pub attempt: i32,
    /// [`Group::id`].
    pub group: &'a str,
    /// `branchPrefix` of the automation; the default names the pipeline.
    pub prefix: Option<&'a str>,
}

/// The prefix of an automation, with the slashes that rules for branches go by; nothing where nothing is left of it.
fn prefix(text: &str) -> String {
    let parts = text.split('/').map(|part| slug(part, PREFIX));
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    let mut prefix = parts.join("/");
    prefix.truncate(PREFIX);
    prefix.trim_end_matches(['/', '-']).to_owned()
}

/// The head branch: `stagecoach/<pipeline>/<stage>/run-<n>-<digits>`, where the digits stand for context, run, stage, attempt and
/// group.
pub fn branch(head: &Head<'_>) -> String {
    let (run, attempt) = (head.run.to_string(), head.attempt.to_string());
    let digits = digest(&[head.context, &run, head.stage, &attempt, head.group]);
    let prefix = head.prefix.map(prefix);
    let first = match prefix.filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => prefix,
        None => format!("stagecoach/{}", slug(head.pipeline, PIPELINE)),
    };
    let last = format!("run-{run}-{digits}");
    let parts = [first, slug(head.stage, STAGE), last];
    let parts = parts.iter().map(String::as_str).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("/")
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
    let kept = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let slug: String = text.chars().map(|c| if kept(c) { c } else { '-' }).take(most).collect();
    slug.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(context: &str, run: i64, stage: &str, attempt: i32, group: &str) -> String {
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
        let base = of("a", 1, "dev", 1, "g");
        assert_eq!(base, of("a", 1, "dev", 1, "g"));
        assert!(base.starts_with("stagecoach/cd-demo/dev/run-1-"), "{base}");
        for other in [
            of("b", 1, "dev", 1, "g"),
            of("a", 2, "dev", 1, "g"),
            of("a", 1, "prod", 1, "g"),
            of("a", 1, "dev", 2, "g"),
            of("a", 1, "dev", 1, "h"),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn a_branch_is_legal_whatever_the_names_are() {
        assert!(of("a", i64::MAX, &"s".repeat(200), 1, "g").len() <= 100);
        for stage in ["dev eu", "..", "-a.lock", "ä/ö", "a~^:?*[\\", ""] {
            let name = of("a", 1, stage, 1, "g");
            assert!(
                name.chars().all(|c| c.is_ascii_alphanumeric() || "-_/".contains(c)),
                "{name}"
            );
            assert!(!name.contains("/-") && !name.contains("//"), "{name}");
        }
    }

    #[test]
    fn a_prefix_of_the_automation_takes_the_place_of_ours() {
        let head = Head {
            context: "a",
            run: 3,
            pipeline: "p",
            stage: "dev",
            attempt: 1,
            group: "g",
            prefix: Some("bump"),
        };
        assert!(branch(&head).starts_with("bump/dev/run-3-"));
        for (prefix, begin) in [
            ("release/v", "release/v/dev/run-3-"),
            ("/plrl//auto/x-/", "plrl/auto/x/dev/run-3-"),
            ("../é", "stagecoach/p/dev/run-3-"),
            ("--", "stagecoach/p/dev/run-3-"),
        ] {
            let head = Head {
                prefix: Some(prefix),
                ..head.clone()
            };
            assert!(branch(&head).starts_with(begin), "{}", branch(&head));
        }
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
