//! A whole testbed from one sentence of what is needed: builds what is missing, then starts all parts at once.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::{
    argo_cd::ArgoCd,
    build::{self, Built, console::Console, progress::Progress},
    clock,
    control_plane::{ControlPlane, User},
    environment::Environment,
    gitea::Gitea,
    parts::Parts,
    registry::Registry,
    work_folder::WorkFolder,
};

/// What a test needs. Only that is built and started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    control_plane: bool,
    forge: bool,
    deployer: bool,
    registry: bool,
    users: Option<Vec<User>>,
}

impl Needs {
    /// Nothing yet.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// A control plane alone.
    pub fn control_plane() -> Self {
        Self::nothing().with_control_plane()
    }

    /// Everything that there is.
    pub fn all() -> Self {
        Self::nothing().with_deployer().with_forge().with_registry()
    }

    /// A Kubernetes API with a fake node on which pods run.
    #[must_use]
    pub fn with_control_plane(mut self) -> Self {
        self.control_plane = true;
        self
    }

    /// Gitea.
    #[must_use]
    pub fn with_forge(mut self) -> Self {
        self.forge = true;
        self
    }

    /// Argo CD, and the control plane that it deploys to.
    #[must_use]
    pub fn with_deployer(mut self) -> Self {
        self.deployer = true;
        self.with_control_plane()
    }

    /// An OCI registry.
    #[must_use]
    pub fn with_registry(mut self) -> Self {
        self.registry = true;
        self
    }

    /// Other users of the control plane than `alice` and `bob`.
    #[must_use]
    pub fn with_users(mut self, users: Vec<User>) -> Self {
        self.users = Some(users);
        self
    }

    /// What has to be built.
    pub fn parts(&self) -> Parts {
        let wanted = [
            (self.control_plane, Parts::control_plane()),
            (self.forge, Parts::forge()),
            (self.deployer, Parts::deployer()),
            (self.registry, Parts::registry()),
        ];
        wanted
            .into_iter()
            .filter(|(wanted, _)| *wanted)
            .fold(Parts::default(), |all, (_, parts)| all.and(parts))
    }
}

/// Running parts, together with the folder they work in. All of it ends when this is dropped.
#[derive(Debug)]
pub struct Testbed {
    // Programs are dropped before the folder that they write to.
    deployer: Option<ArgoCd>,
    control_plane: Option<ControlPlane>,
    forge: Option<Gitea>,
    registry: Option<Registry>,
    built: Built,
    folder: WorkFolder,
    took: Duration,
}

impl Testbed {
    /// Builds what is missing, telling a person on standard error, and starts what is needed.
    pub async fn start(needs: &Needs) -> Result<Self> {
        let built = Self::build(needs.parts(), Console::new()).await?;
        Self::start_built(built, needs).await
    }

    /// Builds parts without starting anything.
    pub async fn build(parts: Parts, progress: impl Progress + 'static) -> Result<Built> {
        let environment = Environment::of_process()?;
        let building = tokio::task::spawn_blocking(move || build::build(&environment, &parts, &progress));
        Ok(building.await.context("the build was interrupted")??)
    }

    /// Starts what is needed from parts that are built, all at the same time.
    pub async fn start_built(built: Built, needs: &Needs) -> Result<Self> {
        let began = clock::now();
        let folder = WorkFolder::create(built.environment())?;
        let place = folder.path();
        let cluster = async {
            if !needs.control_plane {
                return anyhow::Ok((None, None));
            }
            let control_plane = match &needs.users {
                Some(users) => ControlPlane::start_with(&built, place, users).await?,
                None => ControlPlane::start(&built, place).await?,
            };
            let deployer = if needs.deployer {
                Some(ArgoCd::start(&built, place, &control_plane).await?)
            } else {
                None
            };
            Ok((Some(control_plane), deployer))
        };
        let forge = async {
            if needs.forge {
                Gitea::start(&built, place).await.map(Some)
            } else {
                Ok(None)
            }
        };
        let registry = async {
            if needs.registry {
                Registry::start(&built, place).await.map(Some)
            } else {
                Ok(None)
            }
        };
        let ((control_plane, deployer), forge, registry) = tokio::try_join!(cluster, forge, registry)?;
        Ok(Self {
            deployer,
            control_plane,
            forge,
            registry,
            built,
            folder,
            took: began.elapsed(),
        })
    }

    /// The control plane, if it was asked for.
    pub fn control_plane(&self) -> Result<&ControlPlane> {
        self.control_plane
            .as_ref()
            .context("this testbed has no control plane: add with_control_plane() to its needs")
    }

    /// The forge, if it was asked for.
    pub fn forge(&self) -> Result<&Gitea> {
        self.forge
            .as_ref()
            .context("this testbed has no forge: add with_forge() to its needs")
    }

    /// The deployer, if it was asked for.
    pub fn deployer(&self) -> Result<&ArgoCd> {
        self.deployer
            .as_ref()
            .context("this testbed has no deployer: add with_deployer() to its needs")
    }

    /// The registry, if it was asked for.
    pub fn registry(&self) -> Result<&Registry> {
        self.registry
            .as_ref()
            .context("this testbed has no registry: add with_registry() to its needs")
    }

    /// How long the parts took to start, without what was built first.
    pub fn took(&self) -> Duration {
        self.took
    }

    /// The programs, for example Helm's.
    pub fn built(&self) -> &Built {
        &self.built
    }

    /// The folder with everything that the testbed writes; tests may put files there too.
    pub fn folder(&self) -> &WorkFolder {
        &self.folder
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::Part;

    #[test]
    fn only_what_is_needed_is_built() {
        let parts = |needs: Needs| needs.parts().iter().collect::<Vec<_>>();
        assert_eq!(parts(Needs::control_plane()), [Part::Kubernetes, Part::Kwok]);
        assert_eq!(parts(Needs::nothing().with_forge()), [Part::Gitea]);
        assert_eq!(parts(Needs::all()), Part::ALL);
        assert!(!parts(Needs::control_plane().with_registry()).contains(&Part::ArgoCd));
    }
}
