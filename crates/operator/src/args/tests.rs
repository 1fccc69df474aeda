use clap::{CommandFactory, error::ErrorKind};

use super::*;

fn parsed(more: &[&str]) -> Result<Args, clap::Error> {
    Args::try_parse_from(["stagecoach", "--identity", "pod-a"].iter().chain(more))
}

#[test]
fn the_defaults_are_those_of_the_documentation() {
    let args = parsed(&[]).unwrap();
    assert_eq!(args.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(args.poll_interval, Duration::from_secs(30));
    assert_eq!(args.stability, Duration::from_secs(10));
    assert_eq!(args.argocd_namespace, "argocd");
    assert_eq!(args.log_format, LogFormat::Json);
    assert_eq!(args.namespace, None);
    assert!(args.secret_namespaces.is_empty());
}

#[test]
fn the_arguments_are_consistent_and_all_are_explained_and_in_the_environment() {
    Args::command().debug_assert();
    for argument in Args::command()
        .get_arguments()
        .filter(|argument| !matches!(argument.get_id().as_str(), "help" | "version"))
    {
        assert!(argument.get_help().is_some(), "{} has no help", argument.get_id());
        assert!(argument.get_env().is_some(), "{} has no variable", argument.get_id());
    }
}

#[test]
fn the_forms_that_a_chart_and_a_person_write_are_read() {
    let args = parsed(&[
        "--secret-namespace=team-a",
        "--secret-namespaces=team-b,team-c",
        "--engine=argocd",
    ])
    .unwrap();
    assert_eq!(args.secret_namespaces, ["team-a", "team-b", "team-c"]);
    assert_eq!(args.engine, Some(Engine::Argocd));
    for (text, milliseconds) in [("1s", 1000), ("500ms", 500), ("1m 30s", 90_000), ("2 minutes", 120_000)] {
        assert_eq!(duration(text).unwrap().as_millis(), milliseconds, "{text}");
    }
}

#[test]
fn a_wrong_value_is_refused_with_what_to_write() {
    for (flag, message) in [
        (
            "--poll-interval=30",
            "\"30\" is no duration, write for example 30s, 500ms or 5m",
        ),
        ("--poll-interval=0s", "\"0s\" must be more than zero"),
        ("--stability=-1s", "\"-1s\" is negative, a duration is not"),
    ] {
        let error = parsed(&[flag]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ValueValidation);
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[test]
fn a_password_in_a_url_is_not_shown() {
    assert_eq!(
        redacted("https://ann:pass@forge/team/repo"),
        "https://***@forge/team/repo"
    );
    assert_eq!(redacted("team/repo"), "team/repo");
    assert_eq!(redacted("https://forge/team/repo"), "https://forge/team/repo");
}
