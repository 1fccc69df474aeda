//! Scripts, which may read the file, as a schema too.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use stagecoach_fuzz::{edit, parts};

fuzz_target!(|data: &[u8]| {
    let Some((first, _, file)) = parts(data) else { return };
    edit(json!({"lua": {"script": first}}), file);
});
