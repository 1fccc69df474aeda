//! What the statuses of contexts and services say, as sentences for the timeline. Pure.

use serde_json::Value;

use super::timeline::Fact;

/// Characters of a commit that are shown.
const SHORT: usize = 10;

/// What a PipelineContext says.
pub(super) fn of_context(context: &Value) -> Vec<Fact> {
    let name = text(&context["metadata"]["name"]);
    let version = text(&context["spec"]["context"]["version"]);
    let mut facts = vec![fact(
        "context",
        format!("PipelineContext {name} is there, with version {version}"),
    )];
    let run = &context["status"]["run"];
    for stage in list(&run["stages"]) {
        of_stage(stage, &mut facts);
    }
    for edge in list(&run["edges"]) {
        for gate in list(&edge["gates"]) {
            of_gate(gate, &mut facts);
        }
    }
    let phase = text(&context["status"]["phase"]);
    if phase == "Succeeded" {
        facts.push(fact(
            "phase",
            format!("version {version} is everywhere: the run has succeeded"),
        ));
    }
    facts
}

fn of_stage(stage: &Value, facts: &mut Vec<Fact>) {
    let name = text(&stage["name"]);
    for pull in list(&stage["pullRequests"]) {
        let Some(number) = pull["number"].as_u64() else {
            continue;
        };
        let about = format!("stage {name} pull request {number} ");
        let url = text(&pull["url"]);
        facts.push(fact(
            &format!("{about}open"),
            format!("{name}: pull request #{number} is open: {url}"),
        ));
        if let Some(commit) = pull["mergeCommit"].as_str() {
            let commit: String = commit.chars().take(SHORT).collect();
            facts.push(fact(
                &format!("{about}merged"),
                format!("{name}: pull request #{number} is merged as {commit}; now the deployer has to follow"),
            ));
        }
    }
    let sentence = match text(&stage["state"]) {
        "Promoted" => format!("{name}: promoted: what was merged runs and is healthy"),
        state @ ("Failed" | "Overtaken" | "Superseded" | "Cancelled") => {
            format!("{name}: {state}: {}", text(&stage["message"]))
        }
        _ => return,
    };
    facts.push(fact(&format!("stage {name} state"), sentence));
}

fn of_gate(gate: &Value, facts: &mut Vec<Fact>) {
    let name = text(&gate["name"]);
    let decision = &gate["decision"];
    let sentence = match text(&gate["state"]) {
        "Pending" => format!("{name}: waits for a person"),
        "Open" => match decision["user"].as_str() {
            Some(user) => format!("{name}: approved by {user} at {}", text(&decision["at"])),
            None => format!("{name}: open"),
        },
        "Rejected" => format!("{name}: rejected by {}", text(&decision["user"])),
        _ => return,
    };
    facts.push(fact(&format!("gate {name}"), sentence));
}

/// What a ServiceDeployment says, once it says something.
pub(super) fn of_service(service: &Value) -> Vec<Fact> {
    let name = text(&service["metadata"]["name"]);
    let ready = list(&service["status"]["conditions"])
        .iter()
        .find(|condition| condition["type"] == "Ready");
    let Some(ready) = ready else { return Vec::new() };
    let images: Vec<&str> = list(&service["status"]["images"]).iter().map(text).collect();
    let sentence = if ready["status"] == "True" {
        format!("{name}: healthy, runs {}", images.join(", "))
    } else {
        format!("{name}: {}", text(&ready["message"]))
    };
    vec![fact(&format!("service {name}"), sentence)]
}

fn fact(about: &str, sentence: String) -> Fact {
    Fact {
        about: about.to_owned(),
        sentence,
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sentences(facts: Vec<Fact>) -> Vec<String> {
        facts.into_iter().map(|fact| fact.sentence).collect()
    }

    #[test]
    fn a_context_tells_its_pull_requests_gates_and_end() {
        let context = json!({
            "metadata": {"name": "c"},
            "spec": {"context": {"version": "0.1.0"}},
            "status": {"phase": "Blocked", "run": {
                "stages": [
                    {"name": "dev", "state": "Promoted", "pullRequests": [
                        {"number": 1, "url": "http://forge/1", "mergeCommit": "0123456789abcdef"},
                    ]},
                    {"name": "prod", "state": "Waiting"},
                ],
                "edges": [{"gates": [{"name": "approval-gate", "state": "Pending"}]}],
            }},
        });
        assert_eq!(
            sentences(of_context(&context)),
            [
                "PipelineContext c is there, with version 0.1.0",
                "dev: pull request #1 is open: http://forge/1",
                "dev: pull request #1 is merged as 0123456789; now the deployer has to follow",
                "dev: promoted: what was merged runs and is healthy",
                "approval-gate: waits for a person",
            ]
        );
    }

    #[test]
    fn a_decision_names_the_person() {
        let gate = json!({"name": "g", "state": "Open", "decision": {"user": "alice", "at": "2026-01-02T03:04:05Z"}});
        let mut facts = Vec::new();
        of_gate(&gate, &mut facts);
        assert_eq!(sentences(facts), ["g: approved by alice at 2026-01-02T03:04:05Z"]);
    }

    #[test]
    fn a_service_tells_what_it_waits_for_and_what_runs() {
        let service = |status: &str| {
            json!({
                "metadata": {"name": "s"},
                "status": {"images": ["shop:1"], "conditions": [{"type": "Ready", "status": status, "message": "syncs"}]},
            })
        };
        assert_eq!(sentences(of_service(&service("False"))), ["s: syncs"]);
        assert_eq!(sentences(of_service(&service("True"))), ["s: healthy, runs shop:1"]);
        assert!(of_service(&json!({"metadata": {"name": "s"}})).is_empty());
    }
}
