//! The field managers, one per writer and purpose.
//!
//! Server-side apply removes the fields that a manager stops sending, so two places that write different parts of one
//! object must never share a name.

/// Status of `Pipeline`.
pub const PIPELINE_STATUS: &str = "stagecoach.dev/pipeline-status";
/// Where its runs stand, in the status of `Pipeline`.
pub const PIPELINE_PROGRESS: &str = "stagecoach.dev/pipeline-progress";
/// Status of `PipelineContext`.
pub const CONTEXT_STATUS: &str = "stagecoach.dev/context-status";
/// Status of `PrAutomation`.
pub const PR_AUTOMATION_STATUS: &str = "stagecoach.dev/prautomation-status";
/// Status of `PrAutomationTrigger`.
pub const PR_AUTOMATION_TRIGGER_STATUS: &str = "stagecoach.dev/prautomationtrigger-status";
/// Status of `Observer`.
pub const OBSERVER_STATUS: &str = "stagecoach.dev/observer-status";
/// Status of `ServiceDeployment`, as far as its deployer is concerned.
pub const SERVICE_STATUS: &str = "stagecoach.dev/service-status";
/// `ServiceDeployment.status.promoted`, which a promotion writes.
pub const SERVICE_PROMOTED: &str = "stagecoach.dev/service-promoted";
/// Status of `ScmConnection`, `GitRepository`, `HelmRepository` and `Cluster`.
pub const CONNECTION_STATUS: &str = "stagecoach.dev/connection-status";
/// Status of `Approval`.
pub const APPROVAL_STATUS: &str = "stagecoach.dev/approval-status";

/// Objects that an observer makes.
pub const OBSERVER: &str = "stagecoach.dev/observer";
/// Objects that a context's run makes (jobs of gates).
pub const CONTEXT: &str = "stagecoach.dev/context";
/// Objects that a pipeline makes (contexts of observed stages).
pub const PIPELINE: &str = "stagecoach.dev/pipeline";
/// Objects of the deploy engine.
pub const SERVICE: &str = "stagecoach.dev/service";
/// Finalizers.
pub const FINALIZER: &str = "stagecoach.dev/finalizer";
/// The lease.
pub const LEASE: &str = "stagecoach.dev/lease";
