//! The archive of a chart, which a registry that is not ours sends.

#![no_main]

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use libfuzzer_sys::fuzz_target;
use stagecoach_versions::helm::unpack;

fuzz_target!(|data: &[u8]| {
    let _ = unpack("app", data);
    // The checksum of a compressed stream is not guessed.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let Ok(()) = encoder.write_all(data) else { return };
    let Ok(archive) = encoder.finish() else { return };
    for path in unpack("app", &archive).unwrap_or_default().keys() {
        assert!(path.starts_with("app/") && !path.split('/').any(|part| part == ".."), "{path}");
    }
});
