//! Counts the calls to forges, by endpoint and status.

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::{counter::Counter, family::Family};
use stagecoach_runtime::Metrics;
use stagecoach_scm::{CallReport, Observer};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    method: &'static str,
    endpoint: &'static str,
    /// The class of the status, `2xx`; `none` where there was no answer.
    status: &'static str,
}

/// Registers the counter; what it returns is told of every call.
pub fn count_calls(metrics: &Metrics) -> Observer {
    let calls: Family<CallLabels, Counter> = Family::default();
    let registered = calls.clone();
    metrics.register(|registry| registry.register("forge_calls", "Calls to forges", registered));
    Arc::new(move |call: &CallReport| {
        let labels = CallLabels {
            method: call.method,
            endpoint: call.endpoint,
            status: class(call.status),
        };
        calls.get_or_create(&labels).inc();
    })
}

fn class(status: Option<u16>) -> &'static str {
    match status.map(|status| status / 100) {
        Some(2) => "2xx",
        Some(3) => "3xx",
        Some(4) => "4xx",
        Some(5) => "5xx",
        Some(_) => "other",
        None => "none",
    }
}
