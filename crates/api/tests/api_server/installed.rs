//! The CRDs install, in both ways that people use.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Api;
use stagecoach_api::crds;

use super::server;

/// `with_crds` has installed them by `kubectl apply -f`; the same files go in by server-side apply on top.
#[tokio::test]
async fn every_crd_installs_by_plain_and_by_server_side_apply() {
    let server = server::with_crds().await;
    for folder in [server::folder(""), server::folder("optional")] {
        let folder = folder.to_str().unwrap();
        server::kubectl(server, &["apply", "--server-side", "--force-conflicts", "-k", folder])
            .await
            .unwrap();
    }

    let api: Api<CustomResourceDefinition> = Api::all(server.client().await.unwrap());
    for (_, wanted) in crds::all().into_iter().chain(crds::optional()) {
        let name = wanted.metadata.name.unwrap();
        let crd = api.get(&name).await.unwrap();
        let conditions = crd.status.unwrap().conditions.unwrap();
        let holds = |type_: &str| {
            conditions
                .iter()
                .any(|condition| condition.type_ == type_ && condition.status == "True")
        };
        assert!(holds("Established") && holds("NamesAccepted"), "{name}: {conditions:?}");
        assert!(
            !conditions
                .iter()
                .any(|condition| condition.type_ == "NonStructuralSchema"),
            "{name}: {conditions:?}"
        );
    }
}

#[tokio::test]
async fn all_kinds_are_listed_by_their_category() {
    let server = server::with_crds().await;
    let listed = server::kubectl(server, &["api-resources", "--categories=stagecoach", "-o", "name"])
        .await
        .unwrap();
    for (file, _) in crds::all() {
        let name = file.trim_end_matches(".yaml");
        assert!(listed.lines().any(|line| line == name), "{name} is not in\n{listed}");
    }
}
