//! Who asks a git server, and how git is told without a secret in an argument: for HTTP in the environment, for ssh by a
//! key in a file of its own, which goes when the command has ended.

use std::{
    ffi::OsString,
    fs::{self, Permissions},
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::NamedTempFile;

use super::address::{Address, Protocol};

/// Seconds until a connection by ssh must stand.
const CONNECT_SECONDS: u8 = 15;
/// Variables that the scripts below read.
const CONFIG: &str = "STAGECOACH_SSH_CONFIG";
const PASSPHRASE: &str = "STAGECOACH_SSH_PASSPHRASE";

/// Who asks, and where that is written.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// For people, as in `Secret infra/templates`. Mirrors of different sources are never shared.
    pub(super) source: String,
    pub(super) login: Login,
}

/// What a git server is shown.
#[derive(Debug, Clone)]
pub enum Login {
    /// Nothing.
    Anonymous,
    /// For HTTP.
    Password {
        /// The user.
        user: String,
        /// Password or token.
        password: SecretString,
    },
    /// For ssh.
    Key {
        /// In the format of OpenSSH, or PEM.
        private_key: SecretString,
        /// Of the key, where it has one.
        passphrase: Option<SecretString>,
        /// Lines of a known_hosts file, which then must have the server's; none: the first answer is believed, and
        /// every later one is held against it.
        known_hosts: Option<String>,
    },
}

impl Credentials {
    /// Credentials, and where they are written.
    pub fn new(source: String, login: Login) -> Self {
        Self { source, login }
    }

    /// None.
    pub fn anonymous() -> Self {
        Self::new("no credentials".to_owned(), Login::Anonymous)
    }

    /// What the server is shown.
    pub fn login(&self) -> &Login {
        &self.login
    }

    /// For people, as in `Secret infra/templates`.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What must never be shown.
    pub(super) fn secrets(&self) -> Vec<String> {
        match &self.login {
            Login::Anonymous => Vec::new(),
            Login::Password { user, password } => vec![basic(user, password), password.expose_secret().to_owned()],
            Login::Key {
                private_key,
                passphrase,
                ..
            } => {
                let lines = private_key.expose_secret().lines().filter(|line| !line.contains("---"));
                let passphrase = passphrase.iter().map(secrecy::ExposeSecret::expose_secret);
                lines.chain(passphrase).map(str::to_owned).collect()
            }
        }
    }

    /// True when nothing says whether a server is the one that is meant.
    pub(super) fn is_first_answer_believed(&self, address: &Address) -> bool {
        let checks = matches!(
            &self.login,
            Login::Key {
                known_hosts: Some(_),
                ..
            }
        );
        address.protocol() == Protocol::Ssh && !checks
    }

    /// What git is told, for as long as the result lives. `mirror` keeps what is remembered of servers, `keys` the files
    /// with keys.
    pub(super) fn prepare(&self, address: &Address, mirror: &Path, keys: &Path) -> io::Result<Prepared> {
        match address.protocol() {
            Protocol::Http => Ok(self.for_http()),
            Protocol::Ssh => self.for_ssh(mirror, keys),
            Protocol::Git => Ok(Prepared::default()),
        }
    }

    fn for_http(&self) -> Prepared {
        let mut prepared = Prepared::default();
        if let Login::Password { user, password } = &self.login {
            let header = format!("Authorization: Basic {}", basic(user, password));
            prepared.config.push(("http.extraHeader", header.into()));
        }
        // Who is shown nothing may lead elsewhere.
        let follows = if prepared.config.is_empty() { "initial" } else { "false" };
        prepared.config.push(("http.followRedirects", follows.into()));
        prepared
    }

    fn for_ssh(&self, mirror: &Path, keys: &Path) -> io::Result<Prepared> {
        let mut prepared = Prepared::default();
        let (mut hosts, mut check) = (mirror.join("known_hosts"), "accept-new");
        let mut key = Path::new("none").to_owned();
        if let Login::Key {
            private_key,
            passphrase,
            known_hosts,
        } = &self.login
        {
            // A key without a line break at its end is refused as broken.
            let text = SecretString::from(format!("{}\n", private_key.expose_secret().trim_end()));
            let file = prepared.keep(keys, text.expose_secret())?;
            key = file;
            if let Some(known_hosts) = known_hosts {
                (hosts, check) = (prepared.keep(keys, &format!("{known_hosts}\n"))?, "yes");
            }
            if let Some(passphrase) = passphrase {
                prepared.ask_pass(keys, passphrase)?;
            }
        }
        let quoted = |path: &Path| format!("\"{}\"", path.display().to_string().replace('%', "%%"));
        let config = format!(
            "BatchMode {batch}\nIdentityFile {key}\nIdentitiesOnly yes\nIdentityAgent none\n\
             UserKnownHostsFile {hosts}\nGlobalKnownHostsFile /dev/null\nStrictHostKeyChecking {check}\n\
             UpdateHostKeys no\nPreferredAuthentications publickey\nConnectTimeout {CONNECT_SECONDS}\n\
             ServerAliveInterval {CONNECT_SECONDS}\nLogLevel ERROR\n",
            batch = if prepared.is_asking { "no" } else { "yes" },
            key = quoted(&key),
            hosts = quoted(&hosts),
        );
        let config = prepared.keep(keys, &config)?;
        let variables = [
            (CONFIG, config.into_os_string()),
            ("GIT_SSH_COMMAND", format!("ssh -F \"${CONFIG}\"").into()),
            ("GIT_SSH_VARIANT", "ssh".into()),
        ];
        prepared.variables.extend(variables);
        Ok(prepared)
    }
}

/// User and password as HTTP sends them.
fn basic(user: &str, password: &SecretString) -> String {
    BASE64_STANDARD.encode(format!("{user}:{}", password.expose_secret()))
}

/// What one command of git is told of the credentials.
#[derive(Default)]
pub(super) struct Prepared {
    /// Settings of git.
    pub(super) config: Vec<(&'static str, OsString)>,
    /// Variables of the environment.
    pub(super) variables: Vec<(&'static str, OsString)>,
    is_asking: bool,
    /// Readable by this user alone; they go with this value.
    files: Vec<tempfile::TempPath>,
}

impl Prepared {
    fn keep(&mut self, folder: &Path, text: &str) -> io::Result<std::path::PathBuf> {
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        // Closed, or a program among them could not be run.
        let path = file.into_temp_path();
        let place = path.to_path_buf();
        self.files.push(path);
        Ok(place)
    }

    /// A program that answers ssh's question for the passphrase from the environment.
    fn ask_pass(&mut self, folder: &Path, passphrase: &SecretString) -> io::Result<()> {
        let program = self.keep(folder, &format!("#!/bin/sh\nprintf '%s\\n' \"${PASSPHRASE}\"\n"))?;
        fs::set_permissions(&program, Permissions::from_mode(0o700))?;
        let variables = [
            (PASSPHRASE, passphrase.expose_secret().into()),
            ("SSH_ASKPASS", program.into_os_string()),
            ("SSH_ASKPASS_REQUIRE", "force".into()),
        ];
        self.variables.extend(variables);
        self.is_asking = true;
        Ok(())
    }
}
