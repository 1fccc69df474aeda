//! Which real parts there are: the table of programs, packages and flags. `build` reads it, nothing else decides flags.

use std::{collections::BTreeSet, path::PathBuf};

/// One module of `pins/`: a `go.mod` with the programs that are built from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl.
    Kubernetes,
    /// The fake nodes on which pods run.
    Kwok,
    /// The forge.
    Gitea,
    /// Helm's command line, which Argo CD renders charts with.
    Helm,
    /// Argo CD's repository server and application controller (one program).
    ArgoCd,
    /// An OCI registry.
    Registry,
    /// A Redis in memory, for Argo CD.
    Redis,
}

/// How one part is built.
#[derive(Debug)]
pub(crate) struct Recipe {
    /// The folder in `pins/`, and the first half of the folder's name in the cache.
    pub(crate) name: &'static str,
    /// Whether a C compiler takes part.
    pub(crate) cgo: bool,
    pub(crate) tags: &'static str,
    /// Linker variables: `name=value`, where `{version}` stands for the version of `version_of` in `go.mod`.
    pub(crate) variables: &'static [&'static str],
    /// The module whose version the variables carry.
    pub(crate) version_of: &'static str,
    /// Program and package. The package `.` is a `main.go` of our own beside the `go.mod`.
    pub(crate) programs: &'static [(&'static str, &'static str)],
    /// What is copied from a module's folder because it is needed at run time.
    pub(crate) files: &'static [ModuleFiles],
}

/// Files or folders of a Go module that a program reads when it runs.
#[derive(Debug)]
pub(crate) struct ModuleFiles {
    pub(crate) module: &'static str,
    /// The folder below the part's folder in the cache.
    pub(crate) into: &'static str,
    pub(crate) paths: &'static [&'static str],
}

impl Part {
    /// Every part, in the order in which they are built: what most tests need comes first.
    pub const ALL: [Self; 7] = [
        Self::Kubernetes,
        Self::Kwok,
        Self::Gitea,
        Self::Registry,
        Self::Redis,
        Self::Helm,
        Self::ArgoCd,
    ];

    /// The part's name, as its folder in `pins/` is called.
    pub fn name(self) -> &'static str {
        self.recipe().name
    }

    /// Where its `go.mod` is.
    pub(crate) fn pin(self) -> PathBuf {
        pins().join(self.name())
    }

    pub(crate) fn recipe(self) -> &'static Recipe {
        match self {
            Self::Kubernetes => &KUBERNETES,
            Self::Kwok => &KWOK,
            Self::Gitea => &GITEA,
            Self::Helm => &HELM,
            Self::ArgoCd => &ARGO_CD,
            Self::Registry => &REGISTRY,
            Self::Redis => &REDIS,
        }
    }
}

/// The folder with the pins, in the checkout that this was compiled from.
pub(crate) fn pins() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pins")
}

const PLAIN: Recipe = Recipe {
    name: "",
    cgo: false,
    tags: "",
    variables: &[],
    version_of: "",
    programs: &[],
    files: &[],
};

// Without these, the server calls itself v0.0.0 and clients that read its version trip. The date is fixed so that a
// build can be repeated.
const KUBERNETES: Recipe = Recipe {
    name: "kubernetes",
    variables: &[
        "k8s.io/component-base/version.gitVersion={version}",
        "k8s.io/component-base/version.gitMajor={major}",
        "k8s.io/component-base/version.gitMinor={minor}",
        "k8s.io/component-base/version.gitTreeState=clean",
        "k8s.io/component-base/version.gitCommit=0000000000000000000000000000000000000000",
        "k8s.io/component-base/version.buildDate=1970-01-01T00:00:00Z",
        "k8s.io/client-go/pkg/version.gitVersion={version}",
        "k8s.io/client-go/pkg/version.gitMajor={major}",
        "k8s.io/client-go/pkg/version.gitMinor={minor}",
        "k8s.io/client-go/pkg/version.gitTreeState=clean",
        "k8s.io/client-go/pkg/version.gitCommit=0000000000000000000000000000000000000000",
        "k8s.io/client-go/pkg/version.buildDate=1970-01-01T00:00:00Z",
    ],
    version_of: "k8s.io/kubernetes",
    programs: &[
        ("etcd", "go.etcd.io/etcd/server/v3"),
        ("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
        (
            "kube-controller-manager",
            "k8s.io/kubernetes/cmd/kube-controller-manager",
        ),
        ("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler"),
        ("kubectl", "k8s.io/kubernetes/cmd/kubectl"),
    ],
    ..PLAIN
};

const KWOK: Recipe = Recipe {
    name: "kwok",
    variables: &["sigs.k8s.io/kwok/pkg/consts.Version={bare}"],
    version_of: "sigs.k8s.io/kwok",
    programs: &[("kwok", "sigs.k8s.io/kwok/cmd/kwok")],
    files: &[ModuleFiles {
        module: "sigs.k8s.io/kwok",
        into: "stages",
        paths: &[
            "kustomize/stage/node/fast/node-initialize.yaml",
            "kustomize/stage/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
        ],
    }],
    ..PLAIN
};

const GITEA: Recipe = Recipe {
    name: "gitea",
    cgo: true,
    tags: "sqlite,sqlite_unlock_notify",
    variables: &["main.Version={bare}"],
    version_of: "code.gitea.io/gitea",
    programs: &[("gitea", "code.gitea.io/gitea")],
    files: &[ModuleFiles {
        module: "code.gitea.io/gitea",
        into: "static",
        paths: &["templates", "options", "public"],
    }],
};

const HELM: Recipe = Recipe {
    name: "helm",
    programs: &[("helm", "helm.sh/helm/v4/cmd/helm")],
    ..PLAIN
};

const ARGO_CD: Recipe = Recipe {
    name: "argo-cd",
    variables: &["github.com/argoproj/argo-cd/v3/common.version={bare}"],
    version_of: "github.com/argoproj/argo-cd/v3",
    programs: &[("argo-cd", "github.com/argoproj/argo-cd/v3/cmd")],
    files: &[ModuleFiles {
        module: "github.com/argoproj/argo-cd/v3",
        into: "crds",
        paths: &[
            "manifests/crds/application-crd.yaml",
            "manifests/crds/applicationset-crd.yaml",
            "manifests/crds/appproject-crd.yaml",
        ],
    }],
    ..PLAIN
};

const REGISTRY: Recipe = Recipe {
    name: "registry",
    programs: &[("registry", "github.com/distribution/distribution/v3/cmd/registry")],
    ..PLAIN
};

const REDIS: Recipe = Recipe {
    name: "redis",
    programs: &[("redis", ".")],
    ..PLAIN
};

/// A set of parts: what is built and no more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts(BTreeSet<Part>);

impl Parts {
    /// What a control plane with a fake node needs.
    pub fn control_plane() -> Self {
        Self(BTreeSet::from([Part::Kubernetes, Part::Kwok]))
    }

    /// What the forge needs.
    pub fn forge() -> Self {
        Self(BTreeSet::from([Part::Gitea]))
    }

    /// What the deployer needs beside a control plane.
    pub fn deployer() -> Self {
        Self(BTreeSet::from([Part::ArgoCd, Part::Redis, Part::Helm]))
    }

    /// What the registry needs.
    pub fn registry() -> Self {
        Self(BTreeSet::from([Part::Registry]))
    }

    /// Helm alone, for tests that install a chart.
    pub fn helm() -> Self {
        Self(BTreeSet::from([Part::Helm]))
    }

    /// The Redis in memory alone: the part that is built in seconds.
    pub fn redis() -> Self {
        Self(BTreeSet::from([Part::Redis]))
    }

    /// Both sets together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The parts in the order in which they are built.
    pub fn iter(&self) -> impl Iterator<Item = Part> + '_ {
        Part::ALL.into_iter().filter(|part| self.0.contains(part))
    }
}
