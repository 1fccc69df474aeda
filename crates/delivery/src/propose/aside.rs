//! Computations on threads of their own: an edit of large files takes long for a task that others wait behind, and a script may
//! find work that its limit does not count.

use std::time::Duration;

use serde_json::Value;
use stagecoach_change::{self as change, Automation, Files};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::Edit;
use crate::Error;

/// How many run at the same time. One that does not end keeps its place.
static PLACES: Semaphore = Semaphore::const_new(4);
/// How long one waits for a place, and how long it may take: far beyond what the limits of change sets allow.
const DEADLINE: Duration = Duration::from_mins(1);

/// Does `compute` for an edit with these files.
///
/// # Errors
/// Its own, [`Error::ComputationTooLong`], and [`Error::ComputationsBusy`] where no place becomes free.
pub(super) async fn aside<T: Send + 'static>(
    edit: &Edit,
    files: Files,
    compute: fn(&Automation, &Value, &Files) -> Result<T, change::Error>,
) -> Result<T, Error> {
    let (automation, context) = (edit.automation.clone(), edit.context.clone());
    within(&PLACES, DEADLINE, move || compute(&automation, &context, &files)).await
}

async fn within<T: Send + 'static>(
    places: &'static Semaphore,
    deadline: Duration,
    compute: impl FnOnce() -> Result<T, change::Error> + Send + 'static,
) -> Result<T, Error> {
    let Ok(Ok(place)) = timeout(deadline, places.acquire()).await else {
        return Err(Error::ComputationsBusy(deadline));
    };
    let computed = spawn_blocking(move || {
        let _place = place;
        compute()
    });
    match timeout(deadline, computed).await {
        Ok(Ok(computed)) => Ok(computed?),
        Ok(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Ok(Err(_)) => Err(Error::ComputationsBusy(deadline)),
        Err(_) => Err(Error::ComputationTooLong(deadline)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use stagecoach_runtime::Classify as _;

    use super::*;

    static TWO: Semaphore = Semaphore::const_new(2);

    #[tokio::test]
    async fn what_does_not_end_is_refused_and_keeps_its_place() {
        let (end, ended) = mpsc::channel::<()>();
        let endless = within(&TWO, Duration::from_millis(1), move || {
            // Ends when the sender goes.
            let _ = ended.recv();
            Ok(())
        });
        let error = endless.await.expect_err("it does not end");
        assert_eq!(error.reason(), "ComputationTooLong");
        assert!(error.is_refusal());
        assert_eq!(TWO.available_permits(), 1);
        let other = within(&TWO, DEADLINE, || Ok(7)).await;
        assert_eq!(other.ok(), Some(7));
        drop(end);
        let all = TWO.acquire_many(2).await.expect("its place is free again");
        let busy = within(&TWO, Duration::from_millis(1), || Ok(()))
            .await
            .expect_err("no place");
        assert_eq!(busy.reason(), "ComputationsBusy");
        assert!(!busy.is_refusal());
        drop(all);
    }
}
