//! The machine that a script runs in: Luau with bounds on memory, steps and source, and without everything that differs from one
//! run to the next. Facts: `set_interrupt` is called on loops, calls and inside `string.find`, and its error cannot be caught for
//! good by `pcall`, because the next call fails again.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use mlua::serde::ser::Options as SerializeOptions;
use mlua::{LuaOptions, LuaSerdeExt as _, StdLib, Value as LuaValue, VmState};
use serde_json::Value;

use super::modules;
use crate::error::{Error, first_line};
use crate::files::Files;

/// Bytes that a script may hold.
const MEMORY: usize = 32 << 20;
/// Work that it may do, in units of about a hundredth of a microsecond. Time itself is not asked for here, so that the same script
/// always comes out the same.
const WORK: u64 = 200_000_000;
/// Bytes of its source.
const SOURCE: usize = 1 << 20;
/// Its name in messages.
const NAME: &str = "=script";
/// Globals that differ from one run to the next, or reach out of the sandbox.
const REMOVED: [&str; 5] = ["collectgarbage", "gcinfo", "newproxy", "loadstring", "require"];

/// What a script left behind.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) automation: Value,
    pub(super) context: Value,
    /// The context as it looks when it went through Lua and nobody touched it.
    pub(super) context_before: Value,
}

/// How a run ended.
#[derive(Debug)]
pub(super) enum Run {
    Done(Made),
    /// It asked for files that are not known yet; with none named, for the list of files.
    Wants(BTreeSet<String>),
}

/// The files as a script reaches them, and what it asked for in vain.
pub(super) struct Host {
    pub(super) files: Files,
    pub(super) wants: RefCell<BTreeSet<String>>,
    pub(super) wants_listing: Cell<bool>,
}

/// Whether the source is Lua at all.
pub(crate) fn check(source: &str) -> Result<(), Error> {
    let lua = machine(&Rc::new(Cell::new(WORK)))?;
    lua.load(source)
        .set_name(NAME)
        .into_function()
        .map_err(|error| told(&error))?;
    Ok(())
}

/// Runs a script.
pub(super) fn run(source: &str, context: &Value, files: &Files) -> Result<Run, Error> {
    if source.len() > SOURCE {
        let message = format!("the script is longer than {} MiB", SOURCE >> 20);
        return Err(Error::Script { message });
    }
    let host = Rc::new(Host {
        files: files.clone(),
        wants: RefCell::default(),
        wants_listing: Cell::new(false),
    });
    let work = Rc::new(Cell::new(WORK));
    let outcome = machine(&work).and_then(|lua| play(&lua, source, context, &host));
    let wants = host.wants.take();
    if host.wants_listing.get() || !wants.is_empty() {
        // Whatever it made without these files, or failed at, is not its answer.
        return Ok(Run::Wants(wants));
    }
    match outcome {
        Err(_) if work.get() == 0 => {
            let message = "the script does more work than one may; it may loop for ever".to_owned();
            Err(Error::Script { message })
        }
        outcome => outcome.map(Run::Done),
    }
}

/// A machine without files and values. `work` counts down to its end.
fn machine(work: &Rc<Cell<u64>>) -> Result<mlua::Lua, Error> {
    let build = || {
        let libraries = StdLib::STRING | StdLib::TABLE | StdLib::MATH | StdLib::BUFFER;
        let lua = mlua::Lua::new_with(libraries, LuaOptions::default())?;
        lua.set_memory_limit(MEMORY)?;
        let globals = lua.globals();
        for name in REMOVED {
            globals.set(name, LuaValue::Nil)?;
        }
        let math: mlua::Table = globals.get("math")?;
        math.set("random", LuaValue::Nil)?;
        math.set("randomseed", LuaValue::Nil)?;
        // A script may print while it is tried out elsewhere; here nobody reads along.
        globals.set("print", lua.create_function(|_, _: mlua::MultiValue| Ok(()))?)?;
        let (left, held) = (Rc::clone(work), Cell::new(0));
        lua.set_interrupt(move |lua| {
            let before = held.replace(lua.used_memory());
            let rest = left.get().saturating_sub(step(before, held.get()));
            left.set(rest);
            if rest == 0 {
                return Err(mlua::Error::runtime("too much work"));
            }
            Ok(VmState::Continue)
        });
        Ok(lua)
    };
    build().map_err(|error: mlua::Error| told(&error))
}

/// What a loop, a call or a step of a search may have cost: it can have read all that the script holds, and has written what is
/// held beyond `before`.
fn step(before: usize, held: usize) -> u64 {
    let units = 100 + held / 1_000 + held.saturating_sub(before) / 100;
    u64::try_from(units).unwrap_or(u64::MAX)
}

fn play(lua: &mlua::Lua, source: &str, context: &Value, host: &Rc<Host>) -> Result<Made, Error> {
    let play = || {
        modules::install(lua, host)?;
        lua.sandbox(true)?;
        let globals = lua.globals();
        let given = to_lua(lua, context)?;
        let context_before: Value = lua.from_value(given.clone())?;
        globals.set("context", given)?;
        globals.set("prAutomation", lua.create_table()?)?;
        lua.load(source).set_name(NAME).exec()?;
        Ok(Made {
            automation: lua.from_value(globals.get("prAutomation")?)?,
            context: lua.from_value(globals.get("context")?)?,
            context_before,
        })
    };
    play().map_err(|error: mlua::Error| told(&error))
}

/// A value as Lua has it: null is nil.
pub(super) fn to_lua(lua: &mlua::Lua, value: &Value) -> mlua::Result<LuaValue> {
    let options = SerializeOptions::new()
        .serialize_none_to_null(false)
        .serialize_unit_to_null(false);
    lua.to_value_with(value, options)
}

/// The first line of what went wrong: the rest is the machine's own stack.
fn told(error: &mlua::Error) -> Error {
    let message = match error {
        mlua::Error::MemoryError(_) => format!("the script needs more than {} MiB of memory", MEMORY >> 20),
        other => {
            let text = other.to_string();
            first_line(&text)
                .trim_start_matches("runtime error: ")
                .trim_start_matches("syntax error: ")
                .to_owned()
        }
    };
    Error::Script { message }
}
