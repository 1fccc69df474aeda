//! Findings as SARIF 2.1.0, which code scanning takes. Pure.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{finding::Finding, rules};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The whole log.
pub(super) fn view(findings: &[Finding]) -> Value {
    let rules: BTreeSet<&str> = findings.iter().map(|finding| finding.rule).collect();
    let rules: Vec<Value> = rules
        .into_iter()
        .map(|rule| match rules::about(rule) {
            Some(about) => json!({ "id": rule, "name": rule, "shortDescription": { "text": about } }),
            None => json!({ "id": rule, "name": rule }),
        })
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "kubectl-stagecoach",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": findings.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn result(finding: &Finding) -> Value {
    let message = match &finding.object {
        Some(object) => format!("{object}: {}", finding.message),
        None => finding.message.clone(),
    };
    json!({
        "ruleId": finding.rule,
        "level": finding.level.name(),
        "message": { "text": message },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&finding.file) },
            "region": { "startLine": finding.spot.line, "startColumn": finding.spot.column },
        }}],
    })
}

/// A path as a relative reference: what an address cannot hold is written in hexadecimal.
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes()
        .map(|byte| {
            if kept(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_addresses() {
        assert_eq!(uri("./a b/\u{e4}#1.yaml"), "a%20b/%C3%A4%231.yaml");
        assert_eq!(uri("bootstrap/dev.yaml"), "bootstrap/dev.yaml");
    }
}
