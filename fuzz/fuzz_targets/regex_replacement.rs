//! Regular expressions in the dialect of Go, and what a match becomes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use stagecoach_fuzz::{FILE, edit, parts};

fuzz_target!(|data: &[u8]| {
    let Some((first, second, file)) = parts(data) else {
        return;
    };
    edit(
        json!({"updates": {"noMatch": "Ignore", "regexReplacements": [{"file": FILE, "regex": first, "replacement": second, "templated": false}]}}),
        file,
    );
});
