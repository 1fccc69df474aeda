//! Names of branches, tags and commits, and what a server answers to them. Pure.

use crate::id::CommitSha;

/// A name that a repository may have. What git allows for no name is no name: git-check-ref-format(1).
pub(super) struct Reference {
    name: String,
    commit: Option<CommitSha>,
}

impl Reference {
    /// Reads a branch, a tag, a full name as `refs/heads/main`, `HEAD`, or a commit's full id.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let name = text.trim();
        is_name(name).then(|| Self {
            name: name.to_owned(),
            commit: CommitSha::parse(name).ok(),
        })
    }

    /// The commit that it names by its id. An id comes before any branch of that name, as for git itself.
    pub(super) fn commit(&self) -> Option<&CommitSha> {
        self.commit.as_ref()
    }

    /// Full names that it may stand for, the first one that exists counts: the order of gitrevisions(7).
    pub(super) fn candidates(&self) -> Vec<String> {
        let name = &self.name;
        match (&self.commit, name.as_str()) {
            (Some(_), _) | (None, "HEAD") => vec!["HEAD".to_owned()],
            (None, full) if full.starts_with("refs/") => vec![full.to_owned()],
            (None, _) => ["refs/tags/", "refs/heads/"].map(|kind| format!("{kind}{name}")).into(),
        }
    }

    /// The commit, among what `git ls-remote` prints. An annotated tag stands for the commit that it is about.
    pub(super) fn pick(&self, printed: &str) -> Option<CommitSha> {
        let id_of = |wanted: &str| {
            let mut lines = printed.lines().filter_map(|line| line.split_once('\t'));
            lines.find(|(_, name)| *name == wanted).map(|(id, _)| id)
        };
        let peeled = |name: &String| id_of(&format!("{name}^{{}}")).or_else(|| id_of(name));
        let id = self.candidates().iter().find_map(peeled)?;
        CommitSha::parse(id).ok()
    }
}

fn is_name(name: &str) -> bool {
    let forbidden = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c);
    let is_part =
        |part: &str| !part.is_empty() && !part.starts_with('.') && !part.to_ascii_lowercase().ends_with(".lock");
    !name.starts_with('-')
        && !name.ends_with('.')
        && name != "@"
        && !name.contains("..")
        && !name.contains("@{")
        && !name.contains(forbidden)
        && name.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_comes_before_a_branch_and_its_commit_before_itself() {
        let [branch, tag, commit, other] = ["1", "2", "3", "4"].map(|digit| digit.repeat(40));
        let printed = format!(
            "{other}\trefs/heads/x/v1\n{branch}\trefs/heads/v1\n{tag}\trefs/tags/v1\n{commit}\trefs/tags/v1^{{}}\n"
        );
        let pick = |name: &str| {
            Reference::parse(name)
                .unwrap()
                .pick(&printed)
                .map(|found| found.to_string())
        };
        assert_eq!(pick("v1"), Some(commit));
        assert_eq!(pick("refs/heads/v1"), Some(branch));
        assert_eq!(pick("x/v1"), Some(other));
        assert_eq!(pick("1"), None);
    }

    #[test]
    fn an_id_is_an_id_and_what_is_no_name_is_none() {
        let id = "a".repeat(40);
        let found = Reference::parse(&id).unwrap();
        assert_eq!(found.commit().map(CommitSha::as_str), Some(id.as_str()));
        for name in [
            "",
            "-x",
            "--upload-pack=x",
            "a b",
            "a\nb",
            "a..b",
            "a:b",
            "+a",
            "*",
            "a.lock",
            "a/.b",
            "a//b",
            "/a",
            "a/",
            "@",
            "a@{1}",
            "a\\b",
            "a^",
            "a.",
        ] {
            let is_name = name == "+a";
            assert_eq!(Reference::parse(name).is_some(), is_name, "{name:?}");
        }
    }
}
