//! How a repository in a registry is written. Pure.

use std::fmt;

use url::Url;

use crate::{error::Error, fetch::is_loopback};

/// What Docker's own registry is called by people, and where it answers.
const DOCKER_NAMES: [&str; 2] = ["docker.io", "index.docker.io"];
const DOCKER_HOST: &str = "registry-1.docker.io";

/// A repository in a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Scheme, host and port.
    base: Url,
    name: String,
}

impl Reference {
    /// Reads `[oci://|https://|http://]host[:port]/name`. Without a scheme, or with `oci://`, it is https, but http on
    /// this machine itself.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let text = url.trim().trim_end_matches('/');
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme @ ("https" | "http"), rest)) => (Some(scheme), rest),
            Some(("oci", rest)) => (None, rest),
            Some(_) => return Err(invalid(text, "its scheme is none of oci, https and http")),
            None => (None, text),
        };
        let (host, name) = rest.split_once('/').ok_or_else(|| invalid(text, "write host/name"))?;
        if host.contains('@') {
            return Err(invalid(
                text,
                "it holds credentials; put them into a Secret and name it in auth",
            ));
        }
        if name.contains([':', '@']) {
            return Err(invalid(text, "write it without a tag or digest"));
        }
        if !name.split('/').all(is_part) {
            return Err(invalid(
                text,
                "a part of the name is empty, or holds a character that no registry allows",
            ));
        }
        let is_docker = DOCKER_NAMES.contains(&host);
        let name = if is_docker && !name.contains('/') {
            format!("library/{name}")
        } else {
            name.to_owned()
        };
        let host = if is_docker { DOCKER_HOST } else { host };
        let mut base =
            Url::parse(&format!("https://{host}/")).map_err(|_| invalid(text, "its host is no name of a host"))?;
        if scheme == Some("http") || (scheme.is_none() && is_loopback(&base)) {
            base =
                Url::parse(&format!("http://{host}/")).map_err(|_| invalid(text, "its host is no name of a host"))?;
        }
        Ok(Self { base, name })
    }

    /// A repository below this one, as charts are below their repository.
    pub fn child(&self, name: &str) -> Result<Self, Error> {
        if !name.split('/').all(is_part) {
            return Err(invalid(
                name,
                "a part of the name is empty, or holds a character that no registry allows",
            ));
        }
        Ok(Self {
            base: self.base.clone(),
            name: format!("{}/{name}", self.name),
        })
    }

    /// The name inside the registry.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is talked to without encryption.
    pub(super) fn is_plain(&self) -> bool {
        self.base.scheme() == "http"
    }

    pub(super) fn manifest_url(&self, tag: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("/v2/{}/manifests/{tag}", self.name));
        url
    }

    pub(super) fn blob_url(&self, digest: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("/v2/{}/blobs/{digest}", self.name));
        url
    }

    pub(super) fn tags_url(&self, page: usize) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("/v2/{}/tags/list", self.name));
        url.query_pairs_mut().append_pair("n", &page.to_string());
        url
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.base.port().map_or_else(String::new, |port| format!(":{port}"));
        write!(
            formatter,
            "{}{port}/{}",
            self.base.host_str().unwrap_or_default(),
            self.name
        )
    }
}

fn is_part(part: &str) -> bool {
    !matches!(part, "" | "." | "..")
        && part
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

fn invalid(url: &str, why: &'static str) -> Error {
    // What stands before an @ may be a password.
    let url = url.rsplit('@').next().unwrap_or_default().to_owned();
    Error::InvalidUrl { url, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_a_repository() {
        for (url, expected) in [
            ("ghcr.io/org/app", "https://ghcr.io/v2/org/app/tags/list?n=9"),
            ("oci://ghcr.io/org/app/", "https://ghcr.io/v2/org/app/tags/list?n=9"),
            (
                "https://registry.example.com:5000/app",
                "https://registry.example.com:5000/v2/app/tags/list?n=9",
            ),
            ("127.0.0.1:5000/app", "http://127.0.0.1:5000/v2/app/tags/list?n=9"),
            ("oci://localhost:5000/a/b", "http://localhost:5000/v2/a/b/tags/list?n=9"),
            ("[::1]:5000/a", "http://[::1]:5000/v2/a/tags/list?n=9"),
            (
                "https://127.0.0.1:5000/app",
                "https://127.0.0.1:5000/v2/app/tags/list?n=9",
            ),
            (
                "http://registry.internal/app",
                "http://registry.internal/v2/app/tags/list?n=9",
            ),
            (
                "docker.io/nginx",
                "https://registry-1.docker.io/v2/library/nginx/tags/list?n=9",
            ),
            (
                "docker.io/grafana/grafana",
                "https://registry-1.docker.io/v2/grafana/grafana/tags/list?n=9",
            ),
        ] {
            assert_eq!(Reference::parse(url).unwrap().tags_url(9).as_str(), expected, "{url}");
        }
        let chart = Reference::parse("oci://ghcr.io/charts").unwrap().child("app").unwrap();
        assert_eq!(chart.to_string(), "ghcr.io/charts/app");
    }

    #[test]
    fn what_is_no_repository_is_refused_in_words() {
        for (url, words) in [
            ("", "write host/name"),
            ("ghcr.io", "write host/name"),
            ("ftp://ghcr.io/org/app", "none of oci, https and http"),
            ("ghcr.io/org/app:1.2.3", "without a tag"),
            ("ghcr.io/org/app@sha256:abc", "without a tag"),
            ("ghcr.io/org//app", "a part of the name"),
            ("ghcr.io/org/../app", "a part of the name"),
            ("user:secret@ghcr.io/app", "holds credentials"),
            ("exa mple/app", "no name of a host"),
        ] {
            let error = Reference::parse(url).unwrap_err();
            assert_eq!(error.reason(), "InvalidUrl");
            assert!(error.to_string().contains(words), "{url}: {error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
