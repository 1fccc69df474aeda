//! The tutorial, set up from nothing: forge, registry, deployer, chart, operator, and the bootstrap folder in git.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use kube::api::{ListParams, PostParams};
use kube::{Api, Client};
use serde_json::json;
use stagecoach_api::{Pipeline, PipelineContext};
use stagecoach_testbed::{FileChange, Gitea, Look, Needs, PullRequest, Testbed, User, apply, eventually};

use crate::binaries::Binaries;
use crate::documents::{self, Names};
use crate::install::{NAMESPACE, install};
use crate::look::{plan_of, pull_request_of};
use crate::operator::{Operator, Settings};
use crate::proxies::Proxies;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Repository of the bootstrap folder.
pub const GITOPS: &str = "acme/gitops";
/// Repository of the service's chart.
pub const CHART: &str = "acme/cd-demo";
/// Namespace of pipeline, contexts and services.
pub const INFRA: &str = "infra";
/// Image repository inside the registry.
const IMAGE: &str = "pluralsh/plrl-cd-test";

/// What is different from the tutorial.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// How the operator is started.
    pub operator: Settings,
    /// Where the operator reaches the forge, when not at its own address: a proxy that counts or breaks.
    pub forge: Option<String>,
    /// True puts counting proxies between the operator and the forge and the API server: [`CdDemo::proxies`].
    pub proxied: bool,
    /// True leaves the Observer out of the bootstrap folder.
    pub without_observer: bool,
}

/// The tutorial on real parts. All of it ends when this is dropped.
pub struct CdDemo {
    operator: Option<Operator>,
    /// How the operator is started again.
    pub settings: Settings,
    binaries: Binaries,
    client: Client,
    proxies: Option<Proxies>,
    testbed: Testbed,
    _place: SemaphorePermit<'static>,
}

/// A whole testbed takes about 2 GB: at most two at once.
static PLACES: Semaphore = Semaphore::const_new(2);

impl CdDemo {
    /// Sets everything up and waits until the pipeline is ready and both services run `latest`.
    ///
    /// # Errors
    /// The first step that does not work.
    pub async fn start(setup: &Setup) -> Result<Self> {
        let place = PLACES.acquire().await.context("no more testbeds are started")?;
        let testbed = Testbed::start(&needs()).await?;
        let binaries = Binaries::find()?;
        let client = testbed.control_plane()?.client().await?;
        let mut settings = setup.operator.clone();
        let mut proxies = None;
        if setup.proxied {
            let started = Proxies::start(&testbed).await?;
            settings.api_server = Some(started.api_server.url().to_owned());
            proxies = Some(started);
        }
        let mut demo = Self {
            operator: None,
            settings,
            binaries,
            client,
            proxies,
            testbed,
            _place: place,
        };
        tokio::try_join!(demo.forge_content(setup), demo.cluster_content(setup))?;
        demo.restart().await?;
        demo.settle().await?;
        Ok(demo)
    }

    /// The repositories, and a token for the operator.
    async fn forge_content(&self, setup: &Setup) -> Result<()> {
        let forge = self.forge();
        forge.create_organization("acme").await?;
        let image = self.image()?;
        let names = Names {
            image: &image,
            repository: GITOPS,
        };
        let files: Vec<FileChange> = documents::bootstrap(&names)?
            .into_iter()
            .filter(|(path, _)| !(setup.without_observer && path.ends_with("observer.yaml")))
            .map(|(path, content)| FileChange::write(&path, content))
            .collect();
        forge.create_repository(GITOPS, &files).await?;
        let chart: Vec<FileChange> = documents::chart()
            .into_iter()
            .map(|(path, content)| FileChange::write(&path, content))
            .collect();
        forge.create_repository(CHART, &chart).await
    }

    /// The chart of Stagecoach, the references, and the secret of the connection.
    async fn cluster_content(&self, setup: &Setup) -> Result<()> {
        install(&self.testbed, &[]).await?;
        let forge = self.forge();
        let proxy = self.proxies.as_ref().map(|proxies| proxies.forge.url().to_owned());
        let url = setup.forge.clone().or(proxy).unwrap_or_else(|| forge.url());
        let references = documents::references(&url, &format!("{}/{CHART}.git", forge.url()));
        apply(
            &self.client,
            "{apiVersion: v1, kind: Namespace, metadata: {name: infra}}",
            INFRA,
        )
        .await?;
        apply(&self.client, &references, INFRA).await?;
        forge.create_user("stagecoach").await?;
        let token = forge
            .create_token(
                "stagecoach",
                "operator",
                &["write:repository", "read:user", "write:issue"],
            )
            .await?;
        self.set_token(&token).await
    }

    /// Puts a token into the connection's Secret.
    ///
    /// # Errors
    /// When the API server refuses it.
    pub async fn set_token(&self, token: &str) -> Result<()> {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "scm-github", "namespace": NAMESPACE},
            "stringData": {"token": token},
        });
        apply(&self.client, &secret.to_string(), NAMESPACE).await?;
        Ok(())
    }

    /// Starts the GitOps sync and waits until everything that is in git runs.
    async fn settle(&self) -> Result<()> {
        self.forge().add_collaborator(GITOPS, "stagecoach", "write").await?;
        apply(
            &self.client,
            &documents::sync(&format!("{}/{GITOPS}.git", self.forge().url())),
            "argocd",
        )
        .await?;
        eventually(
            "the pipeline to be ready and both services to run",
            Duration::from_secs(90),
            async || {
                self.operator()?.must_run()?;
                let pipelines: Api<Pipeline> = Api::namespaced(self.client.clone(), INFRA);
                let services: Api<stagecoach_api::ServiceDeployment> = Api::namespaced(self.client.clone(), INFRA);
                let pipeline = pipelines.get_opt("cd-demo").await?;
                let services = services.list(&ListParams::default()).await?;
                let mut seen = vec![describe("pipeline", &pipeline.map(|p| json!(p)).unwrap_or_default())];
                seen.extend(
                    services
                        .items
                        .iter()
                        .map(|service| describe("service", &json!(service))),
                );
                let ready = seen.len() == 3 && seen.iter().all(|line| line.contains("Ready=True"));
                Ok(if ready {
                    Look::Found(())
                } else {
                    Look::NotYet(seen.join("; "))
                })
            },
        )
        .await
    }

    /// Starts the operator, or starts it again after it was killed.
    ///
    /// # Errors
    /// When it does not become ready.
    pub async fn restart(&mut self) -> Result<()> {
        self.operator = None;
        self.operator = Some(Operator::start(&self.testbed, &self.binaries, &self.settings).await?);
        Ok(())
    }

    /// The operator.
    ///
    /// # Errors
    /// When it was not started.
    pub fn operator(&self) -> Result<&Operator> {
        self.operator.as_ref().context("the operator was not started")
    }

    /// The real parts.
    pub fn testbed(&self) -> &Testbed {
        &self.testbed
    }

    /// The proxies of a scenario that has them.
    ///
    /// # Errors
    /// When the setup did not ask for them.
    pub fn proxies(&self) -> Result<&Proxies> {
        self.proxies.as_ref().context("the setup asks for no proxies")
    }

    /// The released binaries.
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// A client of the administrator.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The forge.
    ///
    /// # Panics
    /// Never: the scenario always has one.
    pub fn forge(&self) -> &Gitea {
        #[expect(clippy::expect_used, reason = "needs() asks for it")]
        self.testbed.forge().expect("the scenario has a forge")
    }

    /// The image repository, with the registry's address.
    ///
    /// # Errors
    /// When there is no registry.
    pub fn image(&self) -> Result<String> {
        Ok(format!("{}/{IMAGE}", self.testbed.registry()?.address()))
    }

    /// Pushes an image with this tag.
    ///
    /// # Errors
    /// What the registry says.
    pub async fn push(&self, tag: &str) -> Result<()> {
        self.testbed.registry()?.push_image(IMAGE, tag).await?;
        Ok(())
    }

    /// Writes a PipelineContext by hand.
    ///
    /// # Errors
    /// What the API server says.
    pub async fn write_context(&self, name: &str, version: &str) -> Result<()> {
        let contexts: Api<PipelineContext> = Api::namespaced(self.client.clone(), INFRA);
        let object = json!({
            "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "PipelineContext",
            "metadata": {"name": name, "namespace": INFRA},
            "spec": {"pipelineRef": {"name": "cd-demo", "namespace": INFRA}, "context": {"version": version}},
        });
        contexts
            .create(&PostParams::default(), &serde_json::from_value(object)?)
            .await?;
        Ok(())
    }

    /// Every context, oldest first.
    ///
    /// # Errors
    /// What the API server says.
    pub async fn contexts(&self) -> Result<Vec<PipelineContext>> {
        let contexts: Api<PipelineContext> = Api::namespaced(self.client.clone(), INFRA);
        let mut items = contexts.list(&ListParams::default()).await?.items;
        items.sort_by_key(|context| context.metadata.creation_timestamp.clone());
        Ok(items)
    }

    /// Waits until a context is as `wanted` says; the message of a missed deadline shows where it stood.
    ///
    /// # Errors
    /// When the deadline is missed or the operator ends.
    pub async fn wait_for<T>(
        &self,
        name: &str,
        what: &str,
        deadline: Duration,
        wanted: impl Fn(&PipelineContext) -> Option<T>,
    ) -> Result<T> {
        let contexts: Api<PipelineContext> = Api::namespaced(self.client.clone(), INFRA);
        eventually(&format!("{name}: {what}"), deadline, async || {
            let Ok(found) = contexts.get_opt(name).await else {
                return Ok(Look::NotYet("the API server does not answer".to_owned()));
            };
            let Some(found) = found else {
                return Ok(Look::NotYet("no such context".to_owned()));
            };
            Ok(Look::or_not_yet(wanted(&found), plan_of(&found)))
        })
        .await
    }

    /// Waits for the open pull request of a stage.
    ///
    /// # Errors
    /// When it does not come in time.
    pub async fn pull_request(&self, context: &str, stage: &str) -> Result<PullRequest> {
        let number = self
            .wait_for(
                context,
                &format!("the pull request of {stage}"),
                Duration::from_mins(1),
                |context| pull_request_of(context, stage)["number"].as_u64(),
            )
            .await?;
        self.forge().pull_request(GITOPS, number).await
    }

    /// All pull requests of the GitOps repository that were ever opened.
    ///
    /// # Errors
    /// What the forge says.
    pub async fn all_pull_requests(&self) -> Result<Vec<PullRequest>> {
        self.forge().pull_requests(GITOPS, "all").await
    }

    /// The image that a Deployment runs, and whether all its replicas do.
    ///
    /// # Errors
    /// What the API server says.
    pub async fn running(&self, deployment: &str) -> Result<String> {
        let api: Api<k8s_openapi::api::apps::v1::Deployment> = Api::namespaced(self.client.clone(), "cd-demo");
        let found = api.get(deployment).await?;
        let spec = found.spec.and_then(|spec| spec.template.spec);
        let image = spec
            .and_then(|spec| spec.containers.into_iter().next())
            .and_then(|container| container.image);
        match image {
            Some(image) => Ok(image),
            None => bail!("Deployment {deployment} has no container"),
        }
    }
}

/// What the scenario needs of the testbed.
pub fn needs() -> Needs {
    Needs::all().with_users(vec![User::new("alice", &["devs"]), User::new("bob", &["devs"])])
}

fn describe(what: &str, object: &serde_json::Value) -> String {
    let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let ready = conditions.iter().find(|condition| condition["type"] == "Ready");
    let name = object["metadata"]["name"].as_str().unwrap_or("missing").to_owned();
    match ready {
        Some(ready) => format!(
            "{what} {name} Ready={} {}",
            ready["status"].as_str().unwrap_or_default(),
            ready["message"]
        ),
        None => format!("{what} {name} has no status"),
    }
}
