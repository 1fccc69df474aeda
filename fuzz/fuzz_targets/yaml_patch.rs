//! Values of YAML by path.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use stagecoach_fuzz::{FILE, edit, parts, value};

fuzz_target!(|data: &[u8]| {
    let Some((first, second, file)) = parts(data) else {
        return;
    };
    edit(
        json!({"updates": {"noMatch": "Ignore", "yamlPatches": [{"file": FILE, "path": first, "value": value(second), "templated": false}]}}),
        file,
    );
});
