//! What these tests share: one testbed, and for each test a namespace, a repository with a chart, and a reconciler that
//! sees only that namespace.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result};
use k8s_openapi::api::apps::v1::Deployment;
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams},
    runtime::watcher,
};
use serde_json::{Value, json};
use stagecoach_api::ServiceDeployment;
use stagecoach_reconcile_service::{Caches, Context, Options, run};
use stagecoach_runtime::{Cache, Claim, Events, Metrics, Runtime, Tasks, clock};
use stagecoach_testbed::{ArgoCd, ControlPlane, FileChange, Look, Needs, Testbed, apply, eventually};
use tokio::{sync::OnceCell, task::JoinHandle};
use tokio_util::sync::CancellationToken;

pub(super) const DEADLINE: Duration = Duration::from_mins(1);

const CHART: &str = "{apiVersion: v2, name: web, version: 1.0.0}\n";
const VALUES: &str = "image: {repository: example.com/web, tag: latest}\nreplicas: 2\n";
const TEMPLATE: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: '{{ .Release.Name }}'}
spec:
  replicas: {{ .Values.replicas }}
  progressDeadlineSeconds: 3
  selector: {matchLabels: {app: '{{ .Release.Name }}'}}
  template:
    metadata: {labels: {app: '{{ .Release.Name }}'}}
    spec: {containers: [{name: app, image: '{{ .Values.image.repository }}:{{ .Values.image.tag }}'}]}
";

/// The testbed that the tests of this file share.
pub(super) async fn testbed() -> Result<&'static Testbed> {
    static SHARED: OnceCell<Testbed> = OnceCell::const_new();
    SHARED
        .get_or_try_init(async || {
            let testbed = Testbed::start(&Needs::nothing().with_deployer().with_forge()).await?;
            install_crds(testbed.control_plane()?).await?;
            anyhow::Ok(testbed)
        })
        .await
}

/// The kinds that the reconciler reads.
pub(super) async fn install_crds(control_plane: &ControlPlane) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/crds");
    let client = control_plane.client().await?;
    for kind in ["servicedeployments", "gitrepositories", "clusters"] {
        let path = folder.join(format!("{kind}.deployments.plural.sh.yaml"));
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        apply(&client, &text, "default").await?;
    }
    Ok(())
}

/// One test's part of the world.
pub(super) struct Scene {
    pub(super) client: Client,
    pub(super) namespace: String,
    repository: String,
    _reconciler: Reconciler,
}

impl Scene {
    /// A namespace, a repository with the chart in `helm`, and a reconciler.
    pub(super) async fn new(name: &str) -> Result<Self> {
        let testbed = testbed().await?;
        let client = testbed.control_plane()?.client().await?;
        let forge = testbed.forge()?;
        let files = [
            FileChange::write("helm/Chart.yaml", CHART),
            FileChange::write("helm/values.yaml", VALUES),
            FileChange::write("helm/templates/web.yaml", TEMPLATE),
        ];
        forge.create_organization(name).await?;
        forge.create_repository(&format!("{name}/charts"), &files).await?;
        let scene = Self {
            repository: format!("{}/{name}/charts.git", forge.url()),
            namespace: name.to_owned(),
            _reconciler: Reconciler::start(&client, name),
            client,
        };
        scene
            .apply(&format!(
                "{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}"
            ))
            .await?;
        Ok(scene)
    }

    /// Applies manifests as a person would.
    pub(super) async fn apply(&self, yaml: &str) -> Result<()> {
        apply(&self.client, yaml, &self.namespace).await.map(drop)
    }

    /// The GitRepository of this scene; it has the namespace's name.
    pub(super) async fn apply_repository(&self) -> Result<()> {
        let (name, url) = (&self.namespace, &self.repository);
        self.apply(&format!(
            "{{apiVersion: deployments.plural.sh/v1alpha1, kind: GitRepository, metadata: {{name: {name}}}, spec: {{url: '{url}'}}}}"
        ))
        .await
    }

    /// The service `web` with these values for its chart, and more fields of `spec`.
    pub(super) async fn apply_service(&self, values: &str, more: &str) -> Result<()> {
        let name = &self.namespace;
        self.apply(&format!(
            "
apiVersion: deployments.plural.sh/v1alpha1
kind: ServiceDeployment
metadata: {{name: web}}
spec:
  namespace: {name}-apps
  repositoryRef: {{name: {name}}}
  git: {{folder: helm, ref: main}}
  helm: {{values: {{{values}}}}}
  {more}
"
        ))
        .await
    }

    pub(super) fn services(&self) -> Api<ServiceDeployment> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub(super) fn applications(&self) -> Api<DynamicObject> {
        let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("argoproj.io", "v1alpha1", "Application"));
        Api::namespaced_with(self.client.clone(), ArgoCd::NAMESPACE, &kind)
    }

    pub(super) fn deployments(&self) -> Api<Deployment> {
        Api::namespaced(self.client.clone(), &format!("{}-apps", self.namespace))
    }

    /// The name of the Application of the service `web`.
    pub(super) fn application_name(&self) -> String {
        format!("{}.web", self.namespace)
    }

    /// The service as JSON.
    pub(super) async fn service(&self) -> Result<Value> {
        Ok(serde_json::to_value(self.services().get("web").await?)?)
    }

    /// Waits until `Ready` of the present generation has this status and reason, and returns the service.
    pub(super) async fn turns(&self, status: &str, reason: &str) -> Result<Value> {
        eventually(&format!("the service to say {status} {reason}"), DEADLINE, async || {
            let service = self.service().await?;
            let ready = condition(&service, "Ready");
            let current = service["metadata"]["generation"] == service["status"]["observedGeneration"];
            let there = current && ready["status"] == status && ready["reason"] == reason;
            Ok(Look::or_not_yet(
                there.then(|| service.clone()),
                service["status"].to_string(),
            ))
        })
        .await
    }

    /// Waits until an object of an API is gone.
    pub(super) async fn goes<K>(&self, api: &Api<K>, name: &str) -> Result<()>
    where
        K: Clone + std::fmt::Debug + k8s_openapi::serde::de::DeserializeOwned,
    {
        eventually(&format!("{name} to go"), DEADLINE, async || {
            let left = api.get_opt(name).await?;
            Ok(Look::or_not_yet(left.is_none().then_some(()), format!("{left:?}")))
        })
        .await
    }

    /// What runs: the image of the Deployment `web`, once its rollout is complete.
    pub(super) async fn image(&self) -> Result<Option<String>> {
        let deployment = serde_json::to_value(self.deployments().get("web").await?)?;
        let (spec, status) = (&deployment["spec"], &deployment["status"]);
        let complete = deployment["metadata"]["generation"] == status["observedGeneration"]
            && ["replicas", "updatedReplicas", "availableReplicas"]
                .iter()
                .all(|field| status[field] == spec["replicas"]);
        let image = spec["template"]["spec"]["containers"][0]["image"]
            .as_str()
            .map(ToOwned::to_owned);
        Ok(image.filter(|_| complete))
    }

    /// A change that somebody else makes to the Application.
    pub(super) async fn meddle(&self, change: &Value) -> Result<()> {
        let parameters = PatchParams {
            field_manager: Some("somebody".to_owned()),
            ..PatchParams::default()
        };
        self.applications()
            .patch(&self.application_name(), &parameters, &Patch::Merge(change))
            .await?;
        Ok(())
    }
}

/// One of the object's conditions.
pub(super) fn condition(object: &Value, type_: &str) -> Value {
    let mut conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    conditions
        .find(|condition| condition["type"] == type_)
        .cloned()
        .unwrap_or(Value::Null)
}

/// A manifest of a Cluster.
pub(super) fn cluster(name: &str, here: bool) -> String {
    let annotations = if here {
        json!({ "stagecoach.dev/in-cluster": "true" })
    } else {
        json!({})
    };
    json!({
        "apiVersion": "deployments.plural.sh/v1alpha1",
        "kind": "Cluster",
        "metadata": { "name": name, "annotations": annotations },
        "spec": { "handle": name },
    })
    .to_string()
}

/// A reconciler that runs until it is dropped.
pub(super) struct Reconciler {
    shutdown: CancellationToken,
    _tasks: Tasks,
    _run: JoinHandle<()>,
}

impl Reconciler {
    /// Looks at the services and clusters of one namespace.
    pub(super) fn start(client: &Client, namespace: &str) -> Self {
        let mut tasks = Tasks::new();
        let everything = watcher::Config::default;
        let caches = Caches {
            services: Cache::start(Api::namespaced(client.clone(), namespace), everything(), &mut tasks),
            repositories: Cache::start(Api::all(client.clone()), everything(), &mut tasks),
            clusters: Cache::start(Api::namespaced(client.clone(), namespace), everything(), &mut tasks),
        };
        let runtime = Runtime {
            client: client.clone(),
            clock: clock::system(),
            events: Events::new(client.clone(), "test"),
            metrics: Metrics::new(),
            namespace: "default".to_owned(),
            identity: "test".to_owned(),
            claim: Claim::always(),
        };
        let options = Options {
            engine_interval: Duration::from_millis(500),
            ..Options::default()
        };
        let shutdown = CancellationToken::new();
        let run = tokio::spawn(run(
            Context {
                runtime,
                caches,
                options,
            },
            shutdown.clone(),
        ));
        Self {
            shutdown,
            _tasks: tasks,
            _run: run,
        }
    }
}

impl Drop for Reconciler {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}
