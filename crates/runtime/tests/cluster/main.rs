//! The runtime against a real API server. The tests share one; each has a namespace of its own. What stops the API
//! server has one for itself.

mod caches;
mod events;
mod leases;
mod outage;
mod queues;
mod secrets;
mod widget;
mod writes;

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, Config,
    api::{ObjectMeta, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use stagecoach_runtime::{Claim, Events, Metrics, Runtime, client, clock};
use stagecoach_testbed::{ControlPlane, shared_control_plane};

/// Nothing here takes longer on a machine that is busy.
const DEADLINE: Duration = Duration::from_secs(30);

/// A namespace and a client of the kind that the operator uses.
struct Room {
    client: Client,
    namespace: String,
}

impl Room {
    /// A room on the shared API server; the name of the test is that of the namespace.
    async fn new(name: &str) -> Result<Self> {
        Self::on(shared_control_plane().await?, name).await
    }

    async fn on(control_plane: &ControlPlane, name: &str) -> Result<Self> {
        let client = operator_client(control_plane).await?;
        let namespace = Namespace {
            metadata: ObjectMeta {
                name: Some(name.to_owned()),
                ..ObjectMeta::default()
            },
            ..Namespace::default()
        };
        Api::all(client.clone())
            .create(&PostParams::default(), &namespace)
            .await?;
        Ok(Self {
            client,
            namespace: name.to_owned(),
        })
    }

    fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = kube::core::NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    fn runtime(&self, identity: &str, claim: Claim) -> Runtime {
        Runtime {
            client: self.client.clone(),
            clock: clock::system(),
            events: Events::new(self.client.clone(), identity),
            metrics: Metrics::new(),
            namespace: self.namespace.clone(),
            identity: identity.to_owned(),
            claim,
        }
    }

    fn meta(&self, name: &str) -> ObjectMeta {
        ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(self.namespace.clone()),
            ..ObjectMeta::default()
        }
    }
}

async fn operator_client(control_plane: &ControlPlane) -> Result<Client> {
    let kubeconfig = Kubeconfig::read_from(control_plane.kubeconfig())?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    client::build(config).context("no client")
}

/// `{key: value}`.
fn one<V>(key: &str, value: V) -> BTreeMap<String, V> {
    BTreeMap::from([(key.to_owned(), value)])
}
