//! What git and ssh print when something goes wrong: cleaned of secrets, and read for what it means. Pure.

use super::{
    address::{Address, Protocol},
    credentials::{Credentials, Login},
    error::Error,
};

/// What a failure says that git printed, in English and without secrets; none where it is not about the server.
pub(super) fn read(words: &str, address: &Address, credentials: &Credentials) -> Option<Error> {
    let says = |any: &[&str]| any.iter().any(|part| words.contains(part));
    let (at, shown) = (|| address.as_str().to_owned(), || words.to_owned());
    let source_name = || credentials.source.clone();
    let status = status(words);
    Some(
        if says(&["ssh: not found", "ssh: command not found", "cannot run ssh"]) {
            missing(address, "ssh")
        } else if says(&["is not a git command"]) {
            missing(address, "git-remote-https")
        } else if says(&[
            "No space left on device",
            "Disk quota exceeded",
            "Read-only file system",
        ]) {
            Error::Folder { why: shown() }
        } else if says(&[
            "Could not resolve host",
            "unable to look up",
            "Name or service not known",
        ]) {
            let host = address.host().to_owned();
            Error::HostUnknown { address: at(), host }
        } else if says(&["Host key verification failed", "REMOTE HOST IDENTIFICATION"]) {
            let (address, words) = (at(), shown());
            Error::HostKey { address, words }
        } else if says(&["Load key", "incorrect passphrase"]) {
            let (source_name, words) = (source_name(), shown());
            Error::InvalidKey { source_name, words }
        } else if says(&[
            "certificate problem",
            "certificate verification failed",
            "SSL peer certificate",
        ]) {
            let (address, words) = (at(), shown());
            Error::Certificate { address, words }
        } else if matches!(status, Some(401 | 403)) || says(&REFUSALS) {
            Error::Unauthorized {
                address: at(),
                source_name: source_name(),
                words: shown(),
                remedy: remedy(address, credentials),
            }
        } else if matches!(status, Some(301..=308)) {
            Error::Redirected { address: at() }
        } else if status == Some(404)
            || says(&NOT_FOUND)
            || (words.contains("repository") && words.contains("not found"))
        {
            let (address, source_name, words) = (at(), source_name(), shown());
            Error::NotFound {
                address,
                source_name,
                words,
            }
        } else if says(&["dumb http transport", "dumb HTTP transport"]) {
            Error::Dumb { address: at() }
        } else if matches!(status, Some(429 | 500..)) || says(&UNAVAILABLE) {
            let (address, words) = (at(), shown());
            Error::Unavailable { address, words }
        } else {
            return None;
        },
    )
}

const REFUSALS: [&str; 4] = [
    "Authentication failed",
    "could not read Username",
    "could not read Password",
    "Permission denied",
];
const NOT_FOUND: [&str; 3] = [
    "does not appear to be a git repository",
    "Repository not found",
    "not exported",
];
const UNAVAILABLE: [&str; 13] = [
    "Failed to connect",
    "Couldn't connect",
    "unable to connect",
    "Connection refused",
    "Connection reset",
    "Connection closed",
    "Connection timed out",
    "timed out",
    "Empty reply",
    "early EOF",
    "RPC failed",
    "hung up unexpectedly",
    "No route to host",
];

/// The error for a program that is not there.
pub(super) fn missing(address: &Address, program: &str) -> Error {
    Error::Missing {
        address: address.as_str().to_owned(),
        program: program.to_owned(),
    }
}

fn remedy(address: &Address, credentials: &Credentials) -> &'static str {
    match (address.protocol(), &credentials.login) {
        (Protocol::Http, Login::Password { .. }) => "correct its keys username and password",
        (Protocol::Http, _) => {
            "write username and password into a Secret, and its name into spec.credentialsRef of the GitRepository"
        }
        (Protocol::Ssh, Login::Key { .. }) => {
            "correct its keys privateKey and passphrase, or give that key access to the repository"
        }
        (Protocol::Ssh, _) => {
            "write privateKey, passphrase and known_hosts into a Secret, and its name into spec.credentialsRef of the \
             GitRepository"
        }
        (Protocol::Git, _) => "write an address for https or ssh, which take credentials",
    }
}

/// The status of an answer by HTTP, where git says one.
fn status(words: &str) -> Option<u16> {
    let rest = words.split_once("returned error: ")?.1;
    rest.get(..3)?.parse().ok()
}

/// The most characters of git's words that are shown.
const SHOWN: usize = 400;

/// What git printed, fit for people: without secrets, without what is between `//` and `@` of addresses, on one line.
pub(super) fn cleaned(printed: &[u8], secrets: &[String]) -> String {
    let mut text = String::from_utf8_lossy(printed).into_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret.as_str(), "***");
    }
    let is_worth = |line: &&str| {
        ![
            "warning:",
            "hint:",
            "Please make sure",
            "and the repository exists",
            "@@@",
        ]
        .iter()
        .any(|start| line.starts_with(start))
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let worth: Vec<&str> = lines.filter(is_worth).collect();
    let words = worth.join("; ");
    let plain: String = words.chars().filter(|c| !c.is_control()).collect();
    let plain: Vec<String> = plain.split(' ').map(without_user).collect();
    let plain = plain.join(" ");
    match plain.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &plain[..end]),
        None => plain,
    }
}

/// A word without the user and the password of an address in it.
fn without_user(word: &str) -> String {
    let parts = word.split_once("://");
    match parts.and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1))) {
        Some((scheme, host)) => format!("{scheme}://{host}"),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn classified(words: &str, address: &str) -> Option<(&'static str, Kind)> {
        let (address, _) = Address::parse(address).unwrap();
        read(words, &address, &Credentials::anonymous()).map(|error| (error.reason(), error.kind()))
    }

    #[test]
    fn the_words_of_git_have_classes() {
        let http = "https://h/a/b.git";
        let url = "fatal: unable to access 'https://h/a/b.git/': ";
        for (words, reason, kind) in [
            ("Could not resolve host: h", "GitHostUnknown", Kind::Retry),
            (
                "The requested URL returned error: 403",
                "GitUnauthorized",
                Kind::Stalled,
            ),
            ("The requested URL returned error: 301", "GitRedirected", Kind::Stalled),
            ("The requested URL returned error: 503", "GitUnavailable", Kind::Retry),
            (
                "Failed to connect to h port 443: Connection refused",
                "GitUnavailable",
                Kind::Retry,
            ),
            (
                "SSL certificate problem: self-signed certificate",
                "GitCertificateRefused",
                Kind::Stalled,
            ),
        ] {
            assert_eq!(
                classified(&format!("{url}{words}"), http),
                Some((reason, kind)),
                "{words}"
            );
        }
        for (words, reason, kind) in [
            ("sh: 1: ssh: not found", "GitMissing", Kind::Stalled),
            (
                "git@h: Permission denied (publickey).",
                "GitUnauthorized",
                Kind::Stalled,
            ),
            ("Host key verification failed.", "GitHostKeyRefused", Kind::Stalled),
            (
                "fatal: '/a' does not appear to be a git repository",
                "GitNotFound",
                Kind::Stalled,
            ),
            (
                "ssh: connect to host h port 22: Connection refused",
                "GitUnavailable",
                Kind::Retry,
            ),
        ] {
            assert_eq!(classified(words, "git@h:a"), Some((reason, kind)), "{words}");
        }
        assert_eq!(classified("fatal: bad object HEAD", http), None);
    }

    #[test]
    fn what_is_shown_holds_no_secret() {
        let printed = b"warning: redirecting\nfatal: unable to access 'https://u:pw@h/a': token\x1b[0m T0K\n";
        let text = cleaned(printed, &["T0K".to_owned(), String::new()]);
        assert_eq!(text, "fatal: unable to access 'https://h/a': token[0m ***");
        assert!(cleaned(&[b'x'; 5000], &[]).len() < 500);
    }
}
