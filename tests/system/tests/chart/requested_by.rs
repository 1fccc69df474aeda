//! Who asked for a run: an annotation that the API server keeps true.

use anyhow::Result;
use kube::{
    Api, Client,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};
use stagecoach_api::PipelineContext;

use super::{INFRA, house, object, operator, sentence, user};

const ANNOTATION: &str = "stagecoach.dev/requested-by";

/// A context that says who asked for it.
pub(crate) fn context(name: &str, requester: Option<&str>) -> PipelineContext {
    let mut context = json!({
        "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "PipelineContext", "metadata": {"name": name},
        "spec": {"pipelineRef": {"name": "cd-demo"}, "context": {"version": "1"}},
    });
    if let Some(requester) = requester {
        context["metadata"]["annotations"] = json!({ANNOTATION: requester});
    }
    object(context)
}

pub(crate) fn contexts(client: &Client) -> Api<PipelineContext> {
    Api::namespaced(client.clone(), INFRA)
}

async fn make(client: &Client, name: &str, requester: Option<&str>) -> kube::Result<PipelineContext> {
    contexts(client)
        .create(&PostParams::default(), &context(name, requester))
        .await
}

async fn change(client: &Client, name: &str, patch: Value) -> kube::Result<PipelineContext> {
    contexts(client)
        .patch(name, &PatchParams::default(), &Patch::Merge(patch))
        .await
}

/// A change of the annotation and of nothing else.
fn says(requester: Option<&str>) -> Value {
    json!({"metadata": {"annotations": {ANNOTATION: requester}}})
}

/// A change of the values too.
fn asks(version: &str, requester: Option<&str>) -> Value {
    let mut patch = says(requester);
    patch["spec"] = json!({"context": {"version": version}});
    patch
}

fn false_name(said: &str, user: &str) -> (u16, String) {
    let sentence = format!(
        "the annotation stagecoach.dev/requested-by is '{said}', but {user} is asking for this run: write your own user \
         name, as kubectl auth whoami shows it, or leave it out"
    );
    (422, sentence)
}

fn fixed(said: &str) -> (u16, String) {
    let sentence = format!(
        "the annotation stagecoach.dev/requested-by says that {said} asked for this run; it cannot be changed or taken \
         away while the context asks for the same run"
    );
    (422, sentence)
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_asks_in_anothers_name() -> Result<()> {
    let house = house().await?;
    let bob = user(house, "bob").await?;
    make(&bob, "asks-own", Some("bob")).await?;
    make(&bob, "asks-silent", None).await?;
    assert_eq!(
        sentence(make(&bob, "asks-false", Some("alice")).await),
        false_name("alice", "bob")
    );
    // An empty name would be nobody's, so that everybody could approve.
    assert_eq!(
        sentence(make(&bob, "asks-empty", Some("")).await),
        false_name("", "bob")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_run_is_the_same_so_is_who_asked_for_it() -> Result<()> {
    let house = house().await?;
    let (alice, bob) = (user(house, "alice").await?, user(house, "bob").await?);
    make(&bob, "same", Some("bob")).await?;
    assert_eq!(
        sentence(change(&alice, "same", says(Some("alice"))).await),
        fixed("bob")
    );
    assert_eq!(sentence(change(&bob, "same", says(None)).await), fixed("bob"));
    // Neither what makes no other run...
    let namespace = json!({"metadata": {"annotations": {ANNOTATION: "alice"}},
        "spec": {"suspend": true, "pipelineRef": {"kind": "Pipeline", "namespace": INFRA}}});
    assert_eq!(sentence(change(&alice, "same", namespace).await), fixed("bob"));
    // ...nor other people's work on the object is in the way.
    change(
        &alice,
        "same",
        json!({"spec": {"suspend": true}, "metadata": {"labels": {"a": "b"}}}),
    )
    .await?;
    change(
        &alice,
        "same",
        json!({"metadata": {"annotations": {"stagecoach.dev/retry": "1"}}}),
    )
    .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_other_values_asked_for_the_next_run() -> Result<()> {
    let house = house().await?;
    let (alice, bob) = (user(house, "alice").await?, user(house, "bob").await?);
    make(&bob, "next", Some("bob")).await?;
    let patch = json!({"spec": {"context": {"version": "2"}}});
    assert_eq!(
        sentence(change(&alice, "next", patch).await),
        false_name("bob", "alice")
    );
    change(&alice, "next", asks("2", Some("alice"))).await?;
    change(&bob, "next", asks("3", None)).await?;
    // Where nobody is named, somebody may take it upon themselves.
    assert_eq!(
        sentence(change(&alice, "next", says(Some("bob"))).await),
        false_name("bob", "alice")
    );
    change(&alice, "next", says(Some("alice"))).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_makes_contexts_for_observers() -> Result<()> {
    let client = house().await?.client_as(&operator()).await?;
    make(&client, "observed", Some("observer infra/cd-demo")).await?;
    Ok(())
}
