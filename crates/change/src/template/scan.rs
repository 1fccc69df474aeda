//! Cuts a template into text, outputs and tags, with the expression that the original scans with: an output stands on one line,
//! and what is not closed is text.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// A piece of a template. Ranges are bytes of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Text(Range<usize>),
    /// `{{ ... }}`: where its expression stands.
    Output(Range<usize>),
    /// `{% name ... %}`.
    Tag {
        name: Range<usize>,
        args: Range<usize>,
        whole: Range<usize>,
    },
    /// `{{-` or `{%-`: white space before goes.
    TrimLeft,
    /// `-}}` or `-%}`: white space after goes.
    TrimRight,
}

/// Outputs and tags. White space is Go's `\s`; names of tags are ASCII.
static PIECE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let space = r"[\t\n\x0C\r ]*";
    let output = format!(r"\{{\{{-?{space}(?<output>.+?){space}-?\}}\}}");
    let tag = format!(r"\{{%-?{space}(?<name>[0-9A-Za-z_]+)(?:[\t\n\x0C\r ]+(?<args>(?:[^%]|%[^}}])+?))?{space}-?%\}}");
    Regex::new(&format!("{output}|{tag}")).ok()
});

/// Whether a text has nothing that a template would change.
pub(super) fn is_plain(source: &str) -> bool {
    !source.contains("{{") && !source.contains("{%")
}

/// The pieces of a template, in order.
pub(super) fn scan(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut done = 0;
    for found in PIECE.iter().flat_map(|piece| piece.captures_iter(source)) {
        let Some(whole) = found.get(0) else { continue };
        if done < whole.start() {
            tokens.push(Token::Text(done..whole.start()));
        }
        done = whole.end();
        let text = whole.as_str();
        if text[2..].starts_with('-') {
            tokens.push(Token::TrimLeft);
        }
        if let Some(output) = found.name("output") {
            tokens.push(Token::Output(output.range()));
        } else if let Some(name) = found.name("name") {
            let args = found
                .name("args")
                .map_or_else(|| name.end()..name.end(), |args| args.range());
            tokens.push(Token::Tag {
                name: name.range(),
                args,
                whole: whole.range(),
            });
        }
        if text[..text.len() - 2].ends_with('-') {
            tokens.push(Token::TrimRight);
        }
    }
    if done < source.len() {
        tokens.push(Token::Text(done..source.len()));
    }
    tokens
}
