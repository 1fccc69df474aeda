//! Patterns of paths: one for files, one for a folder, and a file that is copied.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use stagecoach_fuzz::{edit, parts};

fuzz_target!(|data: &[u8]| {
    let Some((first, second, file)) = parts(data) else {
        return;
    };
    edit(
        json!({"updates": {"copies": [{"from": "file", "to": second}]}, "deletes": {"files": [first], "folders": [second]}}),
        file,
    );
});
