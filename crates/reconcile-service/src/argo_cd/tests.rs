use stagecoach_runtime::Classify as _;

use super::*;

/// A ServiceDeployment from the YAML of its `spec`.
fn service(name: &str, spec: &str) -> ServiceDeployment {
    let spec: Value = serde_yaml::from_str(spec).unwrap();
    let object = json!({ "metadata": { "name": name, "namespace": "infra" }, "spec": spec });
    serde_json::from_value(object).unwrap()
}

fn built(name: &str, spec: &str) -> Result<Value, Problem> {
    let service = service(name, spec);
    let known = |name: &str| (name != "gone").then(|| format!("https://git.example.com/team/{name}.git"));
    application(
        &service,
        &service.spec,
        &Repositories { url: &known },
        &Options::default(),
    )
}

/// The `spec` of the Application as YAML.
fn spec(of: &str) -> String {
    let application = built("web", of).unwrap();
    serde_yaml::to_string(&application["spec"]).unwrap()
}

/// The source alone, where the rest is as ever.
fn source(of: &str) -> String {
    let application = built("web", of).unwrap();
    let source = application["spec"]
        .get("source")
        .or_else(|| application["spec"].get("sources"))
        .unwrap();
    serde_yaml::to_string(source).unwrap()
}

const GIT: &str = "repositoryRef: {name: app}\ngit: {folder: helm, ref: main}\n";

#[test]
fn the_service_of_the_tutorial() {
    let application = built(
        "cd-demo-dev",
        "
        namespace: cd-demo
        git: {folder: helm, ref: main}
        repositoryRef: {kind: GitRepository, name: cd-demo, namespace: infra}
        helm: {values: {image: {repository: example.com/cd-test, tag: latest}}}
        clusterRef: {kind: Cluster, name: dev, namespace: infra}
        ",
    );
    insta::assert_snapshot!(serde_yaml::to_string(&application.unwrap()).unwrap());
}

#[test]
fn a_folder_is_what_argo_cd_finds_in_it() {
    insta::assert_snapshot!(source("repositoryRef: {name: app}\ngit: {folder: /apps/./web/, ref: v1}"), @r"
    path: apps/web
    repoURL: https://git.example.com/team/app.git
    targetRevision: v1
    ");
    for root in ["/", ".", "./", "''"] {
        let source = source(&format!(
            "repositoryRef: {{name: app}}\ngit: {{folder: {root}, ref: main}}"
        ));
        assert!(source.starts_with("path: .\n"), "{source}");
    }
    insta::assert_snapshot!(source("git: {folder: a, ref: main, url: 'https://git.example.com/other.git'}"), @r"
    path: a
    repoURL: https://git.example.com/other.git
    targetRevision: main
    ");
    insta::assert_snapshot!(source(&format!("{GIT}kustomize: {{path: ./overlays/dev}}")), @r"
    path: helm/overlays/dev
    repoURL: https://git.example.com/team/app.git
    targetRevision: main
    ");
}

#[test]
fn configuration_is_values_below_its_name_and_helm_values_lie_over_it() {
    insta::assert_snapshot!(source(&format!("{GIT}configuration: {{version: v1, channel: stable}}")), @r#"
    helm:
      releaseName: web
      values: |
        configuration:
          channel: "stable"
          version: "v1"
    path: helm
    repoURL: https://git.example.com/team/app.git
    targetRevision: main
    "#);
    let both =
        "configuration: {version: v1, channel: stable}\nhelm: {values: {configuration: {version: v2}, replicas: 2}}";
    insta::assert_snapshot!(source(&format!("{GIT}{both}")), @r#"
    helm:
      releaseName: web
      values: |
        configuration:
          channel: "stable"
          version: "v2"
        replicas: 2
    path: helm
    repoURL: https://git.example.com/team/app.git
    targetRevision: main
    "#);
}

#[test]
fn a_chart_of_a_helm_repository() {
    let helm =
        "helm: {url: 'https://charts.example.com/', chart: app, version: 1.2.3, release: shop, ignoreCrds: true}";
    insta::assert_snapshot!(source(helm), @r"
    chart: app
    helm:
      releaseName: shop
      skipCrds: true
    repoURL: https://charts.example.com
    targetRevision: 1.2.3
    ");
    let oci = "helm: {url: 'oci://registry.example.com/charts', chart: app, version: 1.2.3}";
    assert!(source(oci).contains("repoURL: registry.example.com/charts\n"));
}

#[test]
fn a_chart_from_elsewhere_with_values_files_from_git() {
    let helm = "helm: {url: 'https://charts.example.com', chart: app, version: 1.2.3, valuesFiles: [values-dev.yaml, ./more/x.yaml]}";
    insta::assert_snapshot!(source(&format!("{GIT}{helm}")), @r"
    - chart: app
      helm:
        releaseName: web
        valueFiles:
        - $values/helm/values-dev.yaml
        - $values/helm/more/x.yaml
      repoURL: https://charts.example.com
      targetRevision: 1.2.3
    - ref: values
      repoURL: https://git.example.com/team/app.git
      targetRevision: main
    ");
    let in_git = "helm: {repositoryRef: {name: charts}, git: {folder: app, ref: v2}, valuesFiles: [a.yaml]}";
    insta::assert_snapshot!(source(in_git), @r"
    helm:
      releaseName: web
      valueFiles:
      - a.yaml
    path: app
    repoURL: https://git.example.com/team/charts.git
    targetRevision: v2
    ");
    // Files beside the chart itself.
    insta::assert_snapshot!(source(&format!("{GIT}helm: {{valuesFiles: [values-dev.yaml]}}")), @r"
    helm:
      releaseName: web
      valueFiles:
      - values-dev.yaml
    path: helm
    repoURL: https://git.example.com/team/app.git
    targetRevision: main
    ");
}

#[test]
fn how_it_is_applied() {
    let sync = "
syncConfig:
  createNamespace: true
  requireOwnership: false
  labels: {team: shop}
  diffNormalizers:
  - {kind: Deployment, name: '*', jsonPointers: [/spec/replicas], backfill: true}
  - {jsonPointers: [/data]}
";
    insta::assert_snapshot!(spec(&format!("{GIT}name: shop\n{sync}")), @r#"
    destination:
      namespace: infra
      server: https://kubernetes.default.svc
    ignoreDifferences:
    - group: '*'
      jsonPointers:
      - /spec/replicas
      kind: Deployment
    - group: '*'
      jsonPointers:
      - /data
      kind: '*'
    project: default
    source:
      path: helm
      repoURL: https://git.example.com/team/app.git
      targetRevision: main
    syncPolicy:
      automated:
        prune: true
        selfHeal: true
      managedNamespaceMetadata:
        labels:
          team: shop
      retry:
        backoff:
          duration: 5s
          factor: 2
          maxDuration: 3m
        limit: 10
      syncOptions:
      - CreateNamespace=true
      - RespectIgnoreDifferences=true
    "#);
    let kept = spec(&format!(
        "{GIT}syncConfig: {{createNamespace: false, labels: {{team: shop}}}}"
    ));
    assert!(
        kept.contains("- CreateNamespace=false\n") && !kept.contains("managedNamespaceMetadata"),
        "{kept}"
    );
}

#[test]
fn a_release_is_named_by_the_chart_settings_the_service_or_the_object() {
    let release = |more: &str| {
        let application = built("web", &format!("{GIT}{more}")).unwrap();
        application["spec"]["source"]["helm"]["releaseName"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(release("helm: {}"), "web");
    assert_eq!(release("name: shop\nhelm: {}"), "shop");
    assert_eq!(release("name: shop\nhelm: {release: r}"), "r");
}

#[test]
fn what_argo_cd_cannot_do_is_refused_by_its_field() {
    for (more, field) in [
        ("sources: [{path: a}]", "sources"),
        ("renderers: [{path: a, type: AUTO}]", "renderers"),
        ("imports: [{stackRef: {name: a}}]", "imports"),
        ("contexts: [a]", "contexts"),
        ("configurationRef: {name: a}", "configurationRef"),
        ("kustomize: {path: a}\nhelm: {}", "kustomize"),
        ("kustomize: {path: a, enableHelm: true}", "kustomize.enableHelm"),
        ("kustomize: {path: a, envsubst: true}", "kustomize.envsubst"),
        ("kustomize: {path: a}\nconfiguration: {a: b}", "configuration"),
        ("helm: {repository: {name: a, namespace: b}}", "helm.repository"),
        ("helm: {valuesFrom: {name: a}}", "helm.valuesFrom"),
        (
            "helm: {valuesConfigMapRef: {name: a, key: b}}",
            "helm.valuesConfigMapRef",
        ),
        ("helm: {valuesFiles: [values.yaml.liquid]}", "helm.valuesFiles"),
        ("helm: {luaScript: 'a'}", "helm.luaScript"),
        ("helm: {luaFile: a}", "helm.luaFile"),
        ("helm: {luaFolder: a}", "helm.luaFolder"),
        ("helm: {ignoreHooks: true}", "helm.ignoreHooks"),
        ("helm: {kustomizePostrender: a}", "helm.kustomizePostrender"),
        ("syncConfig: {deleteNamespace: true}", "syncConfig.deleteNamespace"),
        ("syncConfig: {enforceNamespace: true}", "syncConfig.enforceNamespace"),
    ] {
        let problem = built("web", &format!("{GIT}{more}")).unwrap_err();
        assert_eq!(problem.reason(), "UnsupportedByEngine", "{more}");
        let message = problem.to_string();
        assert!(
            message.starts_with(&format!("Argo CD cannot do spec.{field}: ")),
            "{message}"
        );
        assert!(
            message.ends_with(|c: char| c.is_alphanumeric() || c == '.' || c == ')'),
            "{message}"
        );
    }
    let files = "repositoryRef: {name: app}\ngit: {folder: a, ref: b, files: [c]}";
    assert!(built("web", files).unwrap_err().to_string().contains("spec.git.files"));
    // What asks for nothing special is taken.
    let plain = "helm: {ignoreHooks: false}\nsyncConfig: {enforceNamespace: false}\ntemplated: true\nprotect: true";
    assert!(built("web", &format!("{GIT}{plain}")).is_ok());
}

#[test]
fn a_spec_that_lacks_something_says_what() {
    for (spec, reason, words) in [
        ("{}", "NothingToDeploy", "names nothing to deploy"),
        ("helm: {}", "NothingToDeploy", "names nothing to deploy"),
        (
            "git: {folder: a, ref: b}",
            "InvalidSpec",
            "spec.repositoryRef is missing",
        ),
        (
            "git: {folder: a, ref: b}\nrepositoryRef: {name: gone}",
            "GitRepositoryMissing",
            "GitRepository gone, which spec.repositoryRef names",
        ),
        (
            "helm: {url: 'https://a.example.com'}",
            "InvalidSpec",
            "spec.helm.chart is missing",
        ),
        (
            "helm: {url: 'https://a.example.com', chart: c}",
            "InvalidSpec",
            "spec.helm.version is missing",
        ),
        (
            "helm: {chart: c, version: 1.0.0}",
            "InvalidSpec",
            "spec.helm.url is missing",
        ),
        (
            "helm: {repositoryRef: {name: app}}",
            "InvalidSpec",
            "spec.helm.git is missing",
        ),
        (
            "helm: {repositoryRef: {name: gone}, git: {folder: a, ref: b}}",
            "GitRepositoryMissing",
            "which spec.helm.repositoryRef names",
        ),
    ] {
        let problem = built("web", spec).unwrap_err();
        assert_eq!(problem.reason(), reason, "{spec}");
        assert!(problem.to_string().contains(words), "{problem}");
    }
}

#[test]
fn names_are_readable_and_short_enough_for_a_release() {
    let name = |namespace: &str, name: &str| name_of(&ObjectKey::namespaced(namespace, name));
    assert_eq!(name("infra", "cd-demo-dev"), "infra.cd-demo-dev");
    let edge = "x".repeat(47);
    assert_eq!(name("infra", &edge), format!("infra.{edge}"));
    let long = name("infra", &"x".repeat(48));
    assert_eq!(long.len(), LONGEST_NAME);
    assert!(long.starts_with("infra.xxx"), "{long}");
    assert_ne!(long, name("infra", &"x".repeat(49)));
    // The cut may fall behind a dot or a dash, which must not meet the dash of the hash.
    let cut = name("infra", &format!("{}-.-{}", "x".repeat(36), "y".repeat(20)));
    assert!(
        cut.starts_with(&format!("infra.{}-", "x".repeat(36))) && !cut.contains("--") && !cut.contains(".-"),
        "{cut}"
    );
}

#[test]
fn an_application_knows_its_service() {
    let application = built("web", GIT).unwrap();
    let object: DynamicObject = serde_json::from_value(application).unwrap();
    assert_eq!(service_of(&object), Some(ObjectKey::namespaced("infra", "web")));
}

#[test]
fn the_fingerprint_moves_with_the_spec_only() {
    let written = |spec: &str| built("web", spec).unwrap()["metadata"]["annotations"][WRITTEN].clone();
    assert_eq!(written(GIT), written(&format!("{GIT}docsPath: docs")));
    assert_ne!(written(GIT), written(&format!("{GIT}helm: {{}}")));
}
