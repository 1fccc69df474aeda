//! Kinds that mean nothing without a console: CRDs that take any spec, so that a folder of manifests which holds them
//! applies. They are a table, not types: nobody reads the objects (of DeploymentSettings only `managementRepo`).

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;
use serde_json::json;

use crate::{CATEGORY, GROUP, VERSION};

/// A kind that does nothing.
struct Inert {
    kind: &'static str,
    plural: &'static str,
    namespaced: bool,
    about: &'static str,
}

const KINDS: &[Inert] = &[
    Inert {
        kind: "Catalog",
        plural: "catalogs",
        namespaced: false,
        about: "A shelf of PrAutomations in a console.",
    },
    Inert {
        kind: "DeploymentSettings",
        plural: "deploymentsettings",
        namespaced: true,
        about: "Settings of a console. Stagecoach reads managementRepo and nothing else.",
    },
    Inert {
        kind: "Flow",
        plural: "flows",
        namespaced: true,
        about: "A group of services and pipelines in a console.",
    },
    Inert {
        kind: "GlobalService",
        plural: "globalservices",
        namespaced: true,
        about: "A service that a console puts on many clusters.",
    },
    Inert {
        kind: "InfrastructureStack",
        plural: "infrastructurestacks",
        namespaced: true,
        about: "Infrastructure that a console makes from code.",
    },
    Inert {
        kind: "ManagedNamespace",
        plural: "managednamespaces",
        namespaced: true,
        about: "A namespace that a console makes on many clusters.",
    },
    Inert {
        kind: "NamespaceCredentials",
        plural: "namespacecredentials",
        namespaced: false,
        about: "Credentials for a console, by namespace.",
    },
    Inert {
        kind: "NotificationRouter",
        plural: "notificationrouters",
        namespaced: true,
        about: "Which messages of a console go where.",
    },
    Inert {
        kind: "NotificationSink",
        plural: "notificationsinks",
        namespaced: true,
        about: "Where messages of a console go.",
    },
    Inert {
        kind: "PipelineGate",
        plural: "pipelinegates",
        namespaced: true,
        about: "A gate that a console hands to the agent on a cluster.",
    },
    Inert {
        kind: "PrGovernance",
        plural: "prgovernances",
        namespaced: false,
        about: "Rules for pull requests in a console.",
    },
    Inert {
        kind: "Project",
        plural: "projects",
        namespaced: false,
        about: "A group of people and clusters in a console.",
    },
    Inert {
        kind: "Sentinel",
        plural: "sentinels",
        namespaced: true,
        about: "Checks that a console runs.",
    },
    Inert {
        kind: "SentinelTrigger",
        plural: "sentineltriggers",
        namespaced: true,
        about: "Asks a console to run a Sentinel.",
    },
    Inert {
        kind: "ServiceContext",
        plural: "servicecontexts",
        namespaced: true,
        about: "Values that a console hands to services.",
    },
];

/// The CRDs of these kinds, in alphabetical order.
pub(crate) fn crds() -> Vec<apiextensions::CustomResourceDefinition> {
    KINDS.iter().map(crd).collect()
}

fn crd(inert: &Inert) -> apiextensions::CustomResourceDefinition {
    let about = format!(
        "{} Accepted so that manifests apply unchanged; Stagecoach does nothing with it.",
        inert.about
    );
    apiextensions::CustomResourceDefinition {
        metadata: kube::core::ObjectMeta {
            name: Some(format!("{}.{GROUP}", inert.plural)),
            ..Default::default()
        },
        spec: apiextensions::CustomResourceDefinitionSpec {
            group: GROUP.to_owned(),
            scope: if inert.namespaced { "Namespaced" } else { "Cluster" }.to_owned(),
            names: apiextensions::CustomResourceDefinitionNames {
                kind: inert.kind.to_owned(),
                list_kind: Some(format!("{}List", inert.kind)),
                plural: inert.plural.to_owned(),
                singular: Some(inert.kind.to_lowercase()),
                categories: Some(vec![format!("{CATEGORY}-inert")]),
                ..Default::default()
            },
            versions: vec![version(inert, &about)],
            ..Default::default()
        },
        status: None,
    }
}

fn version(inert: &Inert, about: &str) -> apiextensions::CustomResourceDefinitionVersion {
    let anything = apiextensions::JSONSchemaProps {
        type_: Some("object".to_owned()),
        x_kubernetes_preserve_unknown_fields: Some(true),
        ..Default::default()
    };
    let mut spec = anything.clone();
    spec.description = Some("Anything; kept as it is.".to_owned());
    if inert.kind == "DeploymentSettings" {
        let repository = apiextensions::JSONSchemaProps {
            type_: Some("string".to_owned()),
            description: Some(
                "The repository that `identifier: mgmt` of a PrAutomation means: owner/name, or its full address."
                    .to_owned(),
            ),
            ..Default::default()
        };
        spec.properties = Some([("managementRepo".to_owned(), repository)].into());
    }
    apiextensions::CustomResourceDefinitionVersion {
        name: VERSION.to_owned(),
        served: true,
        storage: true,
        schema: Some(apiextensions::CustomResourceValidation {
            open_api_v3_schema: Some(apiextensions::JSONSchemaProps {
                type_: Some("object".to_owned()),
                description: Some(about.to_owned()),
                properties: Some([("spec".to_owned(), spec), ("status".to_owned(), anything)].into()),
                ..Default::default()
            }),
        }),
        subresources: Some(apiextensions::CustomResourceSubresources {
            status: Some(apiextensions::CustomResourceSubresourceStatus(json!({}))),
            ..Default::default()
        }),
        ..Default::default()
    }
}
