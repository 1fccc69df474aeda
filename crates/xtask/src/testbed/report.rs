//! What a person is told about a running testbed.

use std::{
    fmt::Write as _,
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use super::state::State;

/// A part on loopback that does not take a connection in this time is not there.
const PATIENCE: Duration = Duration::from_millis(500);

/// Where the parts are, how to use them, and how to end them.
pub(super) fn text(state: &State) -> String {
    let (pid, seconds, folder) = (state.pid, state.seconds, state.folder.display());
    let mut text = format!("The testbed runs (process {pid}, started in {seconds:.1} s, data and logs in {folder}).\n");
    // Writing to a string cannot fail.
    if let Some(cluster) = &state.cluster {
        let (url, config) = (&cluster.url, cluster.kubeconfig.display());
        let _ = writeln!(text, "\n  Kubernetes   {url}{}", answer(url));
        let _ = writeln!(text, "               export KUBECONFIG={config}");
        let _ = writeln!(text, "               kubectl: {}", cluster.kubectl.display());
        let _ = writeln!(text, "               contexts: admin (current), alice, bob");
    }
    if let Some(namespace) = &state.deployer {
        let _ = writeln!(text, "  Argo CD      its Applications are in namespace {namespace}");
    }
    if let Some(forge) = &state.forge {
        let _ = writeln!(text, "  Gitea        {}{}", forge.url, answer(&forge.url));
        let _ = writeln!(text, "               login {} / {}", forge.user, forge.password);
    }
    if let Some(registry) = &state.registry {
        let _ = writeln!(
            text,
            "  Registry     http://{registry}{} (anonymous, plain HTTP)",
            answer(registry)
        );
    }
    text.push_str("\nEnd it with `cargo xtask testbed down`.\n");
    text
}

/// Nothing when a part takes connections, else a remark.
fn answer(url: &str) -> &'static str {
    let address = url.rsplit('/').next().unwrap_or(url);
    let there = address
        .parse::<SocketAddr>()
        .is_ok_and(|to| TcpStream::connect_timeout(&to, PATIENCE).is_ok());
    if there { "" } else { "  (does not answer)" }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, path::PathBuf};

    use super::*;
    use crate::testbed::state::{Cluster, Forge};

    #[test]
    fn a_person_reads_where_everything_is_and_how_to_end_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let alive = listener.local_addr().unwrap();
        let state = State {
            pid: 7,
            folder: PathBuf::from("/work-folder"),
            seconds: 4.5,
            cluster: Some(Cluster {
                url: "https://127.0.0.1:1".to_owned(),
                kubeconfig: PathBuf::from("/work-folder/kubeconfig"),
                kubectl: PathBuf::from("/cache/kubectl"),
            }),
            forge: Some(Forge {
                url: format!("http://{alive}"),
                user: "ada".to_owned(),
                password: "p".to_owned(),
            }),
            registry: None,
            deployer: Some("argocd".to_owned()),
        };
        let text = text(&state);
        assert!(
            text.contains("Kubernetes   https://127.0.0.1:1  (does not answer)\n"),
            "{text}"
        );
        assert!(text.contains("export KUBECONFIG=/work-folder/kubeconfig\n"), "{text}");
        assert!(
            text.contains(&format!("Gitea        http://{alive}\n               login ada / p\n")),
            "{text}"
        );
        assert!(!text.contains("Registry"), "{text}");
        assert!(text.ends_with("End it with `cargo xtask testbed down`.\n"), "{text}");
    }
}
