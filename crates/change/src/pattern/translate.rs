//! Reads an expression by Go's rules and writes it for the regex crate.
//!
//! What differs: `\d \w \s \b` are ASCII in Go; `\Q..\E`, octal escapes and `{` as itself exist; look-around, back-references,
//! set operations in classes, the flags `x`, `u`, `R`, a repeat after a repeat, and repeat counts over 1000 do not.

use std::fmt::Write as _;

use super::class;
use super::{DEEPEST, Invalid};

/// What `\d`, `\w` and `\s` mean in Go, as items of a class.
pub(super) const DIGIT: &str = "0-9";
pub(super) const WORD: &str = "0-9A-Za-z_";
pub(super) const SPACE: &str = r"\t\n\x0C\r\x20";

/// The largest count in braces, also multiplied over braces that stand in one another.
const MOST_REPEATS: u32 = 1000;

/// An expression for the regex crate. Groups have no names there; Go's names are kept here.
pub(super) struct Translated {
    pub(super) pattern: String,
    pub(super) groups: Vec<Option<String>>,
}

/// Translates one expression.
pub(super) fn translate(source: &str) -> Result<Translated, Invalid> {
    let mut translator = Translator {
        input: Input { source, at: 0 },
        pattern: String::with_capacity(source.len() + 16),
        groups: vec![None],
        open: Vec::new(),
        last: Last::Nothing,
        most_repeats: 0,
    };
    while let Some(c) = translator.input.peek() {
        translator.step(c)?;
    }
    if let Some(frame) = translator.open.last() {
        return Err(Invalid::new(
            frame.at,
            "this `(` is never closed; write `\\(` for the character itself",
        ));
    }
    Ok(Translated {
        pattern: translator.pattern,
        groups: translator.groups,
    })
}

/// The expression and how far it was read.
pub(super) struct Input<'s> {
    pub(super) source: &'s str,
    pub(super) at: usize,
}

impl<'s> Input<'s> {
    pub(super) fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Reads `text` if it comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }
}

/// What the repeat operators look at: the item before them, with the counts that stand in it multiplied.
#[derive(Clone, Copy)]
enum Last {
    Nothing,
    Item(u32),
    Repeat,
}

/// A group that is open.
struct Frame {
    at: usize,
    outer_repeats: u32,
}

struct Translator<'s> {
    input: Input<'s>,
    pattern: String,
    groups: Vec<Option<String>>,
    open: Vec<Frame>,
    last: Last,
    /// The largest product of counts in the group that is open now.
    most_repeats: u32,
}

impl Translator<'_> {
    fn step(&mut self, c: char) -> Result<(), Invalid> {
        match c {
            '(' => self.open_group(),
            ')' => self.close_group(),
            '|' => {
                self.input.next();
                self.pattern.push('|');
                self.last = Last::Nothing;
                Ok(())
            }
            '*' | '+' | '?' => {
                let at = self.input.at;
                self.input.next();
                self.repeat(at, &c.to_string(), 1)
            }
            '{' => self.braces(),
            '[' => {
                class::bracketed(&mut self.input, &mut self.pattern)?;
                self.item();
                Ok(())
            }
            '\\' => self.escape(),
            '.' | '^' | '$' => {
                self.input.next();
                self.pattern.push(c);
                self.item();
                Ok(())
            }
            _ => {
                self.input.next();
                self.literal(c);
                Ok(())
            }
        }
    }

    fn item(&mut self) {
        self.last = Last::Item(1);
    }

    fn literal(&mut self, c: char) {
        push_literal(&mut self.pattern, c);
        self.item();
    }

    fn open_group(&mut self) -> Result<(), Invalid> {
        let at = self.input.at;
        self.input.next();
        if self.input.eat("?") {
            return self.special_group(at);
        }
        self.groups.push(None);
        self.enter(at, "(")
    }

    fn enter(&mut self, at: usize, opening: &str) -> Result<(), Invalid> {
        self.open.push(Frame {
            at,
            outer_repeats: self.most_repeats,
        });
        if u32::try_from(self.open.len()).is_ok_and(|depth| depth > DEEPEST) {
            return Err(Invalid::new(at, "more than 200 groups stand in one another"));
        }
        self.most_repeats = 0;
        self.last = Last::Nothing;
        self.pattern.push_str(opening);
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), Invalid> {
        let at = self.input.at;
        self.input.next();
        let Some(frame) = self.open.pop() else {
            return Err(Invalid::new(
                at,
                "this `)` closes nothing; write `\\)` for the character itself",
            ));
        };
        self.pattern.push(')');
        let inside = self.most_repeats.max(1);
        self.most_repeats = inside.max(frame.outer_repeats);
        self.last = Last::Item(inside);
        Ok(())
    }

    /// What follows `(?`: a name, flags, or something that Go does not have.
    fn special_group(&mut self, at: usize) -> Result<(), Invalid> {
        let rest = self.input.rest();
        if rest.starts_with(['=', '!']) || rest.starts_with("<=") || rest.starts_with("<!") {
            return Err(Invalid::new(
                at,
                "look-ahead and look-behind do not exist here; match the neighbours too, capture them in groups, and put them back with `${1}`",
            ));
        }
        if self.input.eat("P<") || self.input.eat("<") {
            return self.named_group(at);
        }
        self.flags(at)
    }

    fn named_group(&mut self, at: usize) -> Result<(), Invalid> {
        let rest = self.input.rest();
        let name: String = rest
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        self.input.at += name.len();
        if name.is_empty() || !self.input.eat(">") {
            return Err(Invalid::new(
                at,
                "a group's name is letters, digits and `_`: `(?P<name>...)`",
            ));
        }
        self.groups.push(Some(name));
        self.enter(at, "(")
    }

    fn flags(&mut self, at: usize) -> Result<(), Invalid> {
        let mut flags = String::new();
        while let Some(c) = self.input.next() {
            match c {
                'i' | 'm' | 's' | 'U' => flags.push(c),
                '-' if !flags.contains('-') => flags.push(c),
                ':' | ')' if flags.ends_with('-') => break,
                ':' => return self.enter(at, &format!("(?{flags}:")),
                ')' => {
                    if !flags.is_empty() {
                        for piece in ["(?", &flags, ")"] {
                            self.pattern.push_str(piece);
                        }
                    }
                    self.last = Last::Nothing;
                    return Ok(());
                }
                _ => break,
            }
        }
        Err(Invalid::new(
            at,
            "after `(?` comes `:`, `P<name>` or flags among `i`, `m`, `s`, `U`",
        ))
    }

    /// `{n}`, `{n,}` or `{n,m}`; anything else in braces is text.
    fn braces(&mut self) -> Result<(), Invalid> {
        let at = self.input.at;
        let Some((least, most, length)) = counts(self.input.rest()) else {
            self.input.next();
            self.literal('{');
            return Ok(());
        };
        let largest = most.unwrap_or(least);
        if largest > MOST_REPEATS || least > largest {
            return Err(Invalid::new(
                at,
                "a repeat count is at most 1000, and the first at most the second",
            ));
        }
        let written = match most {
            Some(most) if most == least => format!("{{{least}}}"),
            Some(most) => format!("{{{least},{most}}}"),
            None => format!("{{{least},}}"),
        };
        self.input.at += length;
        self.repeat(at, &written, largest)
    }

    fn repeat(&mut self, at: usize, operator: &str, times: u32) -> Result<(), Invalid> {
        let lazy = self.input.eat("?");
        match self.last {
            Last::Nothing => {
                return Err(Invalid::new(
                    at,
                    format!("nothing stands before `{operator}` that could be repeated"),
                ));
            }
            Last::Repeat => {
                return Err(Invalid::new(
                    at,
                    format!("`{operator}` follows another repeat; put the first into a group: `(?:x*)*`"),
                ));
            }
            Last::Item(inside) => {
                let product = inside.saturating_mul(times);
                if product > MOST_REPEATS {
                    return Err(Invalid::new(
                        at,
                        "repeat counts that stand in one another multiply to over 1000",
                    ));
                }
                self.most_repeats = self.most_repeats.max(product);
            }
        }
        self.pattern.push_str(operator);
        if lazy {
            self.pattern.push('?');
        }
        self.last = Last::Repeat;
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Invalid> {
        let at = self.input.at;
        if self.input.eat(r"\Q") {
            self.quoted();
            return Ok(());
        }
        let written = [
            (r"\A", r"\A"),
            (r"\z", r"\z"),
            (r"\b", r"(?-u:\b)"),
            (r"\B", r"(?-u:\B)"),
            (r"\d", "[0-9]"),
            (r"\D", "[^0-9]"),
            (r"\w", "[0-9A-Za-z_]"),
            (r"\W", "[^0-9A-Za-z_]"),
            (r"\s", r"[\t\n\x0C\r\x20]"),
            (r"\S", r"[^\t\n\x0C\r\x20]"),
        ]
        .into_iter()
        .find_map(|(go, ours)| self.input.eat(go).then_some(ours));
        if let Some(written) = written {
            self.pattern.push_str(written);
        } else if let Some(group) = class::unicode_group(&mut self.input)? {
            self.pattern.push_str(&group);
        } else {
            self.input.next();
            let c = class::escaped(&mut self.input, at)?;
            push_literal(&mut self.pattern, c);
        }
        self.item();
        Ok(())
    }

    /// `\Q` was read: everything up to `\E`, or to the end, is text.
    fn quoted(&mut self) {
        let rest = self.input.rest();
        let (text, length) = match rest.find(r"\E") {
            Some(end) => (rest.get(..end).unwrap_or_default(), end + 2),
            None => (rest, rest.len()),
        };
        for c in text.chars() {
            self.literal(c);
        }
        self.input.at += length;
    }
}

/// The counts of `{n}`, `{n,}`, `{n,m}` and how many bytes they take.
fn counts(rest: &str) -> Option<(u32, Option<u32>, usize)> {
    let end = rest.find('}')?;
    let inside = rest.get(1..end)?;
    let number = |text: &str| -> Option<u32> {
        let proper =
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
        // A count with more digits than fit is too large in any case.
        proper.then(|| text.parse().unwrap_or(u32::MAX))
    };
    let (least, most) = match inside.split_once(',') {
        None => (number(inside)?, Some(number(inside)?)),
        Some((least, "")) => (number(least)?, None),
        Some((least, most)) => (number(least)?, Some(number(most)?)),
    };
    Some((least, most, end + 1))
}

/// Writes a character so that it stands for itself.
pub(super) fn push_literal(pattern: &mut String, c: char) {
    if c.is_ascii_alphanumeric() || !c.is_ascii() {
        pattern.push(c);
    } else {
        // Writing into a String cannot fail.
        let _ = write!(pattern, "\\x{{{:X}}}", u32::from(c));
    }
}
