//! Blocks while they are open: which branches they take, and what they become when they are closed.

use super::Fault;
use super::syntax::{Branch, CaseBranch, Condition, Loop, Node, Operand};

/// A block that was opened and not yet closed.
#[derive(Debug)]
pub(super) enum Open {
    Branches {
        name: &'static str,
        done: Vec<Branch>,
        condition: Option<Condition>,
        wanted: bool,
    },
    Case {
        subject: Condition,
        done: Vec<CaseBranch>,
        values: Part,
    },
    Loop {
        name: &'static str,
        head: Box<Loop>,
        in_else: bool,
    },
    Capture {
        variable: String,
        at: usize,
    },
}

/// The part of a `case` that is being read.
#[derive(Debug)]
pub(super) enum Part {
    /// Before the first `when`: what stands there is not rendered.
    Before,
    When(Vec<Operand>),
    Else,
}

impl Open {
    /// Whether there is a block of this name.
    pub(super) fn exists(name: &str) -> bool {
        matches!(
            name,
            "if" | "unless" | "case" | "for" | "tablerow" | "capture" | "raw" | "comment"
        )
    }

    pub(super) fn branches(name: &'static str, condition: Condition) -> Self {
        Self::Branches {
            name,
            done: Vec::new(),
            condition: Some(condition),
            wanted: name == "if",
        }
    }

    pub(super) fn case(subject: Condition) -> Self {
        Self::Case {
            subject,
            done: Vec::new(),
            values: Part::Before,
        }
    }

    pub(super) fn looping(name: &'static str, head: Loop) -> Self {
        Self::Loop {
            name,
            head: Box::new(head),
            in_else: false,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Branches { name, .. } | Self::Loop { name, .. } => name,
            Self::Case { .. } => "case",
            Self::Capture { .. } => "capture",
        }
    }

    pub(super) fn is_loop(&self) -> bool {
        matches!(self, Self::Loop { .. })
    }

    /// Whether this clause may stand directly in the block.
    pub(super) fn takes(&self, clause: &str) -> bool {
        match self {
            Self::Branches { name, .. } => clause == "else" || (clause == "elsif" && *name == "if"),
            Self::Case { .. } => clause == "else" || clause == "when",
            Self::Loop { name, .. } => clause == "else" && *name == "for",
            Self::Capture { .. } => false,
        }
    }

    /// A clause ends the branch whose body was read, and begins the next one.
    pub(super) fn next_branch(
        &mut self,
        body: Vec<Node>,
        next: Option<Condition>,
        next_values: Option<Vec<Operand>>,
        at: usize,
    ) -> Result<(), Fault> {
        match self {
            Self::Branches {
                done,
                condition,
                wanted,
                ..
            } => {
                done.push(Branch {
                    condition: condition.take(),
                    wanted: *wanted,
                    body,
                });
                *condition = next;
                *wanted = true;
            }
            Self::Case { done, values, .. } => {
                let next = next_values.map_or(Part::Else, Part::When);
                finish(done, std::mem::replace(values, next), body);
            }
            Self::Loop { head, in_else, .. } => {
                if *in_else {
                    return Err(Fault::message(at, "a loop has at most one `else`"));
                }
                head.body = body;
                *in_else = true;
            }
            Self::Capture { .. } => {}
        }
        Ok(())
    }

    /// The block as a node; `body` belongs to its last branch.
    pub(super) fn close(self, body: Vec<Node>) -> Node {
        match self {
            Self::Branches {
                mut done,
                condition,
                wanted,
                ..
            } => {
                done.push(Branch {
                    condition,
                    wanted,
                    body,
                });
                Node::Branches(done)
            }
            Self::Case {
                subject,
                mut done,
                values,
            } => {
                finish(&mut done, values, body);
                Node::Case {
                    subject,
                    branches: done,
                }
            }
            Self::Loop { mut head, in_else, .. } => {
                if in_else {
                    head.otherwise = Some(body);
                } else {
                    head.body = body;
                }
                Node::Loop(head)
            }
            Self::Capture { variable, at } => Node::Capture {
                name: variable,
                body,
                at,
            },
        }
    }
}

fn finish(done: &mut Vec<CaseBranch>, part: Part, body: Vec<Node>) {
    match part {
        Part::Before => {}
        Part::When(values) => done.push(CaseBranch {
            values: Some(values),
            body,
        }),
        Part::Else => done.push(CaseBranch { values: None, body }),
    }
}
