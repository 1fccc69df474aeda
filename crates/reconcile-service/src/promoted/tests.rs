use stagecoach_api::common::GitRef;
use stagecoach_api::service_deployment::{HelmSpec, PromotedGit, PromotedHelm};

use super::*;

fn spec() -> ServiceDeploymentSpec {
    ServiceDeploymentSpec {
        git: Some(GitRef {
            folder: "apps/dev".into(),
            reference: "v1".into(),
            ..GitRef::default()
        }),
        helm: Some(HelmSpec {
            chart: Some("app".into()),
            version: Some("1.0.0".into()),
            ..HelmSpec::default()
        }),
        configuration: [
            ("version".to_owned(), "v1".to_owned()),
            ("channel".to_owned(), "stable".to_owned()),
        ]
        .into(),
        ..ServiceDeploymentSpec::default()
    }
}

/// What was copied while `spec` was as it is above.
fn promoted() -> Promoted {
    let mut promoted = Promoted {
        source: "infra/dev".into(),
        pipeline: "infra/app".into(),
        sequence: 3,
        at: jiff::Timestamp::UNIX_EPOCH,
        git: Some(PromotedGit {
            reference: "v2".into(),
            folder: "apps/all".into(),
        }),
        helm: Some(PromotedHelm {
            chart: None,
            version: "2.0.0".into(),
        }),
        configuration: [("version".to_owned(), "v2".to_owned())].into(),
        over: String::new(),
    };
    promoted.over = fingerprint(&spec(), &promoted);
    promoted
}

#[test]
fn the_copy_lies_over_the_spec_and_leaves_the_rest() {
    let effective = effective(&spec(), Some(&promoted()));
    let git = effective.git.unwrap();
    assert_eq!((git.reference.as_str(), git.folder.as_str()), ("v2", "apps/all"));
    let helm = effective.helm.unwrap();
    assert_eq!(
        (helm.chart.as_deref(), helm.version.as_deref()),
        (Some("app"), Some("2.0.0"))
    );
    assert_eq!(effective.configuration["version"], "v2");
    assert_eq!(effective.configuration["channel"], "stable");
}

#[test]
fn without_a_copy_the_spec_counts() {
    assert_eq!(effective(&spec(), None), spec());
}

#[test]
fn a_person_who_changes_a_copied_field_takes_over_again() {
    let changes: [fn(&mut ServiceDeploymentSpec); 4] = [
        |spec| spec.git.as_mut().unwrap().reference = "v3".into(),
        |spec| spec.git = None,
        |spec| spec.helm.as_mut().unwrap().version = Some("3.0.0".into()),
        |spec| drop(spec.configuration.remove("version")),
    ];
    for change in changes {
        let mut changed = spec();
        change(&mut changed);
        assert_eq!(effective(&changed, Some(&promoted())), changed);
    }
}

#[test]
fn a_change_of_another_field_leaves_the_copy_in_force() {
    let mut changed = spec();
    changed.configuration.insert("channel".into(), "beta".into());
    changed.namespace = Some("elsewhere".into());
    let effective = effective(&changed, Some(&promoted()));
    assert_eq!(effective.configuration["version"], "v2");
    assert_eq!(effective.configuration["channel"], "beta");
    assert_eq!(effective.namespace.as_deref(), Some("elsewhere"));
}
