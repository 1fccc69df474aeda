//! Events on objects, as `kubectl describe` shows them.
//!
//! Called on transitions only. A failing event never fails a reconcile: it is logged and forgotten.

use std::hash::{DefaultHasher, Hash, Hasher};

use k8s_openapi::api::core::v1::ObjectReference;
use kube::{
    Client,
    runtime::events::{Event, EventType, Recorder, Reporter},
};

/// The reporting controller of all events.
const CONTROLLER: &str = "stagecoach.dev/operator";
/// The API server refuses longer notes.
const NOTE_BYTES: usize = 1024;
/// The API server refuses longer names of the reporting instance.
const INSTANCE_BYTES: usize = 128;

/// Publishes events; one for the whole process, because it joins repeated events into one. Cheap to clone.
#[derive(Clone)]
pub struct Events {
    recorder: Recorder,
}

impl Events {
    /// Events that carry this replica's name.
    #[must_use]
    pub fn new(client: Client, identity: &str) -> Self {
        let instance = Some(cut(identity, INSTANCE_BYTES).to_owned());
        Self {
            recorder: Recorder::new(
                client,
                Reporter {
                    controller: CONTROLLER.to_owned(),
                    instance,
                },
            ),
        }
    }

    /// Something went as it should.
    pub async fn normal(&self, object: &ObjectReference, reason: &'static str, note: &str) {
        self.publish(EventType::Normal, object, reason, note).await;
    }

    /// Something that a person may want to look at.
    pub async fn warning(&self, object: &ObjectReference, reason: &'static str, note: &str) {
        self.publish(EventType::Warning, object, reason, note).await;
    }

    async fn publish(&self, type_: EventType, object: &ObjectReference, reason: &'static str, note: &str) {
        let event = Event {
            type_,
            reason: reason.to_owned(),
            note: Some(cut(note, NOTE_BYTES).to_owned()),
            action: action(reason, note),
            secondary: None,
        };
        if let Err(error) = self.recorder.publish(&event, object).await {
            tracing::warn!(
                object.kind = object.kind.as_deref(),
                object.namespace = object.namespace.as_deref(),
                object.name = object.name.as_deref(),
                reason,
                error = crate::error::said(&error),
                "cannot publish an event"
            );
        }
    }
}

/// The recorder joins events that agree in everything but the note, and keeps the first note. So the note is part of
/// the action: another text is another event.
fn action(reason: &str, note: &str) -> String {
    let mut hasher = DefaultHasher::new();
    note.hash(&mut hasher);
    format!("{reason}-{:016x}", hasher.finish())
}

/// The longest beginning of `text` of at most `limit` bytes that ends between two characters.
fn cut(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or(text)
}

#[cfg(test)]
mod tests;
