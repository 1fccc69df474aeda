//! TOML edits that change the bytes that must change and no other.
//!
//! `toml_edit` says where everything stands; the new text is cut in there. The result is read again and held against the data
//! before with the same edit.

mod place;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};
use toml_edit::{Document, Item, TableLike, Value as Toml};

use crate::address::{Step, apply};
use crate::automation::PatchOp;
use crate::error::first_line;
use crate::yaml::text::double;
use crate::yaml::{Edited, place as in_words};
use place::{Found, find};

const ELSEWHERE: &str = "cannot be edited there without changing something else; use a regular expression";

/// Sets, deletes or appends what stands at an address. Fails with what is wrong with the file.
pub(crate) fn patched(file: &str, steps: &[Step], op: PatchOp, value: &Value) -> Result<Edited, String> {
    // Spans are counted behind the mark.
    let (mark, text) = file.split_at(if file.starts_with('\u{feff}') { 3 } else { 0 });
    let document = read(text)?;
    let after = match find(text, document.as_table(), steps, op, value)? {
        Found::Same => return Ok(Edited::Same),
        Found::Nothing(what) => return Ok(Edited::Nothing(what)),
        Found::Text(after) => after,
    };
    let mut wanted = table(document.as_table());
    let holds =
        apply(&mut wanted, steps, op, value) && read(&after).is_ok_and(|after| table(after.as_table()) == wanted);
    if !holds {
        return Err(ELSEWHERE.to_owned());
    }
    Ok(Edited::Text(format!("{mark}{after}")))
}

fn read(text: &str) -> Result<Document<&str>, String> {
    Document::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        format!(
            "is not valid TOML: {}: {}",
            in_words(text, at),
            first_line(error.message())
        )
    })
}

/// A table as data. Times, which JSON does not have, are maps with a name that TOML's keys rarely have.
fn table(table: &dyn TableLike) -> Value {
    Value::Object(table.iter().map(|(key, item)| (key.to_owned(), data(item))).collect())
}

fn data(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => scalar(value),
        Item::Table(table) => self::table(table),
        Item::ArrayOfTables(tables) => tables.iter().map(|table| self::table(table)).collect(),
    }
}

fn scalar(value: &Toml) -> Value {
    match value {
        Toml::String(text) => Value::from(text.value().as_str()),
        Toml::Integer(number) => Value::from(*number.value()),
        Toml::Float(number) => Value::from(*number.value()),
        Toml::Boolean(truth) => Value::from(*truth.value()),
        Toml::Datetime(time) => Value::Object(Map::from_iter([(
            "\0time".to_owned(),
            Value::from(time.value().to_string()),
        )])),
        Toml::Array(items) => items.iter().map(scalar).collect(),
        Toml::InlineTable(table) => self::table(table),
    }
}

/// A value on one line. A text takes the quotes of the one that stood there.
fn written(value: &Value, before: Option<&str>) -> Result<String, String> {
    let list = |parts: Vec<String>, open: &str, close: &str| format!("{open}{}{close}", parts.join(", "));
    Ok(match value {
        Value::Null => return Err("cannot hold null, as TOML has none; write `op: Delete`".to_owned()),
        Value::Number(number) if number.as_u64().is_some_and(|number| i64::try_from(number).is_err()) => {
            return Err(format!("cannot hold {number}, which is too large for TOML"));
        }
        Value::String(text) if before.is_some_and(|before| before.starts_with('\'') && !before.starts_with("'''")) => {
            if text.contains(|c: char| c == '\'' || c.is_control()) {
                double(text)
            } else {
                format!("'{text}'")
            }
        }
        Value::String(text) => double(text),
        Value::Array(items) => list(
            items.iter().map(|item| written(item, None)).collect::<Result<_, _>>()?,
            "[",
            "]",
        ),
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let entry = |(name, value): (&String, &Value)| Ok(format!("{} = {}", key(name), written(value, None)?));
            list(map.iter().map(entry).collect::<Result<_, String>>()?, "{ ", " }")
        }
        other => other.to_string(),
    })
}

/// A key, in quotes where it needs them.
fn key(name: &str) -> String {
    let bare = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if bare { name.to_owned() } else { double(name) }
}
