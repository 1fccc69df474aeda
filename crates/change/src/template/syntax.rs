//! The parts of a parsed template. Expressions are flat lists but for brackets, so that no source makes a deep tree.

use std::ops::Range;

use super::value::Value;

/// `a and b or c`, from left to right.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) first: Relation,
    pub(super) rest: Vec<(Junction, Relation)>,
}

impl Condition {
    /// The byte of the template where it begins.
    pub(super) fn at(&self) -> usize {
        match &self.first {
            Relation::Filtered(filtered) => filtered.operand.at,
            Relation::Compared(left, ..) => left.at,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Junction {
    And,
    Or,
}

/// A value with its filters, or a comparison. Filters do not stand beside a comparison.
#[derive(Clone, Debug)]
pub(super) enum Relation {
    Filtered(Filtered),
    Compared(Operand, Comparison, Operand),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Contains,
}

#[derive(Clone, Debug)]
pub(super) struct Filtered {
    pub(super) operand: Operand,
    pub(super) filters: Vec<FilterCall>,
}

#[derive(Clone, Debug)]
pub(super) struct FilterCall {
    pub(super) name: String,
    pub(super) args: Vec<Operand>,
    pub(super) at: usize,
}

/// A value and the way into it: `a.b[c]`.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    pub(super) base: Base,
    pub(super) path: Vec<Step>,
    pub(super) at: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Base {
    Literal(Value),
    Variable(String),
    Range(Box<Condition>, Box<Operand>),
    Group(Box<Condition>),
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Property(String),
    Index(Box<Operand>),
}

/// A part of a template.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// Text of the source.
    Text(Range<usize>),
    Output(Condition),
    TrimLeft,
    TrimRight,
    Assign {
        name: String,
        value: Condition,
    },
    Capture {
        name: String,
        body: Vec<Self>,
        at: usize,
    },
    /// `if`, `unless`: the first branch that holds. No condition: `else`.
    Branches(Vec<Branch>),
    Case {
        subject: Condition,
        branches: Vec<CaseBranch>,
    },
    Loop(Box<Loop>),
    Cycle {
        group: String,
        values: Vec<String>,
        at: usize,
    },
    Break,
    Continue,
}

#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub(super) condition: Option<Condition>,
    /// The value that the condition must have: false for `unless`.
    pub(super) wanted: bool,
    pub(super) body: Vec<Node>,
}

#[derive(Clone, Debug)]
pub(super) struct CaseBranch {
    /// The values of `when`; none: `else`.
    pub(super) values: Option<Vec<Operand>>,
    pub(super) body: Vec<Node>,
}

#[derive(Clone, Debug)]
pub(super) struct Loop {
    pub(super) variable: String,
    pub(super) items: Filtered,
    pub(super) reversed: bool,
    pub(super) offset: Option<Operand>,
    pub(super) limit: Option<Operand>,
    pub(super) shape: Shape,
    pub(super) body: Vec<Node>,
    pub(super) otherwise: Option<Vec<Node>>,
    pub(super) at: usize,
}

/// What a loop writes around its rounds.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Plain,
    /// `tablerow`: rows of so many cells, or one row.
    Table(Option<Operand>),
}
