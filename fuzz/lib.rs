//! What the targets share: bytes become an automation and a file, and the change set is computed twice.

use serde_json::{Value, json};
use stagecoach_change::{Automation, Files, compute, needs, validate};

/// The file that the automations edit.
pub const FILE: &str = "file";

/// Splits the bytes at the first two NULs: two texts of an automation, and a file.
pub fn parts(data: &[u8]) -> Option<(&str, &str, &[u8])> {
    let mut parts = data.splitn(3, |byte| *byte == 0);
    let first = std::str::from_utf8(parts.next()?).ok()?;
    let second = std::str::from_utf8(parts.next()?).ok()?;
    Some((first, second, parts.next()?))
}

/// JSON where it is some, else the text.
pub fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}

/// Nothing panics, and the same input gives the same outcome.
pub fn edit(spec: Value, file: &[u8]) {
    let mut spec = spec;
    spec["title"] = json!("case");
    let Ok(automation) = serde_json::from_value::<Automation>(spec) else {
        return;
    };
    let context = json!({"version": "1.2.3", "list": ["a", "b"], "map": {"k": "v"}, "n": 3, "empty": ""});
    let _ = validate(&automation);
    let _ = needs(&automation, &context);
    let mut files: Files = [(FILE, file)].into_iter().collect();
    files.set_listing([FILE.to_owned()]);
    assert_eq!(
        compute(&automation, &context, &files),
        compute(&automation, &context, &files)
    );
}
