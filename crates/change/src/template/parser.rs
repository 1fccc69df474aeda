//! Puts the pieces of a template together: blocks, their branches, and what stands in them.

use std::ops::Range;

use super::Fault;
use super::blocks::Open;
use super::expression::Reader;
use super::scan::{Token, scan};
use super::syntax::{Condition, Loop, Node, Operand, Shape};

/// How deep blocks may stand in one another.
const DEEPEST: usize = 64;

/// A parsed template: its parts, and the filters that it names and nobody has.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) nodes: Vec<Node>,
    pub(super) unknown_filters: Vec<Fault>,
}

/// Parses a template.
pub(super) fn parse(source: &str) -> Result<Parsed, Fault> {
    let mut parser = Parser {
        source,
        nodes: Vec::new(),
        open: Vec::new(),
        verbatim: None,
        unknown_filters: Vec::new(),
    };
    for token in scan(source) {
        parser.token(token)?;
    }
    if let Some(verbatim) = &parser.verbatim {
        let name = verbatim.name;
        return Err(Fault::message(
            verbatim.at,
            format!("this `{name}` is never closed with `{{% end{name} %}}`"),
        ));
    }
    if let Some(open) = parser.open.last() {
        let name = open.block.name();
        return Err(Fault::message(
            open.at,
            format!("this `{name}` is never closed with `{{% end{name} %}}`"),
        ));
    }
    Ok(Parsed {
        nodes: parser.nodes,
        unknown_filters: parser.unknown_filters,
    })
}

/// `raw` or `comment`: nothing in them is read but their end.
struct Verbatim {
    name: &'static str,
    at: usize,
    from: usize,
}

/// A block that is open, and the nodes before it.
struct Frame {
    block: Open,
    at: usize,
    outer: Vec<Node>,
}

struct Parser<'s> {
    source: &'s str,
    /// The nodes of the innermost open block, or of the template.
    nodes: Vec<Node>,
    open: Vec<Frame>,
    verbatim: Option<Verbatim>,
    unknown_filters: Vec<Fault>,
}

impl Parser<'_> {
    fn token(&mut self, token: Token) -> Result<(), Fault> {
        if let Some(verbatim) = &self.verbatim {
            if let Token::Tag { name, whole, .. } = &token {
                let closes = self.slice(name).strip_prefix("end") == Some(verbatim.name);
                if closes {
                    if verbatim.name == "raw" {
                        self.nodes.push(Node::Text(verbatim.from..whole.start));
                    }
                    self.verbatim = None;
                }
            }
            return Ok(());
        }
        match token {
            Token::Text(text) => self.nodes.push(Node::Text(text)),
            Token::TrimLeft => self.nodes.push(Node::TrimLeft),
            Token::TrimRight => self.nodes.push(Node::TrimRight),
            Token::Output(range) => {
                let condition = self.condition(&range)?;
                self.nodes.push(Node::Output(condition));
            }
            Token::Tag { name, args, whole } => self.tag(&name, &args, &whole)?,
        }
        Ok(())
    }

    fn slice(&self, range: &Range<usize>) -> &str {
        self.source.get(range.clone()).unwrap_or_default()
    }

    /// Reads `range` of the source whole with `read`.
    fn read<T>(
        &mut self,
        range: &Range<usize>,
        read: impl FnOnce(&mut Reader<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let text = self.source.get(range.clone()).unwrap_or_default();
        let mut reader = Reader::new(text, range.start, &mut self.unknown_filters)?;
        let value = read(&mut reader)?;
        reader.end()?;
        Ok(value)
    }

    fn condition(&mut self, range: &Range<usize>) -> Result<Condition, Fault> {
        self.read(range, condition)
    }

    fn tag(&mut self, name: &Range<usize>, args: &Range<usize>, whole: &Range<usize>) -> Result<(), Fault> {
        let at = whole.start;
        match self.slice(name) {
            "raw" => self.begin_verbatim("raw", whole),
            "comment" => self.begin_verbatim("comment", whole),
            "assign" => {
                let node = self.read(args, assign)?;
                self.nodes.push(node);
            }
            "cycle" => {
                self.in_loop(at, "cycle")?;
                let (group, values) = self.read(args, cycle)?;
                self.nodes.push(Node::Cycle { group, values, at });
            }
            "break" => {
                self.in_loop(at, "break")?;
                self.nodes.push(Node::Break);
            }
            "continue" => {
                self.in_loop(at, "continue")?;
                self.nodes.push(Node::Continue);
            }
            "if" => {
                let condition = self.condition(args)?;
                self.enter(at, Open::branches("if", condition))?;
            }
            "unless" => {
                let condition = self.condition(args)?;
                self.enter(at, Open::branches("unless", condition))?;
            }
            "case" => {
                let subject = self.condition(args)?;
                self.enter(at, Open::case(subject))?;
            }
            "for" => {
                let head = self.read(args, |reader| for_head(reader, false, at))?;
                self.enter(at, Open::looping("for", head))?;
            }
            "tablerow" => {
                let head = self.read(args, |reader| for_head(reader, true, at))?;
                self.enter(at, Open::looping("tablerow", head))?;
            }
            "capture" => {
                let variable = self.slice(args).trim().to_owned();
                if variable.is_empty() || variable.contains(char::is_whitespace) {
                    return Err(Fault::message(args.start, "`capture` takes the name of one variable"));
                }
                self.enter(at, Open::Capture { variable, at })?;
            }
            "elsif" | "else" | "when" => self.clause(name, args)?,
            "include" => {
                return Err(Fault::message(
                    at,
                    "`include` reads other files, which a template here cannot",
                ));
            }
            other => match other.strip_prefix("end") {
                Some(block) if Open::exists(block) => {
                    let block = block.to_owned();
                    self.close(at, &block)?;
                }
                _ => return Err(Fault::message(name.start, format!("undefined tag `{other}`"))),
            },
        }
        Ok(())
    }

    fn begin_verbatim(&mut self, name: &'static str, whole: &Range<usize>) {
        self.verbatim = Some(Verbatim {
            name,
            at: whole.start,
            from: whole.end,
        });
    }

    fn in_loop(&self, at: usize, name: &str) -> Result<(), Fault> {
        if self.open.iter().any(|frame| frame.block.is_loop()) {
            return Ok(());
        }
        Err(Fault::message(at, format!("`{name}` stands outside a loop")))
    }

    fn enter(&mut self, at: usize, block: Open) -> Result<(), Fault> {
        if self.open.len() >= DEEPEST {
            return Err(Fault::message(
                at,
                format!("more than {DEEPEST} blocks stand in one another"),
            ));
        }
        self.open.push(Frame {
            block,
            at,
            outer: std::mem::take(&mut self.nodes),
        });
        Ok(())
    }

    /// `else`, `elsif` and `when` end the branch before them.
    fn clause(&mut self, name: &Range<usize>, args: &Range<usize>) -> Result<(), Fault> {
        let clause = self.slice(name).to_owned();
        let fits = self.open.last().is_some_and(|frame| frame.block.takes(&clause));
        if !fits {
            return Err(Fault::message(
                name.start,
                format!("`{clause}` does not stand in a block that takes it"),
            ));
        }
        let condition = if clause == "elsif" {
            Some(self.condition(args)?)
        } else {
            None
        };
        let values = if clause == "when" {
            Some(self.read(args, when)?)
        } else {
            None
        };
        let body = std::mem::take(&mut self.nodes);
        match self.open.last_mut() {
            Some(frame) => frame.block.next_branch(body, condition, values, name.start),
            None => Ok(()),
        }
    }

    fn close(&mut self, at: usize, name: &str) -> Result<(), Fault> {
        match self.open.pop() {
            Some(frame) if frame.block.name() == name => {
                let body = std::mem::replace(&mut self.nodes, frame.outer);
                self.nodes.push(frame.block.close(body));
                Ok(())
            }
            Some(frame) => {
                let open = frame.block.name();
                Err(Fault::message(
                    at,
                    format!("`end{name}` closes no block here; `{open}` is open"),
                ))
            }
            None => Err(Fault::message(at, format!("`end{name}` closes no block"))),
        }
    }
}

fn condition(reader: &mut Reader<'_>) -> Result<Condition, Fault> {
    reader.condition()
}

/// `name = value`.
fn assign(reader: &mut Reader<'_>) -> Result<Node, Fault> {
    let name = reader.name()?;
    if !reader.eat('=') {
        return reader.unexpected("`=`");
    }
    Ok(Node::Assign {
        name,
        value: reader.condition()?,
    })
}

/// `"a", "b"` or `"group": "a", "b"`.
fn cycle(reader: &mut Reader<'_>) -> Result<(String, Vec<String>), Fault> {
    let group = reader.quoted()?;
    let mut values = vec![if reader.eat(':') {
        reader.quoted()?
    } else {
        group.clone()
    }];
    while reader.eat(',') {
        values.push(reader.quoted()?);
    }
    Ok((group, values))
}

/// `a, b` or `a or b`.
fn when(reader: &mut Reader<'_>) -> Result<Vec<Operand>, Fault> {
    let mut values = vec![reader.operand()?];
    while reader.eat(',') || reader.eat_or() {
        values.push(reader.operand()?);
    }
    Ok(values)
}

/// `x in items reversed limit: 2 offset: 1`.
fn for_head(reader: &mut Reader<'_>, table: bool, at: usize) -> Result<Loop, Fault> {
    let variable = reader.name()?;
    reader.word_in()?;
    let mut head = Loop {
        variable,
        items: reader.filtered()?,
        reversed: false,
        offset: None,
        limit: None,
        shape: if table { Shape::Table(None) } else { Shape::Plain },
        body: Vec::new(),
        otherwise: None,
        at,
    };
    loop {
        let before = reader.at();
        if let Some(keyword) = reader.keyword() {
            let value = reader.operand()?;
            match keyword.as_str() {
                "limit" => head.limit = Some(value),
                "offset" => head.offset = Some(value),
                "cols" if table => head.shape = Shape::Table(Some(value)),
                "cols" => {}
                _ => return Err(Fault::message(before, format!("a loop has no `{keyword}:`"))),
            }
        } else if reader.is_name() {
            if reader.name()? != "reversed" {
                return Err(Fault::message(
                    before,
                    "a loop takes `reversed`, `limit:` and `offset:`",
                ));
            }
            head.reversed = true;
        } else {
            return Ok(head);
        }
    }
}
