//! What the test house takes from the process's environment, read once and passed on as a value.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// Where the parts are kept and how programs are found.
#[derive(Debug, Clone)]
pub struct Environment {
    cache: PathBuf,
    scratch: PathBuf,
    search_path: OsString,
    kubebuilder_assets: Option<PathBuf>,
}

impl Environment {
    /// Reads `STAGECOACH_TESTBED_CACHE`, `XDG_CACHE_HOME`, `HOME`, `PATH`, `TMPDIR` and `KUBEBUILDER_ASSETS`.
    #[expect(clippy::disallowed_methods, reason = "the test house's only door to the environment")]
    pub fn of_process() -> Result<Self> {
        let cache = cache_folder(|name| std::env::var_os(name))?;
        let kubebuilder_assets = std::env::var_os("KUBEBUILDER_ASSETS").filter(|value| !value.is_empty());
        Ok(Self {
            cache,
            scratch: scratch_folder(&std::env::temp_dir()),
            search_path: std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/local/bin:/usr/bin:/bin")),
            kubebuilder_assets: kubebuilder_assets.map(PathBuf::from),
        })
    }

    /// The same environment with the built parts in another folder.
    #[must_use]
    pub fn with_cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = folder.into();
        self
    }

    /// The same environment with another `PATH`.
    #[must_use]
    pub fn with_search_path(mut self, search_path: impl Into<OsString>) -> Self {
        self.search_path = search_path.into();
        self
    }

    /// The same environment with another `KUBEBUILDER_ASSETS`.
    #[must_use]
    pub fn with_kubebuilder_assets(mut self, folder: Option<PathBuf>) -> Self {
        self.kubebuilder_assets = folder;
        self
    }

    /// The folder that holds the built parts and, in `run/`, what `cargo xtask testbed up` left running.
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// The folder for what lives as long as a testbed: data, logs, sockets (so its path is short) and port locks.
    pub(crate) fn scratch(&self) -> &Path {
        &self.scratch
    }

    pub(crate) fn search_path(&self) -> &OsString {
        &self.search_path
    }

    /// The program `name` of `KUBEBUILDER_ASSETS`, when that is set and holds it.
    pub(crate) fn kubebuilder_program(&self, name: &str) -> Option<PathBuf> {
        let path = self.kubebuilder_assets.as_ref()?.join(name);
        path.is_file().then_some(path)
    }

    /// The first executable called `name` on `PATH`.
    pub(crate) fn find_program(&self, name: &str) -> Option<PathBuf> {
        std::env::split_paths(&self.search_path)
            .map(|folder| folder.join(name))
            .find(|path| is_executable(path))
    }
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

fn cache_folder(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("STAGECOACH_TESTBED_CACHE")
        .or_else(|| Some(set("XDG_CACHE_HOME")?.join("stagecoach/testbed")))
        .or_else(|| Some(set("HOME")?.join(".cache/stagecoach/testbed")))
        .context("no place for the testbed's programs: set HOME or STAGECOACH_TESTBED_CACHE")?;
    std::path::absolute(&folder).with_context(|| format!("the cache folder {} has no absolute path", folder.display()))
}

/// One folder a user, so that two people on one machine do not meet.
fn scratch_folder(temporary: &Path) -> PathBuf {
    temporary.join(format!("stagecoach-{}", rustix::process::getuid().as_raw()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(variables: &[(&str, &str)]) -> Result<PathBuf> {
        cache_folder(|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_cache_folder_follows_the_variables_in_order() {
        let all = [
            ("STAGECOACH_TESTBED_CACHE", "/own"),
            ("XDG_CACHE_HOME", "/xdg"),
            ("HOME", "/home/ada"),
        ];
        assert_eq!(folder_with(&all).unwrap(), Path::new("/own"));
        assert_eq!(folder_with(&all[1..]).unwrap(), Path::new("/xdg/stagecoach/testbed"));
        assert_eq!(
            folder_with(&all[2..]).unwrap(),
            Path::new("/home/ada/.cache/stagecoach/testbed")
        );
        assert_eq!(
            folder_with(&[("XDG_CACHE_HOME", ""), all[2]]).unwrap(),
            Path::new("/home/ada/.cache/stagecoach/testbed")
        );
    }

    #[test]
    fn without_any_folder_the_error_says_what_to_set() {
        let error = folder_with(&[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no place for the testbed's programs: set HOME or STAGECOACH_TESTBED_CACHE"
        );
    }
}
