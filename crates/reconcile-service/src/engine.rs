//! Which deploy engine carries a service. Pure; `engines` finds out what is served.

use stagecoach_api::service_deployment::Engine;

use crate::problem::Problem;

/// Chooses the engine of one service, over the operator's flag.
pub(crate) const ANNOTATION: &str = "stagecoach.dev/engine";

/// The engines whose kinds the API server serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) argo_cd: bool,
    pub(crate) flux: bool,
}

/// An engine by the name that people write.
pub(crate) fn named(name: &str) -> Option<Engine> {
    match name.to_ascii_lowercase().as_str() {
        "argocd" | "argo-cd" => Some(Engine::ArgoCd),
        "flux" => Some(Engine::Flux),
        _ => None,
    }
}

/// The engine for a service: what its annotation says, else the operator's flag, else the one that there is.
pub(crate) fn choose(served: Served, annotation: Option<&str>, flag: Option<Engine>) -> Result<Engine, Problem> {
    let wanted = match annotation {
        Some(name) => Some(named(name).ok_or_else(|| Problem::UnknownEngine {
            engine: name.to_owned(),
        })?),
        None => flag,
    };
    let engine = match (wanted, served.argo_cd, served.flux) {
        (_, false, false) => return Err(Problem::NoDeployEngine),
        (None, true, true) => return Err(Problem::AmbiguousDeployEngine),
        (Some(Engine::ArgoCd), false, _) => return Err(Problem::EngineMissing { engine: "Argo CD" }),
        (Some(Engine::Flux), _, false) => return Err(Problem::EngineMissing { engine: "Flux" }),
        (Some(engine), _, _) => engine,
        (None, true, false) => Engine::ArgoCd,
        (None, false, true) => Engine::Flux,
    };
    match engine {
        Engine::ArgoCd => Ok(engine),
        // Its place: a module beside `argo_cd` that makes GitRepository, Kustomization and HelmRelease.
        Engine::Flux => Err(Problem::FluxNotSupportedYet),
    }
}

#[cfg(test)]
mod tests {
    use stagecoach_runtime::Classify as _;

    use super::*;

    #[test]
    fn the_engine_that_there_is_unless_somebody_chose() {
        let (argo, flux) = (Some(Engine::ArgoCd), Some(Engine::Flux));
        let table = [
            (true, false, None, None, "ArgoCd"),
            (true, true, None, argo, "ArgoCd"),
            (true, true, Some("ArgoCD"), flux, "ArgoCd"),
            (true, true, Some("argo-cd"), None, "ArgoCd"),
            (true, true, None, None, "AmbiguousDeployEngine"),
            (false, false, None, None, "NoDeployEngine"),
            (false, false, None, argo, "NoDeployEngine"),
            (false, true, None, None, "FluxNotSupportedYet"),
            (true, true, Some("flux"), None, "FluxNotSupportedYet"),
            (true, false, None, flux, "EngineMissing"),
            (false, true, Some("argocd"), None, "EngineMissing"),
            (true, false, Some("helm"), None, "UnknownEngine"),
        ];
        for (argo_cd, flux, annotation, flag, expected) in table {
            let chosen = choose(Served { argo_cd, flux }, annotation, flag);
            let seen = chosen.map_or_else(|problem| problem.reason().to_owned(), |engine| format!("{engine:?}"));
            assert_eq!(seen, expected, "{argo_cd} {flux} {annotation:?} {flag:?}");
        }
    }
}
