//! Reads expressions.

use super::{Expression, Fault, Names, Test};

/// How long an expression may be, in bytes, and how deep brackets may stand in one another.
const LONGEST: usize = 16 << 10;
const DEEPEST: usize = 32;

/// The operators, for messages.
const OPERATORS: &str =
    "`==`, `!=`, `in`, `not in`, `contains`, `not contains`, `matches`, `not matches`, `is empty` or `is not empty`";

pub(super) fn parse(source: &str) -> Result<Expression, Fault> {
    if source.len() > LONGEST {
        return Err(Fault::new(0, "the condition is longer than 16 KiB"));
    }
    let mut parser = Parser {
        source,
        at: 0,
        depth: 0,
    };
    let expression = parser.any_of()?;
    parser.space();
    if parser.rest().is_empty() {
        return Ok(expression);
    }
    Err(parser.fault("`and`, `or` or the end is expected here"))
}

pub(super) struct Parser<'s> {
    pub(super) source: &'s str,
    pub(super) at: usize,
    depth: usize,
}

impl<'s> Parser<'s> {
    pub(super) fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    pub(super) fn fault(&self, message: &str) -> Fault {
        Fault::new(self.at, message)
    }

    /// Passes over white space; whether there was any.
    pub(super) fn space(&mut self) -> bool {
        let rest = self.rest();
        let length = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.at += length;
        length > 0
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Reads words with white space before each and, where something must follow, behind the last. Nothing if they are not there.
    fn words(&mut self, words: &[&str], followed: bool) -> bool {
        let start = self.at;
        let found = words.iter().all(|word| self.space() && self.eat(word)) && (!followed || self.space());
        if !found {
            self.at = start;
        }
        found
    }

    fn any_of(&mut self) -> Result<Expression, Fault> {
        let mut parts = vec![self.all_of()?];
        while self.words(&["or"], true) {
            parts.push(self.all_of()?);
        }
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Expression::Or(parts)
        })
    }

    fn all_of(&mut self) -> Result<Expression, Fault> {
        let mut parts = vec![self.negated()?];
        while self.words(&["and"], true) {
            parts.push(self.negated()?);
        }
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Expression::And(parts)
        })
    }

    fn negated(&mut self) -> Result<Expression, Fault> {
        self.space();
        let mut negated = false;
        while self
            .rest()
            .strip_prefix("not")
            .is_some_and(|rest| rest.starts_with(char::is_whitespace))
        {
            self.at += "not".len();
            self.space();
            negated = !negated;
        }
        let expression = self.grouped()?;
        Ok(if negated {
            Expression::Not(Box::new(expression))
        } else {
            expression
        })
    }

    fn grouped(&mut self) -> Result<Expression, Fault> {
        let open = self.at;
        if self.eat("(") {
            let inner = self.inside(open, Self::any_of)?;
            self.space();
            return if self.eat(")") {
                Ok(inner)
            } else {
                Err(Fault::new(open, "this `(` is never closed"))
            };
        }
        match self.each()? {
            Some(each) => Ok(each),
            None => self.matching(),
        }
    }

    fn inside<T>(&mut self, open: usize, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::new(
                open,
                format!("more than {DEEPEST} brackets stand in one another"),
            ));
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// `any list as x { ... }` or `all map as key, value { ... }`.
    fn each(&mut self) -> Result<Option<Expression>, Fault> {
        let start = self.at;
        let all = self.rest().starts_with("all");
        if !(self.eat("any") || self.eat("all")) || !self.space() {
            self.at = start;
            return Ok(None);
        }
        let Some(selector) = self.selector() else {
            self.at = start;
            return Ok(None);
        };
        if !self.words(&["as"], true) {
            self.at = start;
            return Ok(None);
        }
        let names = self.names()?;
        self.space();
        let open = self.at;
        if !self.eat("{") {
            return Err(self.fault("`{` is expected here"));
        }
        let inner = Box::new(self.inside(open, Self::any_of)?);
        self.space();
        if !self.eat("}") {
            return Err(Fault::new(open, "this `{` is never closed"));
        }
        Ok(Some(Expression::Each {
            all,
            selector,
            names,
            inner,
        }))
    }

    fn names(&mut self) -> Result<Names, Fault> {
        let first = self.name();
        let unnamed = first.is_none() && self.eat("_");
        let before = self.at;
        self.space();
        if !self.eat(",") {
            self.at = before;
            return first
                .map(Names::One)
                .ok_or_else(|| self.fault("a name is expected here"));
        }
        if first.is_none() && !unnamed {
            return Err(self.fault("a name is expected here"));
        }
        self.space();
        let second = self.name();
        if second.is_none() && !self.eat("_") {
            return Err(self.fault("a name is expected here"));
        }
        Ok(Names::Both {
            index: first,
            value: second,
        })
    }

    fn matching(&mut self) -> Result<Expression, Fault> {
        let start = self.at;
        if let Some(selector) = self.selector()
            && let Some((test, wanted)) = self.test()?
        {
            return Ok(Expression::Match { selector, test, wanted });
        }
        let stopped = self.at;
        self.at = start;
        let Some(value) = self.value()? else {
            return Err(self.fault("a value such as `context.version` is expected here"));
        };
        let wanted = if self.words(&["in"], true) {
            true
        } else if self.words(&["not", "in"], true) {
            false
        } else {
            self.at = stopped.max(self.at);
            self.space();
            return Err(self.no_operator());
        };
        match self.selector() {
            Some(selector) => Ok(Expression::Match {
                selector,
                test: Test::Contains(value),
                wanted,
            }),
            None => Err(self.fault("behind `in` a list, a map or a text such as `context.list` is expected")),
        }
    }

    fn no_operator(&self) -> Fault {
        let rest = self.rest();
        let hint = if rest.starts_with('=') {
            "there is no operator `=`; write `==`".to_owned()
        } else if rest.starts_with(['<', '>']) {
            format!("there is no operator for less or more; there are {OPERATORS}")
        } else {
            format!("an operator is expected here: {OPERATORS}")
        };
        Fault::new(self.at, hint)
    }

    /// The operator behind a selector, and its value.
    fn test(&mut self) -> Result<Option<(Test, bool)>, Fault> {
        let before = self.at;
        self.space();
        for (operator, wanted) in [("==", true), ("!=", false)] {
            if self.eat(operator) {
                self.space();
                return Ok(Some((Test::Equals(self.literal()?), wanted)));
            }
        }
        self.at = before;
        for (words, wanted) in [(["contains"].as_slice(), true), (&["not", "contains"], false)] {
            if self.words(words, true) {
                return Ok(Some((Test::Contains(self.literal()?), wanted)));
            }
        }
        for (words, wanted) in [(["matches"].as_slice(), true), (&["not", "matches"], false)] {
            if self.words(words, true) {
                return Ok(Some((Test::Matches(self.literal()?), wanted)));
            }
        }
        for (words, test, wanted) in [
            (["is", "empty"].as_slice(), Test::IsEmpty, true),
            (&["is", "not", "empty"], Test::IsEmpty, false),
            (&["is", "nil"], Test::IsNil, true),
            (&["is", "not", "nil"], Test::IsNil, false),
        ] {
            if self.words(words, false) {
                return Ok(Some((test, wanted)));
            }
        }
        Ok(None)
    }
}
