use k8s_openapi::{ByteString, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use secrecy::ExposeSecret;

use super::*;

fn secret(name: &str, version: &str, key: &str, value: &[u8]) -> Secret {
    Secret {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some("stagecoach".to_owned()),
            resource_version: Some(version.to_owned()),
            ..ObjectMeta::default()
        },
        data: Some(BTreeMap::from([(key.to_owned(), ByteString(value.to_vec()))])),
        ..Secret::default()
    }
}

fn secrets(objects: Vec<Secret>) -> (Secrets, Cache<Secret>) {
    let cache = Cache::fixed("secrets in stagecoach", objects);
    (Secrets::fixed([("stagecoach".to_owned(), cache.clone())]), cache)
}

#[test]
fn a_value_is_had_without_the_line_break_of_a_file() {
    let (secrets, _) = secrets(vec![secret("scm-forge", "1", "token", b"s3cr3t\n")]);
    assert_eq!(
        secrets.get("stagecoach", "scm-forge", "token").unwrap().expose_secret(),
        "s3cr3t"
    );
}

#[test]
fn what_is_missing_is_named_and_says_what_to_do() {
    let (secrets, _) = secrets(vec![secret("scm-forge", "1", "token", b"\xff")]);
    let table = [
        (
            ("stagecoach", "scm-other", "token"),
            "SecretMissing",
            "secret stagecoach/scm-other does not exist, create it with the key \"token\"",
        ),
        (
            ("stagecoach", "scm-forge", "password"),
            "SecretKeyMissing",
            "secret stagecoach/scm-forge has no key \"password\", add it",
        ),
        (
            ("stagecoach", "scm-forge", "token"),
            "SecretUnreadable",
            "the key \"token\" of secret stagecoach/scm-forge is not text (UTF-8)",
        ),
        (
            ("team", "scm-forge", "token"),
            "SecretForbidden",
            "secret team/scm-forge may not be read: add \"team\" to the chart value secretNamespaces",
        ),
    ];
    for ((namespace, name, key), reason, message) in table {
        let error = secrets.get(namespace, name, key).unwrap_err();
        assert_eq!((error.reason(), error.to_string().as_str()), (reason, message));
        assert_eq!(error.class(), Class::Stalled);
    }
}

#[tokio::test]
async fn a_rotated_secret_is_told_and_had_at_once() {
    let (secrets, cache) = secrets(vec![secret("scm-forge", "1", "token", b"old")]);
    let mut changes = secrets.changes();
    let key = ObjectKey::namespaced("stagecoach", "scm-forge");
    assert_eq!(changes.next().await, Some(key.clone()), "what is there is told first");

    cache.remember(secret("scm-forge", "2", "token", b"new"));
    assert_eq!(changes.next().await, Some(key));
    assert_eq!(
        secrets.get("stagecoach", "scm-forge", "token").unwrap().expose_secret(),
        "new"
    );
}

#[test]
fn a_value_is_never_printed() {
    let (secrets, _) = secrets(vec![secret("scm-forge", "1", "token", b"s3cr3t")]);
    let value = secrets.get("stagecoach", "scm-forge", "token").unwrap();
    assert!(!format!("{value:?}").contains("s3cr3t"));
}
