//! Sprig's filters over versions, with the constraints of Masterminds/semver.

use std::cmp::Ordering;
use std::sync::Arc;

use super::super::value::Value;
use super::super::version::Version;
use super::{Call, Filter, Outcome};

pub(super) fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "semver" => Filter::new(1, |call| match Version::parse(&call.text(0)) {
            Some(version) => Ok(Value::Version(Arc::new(version))),
            None => call.refuse("takes a version such as 1.2.3 as the piped value"),
        }),
        "semverCompare" | "semver_compare" => Filter::new(2, compare),
        _ => return None,
    })
}

/// Whether a version fulfils the piped constraint.
fn compare(call: &mut Call<'_>) -> Outcome {
    let constraint = call.text(0);
    let Some(alternatives) = constraint.split("||").map(all_of).collect::<Option<Vec<_>>>() else {
        return call.refuse("takes a constraint such as `>=1.2.0, <2` as the piped value");
    };
    let Some(version) = Version::parse(&call.text(1)) else {
        return call.refuse("takes a version such as 1.2.3 as argument 1");
    };
    Ok(Value::Bool(
        alternatives.iter().any(|all| fulfils(&version.semver, all)),
    ))
}

/// One comparison: an operator and a version, of which parts may be missing or `x`.
#[derive(Debug)]
struct Constraint {
    operator: Operator,
    version: semver::Version,
    any_minor: bool,
    any_patch: bool,
    partial: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    AtLeast,
    AtMost,
    Tilde,
    Caret,
}

const OPERATORS: [(&str, Operator); 11] = [
    ("!=", Operator::NotEqual),
    (">=", Operator::AtLeast),
    ("=>", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("=<", Operator::AtMost),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
];

/// The comparisons of one alternative: apart by blanks or commas, or a range `1.2 - 1.4`.
fn all_of(text: &str) -> Option<Vec<Constraint>> {
    let mut constraints = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (operator, after) = OPERATORS
            .iter()
            .find_map(|(written, operator)| Some((*operator, rest.strip_prefix(written)?)))
            .unwrap_or((Operator::Equal, rest));
        let after = after.trim_start();
        let end = after
            .find(|c: char| c.is_whitespace() || c == ',')
            .unwrap_or(after.len());
        let (version, after) = after.split_at(end);
        let following = after.trim_start();
        if let Some(upper) = following.strip_prefix("- ") {
            let upper = upper.trim_start();
            let end = upper
                .find(|c: char| c.is_whitespace() || c == ',')
                .unwrap_or(upper.len());
            constraints.push(Constraint::new(Operator::AtLeast, version)?);
            constraints.push(Constraint::new(Operator::AtMost, upper.get(..end)?)?);
            rest = upper.get(end..)?.trim_start();
        } else {
            constraints.push(Constraint::new(operator, version)?);
            rest = following;
        }
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    (!constraints.is_empty()).then_some(constraints)
}

impl Constraint {
    fn new(operator: Operator, text: &str) -> Option<Self> {
        let bare = text.strip_prefix('v').unwrap_or(text);
        let numbers = bare
            .find(['-', '+'])
            .map_or(bare, |end| bare.get(..end).unwrap_or_default());
        let rest = bare.get(numbers.len()..)?;
        let prerelease = rest
            .split('+')
            .next()
            .filter(|_| rest.starts_with('-'))
            .unwrap_or_default();
        let parts: Vec<&str> = numbers.split('.').collect();
        let absent = |index: usize| parts.get(index).is_none_or(|part| matches!(*part, "x" | "X" | "*"));
        let digits = |part: &&str| {
            matches!(*part, "x" | "X" | "*") || (!part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        };
        if parts.len() > 3 || !parts.iter().all(digits) {
            return None;
        }
        let part = |index: usize| parts.get(index).copied().unwrap_or("0");
        let (any_major, any_minor, any_patch) = (absent(0), absent(1), absent(2));
        let written = match (any_major, any_minor, any_patch) {
            (true, ..) => format!("0.0.0{prerelease}"),
            (_, true, _) => format!("{}.0.0{prerelease}", part(0)),
            (_, _, true) => format!("{}.{}.0{prerelease}", part(0), part(1)),
            _ => bare.to_owned(),
        };
        Some(Self {
            operator,
            version: Version::parse(&written)?.semver,
            any_minor: any_minor && !any_major,
            any_patch: any_patch && !any_minor && !any_major,
            partial: any_major || any_minor || any_patch,
        })
    }

    fn holds(&self, version: &semver::Version) -> bool {
        let wanted = &self.version;
        let order = version.cmp_precedence(wanted);
        match self.operator {
            Operator::Equal if self.partial => self.tilde(version),
            Operator::Equal => order == Ordering::Equal,
            Operator::NotEqual => self.differs(version),
            Operator::Greater if self.partial => self.greater(version),
            Operator::Greater => order == Ordering::Greater,
            Operator::Less => order == Ordering::Less,
            Operator::AtLeast => order != Ordering::Less,
            Operator::AtMost if self.partial => {
                version.major < wanted.major
                    || (version.major == wanted.major && (version.minor <= wanted.minor || self.any_minor))
            }
            Operator::AtMost => order != Ordering::Greater,
            Operator::Tilde => self.tilde(version),
            Operator::Caret => self.caret(version),
        }
    }

    fn differs(&self, version: &semver::Version) -> bool {
        let wanted = &self.version;
        if self.partial {
            if wanted.major != version.major || (wanted.minor != version.minor && !self.any_minor) {
                return true;
            }
            if self.any_minor {
                return false;
            }
            if self.any_patch {
                return wanted.pre != version.pre;
            }
        }
        version.cmp_precedence(wanted) != Ordering::Equal
    }

    fn greater(&self, version: &semver::Version) -> bool {
        let wanted = &self.version;
        match version.major.cmp(&wanted.major) {
            Ordering::Equal if self.any_minor => false,
            Ordering::Equal if self.any_patch => version.minor > wanted.minor,
            Ordering::Equal => version.cmp_precedence(wanted) == Ordering::Greater,
            other => other == Ordering::Greater,
        }
    }

    /// The same minor version, or the same major where no minor is named; `~0.0.0` is everything.
    fn tilde(&self, version: &semver::Version) -> bool {
        let wanted = &self.version;
        if version.cmp_precedence(wanted) == Ordering::Less {
            return false;
        }
        let zero = (wanted.major, wanted.minor, wanted.patch) == (0, 0, 0);
        (zero && !self.any_minor && !self.any_patch)
            || (version.major == wanted.major && (version.minor == wanted.minor || self.any_minor))
    }

    /// The same first part that is not zero.
    fn caret(&self, version: &semver::Version) -> bool {
        let wanted = &self.version;
        if version.cmp_precedence(wanted) == Ordering::Less || version.major != wanted.major {
            return false;
        }
        if wanted.major > 0 || self.any_minor {
            return true;
        }
        if version.minor != wanted.minor {
            return false;
        }
        wanted.minor > 0 || self.any_patch || version.patch == wanted.patch
    }
}

/// A prerelease fulfils nothing, unless one of the comparisons names one.
fn fulfils(version: &semver::Version, all: &[Constraint]) -> bool {
    let prereleases = all.iter().any(|constraint| !constraint.version.pre.is_empty());
    (version.pre.is_empty() || prereleases) && all.iter().all(|constraint| constraint.holds(version))
}
