//! The machine that a script runs in: Luau with bounds on memory, steps and source, and without everything that differs from one
//! run to the next. Facts: `set_interrupt` is called on loops, calls and inside `string.find`, and its error cannot be caught for
//! good by `pcall`, because the next call fails again.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use mlua::chunk::ChunkMode;
use mlua::{LuaOptions, StdLib, Value as LuaValue, VmState};
use serde_json::Value;

use super::convert::{from_lua, to_lua};
use super::modules;
use super::work::Work;
use crate::error::{Error, first_line};
use crate::files::Files;

/// Bytes that a script may hold.
const MEMORY: usize = 32 << 20;
/// Bytes that it may hold in vain before they are collected.
const GARBAGE: usize = 2 << 20;
/// Bytes of its source.
const SOURCE: usize = 256 << 10;
/// Its name in messages.
const NAME: &str = "=script";
/// Lua's own functions, made to pay for what they are given.
const LIBRARY: &str = include_str!("library.luau");
/// Globals that differ from one run to the next, or reach out of the sandbox.
const REMOVED: [&str; 4] = ["collectgarbage", "gcinfo", "newproxy", "loadstring"];
/// What a script may look for in vain.
const ABSENT: &str = "os, io, coroutine, debug, math.random and loadstring are not here";

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
    pub(super) work: Work,
}

/// Whether the source is Lua at all.
pub(crate) fn check(source: &str) -> Result<(), Error> {
    let lua = machine(&Work::new())?;
    lua.load(source)
        .set_name(NAME)
        // Never code that was compiled elsewhere: the machine believes what that says.
        .set_mode(ChunkMode::Text)
        .into_function()
        .map_err(|error| told(&error))?;
    Ok(())
}

/// Runs a script.
pub(super) fn run(source: &str, context: &Value, files: &Files) -> Result<Run, Error> {
    if source.len() > SOURCE {
        let message = format!("the script is longer than {} KiB", SOURCE >> 10);
        return Err(Error::Script { message });
    }
    let work = Work::new();
    let host = Rc::new(Host {
        files: files.clone(),
        wants: RefCell::default(),
        wants_listing: Cell::new(false),
        work: work.clone(),
    });
    let outcome = machine(&work).and_then(|lua| play(&lua, source, context, &host));
    let wants = host.wants.take();
    if host.wants_listing.get() || !wants.is_empty() {
        // Whatever it made without these files, or failed at, is not its answer.
        return Ok(Run::Wants(wants));
    }
    match outcome {
        Err(_) if work.is_done() => {
            let message = "the script does more work than one may; it may loop for ever".to_owned();
            Err(Error::Script { message })
        }
        outcome => outcome.map(Run::Done),
    }
}

/// A machine without files and values. `work` counts down to its end.
fn machine(work: &Work) -> Result<mlua::Lua, Error> {
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
        let paid = work.clone();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates"
        )]
        let charge = lua.create_function(move |_, units: f64| {
            let _ = paid.take(units as usize);
            Ok(())
        })?;
        lua.load(LIBRARY).set_mode(ChunkMode::Text).call::<()>(charge)?;
        // Collected only here: so all that was written since the last step is still held, and can be counted.
        lua.gc_stop();
        let (work, held, collected) = (work.clone(), Cell::new(0), Cell::new(0));
        lua.set_interrupt(move |lua| {
            let before = held.replace(lua.used_memory());
            let mut units = step(before, held.get());
            if held.get() > collected.get() * 2 + GARBAGE {
                units += held.get() / 10;
                lua.gc_collect()?;
                // It starts collecting by itself anew.
                lua.gc_stop();
                held.set(lua.used_memory());
                collected.set(held.get());
            }
            match work.take(units) {
                Ok(()) => Ok(VmState::Continue),
                Err(reason) => Err(mlua::Error::runtime(reason)),
            }
        });
        Ok(lua)
    };
    build().map_err(|error: mlua::Error| told(&error))
}

/// What a loop, a call or a step of a search may have cost: it can have read all that the script holds, and has written what is
/// held beyond `before`.
fn step(before: usize, held: usize) -> usize {
    100 + held / 1_000 + held.saturating_sub(before) / 40
}

fn play(lua: &mlua::Lua, source: &str, context: &Value, host: &Rc<Host>) -> Result<Made, Error> {
    let play = || {
        modules::install(lua, host)?;
        lua.sandbox(true)?;
        let globals = lua.globals();
        let given = to_lua(lua, context)?;
        let data = |value: &LuaValue| from_lua(lua, value).map_err(mlua::Error::runtime);
        let (context_before, _) = data(&given)?;
        globals.set("context", given)?;
        globals.set("prAutomation", lua.create_table()?)?;
        lua.load(source).set_name(NAME).set_mode(ChunkMode::Text).exec()?;
        let (automation, _) = data(&globals.get("prAutomation")?)?;
        let (context, _) = data(&globals.get("context")?)?;
        Ok(Made {
            automation,
            context,
            context_before,
        })
    };
    play().map_err(|error: mlua::Error| told(&error))
}

/// The first line of what went wrong: the rest is the machine's own stack.
fn told(error: &mlua::Error) -> Error {
    let text = match error {
        // From inside of a function of ours, which knows no line.
        mlua::Error::CallbackError { cause, traceback } => {
            let message = match told(cause) {
                Error::Script { message } => message,
                other => return other,
            };
            let message = match line(traceback) {
                Some(line) if !message.starts_with("script:") => format!("script:{line}: {message}"),
                _ => message,
            };
            return Error::Script { message };
        }
        other => other.to_string(),
    };
    let line = first_line(&text).trim_start_matches("runtime error: ");
    let line = line.trim_start_matches("syntax error: ");
    let is_value = |kind: &&str| line.strip_prefix(*kind).is_some_and(|rest| rest.starts_with(": 0x"));
    let message = if line.ends_with("not enough memory") {
        format!("the script needs more than {} MiB of memory", MEMORY >> 20)
    } else if let Some(kind) = ["table", "function", "userdata"].iter().find(|kind| is_value(kind)) {
        format!("the script ends with an error that is a {kind} and no text")
    } else if line.ends_with("attempt to call a nil value") {
        format!("{line}: {ABSENT}")
    } else {
        line.to_owned()
    };
    Error::Script { message }
}

/// The line of the script that a stack of calls comes from.
fn line(traceback: &str) -> Option<u32> {
    let (_, rest) = traceback.split_once("script:")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}
