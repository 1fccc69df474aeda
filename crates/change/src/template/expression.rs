//! Reads expressions: conditions, values with filters, and the arguments of tags.

use super::Fault;
use super::filters;
use super::lexer::{Kind, Word, words};
use super::syntax::{Base, Comparison, Condition, FilterCall, Filtered, Junction, Operand, Relation, Step};
use super::value::Value;

/// How deep brackets may stand in one another.
const DEEPEST: usize = 32;

/// A reader over the words of one output or tag.
pub(super) struct Reader<'u> {
    words: Vec<Word>,
    next: usize,
    depth: usize,
    /// Filters that do not exist are kept here: they are an error only where they are reached, but a check names them all.
    unknown_filters: &'u mut Vec<Fault>,
}

impl<'u> Reader<'u> {
    pub(super) fn new(text: &str, base: usize, unknown_filters: &'u mut Vec<Fault>) -> Result<Self, Fault> {
        Ok(Self {
            words: words(text, base)?,
            next: 0,
            depth: 0,
            unknown_filters,
        })
    }

    fn peek(&self) -> &Kind {
        self.words.get(self.next).map_or(&Kind::End, |word| &word.kind)
    }

    pub(super) fn at(&self) -> usize {
        self.words
            .get(self.next)
            .or_else(|| self.words.last())
            .map_or(0, |word| word.at)
    }

    fn advance(&mut self) -> Kind {
        let kind = self.peek().clone();
        self.next += 1;
        kind
    }

    pub(super) fn eat(&mut self, c: char) -> bool {
        let found = matches!(self.peek(), Kind::Other(other) if *other == c);
        if found {
            self.next += 1;
        }
        found
    }

    /// The error for the word that comes next.
    pub(super) fn unexpected<T>(&self, wanted: &str) -> Result<T, Fault> {
        let found = match self.peek() {
            Kind::End => "the end".to_owned(),
            Kind::Literal(_) => "a literal value".to_owned(),
            Kind::Name(name) => format!("`{name}`"),
            Kind::Keyword(name) => format!("`{name}:`"),
            Kind::Property(name) => format!("`.{name}`"),
            Kind::Other(c) => format!("`{c}`"),
            _ => "an operator".to_owned(),
        };
        Err(Fault::message(
            self.at(),
            format!("{wanted} is expected here, not {found}"),
        ))
    }

    /// Everything must have been read.
    pub(super) fn end(&self) -> Result<(), Fault> {
        match self.peek() {
            Kind::End => Ok(()),
            _ => self.unexpected("the end of the expression"),
        }
    }

    pub(super) fn name(&mut self) -> Result<String, Fault> {
        if let Kind::Name(name) = self.advance() {
            return Ok(name);
        }
        self.next -= 1;
        self.unexpected("a name")
    }

    /// The name of a modifier that takes a value, such as `limit:`.
    pub(super) fn keyword(&mut self) -> Option<String> {
        let Kind::Keyword(name) = self.peek() else { return None };
        let name = name.clone();
        self.next += 1;
        Some(name)
    }

    pub(super) fn word_in(&mut self) -> Result<(), Fault> {
        if let Kind::In = self.advance() {
            return Ok(());
        }
        self.next -= 1;
        self.unexpected("`in`")
    }

    pub(super) fn is_name(&self) -> bool {
        matches!(self.peek(), Kind::Name(_))
    }

    pub(super) fn eat_or(&mut self) -> bool {
        let found = matches!(self.peek(), Kind::Or);
        if found {
            self.next += 1;
        }
        found
    }

    /// A text in quotes.
    pub(super) fn quoted(&mut self) -> Result<String, Fault> {
        if let Kind::Literal(Value::Text(text)) = self.advance() {
            return Ok(text.to_string());
        }
        self.next -= 1;
        self.unexpected("a text in quotes")
    }

    pub(super) fn condition(&mut self) -> Result<Condition, Fault> {
        let first = self.relation()?;
        let mut rest = Vec::new();
        loop {
            let junction = match self.peek() {
                Kind::And => Junction::And,
                Kind::Or => Junction::Or,
                _ => return Ok(Condition { first, rest }),
            };
            self.next += 1;
            rest.push((junction, self.relation()?));
        }
    }

    fn relation(&mut self) -> Result<Relation, Fault> {
        let left = self.operand()?;
        let comparison = match self.peek() {
            Kind::Equal => Comparison::Equal,
            Kind::NotEqual => Comparison::NotEqual,
            Kind::GreaterOrEqual => Comparison::GreaterOrEqual,
            Kind::LessOrEqual => Comparison::LessOrEqual,
            Kind::Contains => Comparison::Contains,
            Kind::Other('>') => Comparison::Greater,
            Kind::Other('<') => Comparison::Less,
            _ => return Ok(Relation::Filtered(self.filters_of(left)?)),
        };
        self.next += 1;
        Ok(Relation::Compared(left, comparison, self.operand()?))
    }

    pub(super) fn filtered(&mut self) -> Result<Filtered, Fault> {
        let operand = self.operand()?;
        self.filters_of(operand)
    }

    fn filters_of(&mut self, operand: Operand) -> Result<Filtered, Fault> {
        let mut filters = Vec::new();
        while self.eat('|') {
            let at = self.at();
            let (name, args) = match self.advance() {
                Kind::Name(name) => (name, Vec::new()),
                Kind::Keyword(name) => (name, self.arguments()?),
                _ => {
                    self.next -= 1;
                    return self.unexpected("the name of a filter");
                }
            };
            if let Err(message) = filters::find(&name) {
                self.unknown_filters.push(Fault::message(at, message));
            }
            filters.push(FilterCall { name, args, at });
        }
        if matches!(
            self.peek(),
            Kind::Equal | Kind::NotEqual | Kind::Contains | Kind::GreaterOrEqual | Kind::LessOrEqual
        ) || matches!(self.peek(), Kind::Other('<' | '>'))
        {
            let message = "a comparison does not take filters; assign the filtered value to a variable first";
            return Err(Fault::message(self.at(), message));
        }
        Ok(Filtered { operand, filters })
    }

    fn arguments(&mut self) -> Result<Vec<Operand>, Fault> {
        let mut args = vec![self.operand()?];
        while self.eat(',') {
            args.push(self.operand()?);
        }
        Ok(args)
    }

    pub(super) fn operand(&mut self) -> Result<Operand, Fault> {
        let at = self.at();
        let base = match self.advance() {
            Kind::Literal(value) => Base::Literal(value),
            Kind::Name(name) => Base::Variable(name),
            Kind::Other('(') => self.inside(Self::bracketed)?,
            _ => {
                self.next -= 1;
                return self.unexpected("a value");
            }
        };
        let mut path = Vec::new();
        loop {
            if let Kind::Property(name) = self.peek() {
                path.push(Step::Property(name.clone()));
                self.next += 1;
            } else if self.eat('[') {
                path.push(Step::Index(Box::new(self.inside(Self::operand)?)));
                if !self.eat(']') {
                    return self.unexpected("`]`");
                }
            } else {
                return Ok(Operand { base, path, at });
            }
        }
    }

    /// `(a and b)` or `(1..n)`, behind its opening bracket.
    fn bracketed(&mut self) -> Result<Base, Fault> {
        let first = Box::new(self.condition()?);
        let base = if matches!(self.peek(), Kind::DotDot) {
            self.next += 1;
            Base::Range(first, Box::new(self.operand()?))
        } else {
            Base::Group(first)
        };
        if self.eat(')') {
            Ok(base)
        } else {
            self.unexpected("`)`")
        }
    }

    fn inside<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::message(
                self.at(),
                format!("more than {DEEPEST} brackets stand in one another"),
            ));
        }
        let read = read(self);
        self.depth -= 1;
        read
    }
}
