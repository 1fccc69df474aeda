//! What a script finds beside Lua's own libraries: `encoding`, `fs` and `utils`. A call that fails gives `nil` and the reason.

use std::rc::Rc;

use mlua::{Lua, LuaSerdeExt as _, MultiValue, Table, Value as LuaValue};
use serde_json::Value;

use super::merge;
use super::sandbox::{Host, to_lua};
use crate::error::first_line;
use crate::path::confine;

/// A value, or why there is none.
type Answer<T> = Result<T, String>;

/// Makes the three modules global.
pub(super) fn install(lua: &Lua, host: &Rc<Host>) -> mlua::Result<()> {
    let globals = lua.globals();
    globals.set("encoding", encoding(lua)?)?;
    globals.set("fs", fs(lua, host)?)?;
    globals.set("utils", utils(lua)?)
}

fn encoding(lua: &Lua) -> mlua::Result<Table> {
    let module = lua.create_table()?;
    module.set(
        "jsonEncode",
        function(lua, |lua, value: LuaValue| {
            let value = from_lua(lua, value)?;
            serde_json::to_string(&value).map_err(|error| error.to_string())
        })?,
    )?;
    module.set(
        "jsonDecode",
        decoder(lua, |text| {
            serde_json::from_str(text).map_err(|error| error.to_string())
        })?,
    )?;
    module.set(
        "yamlEncode",
        function(lua, |lua, value: LuaValue| {
            let value = from_lua(lua, value)?;
            serde_saphyr::to_string(&value).map_err(|error| first_line(&error.to_string()).to_owned())
        })?,
    )?;
    module.set(
        "yamlDecode",
        decoder(lua, |text| {
            serde_saphyr::from_str(text).map_err(|error| first_line(&error.to_string()).to_owned())
        })?,
    )?;
    module.set(
        "jsonSchema",
        function(lua, |_, _: MultiValue| -> Answer<bool> {
            Err("jsonSchema is not supported; check the values in spec.configuration".to_owned())
        })?,
    )?;
    Ok(module)
}

fn fs(lua: &Lua, host: &Rc<Host>) -> mlua::Result<Table> {
    let module = lua.create_table()?;
    let reader = Rc::clone(host);
    module.set(
        "read",
        function(lua, move |lua, path: String| {
            let path = confine("fs.read", &path).map_err(|error| error.to_string())?;
            if let Some(content) = reader.files.get(&path) {
                return lua.create_string(&**content).map_err(|error| error.to_string());
            }
            let is_there = reader.files.listing().map(|listing| listing.contains(&path));
            if is_there == Some(false) {
                return Err(format!("fs.read: the file {path:?} does not exist"));
            }
            reader
                .wants_listing
                .set(reader.wants_listing.get() || is_there.is_none());
            reader.wants.borrow_mut().insert(path);
            Err("fs.read: not read yet".to_owned())
        })?,
    )?;
    let walker = Rc::clone(host);
    module.set(
        "walk",
        function(lua, move |_, (folder, without_dotfiles): (String, Option<bool>)| {
            let folder = confine("fs.walk", &folder).or_else(|error| match folder.trim_matches(['/', '.']) {
                "" => Ok(String::new()),
                _ => Err(error.to_string()),
            })?;
            let Some(listing) = walker.files.listing() else {
                walker.wants_listing.set(true);
                return Err("fs.walk: not listed yet".to_owned());
            };
            let without_dotfiles = without_dotfiles.unwrap_or(false);
            let wanted = |path: &&String| is_inside(path, &folder) && !(without_dotfiles && has_dotfile(path));
            Ok(listing.iter().filter(wanted).cloned().collect::<Vec<_>>())
        })?,
    )?;
    Ok(module)
}

fn utils(lua: &Lua) -> mlua::Result<Table> {
    let module = lua.create_table()?;
    module.set(
        "merge",
        function(lua, |lua, (base, more, how): (LuaValue, LuaValue, Option<String>)| {
            let (mut base, more) = (from_lua(lua, base)?, from_lua(lua, more)?);
            match how.as_deref().unwrap_or("override") {
                "override" => merge::overwrite(&mut base, more),
                "append" => merge::append(&mut base, more),
                other => return Err(format!("utils.merge: {other:?} is neither \"override\" nor \"append\"")),
            }
            to_lua(lua, &base).map_err(|error| error.to_string())
        })?,
    )?;
    module.set(
        "splitString",
        function(lua, |_, (text, separator): (String, String)| {
            Ok(text.split(separator.as_str()).map(str::to_owned).collect::<Vec<_>>())
        })?,
    )?;
    module.set(
        "pathJoin",
        function(lua, |_, parts: Vec<String>| {
            let parts = parts
                .iter()
                .flat_map(|part| part.split('/'))
                .filter(|part| !part.is_empty() && *part != ".");
            Ok(parts.collect::<Vec<_>>().join("/"))
        })?,
    )?;
    Ok(module)
}

/// A function whose refusal is `nil` and the reason.
fn function<A, T>(lua: &Lua, call: impl Fn(&Lua, A) -> Answer<T> + 'static) -> mlua::Result<mlua::Function>
where
    A: mlua::FromLuaMulti,
    T: mlua::IntoLua,
{
    lua.create_function(move |lua, arguments: A| match call(lua, arguments) {
        Ok(value) => Ok((value.into_lua(lua)?, LuaValue::Nil)),
        Err(reason) => Ok((LuaValue::Nil, LuaValue::String(lua.create_string(reason)?))),
    })
}

/// A function from a text to data.
fn decoder(lua: &Lua, decode: impl Fn(&str) -> Answer<Value> + 'static) -> mlua::Result<mlua::Function> {
    function(lua, move |lua, text: String| {
        to_lua(lua, &decode(&text)?).map_err(|error| error.to_string())
    })
}

fn from_lua(lua: &Lua, value: LuaValue) -> Answer<Value> {
    lua.from_value(value).map_err(|error| error.to_string())
}

fn is_inside(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn has_dotfile(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.'))
}
