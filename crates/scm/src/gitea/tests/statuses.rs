//! Every status and every fault becomes one error: its kind, its reason, its words, and no token in them.

use std::{sync::Arc, time::Duration};

use serde_json::json;

use super::{
    no_file_json, not_found_json, repository, repository_json,
    script::{Exchange, NOW, Script, TOKEN, on},
};
use crate::{Error, Kind, Options, Read, gitea::Gitea, gitea::tests::id};

const CALL: &str = "GET /repos/team/app";

async fn error_of(exchange: Exchange) -> Error {
    let script = Script::new([exchange]).await;
    let error = script.forge().repository(&repository()).await.unwrap_err();
    script.played();
    let words = format!("{error} {error:?}");
    assert!(!words.contains(TOKEN), "{words}");
    assert!(
        error.to_string().starts_with(&script.url.replace("http://", "")),
        "{error}"
    );
    assert!(error.to_string().contains("cannot look at team/app"), "{error}");
    error
}

#[tokio::test]
async fn each_status_has_its_error() {
    let message = json!({ "message": format!("no, {TOKEN}\nis not enough") });
    for (status, kind, reason, words) in [
        (400, Kind::Stalled, "ForgeRefused", "no, *** is not enough"),
        (
            401,
            Kind::Stalled,
            "ForgeUnauthorized",
            "put a valid token into the connection's Secret",
        ),
        (403, Kind::Stalled, "ForgeForbidden", "give it read and write access"),
        (404, Kind::Stalled, "ForgeNotFound", "repository team/app was not found"),
        (409, Kind::Retry, "ForgeConflict", "HTTP 409: no, ***"),
        (422, Kind::Stalled, "ForgeRefused", "HTTP 422: no, ***"),
        (500, Kind::Retry, "ForgeUnavailable", "HTTP 500: no, ***"),
        (503, Kind::Retry, "ForgeUnavailable", "is not available"),
    ] {
        let error = error_of(on(CALL, status, message.clone())).await;
        assert_eq!((error.kind(), error.reason()), (kind, reason), "{status}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_spent_rate_limit_says_when_it_ends() {
    let error = error_of(on(CALL, 429, "").header("retry-after", "90")).await;
    assert_eq!(error.kind(), Kind::Wait("2026-01-01T00:01:30Z".parse().unwrap()));
    assert!(error.to_string().contains("until 2026-01-01T00:01:30Z"), "{error}");
    let error = error_of(on(CALL, 429, "slow down")).await;
    assert_eq!(error.kind(), Kind::Wait("2026-01-01T00:01:00Z".parse().unwrap()));
}

#[tokio::test]
async fn an_answer_of_something_else_is_unreadable() {
    let error = error_of(on(CALL, 200, "<html>please log in</html>")).await;
    assert_eq!((error.kind(), error.reason()), (Kind::Retry, "ForgeUnreadable"));
    assert!(
        error
            .to_string()
            .contains("check that the connection's URL is the forge's API"),
        "{error}"
    );
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let body = "x".repeat(9 * 1024 * 1024);
    let error = error_of(on(CALL, 200, body.as_str())).await;
    assert!(matches!(error, Error::TooLarge { limit: 8_388_608, .. }), "{error}");
}

#[tokio::test]
async fn no_answer_in_time_is_unavailable() {
    let script = Script::new([on(CALL, 200, "").hangs()]).await;
    let mut options = Options::new(Arc::new(|| NOW.parse().unwrap()));
    options.timeout = Duration::from_millis(100);
    let error = script.forge_with(options).repository(&repository()).await.unwrap_err();
    assert_eq!((error.kind(), error.reason()), (Kind::Retry, "ForgeUnavailable"));
    script.played();
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let options = Options::new(Arc::new(|| NOW.parse().unwrap()));
    let forge = Gitea::new(&url, TOKEN.into(), options).unwrap();
    let error = forge.repository(&repository()).await.unwrap_err();
    assert_eq!(error.reason(), "ForgeUnavailable");
    assert!(
        error.to_string().to_lowercase().contains("connection refused"),
        "{error}"
    );
}

#[tokio::test]
async fn the_token_never_goes_to_another_host() {
    let stranger = Script::new([]).await;
    let error = error_of(on(CALL, 302, "").header("location", &format!("{}/login?x=y", stranger.url))).await;
    assert_eq!((error.kind(), error.reason()), (Kind::Stalled, "ForgeRedirected"));
    assert!(
        error.to_string().contains(&stranger.url) && !error.to_string().contains("login"),
        "{error}"
    );
    stranger.played();
}

#[tokio::test]
async fn a_renamed_repository_is_followed_on_the_same_host() {
    let renamed = on(CALL, 307, "").header("location", "/api/v1/repos/team/new-app");
    let script = Script::new([renamed, on("GET /repos/team/new-app", 200, repository_json())]).await;
    let found = script.forge().repository(&repository()).await.unwrap();
    assert_eq!(found.clone_url, "https://git.example.com/team/app.git");
    script.played();
}

#[tokio::test]
async fn a_token_may_be_too_narrow_to_say_whose_it_is() {
    let narrow = json!({ "message": "token does not have at least one of required scope(s), required=[read:user]" });
    let script = Script::new([
        on("GET /user", 403, narrow),
        on("GET /user", 200, json!({ "login": "bot" })),
    ])
    .await;
    let forge = script.forge();
    assert_eq!(forge.whoami().await.unwrap(), None);
    assert_eq!(forge.whoami().await.unwrap(), Some("bot".to_owned()));
    script.played();
    let banned = json!({ "message": "go away" });
    let script = Script::new([on("GET /user", 403, banned)]).await;
    assert_eq!(script.forge().whoami().await.unwrap_err().reason(), "ForgeForbidden");
}

#[tokio::test]
async fn a_missing_file_is_told_from_a_missing_repository() {
    let at = id('a');
    let call = format!("GET /repos/team/app/contents/a/b%20c.yaml?ref={at}");
    let read = async |answers: Vec<Exchange>| {
        let script = Script::new(answers).await;
        let result = script.forge().read_file(&repository(), &at, "a/b c.yaml").await;
        script.played();
        result
    };
    assert_eq!(read(vec![on(&call, 404, no_file_json("a/b c.yaml"))]).await, Ok(None));
    // An unknown wording costs a second call.
    assert_eq!(
        read(vec![on(&call, 404, not_found_json()), on(CALL, 200, repository_json())]).await,
        Ok(None)
    );
    let error = read(vec![on(&call, 404, not_found_json()), on(CALL, 404, not_found_json())])
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("repository team/app was not found"),
        "{error}"
    );
    let no_commit =
        json!({ "message": "not found", "errors": [format!("object does not exist [id: {at}, rel_path: ]")] });
    let error = read(vec![on(&call, 404, no_commit)]).await.unwrap_err();
    assert!(error.to_string().contains("commit aaaaaaaa was not found"), "{error}");
}

#[tokio::test]
async fn only_files_of_a_sane_size_are_read() {
    let at = id('a');
    let call = format!("GET /repos/team/app/contents/x?ref={at}");
    let read = async |answers: Vec<Exchange>| {
        let script = Script::new(answers).await;
        let result = script.forge().read_file(&repository(), &at, "x").await;
        script.played();
        result
    };
    let entry = |kind: &str, size: u64| json!({ "type": kind, "sha": "b10b", "size": size, "content": null });
    let raw = format!("GET /repos/team/app/raw/x?ref={at}");
    let large = read(vec![on(&call, 200, entry("file", 20_000_000)), on(&raw, 200, "large")])
        .await
        .unwrap()
        .unwrap();
    assert_eq!((&*large.bytes, large.blob.as_str()), (&b"large"[..], "b10b"));
    let error = read(vec![on(&call, 200, entry("file", 50_000_001))]).await.unwrap_err();
    assert_eq!(error.reason(), "FileTooLarge");
    let error = read(vec![on(&call, 200, entry("symlink", 5))]).await.unwrap_err();
    assert!(error.to_string().contains("it is a symlink"), "{error}");
    let error = read(vec![on(&call, 200, json!([entry("file", 5)]))]).await.unwrap_err();
    assert!(error.to_string().contains("it is a folder"), "{error}");
    let script = Script::new([]).await;
    let error = script.forge().read_file(&repository(), &at, "../x").await.unwrap_err();
    assert_eq!(error.reason(), "ForgeRefused");
}

#[tokio::test]
async fn a_connection_is_checked_before_it_is_used() {
    let new = |url: &str| Gitea::new(url, TOKEN.into(), Options::new(Arc::new(|| NOW.parse().unwrap())));
    for (url, words) in [
        ("git.example.com", "its URL is none"),
        ("ssh://git.example.com", "must begin with http"),
        ("https://user:pass@git.example.com", "holds credentials"),
    ] {
        let error = new(url).err().unwrap();
        assert_eq!(error.reason(), "InvalidConnection");
        assert!(
            error.to_string().contains(words) && !error.to_string().contains("pass@"),
            "{error}"
        );
    }
    let nested = crate::RepositoryId::parse("group/sub/project").unwrap();
    let error = new("https://git.example.com")
        .unwrap()
        .repository(&nested)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("named owner/name"), "{error}");
}
