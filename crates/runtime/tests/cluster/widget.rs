//! A kind of the tests' own: its schema lets everything through, so that an object can be stored that does not parse.

use anyhow::Result;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api, Client, CustomResource,
    api::{Patch, PatchParams},
    runtime::wait::{await_condition, conditions::is_crd_established},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{DEADLINE, Room};

#[derive(CustomResource, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "test.stagecoach.dev",
    version = "v1",
    kind = "Widget",
    namespaced,
    status = "WidgetStatus",
    schema = "disabled"
)]
pub(crate) struct WidgetSpec {
    pub(crate) size: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct WidgetStatus {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seen: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

impl WidgetStatus {
    pub(crate) fn seen(size: i64) -> Self {
        Self {
            seen: Some(size),
            note: None,
        }
    }
}

/// Makes the kind, which all tests of this process share.
pub(crate) async fn install(client: &Client) -> Result<()> {
    install_kind(client, "Widget").await
}

/// Makes a kind of this name.
pub(crate) async fn install_kind(client: &Client, kind: &str) -> Result<()> {
    let singular = kind.to_lowercase();
    let plural = format!("{singular}s");
    let name = format!("{plural}.test.stagecoach.dev");
    let anything = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name},
        "spec": {
            "group": "test.stagecoach.dev",
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": singular, "kind": kind},
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "properties": {"spec": anything, "status": anything},
                }},
            }],
        },
    });
    let api: Api<CustomResourceDefinition> = Api::all(client.clone());
    api.patch(&name, &PatchParams::apply("test").force(), &Patch::Apply(definition))
        .await?;
    let established = await_condition(api, &name, is_crd_established());
    tokio::time::timeout(DEADLINE, established).await??;
    Ok(())
}

impl Room {
    /// A room in which widgets can be made.
    pub(crate) async fn with_widgets(name: &str) -> Result<Self> {
        let room = Self::new(name).await?;
        install(&room.client).await?;
        Ok(room)
    }

    pub(crate) async fn put_widget(&self, name: &str, size: i64) -> Result<Widget> {
        let mut widget = Widget::new(name, WidgetSpec { size });
        widget.metadata = self.meta(name);
        let api: Api<Widget> = self.api();
        Ok(api
            .patch(name, &PatchParams::apply("person").force(), &Patch::Apply(&widget))
            .await?)
    }
}
