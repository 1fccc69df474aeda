//! Values of a chart: a map that is laid over a file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use stagecoach_fuzz::{FILE, edit, parts, value};

fuzz_target!(|data: &[u8]| {
    let Some((first, second, file)) = parts(data) else {
        return;
    };
    edit(
        json!({"updates": {"helmValues": [{"file": FILE, "values": {first: value(second)}, "templated": false}]}}),
        file,
    );
});
