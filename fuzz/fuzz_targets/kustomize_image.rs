//! Images of a kustomization.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use stagecoach_fuzz::{FILE, edit, parts};

fuzz_target!(|data: &[u8]| {
    let Some((first, second, file)) = parts(data) else {
        return;
    };
    edit(
        json!({"updates": {"noMatch": "Ignore", "kustomizeImages": [{"file": FILE, "name": first, "newTag": second, "templated": false}]}}),
        file,
    );
});
