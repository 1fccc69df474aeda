//! File patterns as Go's `filepath.Glob` reads them: `*`, `?` and `[...]` inside one name, and no `**`.

use crate::error::Error;
use crate::pattern::Pattern;

/// A compiled pattern over paths.
pub(crate) struct Glob {
    pattern: Pattern,
}

impl Glob {
    /// Compiles a pattern; `field` is named in the error.
    pub(crate) fn new(field: &str, glob: &str) -> Result<Self, Error> {
        let refuse = |message: String| Error::Path {
            field: field.to_owned(),
            path: glob.to_owned(),
            message,
        };
        let regex =
            as_regex(glob).ok_or_else(|| refuse("has a `[` without its `]`, or a range that is none".to_owned()))?;
        let pattern = Pattern::new(&regex).map_err(|invalid| refuse(format!("is no pattern: {}", invalid.message)))?;
        Ok(Self { pattern })
    }

    /// Whether the pattern matches the whole path.
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.pattern.is_match(path)
    }
}

fn as_regex(glob: &str) -> Option<String> {
    let mut regex = r"(?s)\A".to_owned();
    let mut rest = glob;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..)?;
        match c {
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' => rest = class(rest, &mut regex)?,
            c => push(&mut regex, c),
        }
    }
    regex.push_str(r"\z");
    Some(regex)
}

/// `[abc]`, `[a-z]` or `[^a-z]`, behind its `[`. None of them matches a slash.
fn class<'g>(rest: &'g str, regex: &mut String) -> Option<&'g str> {
    let (inside, after) = rest.split_once(']')?;
    let (negated, items) = match inside.strip_prefix('^') {
        Some(items) => (true, items),
        None => (false, inside),
    };
    let mut chars = items.chars().peekable();
    chars.peek()?;
    regex.push_str(if negated { "[^/" } else { "[" });
    while let Some(low) = chars.next() {
        if low == '-' || low == '/' {
            return None;
        }
        push(regex, low);
        if chars.next_if_eq(&'-').is_some() {
            regex.push('-');
            push(regex, chars.next()?);
        }
    }
    regex.push(']');
    Some(after)
}

/// A character that stands for itself.
fn push(regex: &mut String, c: char) {
    if c.is_ascii() && !c.is_ascii_alphanumeric() {
        regex.push('\\');
    }
    regex.push(c);
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn patterns() {
        for (glob, matching, others) in [
            (
                "old/*.yaml",
                vec!["old/a.yaml", "old/.yaml"],
                vec!["old/sub/b.yaml", "old/a.yml", "x/old/a.yaml", "old/a.yaml.bak"],
            ),
            ("a?c", vec!["abc", "aéc"], vec!["ac", "a/c"]),
            ("[a-c]x", vec!["ax", "cx"], vec!["dx", "-x"]),
            ("[^a-c]x", vec!["dx"], vec!["ax", "/x"]),
            ("a.b+c(d)", vec!["a.b+c(d)"], vec!["aXb+c(d)"]),
            ("*/x", vec!["a/x"], vec!["x", "a/b/x"]),
            ("**/x", vec!["a/x"], vec!["a/b/x"]),
        ] {
            let compiled = Glob::new("f", glob).expect(glob);
            assert!(
                matching.iter().all(|path| compiled.matches(path)),
                "{glob} {matching:?}"
            );
            assert!(!others.iter().any(|path| compiled.matches(path)), "{glob} {others:?}");
        }
        for glob in ["a[", "[]", "[z-a]", "[-a]", "[a-]"] {
            assert_eq!(
                Glob::new("f", glob).map(|_| ()).expect_err(glob).reason(),
                "InvalidPath"
            );
        }
    }
}
