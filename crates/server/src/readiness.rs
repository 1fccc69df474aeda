//! Whether this replica can do its work, or is ready to take it over, and what is missing if not.

use std::{fmt, sync::Arc};

use stagecoach_runtime::{Claim, lease::Leadership};

/// Says what is missing in a sentence, or `None`.
pub type Check = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// The lease and all caches. Cheap to clone.
#[derive(Clone)]
pub struct Readiness {
    claim: Claim,
    checks: Arc<[Check]>,
}

impl Readiness {
    /// Ready when no check has anything to say and it is known who leads.
    #[must_use]
    pub fn new(claim: Claim, checks: impl IntoIterator<Item = Check>) -> Self {
        Self {
            claim,
            checks: checks.into_iter().collect(),
        }
    }

    /// What this replica does, or all that is missing.
    pub fn look(&self) -> Result<String, Vec<String>> {
        let leadership = self.claim.leadership();
        let mut missing: Vec<String> = self.checks.iter().filter_map(|check| check()).collect();
        match leadership {
            Leadership::Leading | Leadership::Standby { .. } => {}
            Leadership::Unknown | Leadership::Unsure => missing.push(leadership.to_string()),
        }
        if missing.is_empty() {
            Ok(leadership.to_string())
        } else {
            Err(missing)
        }
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Readiness({:?})", self.look())
    }
}
