//! What the real Argo CD and the real API server showed, step by step, between a change and its end.
//!
//! `recorded/README.md` says how the sequences were made. The rule that every one of them checks: the verdict is never
//! Healthy while the wanted thing does not run, and is at the end what it should be.

#![expect(clippy::unwrap_used, reason = "a broken recording must fail the test")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use jiff::Timestamp;
use serde_json::Value;
use stagecoach_workload::{Expectation, Verdict, application, judge};

/// One sequence.
struct Recording {
    name: String,
    version: String,
    ends: String,
    steps: Vec<Step>,
}

/// The objects as they were after one write to the API server.
struct Step {
    written: String,
    objects: BTreeMap<String, Value>,
}

fn recordings(prefix: &str) -> Vec<Recording> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recorded");
    let mut all: Vec<Recording> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            (
                path.file_stem().unwrap().to_string_lossy().into_owned(),
                fs::read_to_string(&path).unwrap(),
            )
        })
        .filter(|(name, _)| name.starts_with(prefix))
        .map(|(name, text)| recording(name, &text))
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!all.is_empty());
    all
}

fn recording(name: String, text: &str) -> Recording {
    let file: Value = serde_json::from_str(text).unwrap();
    let mut objects = BTreeMap::new();
    let steps = file["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            let kind = step["kind"].as_str().unwrap().to_owned();
            merge(objects.entry(kind.clone()).or_insert(Value::Null), &step["patch"]);
            Step {
                written: kind,
                objects: objects.clone(),
            }
        })
        .collect();
    let wanted = |field: &str| file["wanted"][field].as_str().unwrap().to_owned();
    Recording {
        name,
        version: wanted("version"),
        ends: wanted("ends"),
        steps,
    }
}

/// A step holds only what changed, as a JSON merge patch.
fn merge(object: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *object = patch.clone();
        return;
    };
    if !object.is_object() {
        *object = Value::Object(serde_json::Map::new());
    }
    let fields = object.as_object_mut().unwrap();
    for (name, value) in patch {
        if value.is_null() {
            fields.remove(name);
        } else {
            merge(fields.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

/// Whether the version really runs, and nothing else: what a person would find who looks at the Deployment.
fn runs(deployment: &Value, version: &str) -> bool {
    let image = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
        .as_str()
        .unwrap_or_default();
    let status = |field: &str| deployment["status"][field].as_i64().unwrap_or(0);
    let wanted = deployment["spec"]["replicas"].as_i64().unwrap();
    let observed = deployment["metadata"]["generation"] == deployment["status"]["observedGeneration"];
    image.ends_with(&format!(":{version}"))
        && observed
        && ["replicas", "updatedReplicas", "availableReplicas", "readyReplicas"]
            .into_iter()
            .all(|field| status(field) == wanted)
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Healthy => "Healthy",
        Verdict::Pending(_) => "Pending",
        Verdict::Applying(_) => "Applying",
        Verdict::Failed(_) => "Failed",
        Verdict::Suspended(_) => "Suspended",
        Verdict::Missing(_) => "Missing",
        Verdict::Unknown(_) => "Unknown",
    }
}

/// Runs a question over all steps and holds the answers against what really ran.
fn check(recording: &Recording, ask: impl Fn(&Step) -> Verdict) {
    let mut last = None;
    for (number, step) in recording.steps.iter().enumerate() {
        let verdict = ask(step);
        let runs = step
            .objects
            .get("Deployment")
            .is_some_and(|deployment| runs(deployment, &recording.version));
        if verdict == Verdict::Healthy {
            assert!(
                runs,
                "{}: step {number} ({}) is called healthy too early",
                recording.name, step.written
            );
        }
        last = Some(verdict);
    }
    let last = last.unwrap();
    assert_eq!(word(&last), recording.ends, "{}: it ends as {last:?}", recording.name);
}

/// Long after everything that was recorded.
fn late() -> Timestamp {
    "2030-01-01T00:00:00Z".parse().unwrap()
}

#[test]
fn argo_cd_carries_what_it_was_asked_only_when_it_runs() {
    for recording in recordings("application-") {
        // A commit in a folder changes nothing in what Argo CD is asked to carry: the promotion asks more, see below.
        if recording.name.contains("commit") {
            continue;
        }
        let end = recording.steps.last().unwrap();
        let asked = application::Asked::of(&end.objects["Application"]);
        check(&recording, |step| match step.objects.get("Application") {
            Some(application) => application::carries(application, &asked, late()),
            None => Verdict::Missing(String::new()),
        });
    }
}

#[test]
fn a_merged_version_is_proven_only_when_it_runs() {
    for recording in recordings("application-") {
        if recording.ends == "Failed" {
            // Without a clock the reader waits until Argo CD itself looks again.
            continue;
        }
        let since = "2026-01-01T00:00:00Z".parse().unwrap();
        let expectation = Expectation {
            document: None,
            version: Some(recording.version.clone()),
            since,
        };
        let ends = if recording.ends == "Applying" {
            "Pending"
        } else {
            &recording.ends
        };
        let recording = Recording {
            ends: ends.to_owned(),
            ..recording
        };
        check(&recording, |step| {
            judge("Application", step.objects.get("Application"), &expectation)
        });
    }
}

#[test]
fn the_deployment_itself_is_proven_only_when_it_runs() {
    for recording in recordings("application-") {
        if recording.ends != "Healthy" {
            continue;
        }
        let since = "2026-01-01T00:00:00Z".parse().unwrap();
        let expectation = Expectation {
            document: None,
            version: Some(recording.version.clone()),
            since,
        };
        check(&recording, |step| {
            judge("Deployment", step.objects.get("Deployment"), &expectation)
        });
    }
}

#[test]
fn a_merged_service_is_proven_only_when_it_runs() {
    for recording in recordings("service-") {
        let end = recording.steps.last().unwrap();
        let since = "2026-01-01T00:00:00Z".parse().unwrap();
        let version = Some(recording.version.clone());
        let document = Some(end.objects["ServiceDeployment"].clone());
        for expectation in [
            Expectation {
                document,
                version: None,
                since,
            },
            Expectation {
                document: None,
                version,
                since,
            },
        ] {
            check(&recording, |step| {
                judge("ServiceDeployment", step.objects.get("ServiceDeployment"), &expectation)
            });
        }
    }
}

/// What `kubectl wait --for=condition=Ready` and GitOps tools go by.
#[test]
fn a_service_that_says_ready_of_its_generation_runs_what_its_spec_says() {
    for recording in recordings("service-") {
        let mut ready = 0;
        for (number, step) in recording.steps.iter().enumerate() {
            let Some(service) = step.objects.get("ServiceDeployment") else {
                continue;
            };
            let conditions = service["status"]["conditions"].as_array();
            let is_ready = conditions
                .into_iter()
                .flatten()
                .any(|condition| condition["type"] == "Ready" && condition["status"] == "True");
            if is_ready && service["metadata"]["generation"] == service["status"]["observedGeneration"] {
                let tag = service["spec"]["helm"]["values"]["image"]["tag"].as_str().unwrap();
                assert!(
                    runs(&step.objects["Deployment"], tag),
                    "{}: step {number} says ready",
                    recording.name
                );
                ready += 1;
            }
        }
        assert!(
            ready > 0 || recording.ends != "Healthy",
            "{} is never ready",
            recording.name
        );
    }
}
