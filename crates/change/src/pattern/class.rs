//! Classes in brackets, Unicode groups and escapes of single characters, by Go's rules.

use regex::Regex;

use super::Invalid;
use super::translate::{DIGIT, Input, SPACE, WORD, push_literal};

/// The ASCII classes that may stand in brackets: `[[:alpha:]]`.
const ASCII_CLASSES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];

/// Reads a class from its `[` on and writes it.
pub(super) fn bracketed(input: &mut Input<'_>, pattern: &mut String) -> Result<(), Invalid> {
    let start = input.at;
    input.next();
    pattern.push('[');
    if input.eat("^") {
        pattern.push('^');
    }
    let mut first = true;
    loop {
        match input.peek() {
            None => {
                return Err(Invalid::new(
                    start,
                    "this `[` is never closed; write `\\[` for the character itself",
                ));
            }
            Some(']') if !first => {
                input.next();
                pattern.push(']');
                return Ok(());
            }
            Some(_) => item(input, pattern)?,
        }
        first = false;
    }
}

/// One item of a class: a named class, a Unicode group, a character or a range.
fn item(input: &mut Input<'_>, pattern: &mut String) -> Result<(), Invalid> {
    if ascii_class(input, pattern)? {
        return Ok(());
    }
    if let Some(group) = unicode_group(input)? {
        pattern.push_str(&group);
        return Ok(());
    }
    for (name, items) in [('d', DIGIT), ('w', WORD), ('s', SPACE)] {
        if input.eat(&format!("\\{name}")) {
            pattern.push_str(items);
            return Ok(());
        }
        if input.eat(&format!("\\{}", name.to_ascii_uppercase())) {
            for piece in ["[^", items, "]"] {
                pattern.push_str(piece);
            }
            return Ok(());
        }
    }
    let start = input.at;
    let low = character(input)?;
    push_literal(pattern, low);
    let range = input.rest().starts_with('-') && !input.rest().starts_with("-]") && input.rest().len() > 1;
    if range {
        input.next();
        let high = character(input)?;
        if high < low {
            return Err(Invalid::new(start, "a range in a class goes upwards: `a-z`, not `z-a`"));
        }
        pattern.push('-');
        push_literal(pattern, high);
    }
    Ok(())
}

fn character(input: &mut Input<'_>) -> Result<char, Invalid> {
    let at = input.at;
    match input.next() {
        Some('\\') => escaped(input, at),
        Some(c) => Ok(c),
        None => Err(Invalid::new(at, "the class ends here without `]`")),
    }
}

/// `[:name:]` or `[:^name:]` inside brackets.
fn ascii_class(input: &mut Input<'_>, pattern: &mut String) -> Result<bool, Invalid> {
    let rest = input.rest();
    let Some(inside) = rest
        .strip_prefix("[:")
        .and_then(|rest| rest.split_once(":]"))
        .map(|(inside, _)| inside)
    else {
        return Ok(false);
    };
    let name = inside.strip_prefix('^').unwrap_or(inside);
    if !ASCII_CLASSES.contains(&name) {
        return Err(Invalid::new(input.at, format!("there is no class `[:{inside}:]`")));
    }
    for piece in ["[:", inside, ":]"] {
        pattern.push_str(piece);
    }
    input.at += inside.len() + 4;
    Ok(true)
}

/// `\pL`, `\p{Greek}`, `\p{^Greek}` and their opposites with `\P`.
pub(super) fn unicode_group(input: &mut Input<'_>) -> Result<Option<String>, Invalid> {
    let at = input.at;
    let negated = if input.eat(r"\p") {
        false
    } else if input.eat(r"\P") {
        true
    } else {
        return Ok(None);
    };
    let name = match input.next() {
        Some('{') => {
            let Some((name, _)) = input.rest().split_once('}') else {
                return Err(Invalid::new(at, "a Unicode group is written `\\p{Greek}` or `\\pL`"));
            };
            input.at += name.len() + 1;
            name
        }
        Some(c) if c.is_ascii_alphabetic() => input.source.get(input.at - 1..input.at).unwrap_or_default(),
        _ => return Err(Invalid::new(at, "a Unicode group is written `\\p{Greek}` or `\\pL`")),
    };
    let (name, negated) = match name.strip_prefix('^') {
        Some(name) => (name, !negated),
        None => (name, negated),
    };
    let known = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let group = format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' });
    if !known || Regex::new(&group).is_err() {
        return Err(Invalid::new(at, format!("there is no Unicode group `{name}`")));
    }
    Ok(Some(group))
}

/// The character that an escape stands for; its backslash, at `at`, was read.
pub(super) fn escaped(input: &mut Input<'_>, at: usize) -> Result<char, Invalid> {
    let Some(c) = input.next() else {
        return Err(Invalid::new(
            at,
            "the expression ends with `\\`; write `\\\\` for the character itself",
        ));
    };
    match c {
        'a' => Ok('\x07'),
        'f' => Ok('\x0C'),
        'n' => Ok('\n'),
        'r' => Ok('\r'),
        't' => Ok('\t'),
        'v' => Ok('\x0B'),
        'x' => hexadecimal(input).ok_or_else(|| Invalid::new(at, "write `\\x7F` or `\\x{10FFFF}`")),
        '0' => Ok(octal(input, 0)),
        '1'..='7' if input.peek().is_some_and(|next| next.is_digit(8)) => Ok(octal(input, u32::from(c) - 48)),
        '1'..='9' => Err(Invalid::new(
            at,
            "references to groups do not exist inside an expression",
        )),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok(c),
        c => Err(Invalid::new(at, format!("there is no escape `\\{c}`"))),
    }
}

/// Up to two more octal digits.
fn octal(input: &mut Input<'_>, first: u32) -> char {
    let mut number = first;
    for _ in 0..2 {
        match input.peek().and_then(|c| c.to_digit(8)) {
            Some(digit) => {
                input.next();
                number = number * 8 + digit;
            }
            None => break,
        }
    }
    char::from_u32(number).unwrap_or_default()
}

fn hexadecimal(input: &mut Input<'_>) -> Option<char> {
    let digits = if input.eat("{") {
        let (digits, _) = input.rest().split_once('}')?;
        input.at += digits.len() + 1;
        digits
    } else {
        let digits = input.rest().get(..2)?;
        input.at += 2;
        digits
    };
    let proper = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_hexdigit());
    proper
        .then(|| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32))
        .flatten()
}
