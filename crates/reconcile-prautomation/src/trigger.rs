//! The driver of `PrAutomationTrigger`: one pull request for each generation of the spec, and then its end.
//!
//! A pass goes in rounds: the first writes down what is to be made (branch, base commit, commit date), the next one
//! makes it. Who is killed between the two finds it written down, and finds or makes the same pull request.

mod act;
mod body;
mod decide;
mod error;
mod events;
mod observe;
mod plan;
mod status;

use std::collections::BTreeSet;
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt as _};
use stagecoach_delivery::Wake;
use stagecoach_runtime::{KubeError, Next, ObjectKey, queue};
use tokio_util::sync::CancellationToken;

use crate::Context;
use act::{Outcome, Prepared};

const KIND: &str = "PrAutomationTrigger";
/// Triggers that are worked on at the same time.
const CONCURRENCY: usize = 8;
/// Rounds in one go: intent and effect, and once more where the base branch moves between them.
const ROUNDS: usize = 6;

/// Works until `shutdown`.
pub(crate) async fn run(context: Context, shutdown: CancellationToken) {
    let triggers = triggers(&context);
    let runtime = context.runtime.clone();
    queue::run(KIND, triggers, CONCURRENCY, runtime, shutdown, move |key| {
        let context = context.clone();
        async move { reconcile(&context, &key).await }
    })
    .await;
}

/// A trigger is looked at when it changes, when something that it needs was mended, and when its pull request moves.
fn triggers(context: &Context) -> BoxStream<'static, ObjectKey> {
    let caches = &context.caches;
    let of_automation = caches.triggers.clone();
    let automations = caches.automations.triggers(move |automation| {
        let name = ObjectKey::of(automation).name;
        observe::keys(&of_automation, |trigger| trigger.spec.pr_automation_ref.name() == name)
    });
    let everybody = {
        let all = caches.triggers.clone();
        move || observe::keys(&all, |_| true)
    };
    let unsettled = {
        let all = caches.triggers.clone();
        move || observe::keys(&all, observe::is_unsettled)
    };
    let mended = (context.connections.mended()).flat_map(move |()| stream::iter(unsettled()));
    let wakes = context.poller.wakes().flat_map(move |wake| {
        stream::iter(match wake {
            Wake::One(key) => vec![key],
            Wake::All => everybody(),
        })
    });
    let own = caches.triggers.triggers(|trigger| [ObjectKey::of(trigger)]);
    stream::select_all([own, automations, wakes.boxed(), mended.boxed()]).boxed()
}

async fn reconcile(context: &Context, key: &ObjectKey) -> Next {
    let mut prepared = None;
    for _ in 0..ROUNDS {
        match round(context, key, &mut prepared).await {
            Ok(Round::Again) => {}
            Ok(Round::Rest(next)) => return next,
            Err(error) => return context.runtime.failed(KIND, key, &error),
        }
    }
    Next::After(Duration::from_secs(1))
}

enum Round {
    /// An intent was written; what it allows is done at once.
    Again,
    /// Nothing is left to do before this.
    Rest(Next),
}

/// Observe -> decide -> act -> status.
async fn round(context: &Context, key: &ObjectKey, prepared: &mut Option<Prepared>) -> Result<Round, KubeError> {
    let Some(observed) = observe::observe(context, key) else {
        // The pull request of a trigger that went is left to people.
        context.poller.follow(key, BTreeSet::new());
        return Ok(Round::Rest(Next::Done));
    };
    let now = context.runtime.now();
    let step = decide::decide(&observed);
    let outcome = act::act(context, &observed, step, prepared, now).await;
    let status = status::build(&observed, &outcome, now);
    status::write(context, &observed.trigger, &status).await?;
    events::publish(context, &observed.trigger, &status, &outcome).await;
    context.poller.follow(key, observe::followed(&status));
    match outcome {
        Ok(Outcome::Planned(_)) => Ok(Round::Again),
        Ok(Outcome::Patched { .. } | Outcome::Opened(_) | Outcome::Noted(_) | Outcome::Rested) => {
            Ok(Round::Rest(Next::Done))
        }
        Err(error) => Ok(Round::Rest(context.runtime.failed(KIND, key, &error))),
    }
}
