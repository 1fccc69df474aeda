//! The same over ssh, with a real sshd: keys, passphrases, and the keys of hosts.

use stagecoach_testbed::SshServer;

use super::*;

/// A server with the repository of the room, spoken to by ssh.
struct Secure {
    room: Room,
    sshd: SshServer,
}

impl Secure {
    async fn new() -> Result<Self> {
        let (room, sshd) = tokio::try_join!(Room::new(), SshServer::start())?;
        Ok(Self { room, sshd })
    }

    fn remote(&self, key: String, passphrase: Option<&str>, known_hosts: Option<String>) -> Remote {
        let login = Login::Key {
            private_key: SecretString::from(key),
            passphrase: passphrase.map(SecretString::from),
            known_hosts,
        };
        let credentials = Credentials::new("Secret infra/templates".to_owned(), login);
        self.remote_of(Some(credentials))
    }

    fn remote_of(&self, credentials: Option<Credentials>) -> Remote {
        let address = self.sshd.address(&self.room.server.path(REPOSITORY));
        Mirrors::new(self.room.options()).remote(&address, credentials).unwrap()
    }

    async fn reads(&self, remote: &Remote) -> Result<()> {
        assert_eq!(remote.resolve("main").await?, Some(self.room.head.clone()));
        assert_eq!(one(remote, &self.room.head, "catalog/app.yaml").await?, "version: 1\n");
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_opens_what_it_may_and_leaves_nothing_behind() -> Result<()> {
    let secure = Secure::new().await?;
    let key = secure.sshd.private_key()?;
    // A Secret's value has often lost its last line break.
    let remote = secure.remote(key.trim_end().to_owned(), None, Some(secure.sshd.known_host()?));
    secure.reads(&remote).await?;
    assert!(!remote.is_first_answer_believed());
    let locked = secure.sshd.locked_key("open sesame").await?;
    secure
        .reads(&secure.remote(locked.clone(), Some("open sesame"), None))
        .await?;
    for (key, passphrase, reason) in [
        (secure.sshd.stranger().await?, None, "GitUnauthorized"),
        (locked.clone(), Some("open barley"), "GitUnauthorized"),
        (locked, None, "GitUnauthorized"),
        ("no key at all".to_owned(), None, "InvalidPrivateKey"),
    ] {
        let error = secure.remote(key, passphrase, None).probe().await.unwrap_err();
        assert_eq!(error.reason(), reason, "{error}");
        let text = format!("{error} {error:?}");
        for secret in ["sesame", "barley", "BEGIN", "no key at all"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(
            text.contains("Secret infra/templates") && text.contains("passphrase"),
            "{text}"
        );
    }
    let anonymous = secure.remote_of(None).probe().await.unwrap_err();
    assert!(anonymous.to_string().contains("write privateKey"), "{anonymous}");
    let left = std::fs::read_dir(secure.room.cache.path().join("mirrors/0/keys"))?.count();
    assert_eq!(left, 0, "files with keys go with the command");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_held_against_what_is_known_of_it() -> Result<()> {
    let secure = Secure::new().await?;
    let key = secure.sshd.private_key()?;
    let other = secure.sshd.wrong_host().await?;
    let wrong = secure.remote(key.clone(), None, Some(other.clone()));
    let error = wrong.probe().await.unwrap_err();
    assert_eq!(error.reason(), "GitHostKeyRefused", "{error}");
    assert!(error.to_string().contains("key known_hosts"), "{error}");
    drop(wrong);
    let believing = secure.remote(key, None, None);
    assert!(believing.is_first_answer_believed());
    secure.reads(&believing).await?;
    // Another server at that address: as one that was never seen, it would be believed.
    let remembered = secure
        .room
        .mirrors()
        .into_iter()
        .map(|mirror| mirror.join("known_hosts"));
    let remembered: Vec<PathBuf> = remembered.filter(|path| path.exists()).collect();
    assert_eq!(remembered.len(), 1);
    std::fs::write(&remembered[0], other)?;
    let error = believing.probe().await.unwrap_err();
    assert_eq!(error.reason(), "GitHostKeyRefused", "{error}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_not_there_and_a_host_that_is_down_say_so() -> Result<()> {
    let secure = Secure::new().await?;
    let login = || Login::Key {
        private_key: SecretString::from(secure.sshd.private_key().unwrap()),
        passphrase: None,
        known_hosts: None,
    };
    let ask = async |address: &str| {
        let credentials = Credentials::new("Secret infra/templates".to_owned(), login());
        let remote = Mirrors::new(secure.room.options()).remote(address, Some(credentials));
        remote.unwrap().probe().await.unwrap_err()
    };
    let gone = ask(&secure.sshd.address(&PathBuf::from("/srv/none.git"))).await;
    assert_eq!(gone.reason(), "GitNotFound", "{gone}");
    let down = ask("ssh://git@127.0.0.1:1/a/b.git").await;
    assert_eq!(down.reason(), "GitUnavailable", "{down}");
    let unknown = ask("git@no-such-host.invalid:a/b.git").await;
    assert_eq!(unknown.reason(), "GitHostUnknown", "{unknown}");
    Ok(())
}
