//! Names in strict templates that never have a value: templates know one, `context`. Pure.

use serde_json::{Map, Value, json};
use stagecoach_change::{self as change, Automation, Error, Place, validate};

/// The one name that templates know.
const CONTEXT: &str = "context";
/// Names of one template that are looked at.
const MOST: usize = 200;

/// What is wrong with a strict template whatever the values.
pub(super) fn faults(field: &str, source: &str) -> Vec<Error> {
    let alone = Automation {
        title: Some(source.to_owned()),
        ..Automation::default()
    };
    let parse = validate(&alone).into_iter().filter_map(|error| match error {
        Error::Template { place, message } => Some(Error::Template {
            place: Place {
                source: field.to_owned(),
                ..place
            },
            message,
        }),
        _ => None,
    });
    let found: Vec<Error> = parse.collect();
    if found.is_empty() {
        nowhere(field, source).into_iter().collect()
    } else {
        found
    }
}

/// The first name in a strict template that has no value whatever the context holds: every other one is given some.
pub(super) fn nowhere(field: &str, source: &str) -> Option<Error> {
    let mut context = json!({});
    for _ in 0..MOST {
        let Err(Error::Undefined { place, variable }) = change::render_strict(field, source, &context) else {
            return None;
        };
        match path(&variable) {
            Some(path) if give(&mut context, &path) => {}
            Some(_) => return None,
            None => {
                return Some(Error::Template {
                    place,
                    message: format!(
                        "`{variable}` never has a value: all values are in `{CONTEXT}`; write {CONTEXT}.{variable}"
                    ),
                });
            }
        }
    }
    None
}

/// The steps from the context to a variable; none where it is not in there.
pub(super) fn path(variable: &str) -> Option<Vec<&str>> {
    let mut steps = variable.split('.');
    let root = steps.next()?;
    let name = root.split(['[', ' ']).next().unwrap_or_default();
    (name == CONTEXT).then(|| steps.collect())
}

/// Gives a value to what a path names. False where that cannot be.
fn give(values: &mut Value, path: &[&str]) -> bool {
    let Some((last, before)) = path.split_last() else {
        return false;
    };
    let mut at = values;
    for step in before {
        let Value::Object(map) = at else { return false };
        at = map
            .entry((*step).to_owned())
            .or_insert_with(|| Value::Object(Map::new()));
    }
    let Value::Object(map) = at else { return false };
    map.insert((*last).to_owned(), Value::from("1.0.0")).is_none()
}
