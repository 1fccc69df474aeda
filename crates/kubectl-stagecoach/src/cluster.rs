//! The API server, as the user sees it: reads with sentences for errors, and who the user is.

use std::fmt::Debug;

use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        authentication::v1::SelfSubjectReview,
        authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec},
    },
};
use kube::{
    Api, Client, Config, Resource,
    api::{ListParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
    core::DeserializeGuard,
};
use serde::de::DeserializeOwned;
use stagecoach_api::{GROUP, Pipeline, PipelineContext};
use stagecoach_runtime::{Clock, ObjectKey, client, clock};

use crate::{arguments::Connection, error::Error};

/// The field manager of everything that the plugin writes.
pub(crate) const MANAGER: &str = "kubectl-stagecoach";
/// Objects that one answer of a list holds.
const PAGE: u32 = 500;

/// An API server, and where in it the user is.
pub(crate) struct Cluster {
    client: Client,
    /// The namespace of objects that are named without one.
    pub(crate) namespace: String,
    /// The time.
    pub(crate) clock: Clock,
}

/// What a list gave.
pub(crate) struct Listed<K> {
    pub(crate) items: Vec<K>,
    /// Objects that this version of the plugin cannot read, `namespace/name`.
    pub(crate) unreadable: Vec<String>,
}

impl Cluster {
    /// Finds the cluster that the flags and the kubeconfig name. Nothing is sent yet.
    pub(crate) async fn connect(connection: &Connection) -> Result<Self, Error> {
        let config = config(connection).await?;
        let namespace = connection
            .namespace
            .clone()
            .unwrap_or_else(|| config.default_namespace.clone());
        Ok(Self {
            client: client::build(config)?,
            namespace,
            clock: clock::system(),
        })
    }

    /// Objects of a namespace.
    pub(crate) fn namespaced<K>(&self, namespace: &str) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.client.clone(), namespace)
    }

    /// Objects of the whole cluster.
    pub(crate) fn all<K: Resource<DynamicType = ()>>(&self) -> Api<K> {
        Api::all(self.client.clone())
    }

    /// A Pipeline, or where to look for one.
    pub(crate) async fn pipeline(&self, key: &ObjectKey) -> Result<Pipeline, Error> {
        let api = self.namespaced(key.namespace.as_deref().unwrap_or(&self.namespace));
        get(&api, key, "`kubectl stagecoach overview -A` shows those that there are").await
    }

    /// A PipelineContext of the user's namespace.
    pub(crate) async fn context(&self, name: &str) -> Result<PipelineContext, Error> {
        let key = ObjectKey::namespaced(&self.namespace, name);
        let hint = "`kubectl get pipelinecontexts -A` shows those that there are";
        get(&self.namespaced(&self.namespace), &key, hint).await
    }

    /// The user's name, as the API server knows it.
    pub(crate) async fn whoami(&self) -> Result<String, Error> {
        let reviews: Api<SelfSubjectReview> = self.all();
        let review = reviews
            .create(&PostParams::default(), &SelfSubjectReview::default())
            .await;
        let review = review.map_err(Error::on("ask", "the API server who you are"))?;
        let user = review.status.and_then(|status| status.user_info);
        user.and_then(|user| user.username)
            .ok_or(Error::Incomplete("who you are"))
    }

    /// Whether the user holds the verb `approve` on a pipeline.
    pub(crate) async fn may_approve(&self, pipeline: &ObjectKey) -> Result<bool, Error> {
        let attributes = ResourceAttributes {
            group: Some(GROUP.to_owned()),
            resource: Some("pipelines".to_owned()),
            namespace: pipeline.namespace.clone(),
            name: Some(pipeline.name.clone()),
            verb: Some("approve".to_owned()),
            ..ResourceAttributes::default()
        };
        let spec = SelfSubjectAccessReviewSpec {
            resource_attributes: Some(attributes),
            ..SelfSubjectAccessReviewSpec::default()
        };
        let review = SelfSubjectAccessReview {
            spec,
            ..SelfSubjectAccessReview::default()
        };
        let answer = self.all().create(&PostParams::default(), &review).await;
        let answer = answer.map_err(Error::on("ask", "the API server what you may do"))?;
        Ok(answer.status.is_some_and(|status| status.allowed))
    }
}

async fn config(connection: &Connection) -> Result<Config, Error> {
    let options = KubeConfigOptions {
        context: connection.context.clone(),
        ..KubeConfigOptions::default()
    };
    let loaded = if let Some(path) = &connection.kubeconfig {
        match Kubeconfig::read_from(path) {
            Ok(kubeconfig) => Config::from_custom_kubeconfig(kubeconfig, &options).await,
            Err(error) => Err(error),
        }
    } else {
        let from_file = Config::from_kubeconfig(&options).await;
        match (from_file, Config::incluster()) {
            // In a pod without a kubeconfig the service account is the user.
            (Err(_), Ok(in_cluster)) if connection.context.is_none() => Ok(in_cluster),
            (from_file, _) => from_file,
        }
    };
    loaded.map_err(|error| Error::Kubeconfig(error.to_string()))
}

/// One object; `hint` says what to do when it is not there.
pub(crate) async fn get<K>(api: &Api<K>, key: &ObjectKey, hint: &str) -> Result<K, Error>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned,
{
    let what = format!("{} {key}", K::kind(&()));
    let found = api.get_opt(&key.name).await.map_err(Error::on("read", what.clone()))?;
    found.ok_or_else(|| Error::Missing {
        what,
        hint: hint.to_owned(),
    })
}

/// All objects, page by page. One that does not parse does not hide the others.
pub(crate) async fn list<K>(api: Api<DeserializeGuard<K>>) -> Result<Listed<K>, Error>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned,
{
    let what = K::plural(&()).into_owned();
    let mut listed = Listed {
        items: Vec::new(),
        unreadable: Vec::new(),
    };
    let mut parameters = ListParams::default().limit(PAGE);
    loop {
        let page = api.list(&parameters).await.map_err(Error::on("list", what.clone()))?;
        for guarded in page.items {
            let key = ObjectKey::of(&guarded);
            match guarded.0 {
                Ok(object) => listed.items.push(object),
                Err(_) => listed.unreadable.push(key.to_string()),
            }
        }
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => parameters = parameters.continue_token(&token),
            None => return Ok(listed),
        }
    }
}
