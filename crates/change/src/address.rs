//! Addresses of values in a document: `a.b[0].c`, keys with dots in quotes `a."b.c"`, list items by what they hold
//! `containers[name=app].image`.
//!
//! The same for YAML, JSON, TOML and HCL; each editor goes along the steps in its own tree.

use std::fmt;

use serde_json::{Map, Value};

use crate::automation::PatchOp;

/// How long an address may be, in steps.
const MOST_STEPS: usize = 64;

/// One step on the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// An entry of a mapping.
    Key(String),
    /// An item of a list, counted from 0.
    Index(usize),
    /// The item of a list in which a key has a value.
    Select(String, String),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, "`{key}`"),
            Self::Index(index) => write!(f, "`[{index}]`"),
            Self::Select(key, value) => write!(f, "`[{key}={value}]`"),
        }
    }
}

/// What is wrong with an address, and at which character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) column: usize,
    pub(crate) message: &'static str,
}

/// Reads an address.
pub(crate) fn parse(text: &str) -> Result<Vec<Step>, Malformed> {
    let mut reader = Reader {
        chars: text.chars().collect(),
        at: 0,
    };
    let mut steps = Vec::new();
    loop {
        if reader.peek() == Some('[') {
            reader.at += 1;
            steps.push(reader.bracket()?);
        } else {
            steps.push(Step::Key(reader.word(&['.', '['])?));
        }
        if steps.len() > MOST_STEPS {
            return reader.malformed("it has more than 64 steps");
        }
        match reader.peek() {
            None => return Ok(steps),
            Some('.') => reader.at += 1,
            Some('[') => {}
            Some(_) => return reader.malformed("a `.` or a `[` is missing"),
        }
    }
}

/// Does to data what an edit does to a text. Whether there is such a place.
pub(crate) fn apply(data: &mut Value, steps: &[Step], op: PatchOp, value: &Value) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        match (op, data) {
            (PatchOp::Set, data) => *data = value.clone(),
            (PatchOp::Append, Value::Array(items)) => items.push(value.clone()),
            _ => return false,
        }
        return true;
    };
    let goes = op == PatchOp::Delete && rest.is_empty();
    match (step, data) {
        (Step::Key(name), Value::Object(map)) if goes => map.remove(name).is_some(),
        (Step::Key(name), Value::Object(map)) => match map.get_mut(name) {
            Some(inner) => apply(inner, rest, op, value),
            None => made(rest, op, value).is_ok_and(|made| map.insert(name.clone(), made).is_none()),
        },
        (step, Value::Array(items)) => {
            let index = match step {
                Step::Index(index) => Some(*index),
                Step::Select(key, wanted) => items
                    .iter()
                    .position(|item| item[key.as_str()].as_str() == Some(wanted)),
                Step::Key(_) => None,
            };
            match index.filter(|index| *index < items.len()) {
                Some(index) if goes => {
                    items.remove(index);
                    true
                }
                Some(index) => apply(&mut items[index], rest, op, value),
                None => false,
            }
        }
        _ => false,
    }
}

/// What an address becomes where there is nothing yet: mappings around the value. Fails with what is missing.
pub(crate) fn made(steps: &[Step], op: PatchOp, value: &Value) -> Result<Value, String> {
    let Some((step, rest)) = steps.split_first() else {
        return match op {
            PatchOp::Set => Ok(value.clone()),
            PatchOp::Append => Ok(Value::Array(vec![value.clone()])),
            PatchOp::Delete => Err("there is nothing".to_owned()),
        };
    };
    match step {
        Step::Key(name) => {
            let value = made(rest, op, value)?;
            Ok(Value::Object(Map::from_iter([(name.clone(), value)])))
        }
        Step::Index(_) | Step::Select(..) => Err(format!("there is no list with the item {step}")),
    }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn malformed<T>(&self, message: &'static str) -> Result<T, Malformed> {
        Err(Malformed {
            column: self.at + 1,
            message,
        })
    }

    /// A word up to one of `ends`, or in quotes, with a backslash before a quote or a backslash.
    fn word(&mut self, ends: &[char]) -> Result<String, Malformed> {
        let quote = self.peek().filter(|c| matches!(c, '"' | '\''));
        let mut word = String::new();
        let Some(quote) = quote else {
            while let Some(c) = self.peek().filter(|c| !ends.contains(c)) {
                if c == ']' {
                    return self.malformed("a `]` without its `[`");
                }
                word.push(c);
                self.at += 1;
            }
            if word.is_empty() {
                return self.malformed("a key is missing");
            }
            return Ok(word);
        };
        self.at += 1;
        loop {
            match self.peek() {
                None => return self.malformed("a quote is not closed"),
                Some(c) if c == quote => {
                    self.at += 1;
                    return Ok(word);
                }
                Some('\\') if matches!(self.chars.get(self.at + 1), Some('\\' | '"' | '\'')) => self.at += 1,
                Some(_) => {}
            }
            word.extend(self.peek());
            self.at += 1;
        }
    }

    /// What stands in brackets, up to behind the closing one.
    fn bracket(&mut self) -> Result<Step, Malformed> {
        let quoted = matches!(self.peek(), Some('"' | '\''));
        let begin = self.at;
        let word = self.bracket_word(&['=', ']'])?;
        let step = match self.peek() {
            Some('=') => {
                self.at += 1;
                Step::Select(word, self.bracket_word(&[']'])?)
            }
            _ if quoted => Step::Key(word),
            _ => {
                let Ok(index) = word.parse() else {
                    self.at = begin;
                    return self
                        .malformed("brackets hold a number, as in [0], or a key and its value, as in [name=app]");
                };
                Step::Index(index)
            }
        };
        if self.peek() != Some(']') {
            return self.malformed("a `]` is missing");
        }
        self.at += 1;
        Ok(step)
    }

    fn bracket_word(&mut self, ends: &[char]) -> Result<String, Malformed> {
        if matches!(self.peek(), Some('"' | '\'')) {
            return self.word(ends);
        }
        let begin = self.at;
        while self.peek().is_some_and(|c| !ends.contains(&c)) {
            self.at += 1;
        }
        if self.at == begin {
            return self.malformed("something is missing in the brackets");
        }
        Ok(self.chars[begin..self.at].iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str) -> Step {
        Step::Key(key.to_owned())
    }

    #[test]
    fn addresses_are_read() {
        let select = |key: &str, value: &str| Step::Select(key.to_owned(), value.to_owned());
        for (text, wanted) in [
            ("a", vec![key("a")]),
            ("a.b[0].c", vec![key("a"), key("b"), Step::Index(0), key("c")]),
            ("a.\"b.c\".d", vec![key("a"), key("b.c"), key("d")]),
            ("a['b.c']", vec![key("a"), key("b.c")]),
            ("\"it's \\\"x\\\"\"", vec![key("it's \"x\"")]),
            ("c[name=app].image", vec![key("c"), select("name", "app"), key("image")]),
            ("c[name=\"a]b\"]", vec![key("c"), select("name", "a]b")]),
            ("c[\"x=y\"=z]", vec![key("c"), select("x=y", "z")]),
            ("[1][2]", vec![Step::Index(1), Step::Index(2)]),
            ("a b-c/d.é", vec![key("a b-c/d"), key("é")]),
        ] {
            assert_eq!(parse(text), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_place() {
        for (text, column) in [
            ("", 1),
            (".a", 1),
            ("a.", 3),
            ("a..b", 3),
            ("a[", 3),
            ("a[]", 3),
            ("a[x]", 3),
            ("a[-1]", 3),
            ("a[0", 4),
            ("a[0]b", 5),
            ("a]", 2),
            ("\"a", 3),
            ("a[name=]", 8),
        ] {
            assert_eq!(parse(text).map_err(|malformed| malformed.column), Err(column), "{text}");
        }
        assert!(parse(&"a.".repeat(100)).is_err());
    }
}
