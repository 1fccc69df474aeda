//! What the machine must have, checked before anything is started, so that nobody reads a stack trace.

use super::{error::BuildError, go::Go};
use crate::{
    environment::Environment,
    parts::{Part, Parts},
};

/// Go for every part, git for those that clone at run time, setpriv for all that is started.
pub(super) fn check(environment: &Environment, parts: &Parts) -> Result<(), BuildError> {
    need(
        environment,
        "go",
        "the testbed builds its parts with Go 1.21 or newer",
        "sudo apt-get install -y golang-go (Debian 12: add -t bookworm-backports)",
    )?;
    need(
        environment,
        "setpriv",
        "the testbed's programs end with the process that started them through it",
        "sudo apt-get install -y util-linux",
    )?;
    if parts.iter().any(|part| matches!(part, Part::Gitea | Part::ArgoCd)) {
        need(
            environment,
            "git",
            "the forge and the deployer run it",
            "sudo apt-get install -y git",
        )?;
    }
    Ok(())
}

/// The compiler that Go would call, needed only by parts with C in them and only when they are built.
pub(super) fn check_compiler(part: Part, environment: &Environment, go: &Go) -> Result<(), BuildError> {
    if !part.recipe().cgo {
        return Ok(());
    }
    // `CC` may carry arguments after the program.
    let command = go.environment_value(part, "CC")?;
    let compiler = command.split_whitespace().next().unwrap_or("cc");
    need(
        environment,
        compiler,
        "the forge's database is compiled with a C compiler",
        "sudo apt-get install -y gcc libc6-dev",
    )
}

fn need(environment: &Environment, tool: &str, why: &'static str, install: &'static str) -> Result<(), BuildError> {
    let there = if tool.contains('/') {
        std::path::Path::new(tool).is_file()
    } else {
        environment.find_program(tool).is_some()
    };
    if there {
        Ok(())
    } else {
        Err(BuildError::MissingTool {
            tool: tool.to_owned(),
            why,
            install,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    /// An environment whose `PATH` is one folder with the given programs.
    fn machine_with(tools: &[&str]) -> (tempfile::TempDir, Environment) {
        let folder = tempfile::tempdir().unwrap();
        for tool in tools {
            let path = folder.path().join(tool);
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let environment = Environment::of_process().unwrap().with_search_path(folder.path());
        (folder, environment)
    }

    #[test]
    fn a_missing_tool_is_one_sentence_with_the_install_line() {
        let (_folder, environment) = machine_with(&["setpriv", "git"]);
        let error = check(&environment, &Parts::control_plane()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "go is missing: the testbed builds its parts with Go 1.21 or newer; on Debian: sudo apt-get install -y \
             golang-go (Debian 12: add -t bookworm-backports)"
        );
        assert_eq!(error.reason(), "MissingTool");
    }

    #[test]
    fn git_is_asked_for_only_by_the_parts_that_run_it() {
        let (_folder, environment) = machine_with(&["go", "setpriv"]);
        check(&environment, &Parts::control_plane().and(Parts::registry())).unwrap();
        let error = check(&environment, &Parts::forge()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "git is missing: the forge and the deployer run it; on Debian: sudo apt-get install -y git"
        );
    }
}
