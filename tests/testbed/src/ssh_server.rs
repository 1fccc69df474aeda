//! A real `sshd` for one user, who logs in with one key: git over ssh as on a machine of one's own.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;
use tokio::{net::TcpStream, process::Command};

use crate::{
    environment::Environment,
    ports::{self, Port},
    process::{Process, Program},
    wait::{self, Look},
};

const DEADLINE: Duration = Duration::from_secs(20);
/// Where distributions put it; it is seldom on anybody's `PATH`.
const PROGRAM: &str = "/usr/sbin/sshd";

/// A running sshd. It ends when this is dropped.
#[derive(Debug)]
pub struct SshServer {
    environment: Environment,
    user: String,
    port: Port,
    _process: Process,
    folder: TempDir,
}

impl SshServer {
    /// Starts one on which the user of this process may log in.
    pub async fn start() -> Result<Self> {
        if !Path::new(PROGRAM).is_file() {
            bail!(
                "{PROGRAM} is missing: git over ssh is tested with it; on Debian: sudo apt-get install -y openssh-server"
            );
        }
        let environment = Environment::of_process()?;
        let folder = tempfile::tempdir().context("no folder for sshd")?;
        let path = folder.path();
        let user = run(&environment, path, "id", &["-un"]).await?;
        if user == "root" {
            // Where it gives up its rights, as root alone.
            fs::create_dir_all("/run/sshd").context("cannot create /run/sshd")?;
        }
        for key in ["host", "user"] {
            keygen(&environment, path, key, "").await?;
        }
        fs::copy(path.join("user.pub"), path.join("authorized_keys")).context("no key for the user")?;
        let port = ports::free(&environment)?;
        let configuration = format!(
            "ListenAddress {address}\nHostKey {path}/host\nAuthorizedKeysFile {path}/authorized_keys\nStrictModes no\n\
             UsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPidFile none\n",
            address = port.address(),
            path = path.display(),
        );
        fs::write(path.join("sshd_config"), configuration).context("no configuration for sshd")?;
        let program = Program::new("sshd", Path::new(PROGRAM), path, &environment);
        let process = program.args(["-D", "-e", "-f"]).arg(path.join("sshd_config")).start()?;
        wait::ready("sshd", DEADLINE, &[&process], async || {
            Ok(match TcpStream::connect(port.address()).await {
                Ok(_) => Look::Found(()),
                Err(error) => Look::NotYet(error.to_string()),
            })
        })
        .await?;
        Ok(Self {
            environment,
            user,
            port,
            _process: process,
            folder,
        })
    }

    /// Where git finds a repository of this machine.
    pub fn address(&self, repository: &Path) -> String {
        format!("ssh://{}@{}{}", self.user, self.port.address(), repository.display())
    }

    /// The key with which the user logs in.
    pub fn private_key(&self) -> Result<String> {
        fs::read_to_string(self.folder.path().join("user")).context("the key is gone")
    }

    /// The same key, locked with a passphrase.
    pub async fn locked_key(&self, passphrase: &str) -> Result<String> {
        let path = self.folder.path().join("locked");
        fs::copy(self.folder.path().join("user"), &path).context("the key is gone")?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        let arguments = ["-q", "-p", "-P", "", "-N", passphrase, "-f", "locked"];
        run(&self.environment, self.folder.path(), "ssh-keygen", &arguments).await?;
        fs::read_to_string(path).context("the key is gone")
    }

    /// A key that nobody knows.
    pub async fn stranger(&self) -> Result<String> {
        keygen(&self.environment, self.folder.path(), "stranger", "").await?;
        fs::read_to_string(self.folder.path().join("stranger")).context("the key is gone")
    }

    /// The line of a known_hosts file with the server's key.
    pub fn known_host(&self) -> Result<String> {
        let key = fs::read_to_string(self.folder.path().join("host.pub")).context("the host key is gone")?;
        Ok(format!("[127.0.0.1]:{} {}", self.port.number(), key.trim()))
    }

    /// Such a line with a key that it has not.
    pub async fn wrong_host(&self) -> Result<String> {
        keygen(&self.environment, self.folder.path(), "other", "").await?;
        let key = fs::read_to_string(self.folder.path().join("other.pub")).context("the key is gone")?;
        Ok(format!("[127.0.0.1]:{} {}", self.port.number(), key.trim()))
    }
}

async fn keygen(environment: &Environment, folder: &Path, name: &str, passphrase: &str) -> Result<()> {
    let arguments = ["-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", name];
    run(environment, folder, "ssh-keygen", &arguments).await.map(drop)
}

async fn run(environment: &Environment, folder: &Path, program: &str, arguments: &[&str]) -> Result<String> {
    let path: PathBuf = environment
        .find_program(program)
        .with_context(|| format!("{program} is missing"))?;
    let mut command = Command::new(path);
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = command
        .output()
        .await
        .with_context(|| format!("{program} does not start"))?;
    if !output.status.success() {
        bail!("{program}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
