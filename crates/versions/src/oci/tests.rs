//! The lister against a registry that can be made to behave in all ways.

use axum::http::StatusCode;

use super::{
    fake::{Door, Fake, impatient},
    *,
};
use crate::{Kind, Options, Order, Rules, pick};

const APP: &str = "/v2/app/tags/list";

fn ada() -> Credentials {
    Credentials::Basic {
        username: "ada".to_owned(),
        password: "s3cret".into(),
    }
}

async fn list(fake: &Fake, credentials: &Credentials) -> Result<Vec<String>, Error> {
    list_with(fake, credentials, Options::default()).await
}

async fn list_with(fake: &Fake, credentials: &Credentials, options: Options) -> Result<Vec<String>, Error> {
    let repository = Reference::parse(&format!("oci://{}/app", fake.address)).unwrap();
    let result = tags(&Client::new(options).unwrap(), &repository, credentials).await;
    if let Err(error) = &result {
        let words = format!("{error} {error:?}");
        assert!(!words.contains("s3cret"), "{words}");
        assert!(words.contains(&fake.address), "{words}");
    }
    result
}

fn three() -> Fake {
    Fake::default().tags("app", &["0.1.0", "0.2.0", "latest"])
}

#[tokio::test]
async fn an_open_registry_is_asked_once() {
    let fake = three().start().await;
    assert_eq!(
        list(&fake, &Credentials::Anonymous).await.unwrap(),
        ["0.1.0", "0.2.0", "latest"]
    );
    assert_eq!(fake.calls(), [APP]);
    let empty = Fake::default().tags("app", &[]).start().await;
    assert_eq!(list(&empty, &Credentials::Anonymous).await, Ok(vec![]));
}

#[tokio::test]
async fn all_pages_are_read() {
    let all: Vec<String> = (0..2345).map(|number| format!("1.0.{number}")).collect();
    let tags: Vec<&str> = all.iter().map(String::as_str).collect();
    let fake = Fake::default().tags("app", &tags).start().await;
    assert_eq!(list(&fake, &Credentials::Anonymous).await.unwrap(), all);
    assert_eq!(fake.calls().len(), 3);
    // A registry that gives less than was asked for.
    let small = Fake::default().tags("app", &tags).page(100).start().await;
    assert_eq!(list(&small, &Credentials::Anonymous).await.unwrap().len(), 2345);
    assert_eq!(small.calls().len(), 24);
}

#[tokio::test]
async fn nobody_in_particular_gets_a_token() {
    let fake = three().door(Door::Token { login: None, calls: 9 }).start().await;
    assert_eq!(list(&fake, &Credentials::Anonymous).await.unwrap().len(), 3);
    assert_eq!(fake.calls(), [APP, "/token", "/v2/app/tags/list Bearer"]);
}

#[tokio::test]
async fn a_password_goes_to_the_token_service_alone() {
    let fake = three()
        .door(Door::Token {
            login: Some(("ada", "s3cret")),
            calls: 9,
        })
        .start()
        .await;
    assert_eq!(list(&fake, &ada()).await.unwrap().len(), 3);
    assert_eq!(fake.calls(), [APP, "/token Basic", "/v2/app/tags/list Bearer"]);
    let error = list(&fake, &Credentials::Anonymous).await.unwrap_err();
    assert_eq!((error.kind(), error.reason()), (Kind::Stalled, "RegistryUnauthorized"));
    assert!(
        error
            .to_string()
            .contains("/token refused the credentials (asked with no credentials)"),
        "{error}"
    );
}

#[tokio::test]
async fn a_token_that_runs_out_in_the_middle_is_replaced() {
    let fake = three()
        .page(1)
        .door(Door::Token { login: None, calls: 2 })
        .start()
        .await;
    assert_eq!(list(&fake, &Credentials::Anonymous).await.unwrap().len(), 3);
    assert_eq!(fake.calls().iter().filter(|call| *call == "/token").count(), 2);
}

#[tokio::test]
async fn a_registry_may_want_the_password_itself() {
    let fake = three().door(Door::Password("ada", "s3cret")).start().await;
    assert_eq!(list(&fake, &ada()).await.unwrap().len(), 3);
    assert_eq!(fake.calls(), [APP, "/v2/app/tags/list Basic"]);
    for wrong in [
        Credentials::Anonymous,
        Credentials::Basic {
            username: "ada".to_owned(),
            password: "s3cret-2".into(),
        },
        Credentials::Bearer {
            token: "s3cret-3".into(),
        },
    ] {
        assert_eq!(list(&fake, &wrong).await.unwrap_err().reason(), "RegistryUnauthorized");
    }
}

#[tokio::test]
async fn a_token_of_ones_own_is_sent_as_it_is() {
    let fake = three().start().await;
    assert_eq!(
        list(&fake, &Credentials::Bearer { token: "own".into() })
            .await
            .unwrap()
            .len(),
        3
    );
    assert_eq!(fake.calls(), ["/v2/app/tags/list Bearer"]);
}

#[tokio::test]
async fn a_token_service_without_encryption_gets_no_password() {
    let client = Client::new(Options::default()).unwrap();
    let credentials = ada();
    let repository = Reference::parse("registry.example.com/app").unwrap();
    let error = Session::new(&client, &repository, &credentials)
        .token("http://auth.example.com/token", None, None)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("not reached over https"), "{error}");
}

#[tokio::test]
async fn a_link_must_lead_on_and_stay_at_home() {
    for (link, words) in [
        ("https://evil.example.com/v2/app/tags/list", "leads to another host"),
        ("/v2/app/tags/list?n=1000", "leads to the same page"),
    ] {
        let fake = three().next(link).start().await;
        let error = list(&fake, &Credentials::Anonymous).await.unwrap_err();
        assert_eq!(error.reason(), "RegistryUnreadable");
        assert!(error.to_string().contains(words), "{error}");
    }
    // Two pages that point at each other.
    let circle = three().page(1).next("/v2/app/tags/list?last=0.1.0&n=1").start().await;
    assert_eq!(
        list(&circle, &Credentials::Anonymous).await.unwrap_err().reason(),
        "RegistryUnreadable"
    );
}

#[tokio::test]
async fn each_fault_has_its_error() {
    let denied = r#"{"errors":[{"code":"DENIED","message":"not\nfor you"}]}"#;
    for (status, body, kind, reason, words) in [
        (400, denied, Kind::Stalled, "RegistryRefused", "HTTP 400: not for you"),
        (
            401,
            "",
            Kind::Stalled,
            "RegistryUnauthorized",
            "check auth and its Secret",
        ),
        (403, denied, Kind::Stalled, "RegistryForbidden", "HTTP 403: not for you"),
        (404, "", Kind::Stalled, "RepositoryNotFound", "/app does not exist"),
        (
            429,
            "",
            Kind::Wait(std::time::Duration::from_secs(7)),
            "RegistryRateLimited",
            "no more calls for 7 seconds",
        ),
        (500, denied, Kind::Retry, "RegistryUnavailable", "HTTP 500: not for you"),
        (
            503,
            "<p>",
            Kind::Retry,
            "RegistryUnavailable",
            "HTTP 503 Service Unavailable",
        ),
        (
            200,
            "<p>log in",
            Kind::Retry,
            "RegistryUnreadable",
            "was not understood",
        ),
    ] {
        let fake = three().fault(StatusCode::from_u16(status).unwrap(), body).start().await;
        let error = list(&fake, &ada()).await.unwrap_err();
        assert_eq!((error.kind(), error.reason()), (kind, reason), "{status}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_repository_that_is_not_there_is_told_by_its_name() {
    let fake = Fake::default().start().await;
    let error = list(&fake, &Credentials::Anonymous).await.unwrap_err();
    assert_eq!(
        error,
        Error::RepositoryNotFound {
            place: format!("{}/app", fake.address)
        }
    );
}

#[tokio::test]
async fn silence_ends() {
    let fake = three().hang().start().await;
    let error = list_with(&fake, &Credentials::Anonymous, impatient())
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.reason()), (Kind::Retry, "RegistryUnavailable"));
    let slow = Options {
        list_timeout: std::time::Duration::from_millis(100),
        ..Options::default()
    };
    let error = list_with(&fake, &Credentials::Anonymous, slow).await.unwrap_err();
    assert!(error.to_string().contains("list of tags took longer"), "{error}");
}

/// S10: a registry that fails fires nothing and says why; the caller keeps its last value.
#[tokio::test]
async fn a_failing_registry_gives_no_value() {
    let fake = three().fault(StatusCode::INTERNAL_SERVER_ERROR, "").start().await;
    let rules = Rules::new(Order::Semver, None).unwrap();
    let listed = list(&fake, &Credentials::Anonymous).await;
    let value = listed.and_then(|tags| pick(&rules, Some("1.0.0"), None, tags.iter().map(String::as_str)));
    assert_eq!(value.unwrap_err().reason(), "RegistryUnavailable");
}
