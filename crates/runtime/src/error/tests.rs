use std::time::Duration;

use kube::core::Status;

use super::*;

fn api(code: u16, reason: &str, message: &str) -> KubeError {
    let status = Status::failure(message, reason).with_code(code);
    KubeError::new("read", "Pipeline team/shop", kube::Error::Api(status.boxed()))
}

#[test]
fn each_answer_has_its_class_and_reason() {
    let table = [
        (403, "Forbidden", Class::Stalled, "Forbidden"),
        (422, "Invalid", Class::Stalled, "Refused"),
        (413, "RequestEntityTooLarge", Class::Stalled, "TooLarge"),
        (404, "NotFound", Class::Retry, "NotFound"),
        (409, "Conflict", Class::Retry, "Conflict"),
        (409, "AlreadyExists", Class::Retry, "AlreadyExists"),
        (401, "Unauthorized", Class::Retry, "Unauthorized"),
        (429, "TooManyRequests", Class::Retry, "ApiServerUnavailable"),
        (500, "InternalError", Class::Retry, "ApiServerUnavailable"),
        (503, "ServiceUnavailable", Class::Retry, "ApiServerUnavailable"),
        (504, "Timeout", Class::Retry, "ApiServerUnavailable"),
    ];
    for (code, said, class, reason) in table {
        let error = api(code, said, "no");
        assert_eq!((error.class(), error.reason()), (class, reason), "{code} {said}");
        assert_eq!(error.is_conflict(), reason == "Conflict", "{code} {said}");
    }
}

#[test]
fn definitions_older_than_the_operator_are_told_apart() {
    let error = api(500, "", ".status.runs: field not declared in schema");
    assert_eq!((error.class(), error.reason()), (Class::Stalled, "OutdatedDefinition"));
    assert_eq!(
        error.to_string(),
        "cannot read Pipeline team/shop: .status.runs: field not declared in schema; the CustomResourceDefinition is \
         older than the operator: apply config/crds of this release"
    );
}

#[test]
fn the_text_is_one_sentence_with_what_the_server_said() {
    let error = api(403, "Forbidden", "pipelines is forbidden");
    assert_eq!(
        error.to_string(),
        "cannot read Pipeline team/shop: pipelines is forbidden"
    );
    assert_eq!(
        api(502, "", "").to_string(),
        "cannot read Pipeline team/shop: the API server answered 502"
    );
    assert!(error.source().is_none(), "a printer of chains would say it twice");
}

#[test]
fn a_transport_error_is_told_by_its_root() {
    let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    let error = KubeError::new("list", "pipelines", kube::Error::Service(Box::new(refused)));
    assert_eq!(error.to_string(), "cannot list pipelines: connection refused");
    assert_eq!((error.class(), error.reason()), (Class::Retry, "ApiServerUnavailable"));
}

#[test]
fn a_deadline_is_told_apart() {
    let late = DeadlineExceeded(Duration::from_secs(30));
    let error = KubeError::new("list", "pipelines", kube::Error::Service(Box::new(late)));
    assert_eq!(
        error.to_string(),
        "cannot list pipelines: the API server did not answer within 30 s"
    );
    assert_eq!((error.class(), error.reason()), (Class::Retry, "ApiServerTimeout"));
}
