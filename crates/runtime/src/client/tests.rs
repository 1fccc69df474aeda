use super::*;

type Transport = tower_test::mock::Mock<Request<Body>, Response<Box<DynBody>>>;
type Handle = tower_test::mock::Handle<Request<Body>, Response<Box<DynBody>>>;

const LIMIT: Duration = Duration::from_secs(30);

fn transport() -> (Deadline<Transport>, Handle) {
    let (transport, handle) = tower_test::mock::pair();
    (DeadlineLayer { limit: LIMIT }.layer(transport), handle)
}

async fn call(service: &mut Deadline<Transport>, url: &str) -> Result<Response<Box<DynBody>>, BoxError> {
    std::future::poll_fn(|context| service.poll_ready(context)).await?;
    service.call(Request::get(url).body(Body::empty()).unwrap()).await
}

/// An answer whose body never comes to its end.
fn endless() -> Response<Box<DynBody>> {
    Response::new(Box::new(http_body_util::StreamBody::new(futures::stream::pending())))
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_is_given_up() {
    let (mut service, mut handle) = transport();
    let asked = tokio::spawn(async move { handle.next_request().await.map(|(_, answer)| (answer, handle)) });
    let begun = tokio::time::Instant::now();
    let error = call(&mut service, "/api/v1/pods").await.map(drop).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&DeadlineExceeded(LIMIT)));
    assert_eq!(begun.elapsed().as_secs(), LIMIT.as_secs());
    assert!(asked.await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_end_is_given_up_but_not_on_a_watch() {
    for (url, gives_up) in [("/api/v1/pods", true), ("/api/v1/pods?watch=true", false)] {
        let (mut service, mut handle) = transport();
        let server = tokio::spawn(async move {
            let (_, answer) = handle.next_request().await.unwrap();
            answer.send_response(endless());
        });
        let answered = call(&mut service, url).await;
        assert_eq!(answered.is_err(), gives_up, "{url}");
        server.await.unwrap();
    }
}

#[test]
fn a_watch_is_known_by_its_query() {
    assert!(is_watch(Some("watch=true&timeoutSeconds=290")));
    assert!(is_watch(Some("allowWatchBookmarks=true&watch=1")));
    assert!(!is_watch(Some("labelSelector=watch%3Dtrue")));
    assert!(!is_watch(None));
}
