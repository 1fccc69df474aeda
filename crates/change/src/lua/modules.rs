//! What a script finds beside Lua's own libraries: `encoding`, `fs` and `utils`. A call that fails gives `nil` and the reason.

use std::rc::Rc;
use std::sync::Arc;

use mlua::{IntoLua as _, Lua, Table, Value as LuaValue};
use serde_json::Value;

use super::convert::{from_lua, to_lua};
use super::sandbox::Host;
use super::{merge, schema};
use crate::error::first_line;
use crate::path::confine;
use crate::template::clean;
use crate::yaml::documents;

/// A value, or why there is none.
type Answer<T> = Result<T, String>;

/// Makes the three modules global.
pub(super) fn install(lua: &Lua, host: &Rc<Host>) -> mlua::Result<()> {
    let globals = lua.globals();
    globals.set("encoding", encoding(lua, host)?)?;
    globals.set("fs", fs(lua, host)?)?;
    globals.set("utils", utils(lua, host)?)?;
    let require = lua.create_function(|lua, name: String| match name.as_str() {
        "encoding" | "fs" | "utils" => lua.globals().get::<Table>(name),
        _ => Err(mlua::Error::runtime(format!(
            "require: there is no module {name:?}; a script has encoding, fs and utils"
        ))),
    })?;
    globals.set("require", require)
}

fn encoding(lua: &Lua, host: &Rc<Host>) -> mlua::Result<Table> {
    let module = lua.create_table()?;
    module.set(
        "jsonEncode",
        function(lua, host, "encoding.jsonEncode", |lua, host, value: LuaValue| {
            serde_json::to_string(&host.data(lua, &value)?).map_err(|error| error.to_string())
        })?,
    )?;
    module.set(
        "jsonDecode",
        function(lua, host, "encoding.jsonDecode", |lua, host, text: mlua::LuaString| {
            let text = host.text(&text, 8)?;
            let value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            given(lua, &value)
        })?,
    )?;
    module.set(
        "yamlEncode",
        function(lua, host, "encoding.yamlEncode", |lua, host, value: LuaValue| {
            let value = host.data(lua, &value)?;
            // Indented as the original does it.
            let options = serde_saphyr::ser_options! { indent_step: 4, compact_list_indent: false };
            serde_saphyr::to_string_with_options(&value, options)
                .map_err(|error| first_line(&error.to_string()).to_owned())
        })?,
    )?;
    module.set(
        "yamlDecode",
        function(lua, host, "encoding.yamlDecode", |lua, host, text: mlua::LuaString| {
            let documents = documents(&host.text(&text, 40)?)?;
            given(lua, documents.first().unwrap_or(&Value::Null))
        })?,
    )?;
    let host = Rc::clone(host);
    let validate = lua.create_function(move |lua, arguments: mlua::MultiValue| {
        let (value, path): (LuaValue, String) = mlua::FromLuaMulti::from_lua_args(arguments, 1, None, lua)
            .map_err(|error| wrong_argument("encoding.jsonSchema", &error))?;
        let checked = host.data(lua, &value).and_then(|value| {
            let schema = host.read("encoding.jsonSchema", &path)?;
            schema::check(&schema, &value, &host.work)
        });
        Ok((checked.is_ok(), checked.err()))
    })?;
    module.set("jsonSchema", validate)?;
    Ok(module)
}

fn fs(lua: &Lua, host: &Rc<Host>) -> mlua::Result<Table> {
    let module = lua.create_table()?;
    module.set(
        "read",
        function(lua, host, "fs.read", |lua, host, path: String| {
            let content = host.read("fs.read", &path)?;
            lua.create_string(&*content).map_err(|error| error.to_string())
        })?,
    )?;
    module.set(
        "walk",
        function(
            lua,
            host,
            "fs.walk",
            |_, host, (folder, without_dotfiles): (String, Option<bool>)| {
                host.walk(&folder, without_dotfiles.unwrap_or(false))
            },
        )?,
    )?;
    Ok(module)
}

fn utils(lua: &Lua, host: &Rc<Host>) -> mlua::Result<Table> {
    let module = lua.create_table()?;
    module.set(
        "merge",
        function(
            lua,
            host,
            "utils.merge",
            |lua, host, (base, more, how): (LuaValue, LuaValue, Option<String>)| {
                let (mut base, more) = (host.data(lua, &base)?, host.data(lua, &more)?);
                match how.as_deref().unwrap_or("override") {
                    "override" => merge::overwrite(&mut base, more),
                    "append" => merge::append(&mut base, more),
                    other => return Err(format!("utils.merge: {other:?} is neither \"override\" nor \"append\"")),
                }
                given(lua, &base)
            },
        )?,
    )?;
    module.set(
        "splitString",
        function(
            lua,
            host,
            "utils.splitString",
            |_, host, (text, separator): (String, String)| {
                host.work.take(text.len().saturating_mul(20))?;
                let owned = |parts: &mut dyn Iterator<Item = &str>| parts.map(str::to_owned).collect::<Vec<_>>();
                // Without a separator it is the characters, and not what is around them.
                Ok(match separator.as_str() {
                    "" => text.chars().map(String::from).collect(),
                    separator => owned(&mut text.split(separator)),
                })
            },
        )?,
    )?;
    module.set(
        "pathJoin",
        function(lua, host, "utils.pathJoin", |_, host, parts: Vec<String>| {
            let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            let path = parts.join("/");
            host.work.take(path.len().saturating_mul(4))?;
            Ok(if path.is_empty() { path } else { clean(&path) })
        })?,
    )?;
    Ok(module)
}

/// What the functions reach.
impl Host {
    /// A value as data, paid for.
    fn data(&self, lua: &Lua, value: &LuaValue) -> Answer<Value> {
        let (value, bytes) = from_lua(lua, value)?;
        self.work.take(bytes)?;
        Ok(value)
    }

    /// A text that is to be read, paid for by the byte.
    fn text(&self, text: &mlua::LuaString, units: usize) -> Answer<String> {
        let text = text.to_str().map_err(|_| "the text is not UTF-8".to_owned())?;
        self.work.take(text.len().saturating_mul(units))?;
        Ok((*text).to_owned())
    }

    /// A file; `caller` is the function that asks.
    fn read(&self, caller: &str, path: &str) -> Answer<Arc<[u8]>> {
        let path = confine(caller, path).map_err(|error| error.to_string())?;
        if let Some(content) = self.files.get(&path) {
            self.work.take(content.len() / 8)?;
            return Ok(Arc::clone(content));
        }
        let is_there = self.files.listing().map(|listing| listing.contains(&path));
        if is_there == Some(false) {
            return Err(format!("{caller}: the file {path:?} does not exist"));
        }
        self.wants_listing.set(self.wants_listing.get() || is_there.is_none());
        self.wants.borrow_mut().insert(path);
        Err(format!("{caller}: not read yet"))
    }

    /// The files of a folder, or the file itself, in the order in which a walk through the folders finds them.
    fn walk(&self, folder: &str, without_dotfiles: bool) -> Answer<Vec<String>> {
        let folder = match folder {
            "" | "." | "./" | "/" => String::new(),
            folder => confine("fs.walk", folder).map_err(|error| error.to_string())?,
        };
        let Some(listing) = self.files.listing() else {
            self.wants_listing.set(true);
            return Err("fs.walk: not listed yet".to_owned());
        };
        self.work.take(listing.len().saturating_mul(20))?;
        let inside: Vec<&String> = listing.iter().filter(|path| is_inside(path, &folder)).collect();
        if inside.is_empty() && !folder.is_empty() {
            return Err(format!("fs.walk: there is nothing at {folder:?}"));
        }
        // A dot in front of the folder that was asked for counts, one further up does not.
        let above = folder.rfind('/').map_or(0, |slash| slash + 1);
        let wanted = |path: &&&String| !(without_dotfiles && has_dotfile(path.get(above..).unwrap_or_default()));
        let mut paths: Vec<String> = inside.iter().filter(wanted).map(|path| (*path).clone()).collect();
        paths.sort_by(|one, other| one.split('/').cmp(other.split('/')));
        Ok(paths)
    }
}

/// A function whose refusal is `nil` and the reason.
fn function<A, T>(
    lua: &Lua,
    host: &Rc<Host>,
    name: &'static str,
    call: impl Fn(&Lua, &Host, A) -> Answer<T> + 'static,
) -> mlua::Result<mlua::Function>
where
    A: mlua::FromLuaMulti,
    T: mlua::IntoLua,
{
    let host = Rc::clone(host);
    lua.create_function(move |lua, arguments: mlua::MultiValue| {
        let arguments = A::from_lua_args(arguments, 1, None, lua).map_err(|error| wrong_argument(name, &error))?;
        match call(lua, &host, arguments) {
            Ok(value) => Ok((value.into_lua(lua)?, LuaValue::Nil)),
            Err(reason) => Ok((LuaValue::Nil, reason.into_lua(lua)?)),
        }
    })
}

/// The error for a value that a function cannot take.
fn wrong_argument(function: &str, error: &mlua::Error) -> mlua::Error {
    let (place, cause) = match error {
        mlua::Error::BadArgument { pos, cause, .. } => (format!("argument {pos}"), cause.as_ref()),
        other => ("an argument".to_owned(), other),
    };
    mlua::Error::runtime(match cause {
        mlua::Error::FromLuaConversionError { from, to, message } => {
            let wanted = message.as_deref().and_then(|message| message.strip_prefix("expected "));
            let wanted = wanted.map_or_else(|| to.to_ascii_lowercase(), str::to_owned);
            format!("{function}: {place} is a {from}; it must be a {wanted}")
        }
        other => format!("{function}: {place}: {other}"),
    })
}

/// Data as a script gets it.
fn given(lua: &Lua, value: &Value) -> Answer<LuaValue> {
    to_lua(lua, value).map_err(|error| error.to_string())
}

/// Whether a path is the folder itself, or is in it.
fn is_inside(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn has_dotfile(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.'))
}
