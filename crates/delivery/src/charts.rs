//! Charts that automations unpack: fetched as the `HelmRepository` of the same address says.

use std::sync::{Arc, OnceLock};

use kube::ResourceExt as _;
use stagecoach_api::HelmRepository;
use stagecoach_change::Chart;
use stagecoach_runtime::ObjectKey;
use stagecoach_versions::{self as versions, Credentials, helm::Archive};
use url::Url;

use crate::connection::{Connections, Watched};
use crate::error::Error;
use crate::registry::{registry_credentials, registry_secret};
use crate::sources::{is_same_address, proxy_of};

/// Who fetches charts. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Charts {
    watched: Watched,
    /// The operator's own namespace.
    namespace: String,
    /// Who asks without a proxy; made when first needed.
    client: Arc<OnceLock<versions::Client>>,
}

impl Charts {
    pub(crate) fn new(watched: Watched, namespace: String) -> Self {
        Self {
            watched,
            namespace,
            client: Arc::default(),
        }
    }

    /// A chart's files. `proxy` goes before the one of the chart's `HelmRepository`.
    pub(crate) async fn fetch(&self, chart: &Chart, proxy: Option<&Url>) -> Result<Archive, Error> {
        let repository = self.repository(&chart.url);
        let repository = repository.as_deref();
        let credentials = repository.map_or(Ok(Credentials::Anonymous), |found| self.credentials(found))?;
        let proxy = match (proxy, repository) {
            (Some(proxy), _) => Some(proxy.clone()),
            (None, Some(repository)) => own_proxy(repository)?,
            (None, None) => None,
        };
        let client = self.client(proxy)?;
        Ok(versions::helm::chart(&client, &chart.url, &chart.name, &chart.version, &credentials).await?)
    }

    /// The `HelmRepository` of an address, of the namespaces whose Secrets may be read. Where there are several, the one in
    /// the operator's own namespace, else the first by namespace and name.
    fn repository(&self, url: &str) -> Option<Arc<HelmRepository>> {
        // Whose Secrets may not be read has no say in how others fetch charts.
        let counts = |found: &HelmRepository| {
            let trusted = found
                .namespace()
                .is_some_and(|namespace| self.watched.secrets.allows(&namespace));
            trusted && is_same_address(&found.spec.url, url)
        };
        let all = self.watched.helm_repositories.filter(counts);
        let rank = |found: &Arc<HelmRepository>| {
            let namespace = found.namespace().unwrap_or_default();
            (namespace != self.namespace, namespace, found.name_any())
        };
        all.into_iter().min_by_key(rank)
    }

    fn credentials(&self, repository: &HelmRepository) -> Result<Credentials, Error> {
        let namespace = repository.namespace().unwrap_or_default();
        let spec = &repository.spec;
        let found = registry_credentials(&self.watched.secrets, &namespace, spec.provider, spec.auth.as_ref());
        found.map_err(|source| Error::HelmRepository {
            repository: format!("{namespace}/{}", repository.name_any()),
            source,
        })
    }

    fn client(&self, proxy: Option<Url>) -> Result<versions::Client, Error> {
        let known = self.client.get().filter(|_| proxy.is_none());
        if let Some(known) = known {
            return Ok(known.clone());
        }
        let is_direct = proxy.is_none();
        let options = versions::Options {
            proxy,
            ..versions::Options::default()
        };
        let made = versions::Client::new(options)?;
        if is_direct {
            return Ok(self.client.get_or_init(|| made).clone());
        }
        Ok(made)
    }
}

impl Connections {
    /// The HelmRepositories that read this Secret.
    pub fn chart_repositories_with(&self, secret: &ObjectKey) -> Vec<ObjectKey> {
        let reads = |repository: &HelmRepository| {
            let auth = repository.spec.auth.as_ref();
            let own = repository.namespace().unwrap_or_default();
            auth.and_then(|auth| registry_secret(&own, auth)).as_ref() == Some(secret)
        };
        let found = self.watched.helm_repositories.filter(reads);
        found
            .iter()
            .map(|repository| ObjectKey::of(repository.as_ref()))
            .collect()
    }
}

fn own_proxy(repository: &HelmRepository) -> Result<Option<Url>, Error> {
    let proxy = repository.spec.auth.as_ref().and_then(|auth| auth.proxy.as_ref());
    proxy_of(proxy, || {
        format!("spec.auth.proxy.url of HelmRepository {}", repository.name_any())
    })
}
