//! The words of expressions: literals, names and selectors.

use super::parse::Parser;
use super::{Fault, Selector};

impl Parser<'_> {
    pub(super) fn literal(&mut self) -> Result<String, Fault> {
        match self.value()? {
            Some(value) => Ok(value),
            None => Err(self.fault("a value is expected here: a word, a number, or a text in \"...\" or `...`")),
        }
    }

    /// A bare word, a number or a text in quotes. Bare words may be spelled like selectors: `v1.0`.
    pub(super) fn value(&mut self) -> Result<Option<String>, Fault> {
        let start = self.at;
        let quoted = self.rest().starts_with(['"', '`']);
        if !quoted && self.selector().is_some() {
            return Ok(self.source.get(start..self.at).map(str::to_owned));
        }
        self.at = start;
        if quoted { self.quoted().map(Some) } else { self.number() }
    }

    fn number(&mut self) -> Result<Option<String>, Fault> {
        let start = self.at;
        let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        self.eat("-");
        let whole = digits(self.rest());
        if whole == 0 {
            self.at = start;
            return Ok(None);
        }
        let leading_zero = whole > 1 && self.rest().starts_with('0');
        self.at += whole;
        if let Some(fraction) = self
            .rest()
            .strip_prefix('.')
            .map(digits)
            .filter(|fraction| *fraction > 0)
        {
            self.at += fraction + 1;
        }
        let ends = self
            .rest()
            .chars()
            .next()
            .is_none_or(|c| c.is_whitespace() || c == ')' || c == '}');
        if !ends || leading_zero {
            return Err(Fault::new(
                start,
                "this is no number; put a version or other text in quotes",
            ));
        }
        Ok(self.source.get(start..self.at).map(str::to_owned))
    }

    /// A text in backquotes, as it is, or in double quotes, with escapes.
    fn quoted(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let rest = self.rest();
        let mut text = String::new();
        let mut chars = rest.char_indices();
        let Some((_, quote)) = chars.next() else {
            return Err(self.fault("a text is expected here"));
        };
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.at += at + 1;
                    return Ok(text);
                }
                '\\' if quote == '"' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, 'r')) => text.push('\r'),
                    Some((_, c @ ('\\' | '"'))) => text.push(c),
                    _ => {
                        return Err(Fault::new(
                            start + at,
                            "there is no such escape; texts in `...` have none",
                        ));
                    }
                },
                c => text.push(c),
            }
        }
        Err(Fault::new(start, "this text is never closed"))
    }

    pub(super) fn name(&mut self) -> Option<String> {
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '/')
            .unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).map(str::to_owned)
    }

    /// `context.list.0`, `context["a-b"]` or `"/context/list/0"`. Nothing is read where there is none.
    pub(super) fn selector(&mut self) -> Option<Selector> {
        let start = self.at;
        if self.rest().starts_with("\"/") {
            let text = self.quoted().ok();
            let path = text.map(|text| {
                text.split('/')
                    .skip(1)
                    .map(|part| part.replace("~1", "/").replace("~0", "~"))
                    .collect()
            });
            return path.map(|path| Selector { path, at: start });
        }
        let mut path = vec![self.name()?];
        loop {
            let before = self.at;
            if self.eat(".") {
                let digits = self.rest().len() - self.rest().trim_start_matches(|c: char| c.is_ascii_digit()).len();
                if digits > 0 {
                    path.extend(self.rest().get(..digits).map(str::to_owned));
                    self.at += digits;
                    continue;
                }
                if let Some(name) = self.name() {
                    path.push(name);
                    continue;
                }
            } else if self.eat("[") {
                self.space();
                let key = if self.rest().starts_with(['"', '`']) {
                    self.quoted().ok()
                } else {
                    None
                };
                self.space();
                if let (Some(key), true) = (key, self.eat("]")) {
                    path.push(key);
                    continue;
                }
            }
            self.at = before;
            return Some(Selector { path, at: start });
        }
    }
}
