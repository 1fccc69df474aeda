//! What a match becomes: `$1`, `${1}`, `$name`, `${name}` and `$$`, by Go's rules.

use super::Pattern;

/// A replacement, taken apart once for all matches.
#[derive(Clone, Debug)]
pub(crate) struct Replacement {
    pub(super) parts: Vec<Part>,
    /// Names that the expression has no group for; they stand for nothing.
    unknown: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    /// A group by number, or all groups of one name: the first that took part in the match counts.
    Groups(Vec<usize>),
}

impl Replacement {
    /// The replacement with its references.
    pub(crate) fn expanded(text: &str, pattern: &Pattern) -> Self {
        let mut replacement = Self {
            parts: Vec::new(),
            unknown: Vec::new(),
        };
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            replacement.push(before);
            rest = if let Some(after) = after.strip_prefix('$') {
                replacement.push("$");
                after
            } else if let Some((name, after)) = reference(after) {
                replacement.refer(name, pattern);
                after
            } else {
                replacement.push("$");
                after
            };
        }
        replacement.push(rest);
        replacement
    }

    /// The replacement as it is, `$` included.
    pub(crate) fn literal(text: &str) -> Self {
        Self {
            parts: vec![Part::Text(text.to_owned())],
            unknown: Vec::new(),
        }
    }

    /// Names of groups that the expression does not have.
    pub(crate) fn unknown(&self) -> &[String] {
        &self.unknown
    }

    fn push(&mut self, text: &str) {
        match self.parts.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.parts.push(Part::Text(text.to_owned())),
        }
    }

    fn refer(&mut self, name: &str, pattern: &Pattern) {
        let number = number(name);
        let meant = |(index, group): (usize, &Option<String>)| {
            let hit = number.map_or_else(|| group.as_deref() == Some(name), |number| number == index);
            hit.then_some(index)
        };
        let groups: Vec<usize> = pattern.groups.iter().enumerate().filter_map(meant).collect();
        if groups.is_empty() {
            self.unknown.push(name.to_owned());
        } else {
            self.parts.push(Part::Groups(groups));
        }
    }
}

/// The name that follows a `$`, and what follows the name. The name is as long as can be.
fn reference(text: &str) -> Option<(&str, &str)> {
    let (inside, braced) = match text.strip_prefix('{') {
        Some(inside) => (inside, true),
        None => (text, false),
    };
    let end = inside
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(inside.len());
    let (name, rest) = inside.split_at_checked(end)?;
    if name.is_empty() {
        return None;
    }
    if braced {
        rest.strip_prefix('}').map(|rest| (name, rest))
    } else {
        Some((name, rest))
    }
}

/// The number of a group; with a leading zero, or very long, it is a name.
fn number(name: &str) -> Option<usize> {
    let digits = name.bytes().all(|b| b.is_ascii_digit()) && name.len() <= 9;
    (digits && (name.len() == 1 || !name.starts_with('0')))
        .then(|| name.parse().ok())
        .flatten()
}
