//! What is deployed is `spec` with `status.promoted` laid over it. Pure.
//!
//! A promotion by copying writes what it copied into the status, because GitOps owns `spec` and would take a change
//! there back. A person who changes one of the copied fields in `spec` afterwards takes precedence again.

use std::collections::BTreeMap;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use stagecoach_api::service_deployment::{Promoted, ServiceDeploymentSpec};

/// The spec that counts.
pub(crate) fn effective(spec: &ServiceDeploymentSpec, promoted: Option<&Promoted>) -> ServiceDeploymentSpec {
    let mut effective = spec.clone();
    let Some(promoted) = promoted.filter(|promoted| promoted.over == fingerprint(spec, promoted)) else {
        return effective;
    };
    if let Some(from) = &promoted.git {
        let git = effective.git.get_or_insert_default();
        git.reference.clone_from(&from.reference);
        git.folder.clone_from(&from.folder);
    }
    if let Some(from) = &promoted.helm {
        let helm = effective.helm.get_or_insert_default();
        helm.version = Some(from.version.clone());
        if from.chart.is_some() {
            helm.chart.clone_from(&from.chart);
        }
    }
    effective.configuration.extend(promoted.configuration.clone());
    effective
}

/// The fields of `spec` that the copy lies over, in few characters: what `Promoted.over` holds.
pub fn fingerprint(spec: &ServiceDeploymentSpec, promoted: &Promoted) -> String {
    let git = promoted
        .git
        .as_ref()
        .and(spec.git.as_ref())
        .map(|git| (&git.reference, &git.folder));
    let helm = promoted
        .helm
        .as_ref()
        .and(spec.helm.as_ref())
        .map(|helm| (&helm.chart, &helm.version));
    let configuration: BTreeMap<_, _> = promoted
        .configuration
        .keys()
        .map(|key| (key, spec.configuration.get(key)))
        .collect();
    short_hash(json!([git, helm, configuration]).to_string().as_bytes())
}

/// Sixteen hexadecimal digits.
pub(crate) fn short_hash(bytes: &[u8]) -> String {
    let mut digits = hex::encode(Sha256::digest(bytes));
    digits.truncate(16);
    digits
}

#[cfg(test)]
mod tests;
