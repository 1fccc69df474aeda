//! Cuts an expression into words. The longest word wins, as in the original: `1..3` is a range, `a-b` one name.

use super::Fault;
use super::value::Value;

/// A word and where it begins in the template.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) kind: Kind,
    pub(super) at: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Literal(Value),
    Name(String),
    /// `name:`, before arguments.
    Keyword(String),
    /// `.name`.
    Property(String),
    Equal,
    NotEqual,
    GreaterOrEqual,
    LessOrEqual,
    And,
    Or,
    Contains,
    In,
    DotDot,
    /// A character of its own, such as `|`, `(`, `<` or one that nothing understands.
    Other(char),
    End,
}

/// The words of `text`, which begins at byte `base` of the template.
pub(super) fn words(text: &str, base: usize) -> Result<Vec<Word>, Fault> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let at = base + text.len() - rest.len();
        let (kind, length) = if c.is_ascii_whitespace() || c == '\x0B' {
            rest = &rest[1..];
            continue;
        } else {
            word(rest, c, at)?
        };
        words.push(Word { kind, at });
        rest = &rest[length..];
    }
    words.push(Word {
        kind: Kind::End,
        at: base + text.len(),
    });
    Ok(words)
}

fn word(rest: &str, c: char, at: usize) -> Result<(Kind, usize), Fault> {
    if let Some(length) = number_length(rest) {
        return Ok((Kind::Literal(number(&rest[..length], at)?), length));
    }
    if let Some(name) = name(rest) {
        return Ok(named(rest, name));
    }
    if c == '"' || c == '\'' {
        if let Some(end) = rest[1..].find(c) {
            return Ok((Kind::Literal(Value::text(&rest[1..=end])), end + 2));
        }
        return Err(Fault::message(at, format!("this text is never closed with {c}")));
    }
    if let Some(property) = rest.strip_prefix('.').and_then(name) {
        return Ok((Kind::Property(property.to_owned()), property.len() + 1));
    }
    for (text, kind) in [
        ("==", Kind::Equal),
        ("!=", Kind::NotEqual),
        (">=", Kind::GreaterOrEqual),
        ("<=", Kind::LessOrEqual),
        ("..", Kind::DotDot),
    ] {
        if rest.starts_with(text) {
            return Ok((kind, text.len()));
        }
    }
    Ok((Kind::Other(c), c.len_utf8()))
}

/// A name with letters, digits, `_`, `-` and perhaps a `?` at its end.
fn name(rest: &str) -> Option<&str> {
    let first = rest.chars().next()?;
    if !first.is_alphabetic() && first != '_' {
        return None;
    }
    let body = rest
        .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
        .unwrap_or(rest.len());
    let end = if rest[body..].starts_with('?') { body + 1 } else { body };
    rest.get(..end)
}

fn named(rest: &str, name: &str) -> (Kind, usize) {
    if rest[name.len()..].starts_with(':') {
        return (Kind::Keyword(name.to_owned()), name.len() + 1);
    }
    let kind = match name {
        "true" => Kind::Literal(Value::Bool(true)),
        "false" => Kind::Literal(Value::Bool(false)),
        "nil" => Kind::Literal(Value::Nil),
        "and" => Kind::And,
        "or" => Kind::Or,
        "contains" => Kind::Contains,
        "in" => Kind::In,
        _ => Kind::Name(name.to_owned()),
    };
    (kind, name.len())
}

/// How long the number is that stands here: `-1`, `12`, `1.5`, but not `1.`.
fn number_length(rest: &str) -> Option<usize> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let sign = usize::from(rest.starts_with('-'));
    let whole = digits(&rest[sign..]);
    if whole == 0 {
        return None;
    }
    let length = sign + whole;
    let fraction = rest[length..].strip_prefix('.').map_or(0, digits);
    Some(if fraction == 0 { length } else { length + 1 + fraction })
}

fn number(text: &str, at: usize) -> Result<Value, Fault> {
    let value = if text.contains('.') {
        text.parse().ok().map(Value::Float)
    } else {
        text.parse().ok().map(Value::Int)
    };
    value.ok_or_else(|| Fault::message(at, format!("the number {text} is too large")))
}
