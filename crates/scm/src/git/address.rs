//! The address of a repository on a git server, in the forms that git takes. Pure. What is read here can become neither an
//! option nor a command.

use secrecy::SecretString;
use url::Url;

use super::{
    credentials::{Credentials, Login},
    error::Error,
};

/// How a server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// `https://` and `http://`.
    Http,
    /// `ssh://` and `user@host:path`.
    Ssh,
    /// `git://`, which knows no credentials.
    Git,
}

/// Where a repository is. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    text: String,
    host: String,
    protocol: Protocol,
}

impl Address {
    /// Reads `https://host/path`, `http://`, `ssh://`, `git://` or `user@host:path`. A user and a password that stand in
    /// an address for HTTP are taken out of it, and come back as credentials.
    pub fn parse(text: &str) -> Result<(Self, Option<Credentials>), Error> {
        let text = text.trim();
        let invalid = |why| Error::InvalidAddress { why };
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(invalid("it holds a space or a control character"));
        }
        if text.contains("://") {
            return from_url(text);
        }
        let (user, rest) = text.split_once('@').ok_or_else(|| invalid(FORMS))?;
        let (host, path) = rest.split_once(':').ok_or_else(|| invalid(FORMS))?;
        if !is_name(user) || !is_name(host) || path.is_empty() || path.starts_with('-') {
            return Err(invalid(FORMS));
        }
        let address = Self {
            text: text.to_owned(),
            host: host.to_ascii_lowercase(),
            protocol: Protocol::Ssh,
        };
        Ok((address, None))
    }

    /// As git takes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name of the server, without a port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// How the server is spoken to.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }
}

const FORMS: &str = "write https://host/owner/name.git, ssh://git@host/owner/name.git or git@host:owner/name.git";

fn from_url(text: &str) -> Result<(Address, Option<Credentials>), Error> {
    let invalid = |why| Error::InvalidAddress { why };
    let mut url = Url::parse(text).map_err(|_| invalid(FORMS))?;
    let protocol = match url.scheme() {
        "https" | "http" => Protocol::Http,
        "ssh" => Protocol::Ssh,
        "git" => Protocol::Git,
        _ => return Err(invalid(FORMS)),
    };
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let is_safe = |name: &str| is_name(name) || (name.starts_with('[') && name.ends_with(']'));
    if !is_safe(&host) || !(url.username().is_empty() || is_name(url.username())) {
        return Err(invalid("host and user begin with a letter or a digit"));
    }
    if url.path().trim_matches('/').is_empty() {
        return Err(invalid(FORMS));
    }
    let login = match (protocol, url.password()) {
        (Protocol::Http, password) if !url.username().is_empty() || password.is_some() => Some(Credentials::new(
            "the address".to_owned(),
            Login::Password {
                user: decoded(url.username()),
                password: SecretString::from(decoded(password.unwrap_or_default())),
            },
        )),
        _ => None,
    };
    // Setters fail for addresses without a host alone.
    let _ = url.set_password(None);
    if protocol == Protocol::Http {
        let _ = url.set_username("");
    }
    let address = Address {
        text: url.into(),
        host,
        protocol,
    };
    Ok((address, login))
}

/// What stands behind percent signs in a part of an address.
fn decoded(part: &str) -> String {
    let pair = format!("x={}", part.replace('+', "%2B"));
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    pairs.next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '%' | '~');
    name.starts_with(|c: char| c.is_alphanumeric() || c == '_') && name.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn addresses_have_four_forms() {
        for (text, expected, host, protocol) in [
            (
                "https://H.example.com/a/b.git",
                "https://h.example.com/a/b.git",
                "h.example.com",
                Protocol::Http,
            ),
            (
                "http://127.0.0.1:3000/b",
                "http://127.0.0.1:3000/b",
                "127.0.0.1",
                Protocol::Http,
            ),
            ("ssh://git@h:2222/a/b", "ssh://git@h:2222/a/b", "h", Protocol::Ssh),
            (" git@h:a/b.git ", "git@h:a/b.git", "h", Protocol::Ssh),
            ("git://[::1]/a/b", "git://[::1]/a/b", "[::1]", Protocol::Git),
        ] {
            let (address, login) = Address::parse(text).unwrap();
            assert_eq!(
                (address.as_str(), address.host(), address.protocol()),
                (expected, host, protocol)
            );
            assert!(login.is_none(), "{text}");
        }
    }

    #[test]
    fn credentials_of_an_address_leave_it() {
        let (address, login) = Address::parse("https://us%40er:p%2Bw+d@h/a/b").unwrap();
        assert_eq!(address.as_str(), "https://h/a/b");
        let Login::Password { user, password } = login.unwrap().login else {
            panic!("it is a password");
        };
        assert_eq!((user.as_str(), password.expose_secret()), ("us@er", "p+w+d"));
        let (address, login) = Address::parse("ssh://git:pw@h/a/b").unwrap();
        assert_eq!(address.as_str(), "ssh://git@h/a/b");
        assert!(login.is_none(), "ssh takes keys alone");
    }

    #[test]
    fn what_git_or_ssh_would_take_for_something_else_is_no_address() {
        for text in [
            "",
            "a/b",
            "/srv/git/a.git",
            "file:///srv/git/a.git",
            "ext::sh -c true",
            "ext::sh@x:y",
            "--upload-pack=touch /tmp/x",
            "-oProxyCommand=true@h:a/b",
            "git@-oProxyCommand=true:a/b",
            "git@h:-a",
            "ssh://-oProxyCommand=true/a/b",
            "ssh://-l@h/a/b",
            "https://h",
            "https://h/a\nb",
            "https://h/a b",
            "ftp://h/a",
        ] {
            assert!(
                matches!(Address::parse(text), Err(Error::InvalidAddress { .. })),
                "{text:?}"
            );
        }
    }
}
