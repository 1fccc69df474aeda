//! Whether an Application is as it was written. Pure.
//!
//! Server-side apply gives back a field that somebody changed and takes away one that is not sent any more. It leaves
//! what somebody else added, and an added Helm parameter would change what runs, so source and destination must be equal
//! to the last byte and are corrected where apply did not make them so.

use serde_json::{Map, Value, json};
use stagecoach_workload::contains;

use super::WRITTEN;

/// The parts of `spec` that say what runs where.
const EXACT: [&str; 3] = ["source", "sources", "destination"];

/// Whether the Application has to be written.
pub(crate) fn differs(live: &Value, wanted: &Value) -> bool {
    let annotation = |object: &Value| object["metadata"]["annotations"][WRITTEN].clone();
    annotation(live) != annotation(wanted)
        || !contains(&live["spec"], &wanted["spec"])
        || !contains(&live["metadata"]["labels"], &wanted["metadata"]["labels"])
        || !contains(&live["metadata"]["annotations"], &wanted["metadata"]["annotations"])
        || !has_finalizers(live, wanted)
        || correction(live, wanted).is_some()
}

fn has_finalizers(live: &Value, wanted: &Value) -> bool {
    let all = |object: &Value| object["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
    let live = all(live);
    all(wanted).iter().all(|finalizer| live.contains(finalizer))
}

/// The JSON merge patch that makes source and destination equal; `None` when they are.
pub(crate) fn correction(live: &Value, wanted: &Value) -> Option<Value> {
    let mut parts = Map::new();
    for part in EXACT {
        let (live, wanted) = (&live["spec"][part], &wanted["spec"][part]);
        if live != wanted {
            parts.insert(part.to_owned(), merge_patch(live, wanted));
        }
    }
    (!parts.is_empty()).then(|| json!({ "spec": parts }))
}

/// The merge patch from one value to another. What is to go becomes null.
fn merge_patch(from: &Value, to: &Value) -> Value {
    let (Value::Object(from), Value::Object(to)) = (from, to) else {
        return to.clone();
    };
    let gone = from
        .keys()
        .filter(|name| !to.contains_key(*name))
        .map(|name| (name.clone(), Value::Null));
    let changed = to.iter().filter(|(name, value)| from.get(*name) != Some(value));
    let changed =
        changed.map(|(name, value)| (name.clone(), merge_patch(from.get(name).unwrap_or(&Value::Null), value)));
    gone.chain(changed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Value {
        json!({
            "metadata": { "labels": { "a": "b" }, "annotations": { WRITTEN: "1" }, "finalizers": ["x"] },
            "spec": {
                "source": { "repoURL": "u", "helm": { "releaseName": "r" } },
                "destination": { "namespace": "n" },
                "syncPolicy": { "syncOptions": ["CreateNamespace=true"] },
            },
        })
    }

    fn changed(change: impl FnOnce(&mut Value)) -> Value {
        let mut live = wanted();
        live["status"] = json!({ "reconciledAt": "now" });
        live["metadata"]["resourceVersion"] = json!("7");
        change(&mut live);
        live
    }

    #[test]
    fn what_was_written_and_what_others_add_elsewhere_is_left_alone() {
        assert!(!differs(&changed(|_| {}), &wanted()));
        let more = changed(|live| {
            live["spec"]["info"] = json!([{ "name": "team", "value": "a" }]);
            live["metadata"]["annotations"]["argocd.argoproj.io/refresh"] = json!("normal");
            live["metadata"]["labels"]["team"] = json!("a");
            live["metadata"]["finalizers"] = json!(["other", "x"]);
        });
        assert!(!differs(&more, &wanted()));
    }

    #[test]
    fn what_somebody_changed_is_written_again() {
        let changes: [fn(&mut Value); 7] = [
            |live| live["spec"]["source"]["repoURL"] = json!("other"),
            |live| live["spec"]["source"]["helm"]["parameters"] = json!([{ "name": "tag", "value": "1" }]),
            |live| live["spec"]["sources"] = json!([{ "repoURL": "u" }]),
            |live| live["spec"]["syncPolicy"]["syncOptions"] = json!([]),
            |live| live["metadata"]["finalizers"] = json!([]),
            |live| live["metadata"]["labels"] = json!({}),
            |live| live["metadata"]["annotations"][WRITTEN] = json!("0"),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            assert!(differs(&changed(change), &wanted()), "change {number}");
        }
    }

    #[test]
    fn what_apply_leaves_is_corrected() {
        let added = changed(|live| {
            live["spec"]["source"]["helm"]["parameters"] = json!([]);
            live["spec"]["source"]["repoURL"] = json!("other");
            live["spec"]["sources"] = json!([]);
        });
        let patch = correction(&added, &wanted()).unwrap();
        let source = json!({ "repoURL": "u", "helm": { "parameters": null } });
        assert_eq!(patch, json!({ "spec": { "source": source, "sources": null } }));
        assert_eq!(correction(&wanted(), &wanted()), None);
    }
}
