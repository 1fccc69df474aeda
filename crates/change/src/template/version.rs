//! Versions in templates: read as leniently as Sprig reads them.

use std::fmt;

use semver::{BuildMetadata, Prerelease};

use super::value::Value;

/// A version with the text that it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(super) semver: semver::Version,
    original: String,
}

impl Version {
    /// Reads `1`, `1.2`, `v1.2.3`, `1.2.3-rc.1+build`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('v').unwrap_or(text);
        let (rest, build) = split_once_or(bare, '+');
        let (numbers, prerelease) = split_once_or(rest, '-');
        let mut parts = numbers.split('.');
        let major = number(parts.next()?)?;
        let minor = parts.next().map_or(Some(0), number)?;
        let patch = parts.next().map_or(Some(0), number)?;
        if parts.next().is_some() || (build == Some("")) || (prerelease == Some("")) {
            return None;
        }
        let semver = semver::Version {
            major,
            minor,
            patch,
            pre: Prerelease::new(prerelease.unwrap_or_default()).ok()?,
            build: BuildMetadata::new(build.unwrap_or_default()).ok()?,
        };
        Some(Self {
            semver,
            original: text.to_owned(),
        })
    }

    /// What a template can ask of a version: its parts, and the versions that follow it.
    pub(super) fn property(&self, name: &str) -> Option<Value> {
        let part = |part: u64| i64::try_from(part).map_or(Value::Nil, Value::Int);
        Some(match name {
            "Major" => part(self.semver.major),
            "Minor" => part(self.semver.minor),
            "Patch" => part(self.semver.patch),
            "Prerelease" => Value::text(self.semver.pre.as_str()),
            "Metadata" => Value::text(self.semver.build.as_str()),
            "Original" => Value::text(self.original.as_str()),
            "String" => Value::text(self.to_string()),
            "IncMajor" => Self::following(self.semver.major.saturating_add(1), 0, 0),
            "IncMinor" => Self::following(self.semver.major, self.semver.minor.saturating_add(1), 0),
            // A prerelease comes before its release: the next patch of 1.2.3-rc.1 is 1.2.3.
            "IncPatch" if !self.semver.pre.is_empty() => {
                Self::following(self.semver.major, self.semver.minor, self.semver.patch)
            }
            "IncPatch" => Self::following(
                self.semver.major,
                self.semver.minor,
                self.semver.patch.saturating_add(1),
            ),
            _ => return None,
        })
    }

    fn following(major: u64, minor: u64, patch: u64) -> Value {
        let semver = semver::Version::new(major, minor, patch);
        let original = semver.to_string();
        Value::Version(std::sync::Arc::new(Self { semver, original }))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.semver.fmt(f)
    }
}

fn split_once_or(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn number(text: &str) -> Option<u64> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}
