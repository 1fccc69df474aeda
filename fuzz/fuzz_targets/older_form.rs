//! Expressions within the matches of expressions.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use stagecoach_fuzz::{edit, parts};

fuzz_target!(|data: &[u8]| {
    let Some((first, second, file)) = parts(data) else {
        return;
    };
    edit(
        json!({"updates": {"noMatch": "Ignore", "files": ["."], "regexes": [first, second], "replaceTemplate": "x", "matchStrategy": "RECURSIVE"}}),
        file,
    );
});
