//! Parts are built once, by one builder, and taken from elsewhere when the user has them. The smallest part is enough.

use std::{
    fs,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use stagecoach_testbed::{Built, Environment, Parts, Progress, Silent, Step, build};

/// Remembers every step.
#[derive(Default, Clone)]
struct Steps(Arc<Mutex<Vec<Step>>>);

impl Progress for Steps {
    fn step(&self, step: &Step) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(step.clone());
    }
}

impl Steps {
    fn builds(&self) -> usize {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .filter(|step| matches!(step, Step::Building { .. }))
            .count()
    }
}

#[test]
fn two_builders_do_the_work_once_and_later_ones_none() -> Result<()> {
    let cache = tempfile::tempdir()?;
    let environment = Environment::of_process()?.with_cache(cache.path());
    let steps = Steps::default();
    std::thread::scope(|scope| {
        let build_it = || build(&environment, &Parts::redis(), &steps);
        let builders = [scope.spawn(build_it), scope.spawn(build_it)];
        builders
            .into_iter()
            .try_for_each(|builder| builder.join().unwrap().map(drop))
    })?;
    assert_eq!(steps.builds(), 1, "{steps:?}", steps = steps.0.lock().unwrap());
    let built = build(&environment, &Parts::redis(), &steps)?;
    assert_eq!(steps.builds(), 1);
    assert!(built.program("redis")?.starts_with(cache.path()));
    let error = built.program("gitea").unwrap_err();
    assert_eq!(
        error.to_string(),
        "gitea was not built: add its part to what the testbed is asked for"
    );
    Ok(())
}

#[test]
fn a_build_that_was_killed_is_done_again() -> Result<()> {
    let cache = tempfile::tempdir()?;
    let environment = Environment::of_process()?.with_cache(cache.path());
    let program = |built: &Built| anyhow::Ok(built.program("redis")?.to_owned());
    let path = program(&build(&environment, &Parts::redis(), &Silent)?)?;
    // What a killed build leaves: half a program under another name.
    fs::rename(&path, path.with_extension("new"))?;
    let steps = Steps::default();
    assert_eq!(program(&build(&environment, &Parts::redis(), &steps)?)?, path);
    assert_eq!(steps.builds(), 1);
    Ok(())
}

#[test]
fn kubebuilder_assets_take_the_place_of_what_they_hold() -> Result<()> {
    let environment = Environment::of_process()?;
    let own = build(
        &environment.clone().with_kubebuilder_assets(None),
        &Parts::control_plane(),
        &Silent,
    )?;
    let assets = tempfile::tempdir()?;
    for name in ["etcd", "kube-apiserver", "kubectl"] {
        std::os::unix::fs::symlink(own.program(name)?, assets.path().join(name))?;
    }
    let folder = Some(assets.path().to_owned());
    let built = build(
        &environment.with_kubebuilder_assets(folder),
        &Parts::control_plane(),
        &Silent,
    )?;
    for name in ["etcd", "kube-apiserver", "kubectl"] {
        assert_eq!(built.program(name)?, assets.path().join(name));
    }
    assert_eq!(built.program("kube-scheduler")?, own.program("kube-scheduler")?);
    Ok(())
}
