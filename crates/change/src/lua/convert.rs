//! Values of Lua as data, and back. A table may stand in many places and within itself, so what it comes to as data has a bound.

use mlua::serde::ser::Options;
use mlua::{Lua, LuaSerdeExt as _, Table, Value as LuaValue};
use serde_json::{Map, Number, Value};

/// How deep tables may stand in one another.
const DEEPEST: usize = 100;
/// What a value may come to, in bytes.
const LARGEST: usize = 32 << 20;
/// Bytes that a value takes beside its text.
const VALUE: usize = 64;

/// A value as Lua has it: null is nil.
pub(super) fn to_lua(lua: &Lua, value: &Value) -> mlua::Result<LuaValue> {
    let options = Options::new()
        .serialize_none_to_null(false)
        .serialize_unit_to_null(false);
    lua.to_value_with(value, options)
}

/// A value of Lua as data, and the bytes that it takes. A table with a first entry is a list of all that it has, as in the
/// original; an empty one is an object, unless it came in as a list.
pub(super) fn from_lua(lua: &Lua, value: &LuaValue) -> Result<(Value, usize), String> {
    let mut reader = Reader { lua, left: LARGEST };
    let value = reader.value(value, 0)?;
    Ok((value, LARGEST - reader.left))
}

struct Reader<'l> {
    lua: &'l Lua,
    left: usize,
}

impl Reader<'_> {
    fn value(&mut self, value: &LuaValue, depth: usize) -> Result<Value, String> {
        self.take(VALUE)?;
        Ok(match value {
            LuaValue::Nil => Value::Null,
            LuaValue::Boolean(flag) => Value::Bool(*flag),
            LuaValue::Integer(number) => Value::from(*number),
            LuaValue::Number(number) => number_of(*number)?,
            LuaValue::String(text) => Value::String(self.text(text)?),
            LuaValue::Table(_) if depth == DEEPEST => {
                return Err(format!(
                    "tables are recursive, or more than {DEEPEST} deep in one another"
                ));
            }
            LuaValue::Table(table) if table.raw_len() > 0 => self.list(table, depth + 1)?,
            LuaValue::Table(table) if table.metatable() == Some(self.lua.array_metatable()) => Value::Array(Vec::new()),
            LuaValue::Table(table) => self.object(table, depth + 1)?,
            other if other.is_null() => Value::Null,
            other => return Err(format!("a {} is no data", other.type_name())),
        })
    }

    /// The entries by number, then those behind a gap, then those with a name.
    fn list(&mut self, table: &Table, depth: usize) -> Result<Value, String> {
        let length = table.raw_len();
        let mut items = Vec::new();
        for index in 1..=length {
            let item: LuaValue = table.raw_get(index).map_err(|error| error.to_string())?;
            items.push(self.value(&item, depth)?);
        }
        let mut others = Vec::new();
        for pair in table.pairs::<LuaValue, LuaValue>() {
            let (key, item) = pair.map_err(|error| error.to_string())?;
            let is_counted = match &key {
                LuaValue::Integer(index) => usize::try_from(*index).is_ok_and(|index| (1..=length).contains(&index)),
                _ => false,
            };
            if !is_counted {
                let order = match &key {
                    LuaValue::Integer(index) => (*index, String::new()),
                    key => (i64::MAX, self.key(key)?),
                };
                others.push((order, self.value(&item, depth)?));
            }
        }
        others.sort_by(|(one, _), (other, _)| one.cmp(other));
        items.extend(others.into_iter().map(|(_, item)| item));
        Ok(Value::Array(items))
    }

    fn object(&mut self, table: &Table, depth: usize) -> Result<Value, String> {
        let mut object = Map::new();
        for pair in table.pairs::<LuaValue, LuaValue>() {
            let (key, value) = pair.map_err(|error| error.to_string())?;
            object.insert(self.key(&key)?, self.value(&value, depth)?);
        }
        Ok(Value::Object(object))
    }

    fn key(&mut self, key: &LuaValue) -> Result<String, String> {
        match key {
            LuaValue::String(text) => self.text(text),
            LuaValue::Integer(number) => Ok(number.to_string()),
            LuaValue::Number(number) => Ok(number.to_string()),
            LuaValue::Boolean(flag) => Ok(flag.to_string()),
            other => Err(format!("a {} is no key of data", other.type_name())),
        }
    }

    fn text(&mut self, text: &mlua::LuaString) -> Result<String, String> {
        let bytes = text.as_bytes();
        self.take(bytes.len())?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err("a text is not UTF-8".to_owned()),
        }
    }

    fn take(&mut self, bytes: usize) -> Result<(), String> {
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or_else(|| format!("a table comes to more than {} MiB of data", LARGEST >> 20))?;
        Ok(())
    }
}

fn number_of(number: f64) -> Result<Value, String> {
    let number = Number::from_f64(number).ok_or_else(|| format!("{number} is no number of JSON or YAML"))?;
    Ok(Value::Number(number))
}
