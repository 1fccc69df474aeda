//! Who may speak to the API server, and with which token: users, service accounts, and anybody by impersonation.

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow, bail};
use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::ServiceAccount,
};
use kube::{
    Api, Client, Config,
    api::PostParams,
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

/// A day is longer than any test.
const TOKEN_SECONDS: i64 = 86_400;
const ADMIN: &str = "admin";

/// A user that the API server knows by token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    name: String,
    groups: Vec<String>,
}

impl User {
    /// A user in some groups. The token is `NAME-token`.
    pub fn new(name: &str, groups: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
        }
    }
}

/// Who a client or a kubeconfig speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// May do everything (group `system:masters`).
    Admin,
    /// A user with a token of its own; `alice` and `bob` unless the control plane was started with others.
    User(String),
    /// A service account, with a token made for this call: how a program in the cluster speaks.
    ServiceAccount {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// Anybody else: the administrator impersonates. The API server treats such requests as the user's own, in
    /// authorization as in admission.
    Impersonated {
        /// The user's name.
        name: String,
        /// The user's groups.
        groups: Vec<String>,
    },
}

impl Identity {
    /// A user with a token of its own.
    pub fn user(name: &str) -> Self {
        Self::User(name.to_owned())
    }

    /// A service account.
    pub fn service_account(namespace: &str, name: &str) -> Self {
        Self::ServiceAccount {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// A user whom the API server does not know.
    pub fn impersonated(name: &str, groups: &[&str]) -> Self {
        Self::Impersonated {
            name: name.to_owned(),
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
        }
    }

    /// A word for file names and contexts.
    fn label(&self) -> String {
        match self {
            Self::Admin => ADMIN.to_owned(),
            Self::User(name) => name.clone(),
            Self::ServiceAccount { namespace, name } => format!("{namespace}.{name}"),
            Self::Impersonated { name, .. } => format!("as-{}", name.replace(['/', ':'], "-")),
        }
    }
}

/// The files that say who is who.
#[derive(Debug)]
pub(super) struct Access {
    folder: PathBuf,
    url: String,
    users: Vec<User>,
}

impl Access {
    /// Writes the signing key, the tokens and the administrator's kubeconfig.
    pub(super) fn write(folder: &Path, url: &str, users: &[User]) -> Result<Self> {
        let access = Self {
            folder: folder.to_owned(),
            url: url.to_owned(),
            users: users.to_vec(),
        };
        write_private(&access.signing_key(), &signing_key()?)?;
        write_private(&access.tokens(), &token_file(users))?;
        let mut identities = vec![Identity::Admin];
        identities.extend(users.iter().map(|user| Identity::User(user.name.clone())));
        let entries: Result<Vec<_>> = identities
            .into_iter()
            .map(|identity| Ok((identity.clone(), access.token(&identity)?)))
            .collect();
        write_private(&access.kubeconfig(), &access.document(url, &entries?)?)?;
        Ok(access)
    }

    pub(super) fn certificates(&self) -> PathBuf {
        self.folder.join("certificates")
    }

    /// The certificate that the API server made for itself, with that of its own authority behind it.
    pub(super) fn authority(&self) -> PathBuf {
        self.certificates().join("apiserver.crt")
    }

    pub(super) fn signing_key(&self) -> PathBuf {
        self.folder.join("service-accounts.key")
    }

    pub(super) fn tokens(&self) -> PathBuf {
        self.folder.join("tokens.csv")
    }

    pub(super) fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    /// The token of an identity that needs no API server to have one.
    pub(super) fn token(&self, identity: &Identity) -> Result<String> {
        match identity {
            Identity::Admin | Identity::Impersonated { .. } => Ok(token_of(ADMIN)),
            Identity::User(name) if self.users.iter().any(|user| user.name == *name) => Ok(token_of(name)),
            Identity::User(name) => {
                bail!("the control plane was started without the user {name}: name it in start_with, or impersonate")
            }
            Identity::ServiceAccount { .. } => bail!("a service account's token is made by the API server"),
        }
    }

    /// Writes a kubeconfig for one identity.
    pub(super) fn write_for(&self, identity: &Identity, token: &str, url: &str) -> Result<PathBuf> {
        let through = if url == self.url { "" } else { ".through" };
        let path = self.folder.join(format!("{}{through}.kubeconfig", identity.label()));
        write_private(&path, &self.document(url, &[(identity.clone(), token.to_owned())])?)?;
        Ok(path)
    }

    /// A client of an identity. Nothing is retried behind the back of a test.
    pub(super) async fn client(&self, identity: &Identity, token: &str) -> Result<Client> {
        let text = self.document(&self.url, &[(identity.clone(), token.to_owned())])?;
        let kubeconfig = Kubeconfig::from_yaml(&text).context("cannot read a kubeconfig of our own")?;
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
        let mut config = config.context("cannot use a kubeconfig of our own")?;
        config.default_retry = false;
        Client::try_from(config).context("cannot make a Kubernetes client")
    }

    fn document(&self, url: &str, entries: &[(Identity, String)]) -> Result<String> {
        let mut cluster = json!({"server": url});
        if url.starts_with("https:") {
            cluster["certificate-authority"] = json!(self.authority());
        }
        let context = |label: &str| json!({"name": label, "context": {"cluster": "testbed", "user": label}});
        let document = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "testbed", "cluster": cluster}],
            "users": entries.iter().map(|(who, token)| user_entry(who, token)).collect::<Vec<_>>(),
            "contexts": entries.iter().map(|(who, _)| context(&who.label())).collect::<Vec<_>>(),
            "current-context": entries.first().map(|(who, _)| who.label()),
        });
        serde_yaml::to_string(&document).context("cannot write a kubeconfig")
    }
}

fn user_entry(identity: &Identity, token: &str) -> Value {
    let mut user = json!({"token": token});
    if let Identity::Impersonated { name, groups } = identity {
        user["as"] = json!(name);
        user["as-groups"] = json!(groups);
    }
    json!({"name": identity.label(), "user": user})
}

fn token_of(user: &str) -> String {
    format!("{user}-token")
}

fn token_file(users: &[User]) -> String {
    let line = |name: &str, groups: &str| format!("{},{name},{name},\"{groups}\"\n", token_of(name));
    let others = users.iter().map(|user| line(&user.name, &user.groups.join(",")));
    std::iter::once(line(ADMIN, "system:masters")).chain(others).collect()
}

/// A key for signing service accounts' tokens, as PEM.
fn signing_key() -> Result<String> {
    let key = KeyPair::generate(KeySize::Rsa2048).map_err(|_| anyhow!("cannot make a signing key"))?;
    let der: Pkcs8V1Der<'_> = key.as_der().map_err(|_| anyhow!("cannot write a signing key"))?;
    Ok(pem(der.as_ref()))
}

fn pem(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem
}

/// In one step, since a test may read the file while another writes the same one; readable by its owner alone.
fn write_private(path: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    let write = || {
        let mut file = NamedTempFile::new_in(path.parent().unwrap_or_else(|| Path::new(".")))?;
        file.write_all(text.as_bytes())?;
        Ok::<_, io::Error>(file.persist(path)?)
    };
    write()
        .map(drop)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Asks the API server for a token, as the kubelet does for a pod.
pub(super) async fn service_account_token(client: &Client, namespace: &str, name: &str) -> Result<String> {
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), namespace);
    let spec = TokenRequestSpec {
        expiration_seconds: Some(TOKEN_SECONDS),
        ..TokenRequestSpec::default()
    };
    let request = TokenRequest {
        spec,
        ..TokenRequest::default()
    };
    let asked = accounts
        .create_token_request(name, &PostParams::default(), &request)
        .await;
    let answer = asked.with_context(|| format!("no token for the service account {namespace}/{name}"))?;
    Ok(answer
        .status
        .context("the API server gave a token request without a status")?
        .token)
}
