//! Filters that change the case of letters, and the ways to write several words as one.

use super::super::value::Value;
use super::Filter;

pub(super) fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "upper" | "upcase" => Filter::new(2, |call| Ok(Value::text(mapped(&call.text(0), upper)))),
        "lower" | "downcase" => Filter::new(2, |call| Ok(Value::text(mapped(&call.text(0), lower)))),
        "title" => Filter::new(1, |call| Ok(Value::text(title(&call.text(0))))),
        "untitle" => Filter::new(1, |call| Ok(Value::text(untitle(&call.text(0))))),
        "swapcase" => Filter::new(1, |call| Ok(Value::text(mapped(&call.text(0), swapped)))),
        "nospace" => Filter::new(1, |call| {
            Ok(Value::text(
                call.text(0).chars().filter(|c| !c.is_whitespace()).collect::<String>(),
            ))
        }),
        "initials" => Filter::new(1, |call| Ok(Value::text(initials(&call.text(0))))),
        "snakecase" => Filter::new(1, |call| Ok(Value::text(lower_with(&call.text(0), '_')))),
        "kebabcase" => Filter::new(1, |call| Ok(Value::text(lower_with(&call.text(0), '-')))),
        "camelcase" => Filter::new(1, |call| Ok(Value::text(pascal(&call.text(0))))),
        _ => return None,
    })
}

fn mapped(text: &str, map: impl Fn(char) -> char) -> String {
    text.chars().map(map).collect()
}

/// The capital of a letter, if that is one character: Go leaves others alone.
pub(super) fn upper(c: char) -> char {
    let mut capitals = c.to_uppercase();
    match (capitals.next(), capitals.next()) {
        (Some(capital), None) => capital,
        _ => c,
    }
}

fn lower(c: char) -> char {
    let mut small = c.to_lowercase();
    match (small.next(), small.next()) {
        (Some(small), None) => small,
        _ => c,
    }
}

fn swapped(c: char) -> char {
    if c.is_uppercase() { lower(c) } else { upper(c) }
}

/// Every word with a capital; a word begins behind what is no letter, digit or `_`.
fn title(text: &str) -> String {
    let mut previous = ' ';
    mapped_with(text, |c| {
        let begins =
            !(previous.is_alphanumeric() || previous == '_') && (previous.is_ascii() || previous.is_whitespace());
        previous = c;
        if begins { upper(c) } else { c }
    })
}

/// Every word with a small letter; a word begins behind white space.
fn untitle(text: &str) -> String {
    let mut begins = true;
    mapped_with(text, |c| {
        let changed = if begins && !c.is_whitespace() { lower(c) } else { c };
        begins = c.is_whitespace();
        changed
    })
}

fn mapped_with(text: &str, map: impl FnMut(char) -> char) -> String {
    text.chars().map(map).collect()
}

fn initials(text: &str) -> String {
    text.split_whitespace().filter_map(|word| word.chars().next()).collect()
}

fn is_connector(c: char) -> bool {
    c == '-' || c == '_' || c.is_whitespace()
}

/// What a run of characters is, for `snakecase` and `kebabcase`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    Number,
    Upper,
    Alphabet,
    Connector,
    Punctuation,
    Other,
    End,
}

/// Cuts off the next run. The last of several capitals belongs to the small letters behind it: `HTTPServer` is `HTTP`, `Server`.
fn next_run(text: &str) -> (Run, &str, &str) {
    let Some(first) = text.chars().next() else {
        return (Run::End, "", "");
    };
    let while_so = |so: &dyn Fn(char) -> bool| text.find(|c| !so(c)).unwrap_or(text.len());
    let is_letter = |c: char| c.is_alphabetic() && !c.is_uppercase();
    let (run, end) = if is_connector(first) {
        (Run::Connector, while_so(&is_connector))
    } else if is_punctuation(first) {
        (Run::Punctuation, while_so(&is_punctuation))
    } else if first.is_uppercase() {
        upper_run(text)
    } else if is_letter(first) {
        (Run::Alphabet, while_so(&is_letter))
    } else if first.is_numeric() {
        (Run::Number, while_so(&char::is_numeric))
    } else {
        (
            Run::Other,
            while_so(&|c| !is_connector(c) && !c.is_alphanumeric() && !is_punctuation(c)),
        )
    };
    let (run_text, rest) = text.split_at(end);
    (run, run_text, rest)
}

fn upper_run(text: &str) -> (Run, usize) {
    let capitals = text.find(|c: char| !c.is_uppercase()).unwrap_or(text.len());
    let small_follow = text[capitals..].chars().next().is_some_and(char::is_alphabetic);
    let count = text[..capitals].chars().count();
    if !small_follow {
        return (Run::Upper, capitals);
    }
    if count > 1 {
        let last = text[..capitals].char_indices().next_back().map_or(0, |(at, _)| at);
        return (Run::Upper, last);
    }
    let rest = &text[capitals..];
    let small = rest
        .find(|c: char| !c.is_alphabetic() || c.is_uppercase())
        .unwrap_or(rest.len());
    (Run::Upper, capitals + small)
}

fn is_punctuation(c: char) -> bool {
    // What Go calls punctuation is, among ASCII, everything that is no letter, digit or symbol.
    if c.is_ascii() {
        return c.is_ascii_punctuation() && !matches!(c, '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~');
    }
    matches!(u32::from(c), 0x2010..=0x2027 | 0x2030..=0x205E | 0x3001..=0x3003 | 0x3008..=0x3011)
        || "¡§«¶·»¿".contains(c)
}

/// Words in small letters with `connector` between them. A number belongs to the word before it, unless small letters follow.
fn lower_with(text: &str, connector: char) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let (mut run, mut word, mut rest) = next_run(text);
    while !rest.is_empty() {
        if run != Run::Connector {
            push_lower(&mut out, run, word, connector);
        }
        let (before, before_word) = (run, word);
        (run, word, rest) = next_run(rest);
        match before {
            Run::Number => {
                while matches!(run, Run::Alphabet | Run::Number) {
                    push_lower(&mut out, run, word, connector);
                    (run, word, rest) = next_run(rest);
                }
                connect(&mut out, run, connector);
            }
            Run::Connector => push_lower(&mut out, before, before_word, connector),
            Run::Punctuation => {}
            _ if run != Run::Number => connect(&mut out, run, connector),
            _ if rest.is_empty() => {}
            _ => {
                let number = word;
                (run, word, rest) = next_run(rest);
                if run == Run::Alphabet {
                    out.push(connector);
                    push_lower(&mut out, Run::Number, number, connector);
                    while matches!(run, Run::Alphabet | Run::Number) {
                        push_lower(&mut out, run, word, connector);
                        (run, word, rest) = next_run(rest);
                    }
                } else {
                    push_lower(&mut out, Run::Number, number, connector);
                }
                connect(&mut out, run, connector);
            }
        }
    }
    push_lower(&mut out, run, word, connector);
    out
}

fn connect(out: &mut String, next: Run, connector: char) {
    if !matches!(next, Run::End | Run::Punctuation | Run::Connector) {
        out.push(connector);
    }
}

fn push_lower(out: &mut String, run: Run, word: &str, connector: char) {
    match run {
        Run::Connector => out.extend(word.chars().map(|_| connector)),
        _ => out.extend(word.chars().map(lower)),
    }
}

/// `SomeWords`. Connectors in front stay, of several between words all but one stay.
fn pascal(text: &str) -> String {
    let front = text.find(|c| !is_connector(c)).unwrap_or(text.len());
    let (kept, rest) = text.split_at(front);
    let mut out = kept.to_owned();
    let mut chars = rest.chars();
    let Some(first) = chars.next() else { return out };
    // While capitals follow a capital, they become small: GOLANG is Golang.
    let mut in_capitals = first.is_uppercase();
    let mut previous = upper(first);
    for c in chars {
        let current = if is_connector(previous) && is_connector(c) {
            out.push(previous);
            previous = c;
            continue;
        } else if is_connector(previous) {
            in_capitals = c.is_uppercase();
            upper(c)
        } else {
            out.push(previous);
            if in_capitals && c.is_uppercase() {
                lower(c)
            } else {
                in_capitals = false;
                c
            }
        };
        previous = current;
    }
    out.push(previous);
    out
}
