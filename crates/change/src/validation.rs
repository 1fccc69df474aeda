//! The regular expressions of `configuration[].validation.regex`, with the meaning that PCRE gives them: the original's server
//! checks values with it, and expressions of automations look ahead and refer back.
//!
//! They run on the `fancy-regex` crate, which goes back and forth; how often is bounded. Called by `configuration`.

use fancy_regex::{Regex, RegexBuilder};

use crate::error::{Error, shortened};

/// How long an expression may be, in bytes.
const LONGEST: usize = 16 << 10;
/// How large a part of an expression may be when compiled.
const COMPILED_SIZE: usize = 8 << 20;
/// How often a search may go back, times the bytes of the text: what a step may cost grows with it.
const WORK: usize = 1 << 30;
/// How often a search may go back at most, and how often it always may.
const STEPS: (usize, usize) = (1_000, 1_000_000);

/// Whether an expression can be read; `field` is named in the error.
pub(crate) fn check(field: &str, source: &str) -> Result<(), Error> {
    compiled(source, 0).map(drop).map_err(|message| Error::Regex {
        field: field.to_owned(),
        pattern: shortened(source, 200),
        column: 1,
        message,
    })
}

/// Whether an expression matches somewhere in a text; fails with why nobody can tell.
pub(crate) fn is_match(source: &str, text: &str) -> Result<bool, String> {
    let regex = compiled(source, text.len()).map_err(|message| format!("it is not valid: {message}"))?;
    regex
        .is_match(text)
        .map_err(|_| "it takes too much work on this text; make it simpler".to_owned())
}

/// The expression for texts of that many bytes.
fn compiled(source: &str, bytes: usize) -> Result<Regex, String> {
    if source.len() > LONGEST {
        return Err(format!("it is longer than {} KiB", LONGEST >> 10));
    }
    let (fewest, most) = STEPS;
    RegexBuilder::new(&translated(source))
        .backtrack_limit((WORK / bytes.max(1)).clamp(fewest, most))
        .delegate_size_limit(COMPILED_SIZE)
        .delegate_dfa_size_limit(COMPILED_SIZE)
        .build()
        .map_err(|error| {
            let message = error.to_string();
            let last = message.lines().last().unwrap_or_default();
            last.trim_start_matches("error: ").trim().to_owned()
        })
}

/// The expression in the words of the crate, where they differ: classes are of ASCII, `$` may stand before a last line break, `\h`
/// is a space, and within a class brackets and operators of sets are plain characters.
fn translated(source: &str) -> String {
    let lines = source.contains("(?") && source.split("(?").skip(1).any(|rest| flags(rest).contains('m'));
    let mut out = String::with_capacity(source.len() + 16);
    let mut chars = source.chars().peekable();
    // How many characters of a class were seen.
    let mut class: Option<usize> = None;
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        let seen = class;
        class = class.map(|seen| seen + 1);
        match (c, seen) {
            ('\\', seen) => {
                let escaped = chars.next().unwrap_or_default();
                match (members(escaped), seen) {
                    (Some((members, true)), Some(_)) => out.push_str(members),
                    (Some((members, true)), None) => out.extend(["[", members, "]"]),
                    (Some((members, false)), _) => out.extend(["[^", members, "]"]),
                    (None, _) => out.extend(['\\', escaped].iter().filter(|c| **c != '\0')),
                }
            }
            ('[', None) => {
                class = Some(0);
                out.push('[');
                if next == Some('^') {
                    chars.next();
                    out.push('^');
                }
            }
            (']', Some(0)) => out.push_str("\\]"),
            (']', Some(_)) => {
                class = None;
                out.push(']');
            }
            ('[', Some(_)) if next == Some(':') => {
                // The name of a class, up to its end.
                out.push('[');
                for c in chars.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            ('[' | '&' | '~', Some(_)) => out.extend(['\\', c]),
            ('-', Some(_)) if out.ends_with('-') => out.push_str("\\-"),
            ('$', None) if !lines => out.push_str("(?=\\n?\\z)"),
            _ => out.push(c),
        }
    }
    out
}

/// The flags that a group begins with.
fn flags(group: &str) -> &str {
    let end = group.find(|c: char| !c.is_ascii_alphabetic());
    group.get(..end.unwrap_or(0)).unwrap_or_default()
}

/// What a class of one letter has in it, or, with false, has not.
fn members(letter: char) -> Option<(&'static str, bool)> {
    let members = match letter.to_ascii_lowercase() {
        'd' => "0-9",
        'w' => "0-9A-Za-z_",
        's' => " \\t\\n\\x0B\\f\\r",
        'h' => " \\t\\u{A0}",
        _ => return None,
    };
    Some((members, letter.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_mean_what_pcre_says() {
        for (regex, matching, others) in [
            ("^(?!prod-).+$", &["dev"][..], &["prod-a", ""][..]),
            ("^[a-z]+$", &["abc", "abc\n"], &["ABC", "abc\n\n"]),
            (r"^(\w)\1$", &["aa"], &["ab", "éé"]),
            (r"(?<=v)\d+\Z", &["v12", "v12\n"], &["12", "v١"]),
            (r"^a++b$", &["aab"], &["b"]),
            (r"^[a[b&&~]+$", &["a[b&~"], &["c"]),
            ("^[]a]+$", &["]a"], &["b"]),
            ("^[[:alpha:]_-]+$", &["ab_-"], &["1"]),
            (r"^[\w.-]+\h[^\W_]$", &["a.b-c\ta"], &["a.b-c\n_"]),
            ("(?m)^b$", &["a\nb\nc"], &["ab"]),
            (r"^\$[$]$", &["$$"], &["$a"]),
        ] {
            for text in matching {
                assert_eq!(is_match(regex, text), Ok(true), "{regex} {text:?}");
            }
            for text in others {
                assert_eq!(is_match(regex, text), Ok(false), "{regex} {text:?}");
            }
        }
    }

    #[test]
    fn what_cannot_be_read_or_takes_too_long_is_said() {
        for regex in ["(", "[a", "a**?+*", "\\", &"(".repeat(5_000), &"a".repeat(LONGEST + 1)] {
            let error = check("spec.configuration[0].validation.regex", regex).expect_err(regex);
            assert_eq!(error.reason(), "InvalidRegex");
        }
        let text = "a".repeat(64 << 10);
        let error = is_match(r"^(?=(a+)+$)(a|aa)+\1b$", &text).expect_err("much work");
        assert!(error.contains("too much work"), "{error}");
    }
}
