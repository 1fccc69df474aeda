//! Change sets: (automation, context, files) to file changes. Pure.

#![expect(dead_code, reason = "the rooms are built from the ground up; the entrance follows")]
mod automation;
mod error;
mod path;
mod pattern;
mod template;
