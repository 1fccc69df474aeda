//! Counters and histograms of the process, in the OpenMetrics format.
//!
//! Each crate registers its own under [`Metrics::register`]. No label ever holds the name of an object: there is no end
//! of those.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

/// The metrics of the process. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    duration: Family<ReconcileLabels, Histogram, fn() -> Histogram>,
    errors: Family<ErrorLabels, Counter>,
    running: Family<KindLabel, Gauge>,
    leading: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReconcileLabels {
    kind: &'static str,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
    kind: &'static str,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

/// From 1 ms to about 65 s: a pass without I/O is below the first, a slow forge in the last.
fn reconcile_buckets() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 4.0, 9))
}

impl Metrics {
    /// A registry with the metrics of this crate; every name begins with `stagecoach_`.
    #[must_use]
    pub fn new() -> Self {
        let metrics = Self {
            registry: Arc::new(Mutex::new(Registry::with_prefix("stagecoach"))),
            duration: Family::new_with_constructor(reconcile_buckets),
            errors: Family::default(),
            running: Family::default(),
            leading: Gauge::default(),
        };
        metrics.register(|registry| {
            registry.register(
                "reconcile_duration_seconds",
                "How long one pass over one object took",
                metrics.duration.clone(),
            );
            registry.register(
                "reconcile_errors",
                "Passes that failed, by the reason that the object's condition shows",
                metrics.errors.clone(),
            );
            registry.register(
                "reconciles_running",
                "Passes that run at this moment",
                metrics.running.clone(),
            );
            registry.register(
                "leader",
                "1 on the replica that holds the lease",
                metrics.leading.clone(),
            );
        });
        metrics
    }

    /// Adds metrics of another crate.
    pub fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(&mut self.registry.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// All metrics as text.
    pub fn render(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry.lock().unwrap_or_else(PoisonError::into_inner))?;
        Ok(text)
    }

    pub(crate) fn reconcile_started(&self, kind: &'static str) {
        self.running.get_or_create(&KindLabel { kind }).inc();
    }

    pub(crate) fn reconcile_ended(&self, kind: &'static str, result: &'static str, took: Duration) {
        self.running.get_or_create(&KindLabel { kind }).dec();
        self.duration
            .get_or_create(&ReconcileLabels { kind, result })
            .observe(took.as_secs_f64());
    }

    pub(crate) fn reconcile_failed(&self, kind: &'static str, reason: &'static str) {
        self.errors.get_or_create(&ErrorLabels { kind, reason }).inc();
    }

    pub(crate) fn set_leading(&self, leading: bool) {
        self.leading.set(i64::from(leading));
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Metrics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_and_an_error_are_seen_in_the_text() {
        let metrics = Metrics::new();
        metrics.reconcile_started("Pipeline");
        metrics.reconcile_ended("Pipeline", "done", Duration::from_millis(3));
        metrics.reconcile_failed("Pipeline", "Conflict");
        let text = metrics.render().unwrap();
        assert!(
            text.contains(r#"stagecoach_reconcile_duration_seconds_count{kind="Pipeline",result="done"} 1"#),
            "{text}"
        );
        assert!(
            text.contains(r#"stagecoach_reconcile_errors_total{kind="Pipeline",reason="Conflict"} 1"#),
            "{text}"
        );
        assert!(
            text.contains(r#"stagecoach_reconciles_running{kind="Pipeline"} 0"#),
            "{text}"
        );
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn another_crate_adds_its_own() {
        let metrics = Metrics::new();
        let polls: Counter = Counter::default();
        metrics.register(|registry| registry.register("polls", "Polls of registries", polls.clone()));
        polls.inc();
        assert!(metrics.render().unwrap().contains("stagecoach_polls_total 1"));
    }
}
