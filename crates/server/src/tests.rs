use std::sync::atomic::{AtomicBool, Ordering};

use stagecoach_runtime::{Claim, lease::Leadership};

use super::*;

/// A server on a free port.
struct Running {
    url: String,
    leadership: tokio::sync::watch::Sender<Leadership>,
    synced: Arc<AtomicBool>,
    shutdown: CancellationToken,
    task: tokio::task::JoinHandle<Result<(), ServerError>>,
}

async fn running() -> Running {
    let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (leadership, claim) = Claim::channel();
    let synced = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&synced);
    let check: Check =
        Arc::new(move || (!seen.load(Ordering::SeqCst)).then(|| "waiting for the first list of pipelines".to_owned()));
    let shutdown = CancellationToken::new();
    let readiness = Readiness::new(claim, [check]);
    let task = tokio::spawn(serve(listener, readiness, Metrics::new(), shutdown.clone()));
    Running {
        url,
        leadership,
        synced,
        shutdown,
        task,
    }
}

impl Running {
    async fn get(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("{}{path}", self.url)).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

#[tokio::test]
async fn readiness_says_what_is_missing_until_nothing_is() {
    let server = running().await;
    assert_eq!(
        server.get("/healthz").await,
        (200, "ok\n".to_owned()),
        "alive from the first moment"
    );
    assert_eq!(
        server.get("/readyz").await,
        (
            503,
            "not ready: waiting for the first list of pipelines; the lease was not read yet\n".to_owned()
        )
    );

    server.synced.store(true, Ordering::SeqCst);
    server.leadership.send_replace(Leadership::Standby {
        holder: "pod-b".to_owned(),
    });
    assert_eq!(
        server.get("/readyz").await,
        (200, "ok: standby, pod-b leads\n".to_owned())
    );

    server.leadership.send_replace(Leadership::Leading);
    assert_eq!(server.get("/readyz").await, (200, "ok: leading\n".to_owned()));

    server.leadership.send_replace(Leadership::Unsure);
    assert_eq!(server.get("/readyz").await.0, 503);
    assert_eq!(
        server.get("/healthz").await.0,
        200,
        "a server that is away is no reason to be killed"
    );
}

#[tokio::test]
async fn metrics_are_open_metrics_text() {
    let server = running().await;
    let answer = reqwest::get(format!("{}/metrics", server.url)).await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let text = answer.text().await.unwrap();
    assert!(text.contains("# TYPE stagecoach_leader gauge"), "{text}");
    assert!(text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn nothing_else_is_answered_and_no_big_body_is_taken() {
    let server = running().await;
    assert_eq!(server.get("/").await.0, 404);
    let sent = reqwest::Client::new()
        .post(format!("{}/healthz", server.url))
        .body(vec![0; BODY_BYTES + 1])
        .send()
        .await;
    assert_eq!(sent.unwrap().status().as_u16(), 413);
}

#[tokio::test]
async fn a_shutdown_ends_it() {
    let server = running().await;
    server.shutdown.cancel();
    server.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_taken_address_is_told() {
    let taken = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = taken.local_addr().unwrap();
    let error = bind(address).await.unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("cannot listen on {address}, choose another with --listen: ")),
        "{error}"
    );
}
