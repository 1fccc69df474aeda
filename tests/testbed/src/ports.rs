//! Free ports on loopback. A port is locked for as long as its holder lives, so that two testbeds never choose the same,
//! and a program that is stopped and started again finds its port free.
//!
//! Ports come from below the range that the kernel hands out to clients: from that range, a client that keeps knocking
//! at a stopped program's port would one day be given that very port for its own end, and hold it.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU16, Ordering},
};

use anyhow::{Context as _, Result, bail};

use crate::{environment::Environment, process::Ended};

/// How often a start is tried when somebody else took a port that was free a moment before.
const ATTEMPTS: usize = 3;

/// Well-known ports of other programs are mostly below.
const FIRST: u16 = 20_000;
/// The kernel's client range begins here unless it says otherwise.
const USUAL_CLIENT_RANGE: u16 = 32_768;

/// A port on 127.0.0.1 that nobody else of the test house uses.
#[derive(Debug)]
pub(crate) struct Port {
    number: u16,
    _lock: File,
}

impl Port {
    pub(crate) fn number(&self) -> u16 {
        self.number
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.number)
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn http(&self) -> String {
        format!("http://{}", self.address())
    }
}

/// A free port.
pub(crate) fn free(environment: &Environment) -> Result<Port> {
    // Processes begin at different places, so that they seldom try the same port.
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let folder = environment.scratch().join("ports");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let span = client_range().saturating_sub(FIRST).max(1);
    let start = u16::try_from(std::process::id().wrapping_mul(97) % u32::from(span)).unwrap_or(0);
    for _ in 0..span {
        let offset = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % span;
        if let Some(port) = try_port(&folder, FIRST + offset)? {
            return Ok(port);
        }
    }
    bail!("no free port on 127.0.0.1 between {FIRST} and {}", FIRST + span)
}

/// Starts something in the folder `name` of `folder`, and again in another folder and with other ports when a program
/// found its port taken: somebody outside the test house can always be quicker.
pub(crate) async fn with_free_ports<T>(
    folder: &Path,
    name: &str,
    mut start: impl AsyncFnMut(PathBuf) -> Result<T>,
) -> Result<T> {
    for attempt in 2..=ATTEMPTS {
        match start(folder.join(name_of_attempt(name, attempt - 1))).await {
            Err(error) if error.downcast_ref::<Ended>().is_some_and(Ended::port_was_taken) => {}
            result => return result,
        }
    }
    start(folder.join(name_of_attempt(name, ATTEMPTS))).await
}

fn name_of_attempt(name: &str, attempt: usize) -> String {
    if attempt == 1 {
        name.to_owned()
    } else {
        format!("{name}-{attempt}")
    }
}

fn try_port(folder: &Path, number: u16) -> Result<Option<Port>> {
    let path = folder.join(number.to_string());
    let lock = File::create(&path).with_context(|| format!("cannot create the lock {}", path.display()))?;
    if lock.try_lock().is_err() || TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_err() {
        return Ok(None);
    }
    Ok(Some(Port { number, _lock: lock }))
}

/// Where the kernel's range for clients begins.
fn client_range() -> u16 {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    first_number(&text)
        .filter(|first| *first > FIRST + 1_000)
        .unwrap_or(USUAL_CLIENT_RANGE)
}

fn first_number(text: &str) -> Option<u16> {
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::process::Program;
    use crate::{Look, eventually};

    /// A program that ends with these last words.
    async fn last_words(words: &str, folder: &Path) -> Result<()> {
        let environment = Environment::of_process().unwrap();
        let shell = Program::new("shell", Path::new("/bin/sh"), folder, &environment);
        let deadline = Duration::from_secs(20);
        shell
            .args(["-c", &format!("echo {words}; exit 1")])
            .run(deadline)
            .await
            .context("it did not start")
    }

    #[tokio::test]
    async fn a_start_whose_port_was_taken_is_tried_elsewhere() {
        let place = tempfile::tempdir().unwrap();
        let mut folders = Vec::new();
        let started = with_free_ports(Path::new("/some"), "part", async |folder| {
            folders.push(folder);
            if folders.len() < 3 {
                last_words("listen tcp 127.0.0.1:1: bind: address already in use", place.path()).await?;
            }
            Ok(())
        });
        started.await.unwrap();
        assert_eq!(
            folders,
            [
                Path::new("/some/part"),
                Path::new("/some/part-2"),
                Path::new("/some/part-3")
            ]
        );
    }

    #[tokio::test]
    async fn a_start_that_failed_otherwise_is_not_tried_again() {
        let place = tempfile::tempdir().unwrap();
        let mut attempts = 0;
        let started = with_free_ports::<()>(Path::new("/some"), "part", async |_| {
            attempts += 1;
            last_words("no such flag", place.path()).await
        });
        started.await.unwrap_err();
        assert_eq!(attempts, 1);
    }

    #[tokio::test]
    async fn many_ports_are_all_different_and_free() {
        let environment = Environment::of_process().unwrap();
        let ports: Vec<Port> = (0..50).map(|_| free(&environment).unwrap()).collect();
        let numbers: BTreeSet<u16> = ports.iter().map(Port::number).collect();
        assert_eq!(numbers.len(), 50);
        for number in numbers {
            let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, number)).ok();
            until_free("a port that was said to be free", listen).await;
        }
    }

    /// A child that another test starts holds what is open here, until it has become its own program.
    async fn until_free<T>(what: &str, mut take: impl FnMut() -> Option<T>) -> T {
        let taken = eventually(what, Duration::from_secs(20), async || {
            Ok(Look::or_not_yet(take(), "held"))
        });
        taken.await.unwrap()
    }

    #[tokio::test]
    async fn a_port_that_is_held_is_not_given_twice() {
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment::of_process().unwrap();
        let number = free(&environment).unwrap().number();
        let port = || try_port(folder.path(), number).unwrap();
        let held = until_free("the port", port).await;
        assert!(port().is_none(), "locked");
        drop(held);
        let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, number)).ok();
        let listener = until_free("the port to listen at", listen).await;
        assert!(port().is_none(), "in use");
        drop(listener);
        until_free("the port to be free again", port).await;
    }

    #[test]
    fn the_client_range_is_read_from_the_kernels_text() {
        assert_eq!(first_number("32768\t60999\n"), Some(32_768));
        assert_eq!(first_number(""), None);
    }
}
