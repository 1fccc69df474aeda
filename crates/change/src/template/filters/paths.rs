//! Filters over paths. They look at the text alone; nothing is read.

use super::super::value::Value;
use super::Filter;

pub(super) fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "base" | "osBase" => Filter::new(1, |call| Ok(Value::text(base(&call.text(0))))),
        "dir" | "osDir" => Filter::new(1, |call| {
            let text = call.text(0);
            Ok(Value::text(clean(
                text.rfind('/')
                    .map_or("", |slash| text.get(..=slash).unwrap_or_default()),
            )))
        }),
        "clean" | "osClean" => Filter::new(1, |call| Ok(Value::text(clean(&call.text(0))))),
        "ext" | "osExt" => Filter::new(1, |call| {
            let text = call.text(0);
            let name = text.rsplit('/').next().unwrap_or_default();
            Ok(Value::text(
                name.rfind('.').and_then(|dot| name.get(dot..)).unwrap_or_default(),
            ))
        }),
        "isAbs" | "osIsAbs" => Filter::new(1, |call| Ok(Value::Bool(call.text(0).starts_with('/')))),
        _ => return None,
    })
}

/// The last name of a path.
fn base(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    match path.trim_end_matches('/') {
        "" => "/".to_owned(),
        path => path.rsplit('/').next().unwrap_or_default().to_owned(),
    }
}

/// The shortest path that means the same, decided by its text alone.
pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}
