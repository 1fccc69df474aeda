//! Builds the real parts from their pins, once: `<cache>/NAME-KEY/PROGRAM`, where KEY is a hash over everything that
//! could change the program. What is there is never built again, and what is not needed is not built at all.
//!
//! Blocking code, because all the work is in child processes; `testbed` calls it on a thread of its own.

pub(crate) mod console;
mod error;
mod files;
mod go;
mod key;
pub(crate) mod progress;
mod tools;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
};

pub use self::error::BuildError;
use self::{
    go::Go,
    progress::{Progress, Step},
};
use crate::{
    clock,
    environment::Environment,
    parts::{Part, Parts},
};

/// The parts that are there now: programs and the files that they read.
#[derive(Debug, Clone)]
pub struct Built {
    folders: BTreeMap<Part, PathBuf>,
    programs: BTreeMap<&'static str, PathBuf>,
    environment: Environment,
}

impl Built {
    /// The path of a program, for example `kubectl`.
    pub fn program(&self, name: &str) -> Result<&Path, BuildError> {
        self.programs
            .get(name)
            .map(PathBuf::as_path)
            .ok_or_else(|| BuildError::NotAskedFor { what: name.to_owned() })
    }

    /// The folder of a part in the cache.
    pub(crate) fn folder(&self, part: Part) -> Result<&Path, BuildError> {
        self.folders
            .get(&part)
            .map(PathBuf::as_path)
            .ok_or_else(|| BuildError::NotAskedFor {
                what: part.name().to_owned(),
            })
    }

    /// The environment in which they were built.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }
}

/// Makes sure that the programs of `parts` are in the cache.
///
/// `KUBEBUILDER_ASSETS` takes the place of what it holds. Two builders at once do the work once: the second waits.
pub fn build(environment: &Environment, parts: &Parts, progress: &dyn Progress) -> Result<Built, BuildError> {
    tools::check(environment, parts)?;
    let go = Go::find(environment)?;
    let mut built = Built {
        folders: BTreeMap::new(),
        programs: BTreeMap::new(),
        environment: environment.clone(),
    };
    for part in parts.iter() {
        let folder = environment
            .cache()
            .join(format!("{}-{}", part.name(), key::of(part, &go)?));
        let missing = find_programs(part, &folder, environment, &mut built.programs);
        if !missing.is_empty() || !files::all_there(part, &folder) {
            build_part(part, &folder, environment, &go, progress)?;
        }
        built.folders.insert(part, folder);
    }
    Ok(built)
}

/// Notes where each program of the part is or will be, and returns those that are not there yet.
fn find_programs(
    part: Part,
    folder: &Path,
    environment: &Environment,
    found: &mut BTreeMap<&'static str, PathBuf>,
) -> Vec<(&'static str, &'static str)> {
    let mut missing = Vec::new();
    for &(program, package) in part.recipe().programs {
        let given = environment.kubebuilder_program(program);
        let path = given.unwrap_or_else(|| folder.join(program));
        if !path.is_file() {
            missing.push((program, package));
        }
        found.insert(program, path);
    }
    missing
}

fn build_part(
    part: Part,
    folder: &Path,
    environment: &Environment,
    go: &Go,
    progress: &dyn Progress,
) -> Result<(), BuildError> {
    fs::create_dir_all(folder).map_err(|source| BuildError::io("create", folder, source))?;
    let _only_builder = lock(folder, part, progress)?;
    // Somebody else may have built it while we waited.
    let missing = find_programs(part, folder, environment, &mut BTreeMap::new());
    if !missing.is_empty() {
        tools::check_compiler(part, environment, go)?;
    }
    let started = clock::now();
    for (index, (program, package)) in missing.iter().enumerate() {
        progress.step(&Step::Building {
            part: part.name(),
            program,
            index: index + 1,
            of: missing.len(),
        });
        go.build(part, program, package, folder)?;
    }
    files::copy(part, folder, go)?;
    progress.step(&Step::Built {
        part: part.name(),
        took: started.elapsed(),
    });
    Ok(())
}

/// Holds the part's lock until the file is dropped, also when this process is killed.
fn lock(folder: &Path, part: Part, progress: &dyn Progress) -> Result<File, BuildError> {
    let path = folder.join(".lock");
    let file = File::create(&path).map_err(|source| BuildError::io("create", &path, source))?;
    if file.try_lock().is_err() {
        progress.step(&Step::Waiting { part: part.name() });
        file.lock().map_err(|source| BuildError::io("lock", &path, source))?;
    }
    Ok(file)
}
