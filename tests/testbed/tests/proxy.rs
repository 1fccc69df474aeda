//! The counting proxy stops a request exactly where it was told, and passes everything else as it is.

use std::time::Duration;

use anyhow::{Context as _, Result};
use http::{Method, StatusCode};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api, Client, Config,
    api::{PostParams, WatchEvent, WatchParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::{Value, json};
use stagecoach_testbed::{Counted, Fault, Gitea, Identity, Point, Proxy, shared_control_plane, shared_forge};

const DEADLINE: Duration = Duration::from_secs(20);

/// A client of the forge, the way that the proxy sees one.
struct Caller<'forge> {
    forge: &'forge Gitea,
    url: String,
    client: reqwest::Client,
}

impl<'forge> Caller<'forge> {
    fn new(forge: &'forge Gitea, proxy: &Proxy) -> Result<Self> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_danger_accept_invalid_certs(true)
            .build()?;
        Ok(Self {
            forge,
            url: format!("{}/api/v1", proxy.url()),
            client,
        })
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> reqwest::Result<(StatusCode, String)> {
        let (user, password) = self.forge.login();
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .basic_auth(user, Some(password));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        Ok((answer.status(), answer.text().await?))
    }

    async fn create_organization(&self, name: &str) -> reqwest::Result<(StatusCode, String)> {
        self.call(Method::POST, "/orgs", Some(json!({"username": name}))).await
    }
}

async fn exists(forge: &Gitea, organization: &str) -> Result<bool> {
    Ok(forge.call(Method::GET, &format!("/orgs/{organization}"), None).await?.0 == StatusCode::OK)
}

#[tokio::test]
async fn requests_are_counted_and_pass_unchanged() -> Result<()> {
    let forge = shared_forge().await?;
    let proxy = Proxy::start(&forge.url()).await?;
    let caller = Caller::new(forge, &proxy)?;
    let (status, body) = caller.create_organization("counted").await?;
    assert_eq!(status, StatusCode::CREATED);
    assert!(body.contains("\"username\":\"counted\""), "{body}");
    let (status, _) = caller.call(Method::GET, "/orgs/nobody?page=1", None).await?;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let seen: Vec<_> = proxy
        .requests()
        .into_iter()
        .map(|one| (one.number, one.method, one.path, one.query, one.status))
        .collect();
    let expected = [
        (
            1,
            Method::POST,
            "/api/v1/orgs".to_owned(),
            String::new(),
            Some(StatusCode::CREATED),
        ),
        (
            2,
            Method::GET,
            "/api/v1/orgs/nobody".to_owned(),
            "page=1".to_owned(),
            Some(StatusCode::NOT_FOUND),
        ),
    ];
    assert_eq!(seen, expected);
    assert_eq!(proxy.count(Counted::is_write), 1);
    Ok(())
}

#[tokio::test]
async fn a_request_held_before_is_unknown_to_the_upstream() -> Result<()> {
    let forge = shared_forge().await?;
    let proxy = Proxy::start(&forge.url()).await?;
    let caller = Caller::new(forge, &proxy)?;
    let stop = proxy.stop_at(2, Point::Before, Counted::is_write);
    let client = async {
        caller.create_organization("before-1").await?;
        anyhow::Ok(caller.create_organization("before-2").await)
    };
    let test = async {
        let held = stop.reached(DEADLINE).await?;
        assert_eq!((held.request().number, &held.request().method), (2, &Method::POST));
        assert!(!exists(forge, "before-2").await?);
        held.cut();
        anyhow::Ok(())
    };
    let (answer, ()) = tokio::try_join!(client, test)?;
    assert!(answer.is_err(), "a cut connection has no answer: {answer:?}");
    assert!(exists(forge, "before-1").await? && !exists(forge, "before-2").await?);
    Ok(())
}

#[tokio::test]
async fn a_request_held_after_is_done_but_the_client_does_not_know() -> Result<()> {
    let forge = shared_forge().await?;
    let proxy = Proxy::start(&forge.url()).await?;
    let caller = Caller::new(forge, &proxy)?;
    let stop = proxy.stop_at(1, Point::After, Counted::is_write);
    let test = async {
        let held = stop.reached(DEADLINE).await?;
        assert!(exists(forge, "after").await?);
        // As when the test has killed the client and forgets about the request.
        drop(held);
        anyhow::Ok(())
    };
    let (answer, ()) = tokio::try_join!(async { Ok(caller.create_organization("after").await) }, test)?;
    assert!(answer.is_err(), "{answer:?}");
    // The stop was for one request; the next one passes.
    assert_eq!(caller.create_organization("after-2").await?.0, StatusCode::CREATED);
    Ok(())
}

#[tokio::test]
async fn faults_are_played_until_they_are_mended() -> Result<()> {
    let forge = shared_forge().await?;
    let proxy = Proxy::start(&forge.url()).await?;
    let caller = Caller::new(forge, &proxy)?;
    proxy.break_with(
        Fault::Answer(StatusCode::UNAUTHORIZED, "{\"message\":\"bad\"}".to_owned()),
        Counted::is_write,
    );
    let (status, body) = caller.create_organization("faults").await?;
    assert_eq!(
        (status, body.as_str()),
        (StatusCode::UNAUTHORIZED, "{\"message\":\"bad\"}")
    );
    assert_eq!(
        caller.call(Method::GET, "/user", None).await?.0,
        StatusCode::OK,
        "reads are not picked"
    );
    proxy.break_with(Fault::Cut, |_| true);
    assert!(caller.call(Method::GET, "/user", None).await.is_err());
    proxy.mend();
    assert_eq!(caller.create_organization("faults").await?.0, StatusCode::CREATED);
    Ok(())
}

/// A client of the API server through the proxy, from a kubeconfig as the operator would be given.
async fn client_through(proxy: &Proxy) -> Result<Client> {
    let identity = Identity::service_account("default", "default");
    let control_plane = shared_control_plane().await?;
    let admin = control_plane.client().await?;
    let binding = "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: through-the-proxy}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: default, namespace: default}]
";
    stagecoach_testbed::apply(&admin, binding, "default").await?;
    let path = control_plane.kubeconfig_through(&identity, proxy.url()).await?;
    let kubeconfig = Kubeconfig::read_from(path)?;
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    config.default_retry = false;
    Ok(Client::try_from(config)?)
}

#[tokio::test]
async fn a_watch_on_the_api_server_passes_as_it_comes() -> Result<()> {
    let proxy = Proxy::start(&shared_control_plane().await?.url()).await?;
    let client = client_through(&proxy).await?;
    let maps: Api<ConfigMap> = Api::default_namespaced(client);
    let mut watch = Box::pin(maps.watch(&WatchParams::default(), "0").await?);
    let mut map = ConfigMap::default();
    map.metadata.name = Some("through-the-proxy".to_owned());
    maps.create(&PostParams::default(), &map).await?;
    let seen = async {
        while let Some(event) = futures::TryStreamExt::try_next(&mut watch).await? {
            if matches!(&event, WatchEvent::Added(map) if map.metadata.name.as_deref() == Some("through-the-proxy")) {
                return Ok(());
            }
        }
        anyhow::bail!("the watch ended")
    };
    tokio::time::timeout(DEADLINE, seen)
        .await
        .context("the watch is held up")??;
    assert_eq!(proxy.count(|request| request.query.contains("watch=true")), 1);
    assert_eq!(proxy.count(Counted::is_write), 1);
    Ok(())
}
