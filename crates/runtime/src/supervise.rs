//! Every task of the process is joined here.
//!
//! A watch, a queue, the lease or the server that ends before it was asked to is fatal, whether it returned or
//! panicked: a process that lives on without one of its parts looks healthy and does nothing. The operator calls this
//! and turns the error into exit code 1.

use std::{collections::HashMap, future::Future, time::Duration};

use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// A task ended that should not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fatal {
    /// It returned without a word.
    #[error("{name} ended, the process must start again")]
    Ended {
        /// Which one.
        name: String,
    },
    /// It gave up and said why.
    #[error("{name} failed: {message}")]
    Failed {
        /// Which one.
        name: String,
        /// Why.
        message: String,
    },
    /// A bug: it panicked.
    #[error("{name} panicked: {message}")]
    Panicked {
        /// Which one.
        name: String,
        /// The panic's message.
        message: String,
    },
    /// It did not finish in the time that a graceful stop allows.
    #[error("{} did not finish within {} s", .names.join(", "), .limit.as_secs())]
    TooSlow {
        /// Which ones.
        names: Vec<String>,
        /// The time that they had.
        limit: Duration,
    },
}

/// The tasks of a process, by name. Dropping it aborts them.
#[derive(Debug, Default)]
pub struct Tasks {
    set: JoinSet<Result<(), String>>,
    names: HashMap<Id, String>,
    endless: Vec<AbortHandle>,
}

impl Tasks {
    /// No tasks yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a task that runs until the shutdown.
    pub fn spawn(&mut self, name: impl Into<String>, task: impl Future<Output = ()> + Send + 'static) {
        self.start(name.into(), async move {
            task.await;
            Ok(())
        });
    }

    /// Starts a task that goes on for ever and has nothing to finish, such as a watch: a stop aborts it.
    pub fn spawn_endless(&mut self, name: impl Into<String>, task: impl Future<Output = ()> + Send + 'static) {
        let handle = self.start(name.into(), async move {
            task.await;
            Ok(())
        });
        self.endless.push(handle);
    }

    /// Starts a task that may give up with an error.
    pub fn spawn_fallible<E: std::error::Error>(
        &mut self,
        name: impl Into<String>,
        task: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        self.start(
            name.into(),
            async move { task.await.map_err(|error| error.to_string()) },
        );
    }

    fn start(&mut self, name: String, task: impl Future<Output = Result<(), String>> + Send + 'static) -> AbortHandle {
        let handle = self.set.spawn(task);
        self.names.insert(handle.id(), name);
        handle
    }

    /// Waits until the shutdown is asked for, or until a task ends before that, which is an error. Without tasks it
    /// waits for the shutdown.
    pub async fn watch(&mut self, shutdown: &CancellationToken) -> Result<(), Fatal> {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => Ok(()),
            Some(ended) = self.set.join_next_with_id() => {
                let (name, fatal) = self.ended(ended);
                Err(fatal.unwrap_or(Fatal::Ended { name }))
            }
        }
    }

    /// After the shutdown: waits for the tasks to finish what they are doing. An error of one of them still counts.
    pub async fn drain(&mut self, limit: Duration) -> Result<(), Fatal> {
        for handle in self.endless.drain(..) {
            handle.abort();
        }
        let all = async {
            while let Some(ended) = self.set.join_next_with_id().await {
                if let (_, Some(fatal)) = self.ended(ended) {
                    return Err(fatal);
                }
            }
            Ok(())
        };
        if let Ok(outcome) = tokio::time::timeout(limit, all).await {
            outcome
        } else {
            let mut names: Vec<String> = self.names.values().cloned().collect();
            names.sort();
            Err(Fatal::TooSlow { names, limit })
        }
    }

    /// The name of a task that ended, and its error if it did not end well.
    fn ended(&mut self, ended: Result<(Id, Result<(), String>), JoinError>) -> (String, Option<Fatal>) {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let name = self.names.remove(&id).unwrap_or_else(|| "a task".to_owned());
        let fatal = match ended {
            Ok((_, Err(message))) => Some(Fatal::Failed {
                name: name.clone(),
                message,
            }),
            Err(error) if error.is_panic() => Some(Fatal::Panicked {
                name: name.clone(),
                message: panic_message(error),
            }),
            // It returned, or a stop aborted it.
            Ok((_, Ok(()))) | Err(_) => None,
        };
        (name, fatal)
    }
}

fn panic_message(error: JoinError) -> String {
    let payload = error.into_panic();
    payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}

#[cfg(test)]
mod tests;
