//! Names of things on a forge: repositories and commits. Pure; every other module speaks in these.

use std::fmt;

use crate::error::Error;

/// A repository as its forge names it: `owner/name`, or `group/sub/project` where groups nest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct RepositoryId(String);

impl RepositoryId {
    /// Reads what a person writes as `identifier`: a slug, a clone or browser URL, or git's short form
    /// `git@host:owner/name.git`. The host, credentials and a trailing `.git` are dropped.
    pub fn parse(identifier: &str) -> Result<Self, Error> {
        let path = path_of(identifier.trim());
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let parts: Vec<&str> = path.split('/').collect();
        if parts.len() < 2 {
            // A URL may carry credentials: only its path is ever repeated.
            return Err(Error::InvalidIdentifier {
                identifier: path.to_owned(),
                why: "it needs an owner and a name",
            });
        }
        if !parts.iter().all(|part| is_part(part)) {
            return Err(Error::InvalidIdentifier {
                identifier: path.to_owned(),
                why: "a part of it is empty, or holds a character that no forge allows",
            });
        }
        Ok(Self(parts.join("/")))
    }

    /// The slug.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Everything before the last slash: the owner, or the path of groups.
    pub fn owner(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(owner, _)| owner)
    }

    /// The last part: the name of the repository alone.
    pub fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(self.0.as_str(), |(_, name)| name)
    }
}

impl fmt::Display for RepositoryId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The path inside whatever a person wrote, without scheme, host, query and fragment.
fn path_of(identifier: &str) -> &str {
    let rest = match identifier.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => match identifier.split_once(':') {
            // Only the short form has a colon, and it stands before any slash.
            Some((host, path)) if !host.contains('/') => path,
            _ => identifier,
        },
    };
    rest.split(['?', '#']).next().unwrap_or_default()
}

fn is_part(part: &str) -> bool {
    !part.is_empty()
        && part != "."
        && part != ".."
        && part
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '+'))
}

/// A full commit id: 40 hexadecimal digits (SHA-1), or 64 (SHA-256), in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct CommitSha(String);

impl CommitSha {
    /// Reads a full id; a shortened one is no identity and is refused.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim().to_ascii_lowercase();
        if matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text))
        } else {
            Err(Error::InvalidCommit { text })
        }
    }

    /// All digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first eight digits, for people.
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

impl fmt::Display for CommitSha {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_repository_has_many_spellings() {
        for (identifier, expected) in [
            ("org/repo", "org/repo"),                                      // N1
            ("https://github.com/org/repo.git", "org/repo"),               // N2
            ("group/sub/project", "group/sub/project"),                    // N3
            ("https://gitlab.com/group/sub/project", "group/sub/project"), // N3
            ("https://user:secret@git.example.com:3000/org/repo/", "org/repo"),
            ("ssh://git@git.example.com:2222/org/repo.git", "org/repo"),
            ("git@github.com:org/repo.git", "org/repo"),
            (" /org/repo ", "org/repo"),
            ("https://git.example.com/org/repo.git?ref=x#y", "org/repo"),
            ("org/repo.github.io", "org/repo.github.io"),
        ] {
            assert_eq!(
                RepositoryId::parse(identifier).unwrap().as_str(),
                expected,
                "{identifier}"
            );
        }
    }

    #[test]
    fn what_is_no_repository_is_refused_without_its_credentials() {
        for identifier in [
            "",
            "mgmt",
            "org/",
            "org//repo",
            "../repo",
            "org/re po",
            "https://git.example.com",
            "o/r%2f",
            "o/..",
        ] {
            assert!(RepositoryId::parse(identifier).is_err(), "{identifier}");
        }
        let error = RepositoryId::parse("https://user:secret@git.example.com/one")
            .unwrap_err()
            .to_string();
        assert!(!error.contains("secret"), "{error}");
        assert!(error.contains("owner and a name"), "{error}");
    }

    #[test]
    fn owner_and_name_are_split_at_the_last_slash() {
        let id = RepositoryId::parse("group/sub/project").unwrap();
        assert_eq!((id.owner(), id.name()), ("group/sub", "project"));
    }

    #[test]
    fn only_full_commit_ids_are_ids() {
        let sha = CommitSha::parse("82096CFD8F957507B82320FBEF5EB0DE89BA52EE").unwrap();
        assert_eq!(sha.as_str(), "82096cfd8f957507b82320fbef5eb0de89ba52ee");
        assert_eq!(sha.short(), "82096cfd");
        for text in ["", "82096cfd", "main", "z2096cfd8f957507b82320fbef5eb0de89ba52ee"] {
            assert!(CommitSha::parse(text).is_err(), "{text}");
        }
    }
}
