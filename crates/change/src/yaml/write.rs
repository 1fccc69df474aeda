//! How values are written: on one line, or on lines of their own, in the indentation of the text around them.

use serde_json::Value;

use super::change::{Laid, Name, New};
use super::source::Source;
use super::text::{double, key, scalar};
use super::tree::Kind;

/// The text of a value.
#[derive(Default)]
pub(crate) struct Written {
    /// Behind the colon or the dash, on its line.
    pub(crate) inline: String,
    /// Whole lines below.
    pub(crate) below: Option<String>,
}

impl Written {
    fn inline(text: impl Into<String>) -> Self {
        Self {
            inline: text.into(),
            below: None,
        }
    }
}

/// Where a value goes.
pub(crate) struct Target<'b> {
    /// The column of its key, or of its dash.
    pub(crate) column: usize,
    /// Whether it stands behind a dash.
    pub(crate) item: bool,
    /// Whether it is a whole document.
    pub(crate) root: bool,
    /// Whether it stands in braces or brackets, where everything is written on one line.
    pub(crate) flow: bool,
    /// The value that stood there, where it was no block.
    pub(crate) before: Option<&'b str>,
    /// The column of the dashes of the list that stood there.
    pub(crate) list: Option<usize>,
    pub(crate) style: Style,
}

/// How a text is indented.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    /// A mapping below a key.
    pub(crate) step: usize,
    /// The dashes of a list below a key.
    pub(crate) dash: usize,
    pub(crate) line_break: &'static str,
    /// JSON, where texts are always in double quotes.
    pub(crate) json: bool,
}

impl Style {
    /// As the first nested collections of a text are.
    pub(crate) fn of(source: &Source<'_>) -> Self {
        let (mut step, mut dash) = (None, None);
        for id in 1..source.tree.len() {
            let node = source.node(id);
            let of_key = node.is_block() && source.text.as_bytes().get(node.lead()) == Some(&b':') && node.lead() > 0;
            if of_key {
                let column = source.column(source.node(id - 1).start());
                let deeper = source.column(node.content()).saturating_sub(column);
                if node.kind == Kind::Mapping {
                    step = step.or_else(|| Some(deeper).filter(|deeper| *deeper > 0));
                } else {
                    dash = dash.or(Some(deeper));
                }
            }
            if step.is_some() && dash.is_some() {
                break;
            }
        }
        Self {
            step: step.unwrap_or(2),
            dash: dash.unwrap_or_else(|| step.unwrap_or(2)),
            line_break: source.line_break(0),
            json: false,
        }
    }
}

/// Writes a key.
pub(crate) fn name(name: &Name<'_>, flow: bool, json: bool) -> String {
    match name.written {
        Some(written) => written.to_owned(),
        None if json => Value::from(name.text.as_str()).to_string(),
        None => key(&name.text, flow),
    }
}

/// Writes a value.
pub(crate) fn written(new: &New<'_>, target: &Target<'_>) -> Written {
    match new {
        New::Data(value) => data(value, target),
        New::Laid(laid) => laid_over(laid, target),
    }
}

/// On one line, as in braces.
pub(crate) fn one_line(value: &Value, before: Option<&str>, style: Style) -> String {
    match value {
        _ if style.json => json(value),
        Value::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(name, value)| format!("{}: {}", key(name, true), one_line(value, None, style)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| one_line(item, None, style)).collect();
            format!("[{}]", items.join(", "))
        }
        value => scalar(value, before, true),
    }
}

fn json(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(name, value)| format!("{}: {}", Value::from(name.as_str()), json(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(", ")),
        value => value.to_string(),
    }
}

fn is_filled(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

fn data(value: &Value, target: &Target<'_>) -> Written {
    let style = target.style;
    let was_flow = target
        .before
        .is_some_and(|before| before.len() > 2 && before.starts_with(['{', '[']));
    if target.flow || style.json || (is_filled(value) && was_flow) {
        return Written::inline(one_line(value, target.before, style));
    }
    if !is_filled(value) {
        return block_text(value, target.before, target.column, style)
            .unwrap_or_else(|| Written::inline(scalar(value, target.before, false)));
    }
    let column = match value {
        _ if target.root => 0,
        _ if target.item => target.column + 2,
        Value::Array(_) => target.list.unwrap_or(target.column + style.dash),
        _ => target.column + style.step,
    };
    let lines = block(value, column, style);
    if !target.item {
        return Written {
            inline: String::new(),
            below: Some(lines),
        };
    }
    let (first, rest) = match lines.split_once(style.line_break) {
        Some((first, rest)) => (first, Some(rest.to_owned())),
        None => (lines.as_str(), None),
    };
    Written {
        inline: first.trim_start().to_owned(),
        below: rest,
    }
}

/// A text of several lines as a block, where it stood in one or in no quotes, and where a block keeps it.
fn block_text(value: &Value, before: Option<&str>, column: usize, style: Style) -> Option<Written> {
    let text = value.as_str().filter(|text| text.contains('\n'))?;
    let (body, header) = match text.strip_suffix('\n') {
        Some(body) => (body, "|"),
        None => (text, "|-"),
    };
    let keeps = |c: char| c == '\n' || c == '\t' || !c.is_control();
    let odd = body.starts_with([' ', '\n', '\t'])
        || body.ends_with(['\n', ' ', '\t'])
        || body.is_empty()
        || !body.chars().all(keeps);
    let odd = odd
        || body.contains(['\u{2028}', '\u{2029}', '\u{feff}'])
        || body.lines().any(|line| line.trim().is_empty() && !line.is_empty());
    if odd || before.is_some_and(|before| before.starts_with(['"', '\''])) {
        return None;
    }
    let pad = " ".repeat(column + style.step.max(1));
    let lines: Vec<String> = body
        .split('\n')
        .map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("{pad}{line}")
            }
        })
        .collect();
    Some(Written {
        inline: header.to_owned(),
        below: Some(lines.join(style.line_break)),
    })
}

/// A filled collection on lines of its own.
fn block(value: &Value, column: usize, style: Style) -> String {
    let pad = " ".repeat(column);
    let rest = |value: &Value, item: bool| {
        let target = Target {
            column,
            item,
            root: false,
            flow: false,
            before: None,
            list: None,
            style,
        };
        let Written { inline, below } = data(value, &target);
        let space = if inline.is_empty() { "" } else { " " };
        let below = below
            .map(|below| format!("{}{below}", style.line_break))
            .unwrap_or_default();
        format!("{space}{inline}{below}")
    };
    let lines: Vec<String> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| format!("{pad}{}:{}", key(name, false), rest(value, false)))
            .collect(),
        Value::Array(items) => items.iter().map(|item| format!("{pad}-{}", rest(item, true))).collect(),
        other => vec![format!("{pad}{other}")],
    };
    lines.join(style.line_break)
}

/// As the overlay has it.
fn laid_over(laid: &Laid<'_>, target: &Target<'_>) -> Written {
    let node = laid.source.node(laid.id);
    let content = laid.source.slice(node.start(), node.end());
    let one_line = !content.contains('\n');
    if target.flow || target.root {
        return data(laid.value, target);
    }
    match node.kind {
        Kind::Literal | Kind::Folded => laid_block(content, laid, target),
        Kind::Empty => Written::inline("null"),
        Kind::Mapping | Kind::Sequence if node.is_block() => laid_below(laid, target),
        Kind::Mapping | Kind::Sequence if one_line => Written::inline(content),
        Kind::Plain | Kind::Single | Kind::Double if one_line => {
            Written::inline(laid_scalar(content, laid.value, target.before))
        }
        // What is spread over lines is written on one.
        _ => Written::inline(self::one_line(laid.value, None, target.style)),
    }
}

/// A text takes the quotes of the one that stood there; everything else is written as the overlay writes it.
fn laid_scalar(content: &str, value: &Value, before: Option<&str>) -> String {
    let tagged = content.starts_with(['!', '&']);
    match (value, before.and_then(|before| before.chars().next())) {
        (Value::String(_), Some('"' | '\'')) if !tagged => scalar(value, before, false),
        (Value::String(text), Some(c))
            if !tagged && !matches!(c, '|' | '>') && super::text::is_plain_everywhere(text, false) =>
        {
            text.clone()
        }
        _ => content.to_owned(),
    }
}

/// A collection on lines of its own, with the comments in front of it, as far from its key as the overlay has it; a list where
/// the list before it stood.
fn laid_below(laid: &Laid<'_>, target: &Target<'_>) -> Written {
    let node = laid.source.node(laid.id);
    let old = laid.source.column(node.content());
    let column = match target.list {
        Some(list) if node.kind == Kind::Sequence => list,
        _ => (target.column + old).saturating_sub(laid.column),
    };
    let below_lead = laid.source.next_line(node.lead());
    let line_break = target.style.line_break;
    let end = laid.source.line_end(node.end());
    if below_lead > node.content() {
        // Behind its dash, on the dash's line.
        let lines = shifted(
            laid.source.slice(laid.source.line_start(node.content()), end),
            old,
            column,
            line_break,
        );
        let behind = laid.source.slice(node.content(), laid.source.line_end(node.content()));
        return Written {
            inline: behind.to_owned(),
            below: lines.split_once(line_break).map(|(_, rest)| rest.to_owned()),
        };
    }
    Written {
        inline: String::new(),
        below: Some(shifted(laid.source.slice(below_lead, end), old, column, line_break)),
    }
}

/// A whole overlay, as a document.
pub(crate) fn root_lines(laid: &Laid<'_>, line_break: &str) -> String {
    let source = laid.source;
    let node = source.node(laid.id);
    let lines = source.slice(source.line_start(node.content()), source.line_end(node.end()));
    shifted(lines, source.column(node.content()), 0, line_break)
}

/// `|` and `>` keep their form, unless they say their indentation themselves.
fn laid_block(content: &str, laid: &Laid<'_>, target: &Target<'_>) -> Written {
    let (header, lines) = content.split_once('\n').unwrap_or((content, ""));
    let header = header.trim_end();
    if header.contains(|c: char| c.is_ascii_digit() || c == '+' || c == '#') || lines.is_empty() {
        return Written::inline(double(laid.value.as_str().unwrap_or_default()));
    }
    Written {
        inline: header.to_owned(),
        below: Some(shifted(lines, laid.column, target.column, target.style.line_break)),
    }
}

/// Lines whose indentation changes as much as `old` and `new` differ. Lines without text get none.
fn shifted(text: &str, old: usize, new: usize, line_break: &str) -> String {
    let mut moved = String::with_capacity(text.len());
    for (index, line) in text.lines().enumerate() {
        if index > 0 {
            moved.push_str(line_break);
        }
        let rest = line.trim_start_matches(' ');
        if !rest.trim().is_empty() {
            let indent = (line.len() - rest.len() + new).saturating_sub(old);
            moved.extend(std::iter::repeat_n(' ', indent));
            moved.push_str(rest);
        }
    }
    moved
}
