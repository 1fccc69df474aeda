//! A change set over 1,000 files of 20 kB: its time and its memory; then one line of a YAML file of 5 MB. As `name value`
//! lines. `cargo xtask bench` runs it in a process of its own, so that the high-water mark of memory is that of the
//! computation.

#![expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a program that measures and prints"
)]

use std::time::Instant;

use serde_json::json;
use stagecoach_change::{Automation, Files, compute, needs};

const FILES: usize = 1_000;
const SIZE: usize = 20_000;

fn main() {
    let replacements: Vec<_> = (0..FILES)
        .map(|number| {
            json!({
                "file": format!("apps/{{{{ context.pipeline.stage.name }}}}/{number}.yaml"),
                "regex": "tag: (.*) # VERSION",
                "replacement": "tag: {{ context.version }} # VERSION",
            })
        })
        .collect();
    let automation: Automation =
        serde_json::from_value(json!({"title": "bench", "updates": {"regexReplacements": replacements}}))
            .expect("an automation");
    let context = json!({"version": "1.2.3", "pipeline": {"stage": {"name": "dev"}}});
    let filler = "      - name: some-key\n        value: some value\n".repeat(SIZE / 50);
    let text = format!("image:\n  tag: 1.2.2 # VERSION\nenv:\n{filler}");

    let before = kilobytes("VmRSS");
    let mut files = Files::new();
    for number in 0..FILES {
        files.insert(format!("apps/dev/{number}.yaml"), text.clone().into_bytes());
    }
    let started = Instant::now();
    let wanted = needs(&automation, &context).expect("what it needs");
    let set = compute(&automation, &context, &files).expect("a change set");
    let took = started.elapsed();
    let after = kilobytes("VmHWM");

    assert_eq!((wanted.files.len(), set.changes.len()), (FILES, FILES));
    println!("milliseconds {:.1}", took.as_secs_f64() * 1_000.0);
    println!(
        "memory_ratio {:.2}",
        (after - before) * 1_024.0 / (FILES * text.len()) as f64
    );
    println!("yaml_patch {:.1}", large_yaml());
}

/// The fastest of some runs over one YAML file of 5 MB, in milliseconds: an image's tag in its middle.
fn large_yaml() -> f64 {
    let mut text = String::from("services:\n");
    let mut number = 0;
    while text.len() < 5_000_000 {
        let service = format!(
            "  - name: service-{number}\n    image:\n      repository: shop/service-{number}\n      tag: 1.2.2 # VERSION\n    env:\n      - {{name: KEY, value: \"some value\"}}\n"
        );
        text.push_str(&service);
        number += 1;
    }
    let path = format!("services[name=service-{}].image.tag", number / 2);
    let patch = json!({"file": "services.yaml", "path": path, "value": "{{ context.version }}"});
    let automation: Automation =
        serde_json::from_value(json!({"title": "bench", "updates": {"yamlPatches": [patch]}})).expect("an automation");
    let context = json!({"version": "1.2.3"});
    let files: Files = [("services.yaml", text.into_bytes())].into_iter().collect();
    let run = || {
        let started = Instant::now();
        let set = compute(&automation, &context, &files).expect("a change set");
        assert_eq!(set.changes.len(), 1);
        started.elapsed().as_secs_f64() * 1_000.0
    };
    (0..7).map(|_| run()).fold(f64::INFINITY, f64::min)
}

/// A line of this process's status.
fn kilobytes(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the process's status");
    let line = status.lines().find(|line| line.starts_with(field)).expect("the line");
    line.split_whitespace()
        .nth(1)
        .and_then(|number| number.parse().ok())
        .expect("a number")
}
