//! Which of the candidates an observer fires with. Pure: candidates in the order of their source come in, the one
//! that is later than the last one comes out, as its source spells it.

mod renovate;
mod semantic;

use regex::Regex;

use crate::error::Error;

/// How versions are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By semantic version; one `v` before it and missing parts are forgiven.
    Semver,
    /// The first one in the order of the source.
    Latest,
    /// By named groups of the format.
    Renovate {
        /// Leaves out what has a `prerelease`.
        ignore_unstable: bool,
    },
}

impl Order {
    /// As it stands in manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Semver => "SEMVER",
            Self::Latest => "LATEST",
            Self::Renovate { .. } => "RENOVATE",
        }
    }
}

/// The rules of one observer, checked.
#[derive(Debug, Clone)]
pub struct Rules(Scheme);

#[derive(Debug, Clone)]
enum Scheme {
    Semver(Option<Regex>),
    Latest(Option<Regex>),
    Renovate {
        format: renovate::Format,
        ignore_unstable: bool,
    },
}

impl Rules {
    /// `format` is a regular expression, and what it does not match is no candidate. For RENOVATE its named groups
    /// say what is what; for the others its first group, or without one the whole match, is what is compared.
    pub fn new(order: Order, format: Option<&str>) -> Result<Self, Error> {
        let format = format.filter(|format| !format.is_empty()).map(compile).transpose()?;
        Ok(Self(match order {
            Order::Semver => Scheme::Semver(format),
            Order::Latest => Scheme::Latest(format),
            Order::Renovate { ignore_unstable } => Scheme::Renovate {
                format: renovate::Format::new(format)?,
                ignore_unstable,
            },
        }))
    }

    fn order(&self) -> Order {
        match self.0 {
            Scheme::Semver(_) => Order::Semver,
            Scheme::Latest(_) => Order::Latest,
            Scheme::Renovate { ignore_unstable, .. } => Order::Renovate { ignore_unstable },
        }
    }
}

fn compile(format: &str) -> Result<Regex, Error> {
    Regex::new(format).map_err(|error| {
        // The last line says what is wrong; those before it draw where.
        let why = error
            .to_string()
            .lines()
            .last()
            .unwrap_or_default()
            .trim_start_matches("error: ")
            .to_owned();
        Error::InvalidFormat {
            format: format.to_owned(),
            why,
        }
    })
}

/// The candidate that is strictly later than `last`, or than `initial` as long as nothing has fired; `None` when
/// nothing is. Without either, or where that baseline is no version by these rules, the newest fires.
pub fn pick<'a>(
    rules: &Rules,
    last: Option<&str>,
    initial: Option<&str>,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Result<Option<String>, Error> {
    let candidates: Vec<&str> = candidates.into_iter().filter(|text| !text.is_empty()).collect();
    let Some(example) = candidates.first() else {
        return Err(Error::NoCandidates);
    };
    let none = || Error::NoVersions {
        order: rules.order().as_str(),
        count: candidates.len(),
        example: (*example).to_owned(),
    };
    let baseline = last.or(initial).filter(|text| !text.is_empty());
    let newest = match &rules.0 {
        Scheme::Latest(format) => {
            let mut matching = candidates
                .iter()
                .copied()
                .filter(|text| captured(format.as_ref(), text).is_some());
            let first = matching.next().ok_or_else(none)?;
            // A source order says which is first and not which is later: another one is a new one.
            (Some(first) != baseline).then_some(first)
        }
        Scheme::Semver(format) => {
            let version = |text| semantic::parse(captured(format.as_ref(), text)?);
            let versions = read(&candidates, version).ok_or_else(none)?;
            later(versions, baseline.and_then(version))
        }
        Scheme::Renovate {
            format,
            ignore_unstable,
        } => {
            let readings = read(&candidates, |text| format.read(text)).ok_or_else(none)?;
            let baseline = baseline.and_then(|text| format.read(text));
            let flavour = baseline.as_ref().and_then(|last| last.compatibility.as_ref());
            let wanted = |reading: &renovate::Reading| {
                let same_flavour = flavour.is_none_or(|flavour| reading.compatibility.as_ref() == Some(flavour));
                same_flavour && !(*ignore_unstable && reading.version.is_unstable())
            };
            let readings = readings.into_iter().filter(|(_, reading)| wanted(reading));
            let versions = readings.map(|(text, reading)| (text, reading.version)).collect();
            later(versions, baseline.map(|last| last.version))
        }
    };
    Ok(newest.map(str::to_owned))
}

/// What of a text is compared; `None` when the format does not match.
fn captured<'a>(format: Option<&Regex>, text: &'a str) -> Option<&'a str> {
    let Some(format) = format else { return Some(text) };
    let captures = format.captures(text)?;
    let group = if captures.len() > 1 {
        captures.get(1)
    } else {
        captures.get(0)
    };
    group.map(|group| group.as_str())
}

/// The candidates that are versions; `None` when none is, which a person should hear of.
fn read<'a, V>(candidates: &[&'a str], version: impl Fn(&'a str) -> Option<V>) -> Option<Vec<(&'a str, V)>> {
    let versions: Vec<_> = candidates
        .iter()
        .filter_map(|text| Some((*text, version(text)?)))
        .collect();
    (!versions.is_empty()).then_some(versions)
}

/// The greatest version, if it is greater than the baseline. Of equal ones the first by text, so that the order of
/// the source does not matter.
fn later<V: Ord>(versions: Vec<(&str, V)>, baseline: Option<V>) -> Option<&str> {
    let greatest = versions
        .into_iter()
        .max_by(|(a, left), (b, right)| left.cmp(right).then_with(|| b.cmp(a)));
    greatest
        .filter(|(_, version)| baseline.is_none_or(|last| *version > last))
        .map(|(text, _)| text)
}

#[cfg(test)]
mod tests;
