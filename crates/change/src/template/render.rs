//! Renders the parts of a template in turn.

use std::collections::{BTreeMap, HashMap};

use super::evaluate::{Missing, Scope};
use super::print;
use super::syntax::{CaseBranch, Loop, Node, Operand, Shape};
use super::value::Value;
use super::writer::Writer;
use super::{Fault, Refusal, compare};

/// What a part says about how to go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Continue,
}

/// The rendering of one template.
pub(super) struct Renderer<'t> {
    pub(super) source: &'t str,
    pub(super) scope: Scope,
    /// Whether the template looks at `forloop`, which is not made for nothing.
    looks_at_loop: bool,
    /// How often each group of `cycle` was asked, one map for each loop that runs.
    cycles: Vec<HashMap<String, usize>>,
}

impl<'t> Renderer<'t> {
    pub(super) fn new(source: &'t str, scope: Scope) -> Self {
        Self {
            source,
            scope,
            looks_at_loop: source.contains("forloop"),
            cycles: Vec::new(),
        }
    }

    /// Renders a whole template.
    pub(super) fn render(&mut self, nodes: &[Node]) -> Result<String, Fault> {
        let mut writer = Writer::new(self.scope.budget.limits().output);
        self.nodes(nodes, &mut writer)?;
        Ok(writer.finish())
    }

    fn nodes(&mut self, nodes: &[Node], writer: &mut Writer) -> Result<Flow, Fault> {
        for node in nodes {
            let flow = self.node(node, writer)?;
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        writer.flush();
        Ok(Flow::On)
    }

    fn node(&mut self, node: &Node, writer: &mut Writer) -> Result<Flow, Fault> {
        match node {
            Node::Text(range) => {
                let text = self.source.get(range.clone()).unwrap_or_default();
                writer.write(text).map_err(|refusal| Fault {
                    at: range.start,
                    refusal,
                })?;
            }
            Node::TrimLeft => writer.trim_left(),
            Node::TrimRight => writer.trim_right(),
            Node::Output(condition) => {
                let at = condition.at();
                let value = self.scope.condition(condition, Missing::AsMode)?;
                self.output(&value, writer).map_err(|refusal| Fault { at, refusal })?;
            }
            Node::Assign { name, value } => {
                let value = self.scope.condition(value, Missing::AsMode)?;
                self.scope.variables.insert(name.clone(), value);
            }
            Node::Capture { name, body, at } => return self.capture(name, body, *at),
            Node::Branches(branches) => {
                for branch in branches {
                    let holds = match &branch.condition {
                        Some(condition) => {
                            compare::truthy(&self.scope.condition(condition, Missing::Nil)?) == branch.wanted
                        }
                        None => true,
                    };
                    if holds {
                        return self.nodes(&branch.body, writer);
                    }
                }
            }
            Node::Case { subject, branches } => {
                let subject = self.scope.condition(subject, Missing::Nil)?;
                return self.case(&subject, branches, writer);
            }
            Node::Loop(head) => return self.looping(head, writer),
            Node::Cycle { group, values, at } => {
                let text = self.cycle(group, values);
                writer.write(&text).map_err(|refusal| Fault { at: *at, refusal })?;
            }
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    fn output(&mut self, value: &Value, writer: &mut Writer) -> Result<(), Refusal> {
        let budget = &mut self.scope.budget;
        budget.read(value.weight())?;
        print::output(value, &mut |text| writer.write(text))
    }

    fn capture(&mut self, name: &str, body: &[Node], at: usize) -> Result<Flow, Fault> {
        let mut inner = Writer::new(self.scope.budget.limits().output);
        let flow = self.nodes(body, &mut inner)?;
        if flow == Flow::On {
            let value = Value::text(inner.finish());
            self.scope
                .budget
                .memory(value.size())
                .map_err(|refusal| Fault { at, refusal })?;
            self.scope.variables.insert(name.to_owned(), value);
        }
        Ok(flow)
    }

    fn case(&mut self, subject: &Value, branches: &[CaseBranch], writer: &mut Writer) -> Result<Flow, Fault> {
        for branch in branches {
            let Some(values) = &branch.values else {
                return self.nodes(&branch.body, writer);
            };
            for value in values {
                let value = self.scope.operand(value, Missing::Nil)?;
                if compare::equal(subject, &value) {
                    return self.nodes(&branch.body, writer);
                }
            }
        }
        Ok(Flow::On)
    }

    fn looping(&mut self, head: &Loop, writer: &mut Writer) -> Result<Flow, Fault> {
        let value = self.scope.filtered(&head.items, Missing::AsMode)?;
        let Some(items) = self.items(&value).map_err(|refusal| Fault { at: head.at, refusal })? else {
            return Ok(Flow::On);
        };
        let items = self.chosen(head, items)?;
        if items.is_empty()
            && let Some(otherwise) = &head.otherwise
        {
            return self.nodes(otherwise, writer);
        }
        let shadowed = [head.variable.as_str(), "forloop"].map(|name| self.scope.variables.get(name).cloned());
        self.cycles.push(HashMap::new());
        let rounds = self.rounds(head, &items, writer);
        self.cycles.pop();
        for (name, before) in [head.variable.as_str(), "forloop"].into_iter().zip(shadowed) {
            self.scope
                .variables
                .insert(name.to_owned(), before.unwrap_or(Value::Nil));
        }
        rounds.map(|()| Flow::On)
    }

    fn rounds(&mut self, head: &Loop, items: &[Value], writer: &mut Writer) -> Result<(), Fault> {
        let columns = self.columns(head)?;
        for (index, item) in items.iter().enumerate() {
            let here = |refusal| Fault { at: head.at, refusal };
            self.scope.budget.step().map_err(here)?;
            self.scope.variables.insert(head.variable.clone(), item.clone());
            if self.looks_at_loop {
                let forloop = forloop(index, items.len()).map_err(here)?;
                self.scope.variables.insert("forloop".to_owned(), forloop);
            }
            if let Some(columns) = columns {
                if index % columns == 0 {
                    writer
                        .write(&format!("<tr class=\"row{}\">", index / columns + 1))
                        .map_err(here)?;
                }
                writer
                    .write(&format!("<td class=\"col{}\">", index % columns + 1))
                    .map_err(here)?;
            }
            let flow = self.nodes(&head.body, writer)?;
            if let Some(columns) = columns {
                writer.write("</td>").map_err(here)?;
                if (index + 1) % columns == 0 || index + 1 == items.len() {
                    writer.write("</tr>").map_err(here)?;
                }
            }
            if flow == Flow::Break {
                break;
            }
        }
        Ok(())
    }

    /// The columns of a table; none where the loop makes no table.
    fn columns(&mut self, head: &Loop) -> Result<Option<usize>, Fault> {
        match &head.shape {
            Shape::Plain => Ok(None),
            Shape::Table(None) => Ok(Some(usize::MAX)),
            Shape::Table(Some(columns)) => {
                let columns = self.whole_number(columns, "`cols:`")?;
                Ok(Some(
                    usize::try_from(columns)
                        .ok()
                        .filter(|columns| *columns > 0)
                        .unwrap_or(usize::MAX),
                ))
            }
        }
    }

    /// What a loop goes over; a map gives pairs of key and value, what is no collection gives nothing.
    fn items(&mut self, value: &Value) -> Result<Option<Vec<Value>>, Refusal> {
        self.scope.budget.memory(value.size())?;
        match value {
            Value::List(list) => Ok(Some(list.items.clone())),
            Value::Map(map) => {
                self.scope.budget.memory(map.entries.len() * 96)?;
                let pair =
                    |(key, value): (&String, &Value)| Value::list(vec![Value::text(key.as_str()), value.clone()]);
                map.entries.iter().map(pair).collect::<Result<_, _>>().map(Some)
            }
            _ => Ok(None),
        }
    }

    fn chosen(&mut self, head: &Loop, mut items: Vec<Value>) -> Result<Vec<Value>, Fault> {
        if head.reversed {
            items.reverse();
        }
        if let Some(offset) = &head.offset {
            let offset = self.whole_number(offset, "`offset:`")?;
            items = items.split_off(usize::try_from(offset).unwrap_or(0).min(items.len()));
        }
        if let Some(limit) = &head.limit {
            let limit = self.whole_number(limit, "`limit:`")?;
            items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        Ok(items)
    }

    fn whole_number(&mut self, operand: &Operand, what: &str) -> Result<i64, Fault> {
        match self.scope.operand(operand, Missing::AsMode)? {
            Value::Int(number) => Ok(number),
            other => Err(Fault::message(
                operand.at,
                format!("{what} takes a whole number, not {}", other.kind()),
            )),
        }
    }

    fn cycle(&mut self, group: &str, values: &[String]) -> String {
        let Some(cycles) = self.cycles.last_mut() else {
            return String::new();
        };
        let asked = cycles.entry(group.to_owned()).or_default();
        let value = values.get(*asked % values.len().max(1)).cloned().unwrap_or_default();
        *asked += 1;
        value
    }
}

/// Where in its rounds a loop is.
fn forloop(index: usize, length: usize) -> Result<Value, Refusal> {
    let number = |number: usize| i64::try_from(number).map_or(Value::Nil, Value::Int);
    Value::map(BTreeMap::from(
        [
            ("first", Value::Bool(index == 0)),
            ("last", Value::Bool(index + 1 == length)),
            ("index", number(index + 1)),
            ("index0", number(index)),
            ("rindex", number(length - index)),
            ("rindex0", number(length - index - 1)),
            ("length", number(length)),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    ))
}
