//! Expressions that values are held against: the first text is the expression, the second the value; the file counts for nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use stagecoach_change::{Automation, check_values, validate};
use stagecoach_fuzz::parts;

fuzz_target!(|data: &[u8]| {
    let Some((regex, text, _)) = parts(data) else {
        return;
    };
    let entry = json!({"name": "a", "type": "STRING", "validation": {"regex": regex}});
    let Ok(automation) = serde_json::from_value::<Automation>(json!({"title": "t", "configuration": [entry]})) else {
        return;
    };
    let _ = validate(&automation);
    let values = json!({"a": text});
    assert_eq!(
        check_values(&automation.configuration, &values),
        check_values(&automation.configuration, &values)
    );
});
