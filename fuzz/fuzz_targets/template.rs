//! Liquid and its filters; a pattern of paths beside it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use stagecoach_fuzz::{FILE, edit, parts};

fuzz_target!(|data: &[u8]| {
    let Some((first, second, file)) = parts(data) else {
        return;
    };
    edit(
        json!({"creates": {"templates": [{"source": FILE, "destination": first}]}, "deletes": {"files": [second]}}),
        file,
    );
});
