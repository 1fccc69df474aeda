//! Versions by named groups of a regular expression, for schemes that no standard covers. Pure.

use regex::{Captures, Regex};

use super::compile;
use crate::error::Error;

/// The groups that are compared as numbers, the weightiest first.
const NUMBERS: [&str; 5] = ["major", "minor", "patch", "build", "revision"];

/// Versions such as `v1.2.3-rc1`; used when an observer gives no format.
const DEFAULT: &str =
    r"^v?(?<major>\d+)(?:\.(?<minor>\d+))?(?:\.(?<patch>\d+))?(?:[-._]?(?<prerelease>[A-Za-z][0-9A-Za-z.-]*))?$";

/// A regular expression with the groups that are needed.
#[derive(Debug, Clone)]
pub(super) struct Format(Regex);

/// What was read of one candidate.
pub(super) struct Reading {
    pub(super) version: Version,
    /// The flavour, as in `1.2.3-alpine`: versions of different flavours do not replace one another.
    pub(super) compatibility: Option<String>,
}

/// Compared by its numbers; then a stable one is later than its pre-releases.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    numbers: [u64; 5],
    stability: Stability,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Stability {
    Prerelease(String),
    Stable,
}

impl Version {
    pub(super) fn is_unstable(&self) -> bool {
        self.stability != Stability::Stable
    }
}

impl Format {
    pub(super) fn new(format: Option<Regex>) -> Result<Self, Error> {
        let format = format.map_or_else(|| compile(DEFAULT), Ok)?;
        if format
            .capture_names()
            .flatten()
            .any(|name| ["major", "minor", "patch"].contains(&name))
        {
            return Ok(Self(format));
        }
        let why = "for RENOVATE it needs a group named major, minor or patch, as in (?<major>\\d+)".to_owned();
        Err(Error::InvalidFormat {
            format: format.to_string(),
            why,
        })
    }

    pub(super) fn read(&self, text: &str) -> Option<Reading> {
        let captures = self.0.captures(text)?;
        let mut numbers = [0; 5];
        for (number, name) in numbers.iter_mut().zip(NUMBERS) {
            if let Some(digits) = group(&captures, name) {
                *number = digits.parse().ok()?;
            }
        }
        let prerelease = group(&captures, "prerelease").map(str::to_owned);
        let stability = prerelease.map_or(Stability::Stable, Stability::Prerelease);
        let compatibility = group(&captures, "compatibility").map(str::to_owned);
        Some(Reading {
            version: Version { numbers, stability },
            compatibility,
        })
    }
}

/// A group that took part; an empty one did not.
fn group<'a>(captures: &Captures<'a>, name: &str) -> Option<&'a str> {
    captures
        .name(name)
        .map(|group| group.as_str())
        .filter(|text| !text.is_empty())
}
