use super::*;

fn limit() -> Duration {
    Duration::from_secs(20)
}

#[tokio::test(start_paused = true)]
async fn a_task_that_ends_before_the_shutdown_is_fatal() {
    let shutdown = CancellationToken::new();
    let mut tasks = Tasks::new();
    tasks.spawn("the watch of pipelines", async {});
    tasks.spawn("the server", std::future::pending());
    let fatal = tasks.watch(&shutdown).await.unwrap_err();
    assert_eq!(
        fatal.to_string(),
        "the watch of pipelines ended, the process must start again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_task_that_fails_or_panics_says_why() {
    let shutdown = CancellationToken::new();
    let mut tasks = Tasks::new();
    tasks.spawn_fallible("the server", async { Err(std::io::Error::other("address in use")) });
    assert_eq!(
        tasks.watch(&shutdown).await.unwrap_err().to_string(),
        "the server failed: address in use"
    );

    tasks.spawn("the queue of Pipeline", async { panic!("no {}", "stage") });
    assert_eq!(
        tasks.watch(&shutdown).await.unwrap_err().to_string(),
        "the queue of Pipeline panicked: no stage"
    );
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_what_runs() {
    let shutdown = CancellationToken::new();
    let mut tasks = Tasks::new();
    let stop = shutdown.clone();
    tasks.spawn_endless("the watch of pipelines", std::future::pending());
    tasks.spawn("the queue of Pipeline", async move {
        stop.cancelled().await;
        tokio::time::sleep(Duration::from_secs(10)).await;
    });
    shutdown.cancel();
    tasks.watch(&shutdown).await.unwrap();
    tasks.drain(limit()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_does_not_stop_is_named() {
    let shutdown = CancellationToken::new();
    shutdown.cancel();
    let mut tasks = Tasks::new();
    tasks.spawn("the queue of Observer", std::future::pending());
    tasks.spawn("the queue of Pipeline", async {});
    tasks.watch(&shutdown).await.unwrap();
    let fatal = tasks.drain(limit()).await.unwrap_err();
    assert_eq!(fatal.to_string(), "the queue of Observer did not finish within 20 s");
}

#[tokio::test(start_paused = true)]
async fn an_error_during_the_shutdown_counts() {
    let shutdown = CancellationToken::new();
    shutdown.cancel();
    let mut tasks = Tasks::new();
    tasks.spawn("the queue of Pipeline", async { panic!("late") });
    tasks.watch(&shutdown).await.unwrap();
    assert!(matches!(tasks.drain(limit()).await, Err(Fatal::Panicked { .. })));
}
