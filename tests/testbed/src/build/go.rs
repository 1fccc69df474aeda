//! Calls Go. The flags are chosen once: with others, Go's own build cache would not match and all would be compiled anew.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use super::error::BuildError;
use crate::{
    environment::Environment,
    parts::{Part, Recipe},
};

/// How many lines of a failed build are shown.
const LINES_SHOWN: usize = 20;

/// A Go that was found on this machine.
#[derive(Debug)]
pub(super) struct Go {
    program: PathBuf,
    search_path: std::ffi::OsString,
    proxy: String,
}

impl Go {
    pub(super) fn find(environment: &Environment) -> Result<Self, BuildError> {
        let program = environment.find_program("go").unwrap_or_else(|| PathBuf::from("go"));
        let mut go = Self {
            program,
            search_path: environment.search_path().clone(),
            proxy: String::new(),
        };
        // In a folder without a `go.mod`, asking fetches no toolchain.
        let asked = go.run_in(Path::new("/"), "itself", &["env", "GOVERSION", "GOPROXY"], &[])?;
        let text = String::from_utf8_lossy(&asked.stdout).into_owned();
        let mut lines = text.lines();
        let version = lines.next().unwrap_or_default().trim_start_matches("go");
        if is_too_old(version) {
            return Err(BuildError::OldGo {
                found: version.to_owned(),
            });
        }
        go.proxy = without_direct(lines.next().unwrap_or_default());
        Ok(go)
    }

    /// `go version` as it is for this part: a `go.mod` may ask for a newer toolchain.
    pub(super) fn version(&self, part: Part) -> Result<String, BuildError> {
        self.text(part, &["version"])
    }

    /// One value of `go env`.
    pub(super) fn environment_value(&self, part: Part, name: &str) -> Result<String, BuildError> {
        self.text(part, &["env", name])
    }

    /// The folder of a module in the module cache.
    pub(super) fn module_folder(&self, part: Part, module: &'static str) -> Result<PathBuf, BuildError> {
        self.text(part, &["mod", "download", module])?;
        let folder = self.text(part, &["list", "-m", "-f", "{{.Dir}}", module])?;
        if folder.is_empty() {
            return Err(BuildError::Pin {
                part: part.name(),
                module,
            });
        }
        Ok(PathBuf::from(folder))
    }

    /// Builds one program. It appears in the folder by a rename, so that a build that was killed leaves none.
    pub(super) fn build(&self, part: Part, program: &str, package: &str, folder: &Path) -> Result<(), BuildError> {
        let recipe = part.recipe();
        let half_done = folder.join(format!("{program}.new"));
        let output = half_done.display().to_string();
        let linker = linker_flags(part, recipe)?;
        let cgo = if recipe.cgo { "1" } else { "0" };
        self.run_in(
            &part.pin(),
            part.name(),
            &[
                "build",
                "-tags",
                recipe.tags,
                "-ldflags",
                &linker,
                "-o",
                &output,
                package,
            ],
            &[("CGO_ENABLED", cgo)],
        )?;
        let target = folder.join(program);
        fs::rename(&half_done, &target).map_err(|source| BuildError::io("rename a built program to", &target, source))
    }

    fn text(&self, part: Part, arguments: &[&str]) -> Result<String, BuildError> {
        let output = self.run_in(&part.pin(), part.name(), arguments, &[])?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn run_in(
        &self,
        folder: &Path,
        part: &'static str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<Output, BuildError> {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .env("PATH", &self.search_path);
        command
            .env("GOFLAGS", "-buildvcs=false -mod=readonly -trimpath")
            .env("GOWORK", "off");
        if !self.proxy.is_empty() {
            command.env("GOPROXY", &self.proxy);
        }
        command.envs(variables.iter().copied());
        let output = command
            .output()
            .map_err(|source| BuildError::io("run", &self.program, source))?;
        if output.status.success() {
            return Ok(output);
        }
        let what = arguments.iter().take(2).copied().collect::<Vec<_>>().join(" ");
        Err(BuildError::Go {
            part,
            what,
            output: last_lines(&output.stderr),
        })
    }
}

/// Modules come from the proxy or not at all: with `direct`, a module that the proxy lacks makes Go clone repositories.
fn without_direct(proxy: &str) -> String {
    let wanted = proxy
        .split(',')
        .flat_map(|list| list.split('|'))
        .filter(|entry| *entry != "direct");
    wanted.collect::<Vec<_>>().join(",")
}

fn is_too_old(version: &str) -> bool {
    let mut numbers = version
        .split(['.', 'r', 'b', ' '])
        .map(|number| number.parse::<u32>().unwrap_or(0));
    let major = numbers.next().unwrap_or(0);
    let minor = numbers.next().unwrap_or(0);
    (major, minor) < (1, 21)
}

fn linker_flags(part: Part, recipe: &Recipe) -> Result<String, BuildError> {
    let mut flags = String::from("-s -w");
    if recipe.variables.is_empty() {
        return Ok(flags);
    }
    let path = part.pin().join("go.mod");
    let go_mod = fs::read_to_string(&path).map_err(|source| BuildError::io("read", &path, source))?;
    let version = version_of(&go_mod, recipe.version_of).ok_or(BuildError::Pin {
        part: recipe.name,
        module: recipe.version_of,
    })?;
    let bare = version.trim_start_matches('v');
    let mut numbers = bare.split('.');
    let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    for variable in recipe.variables {
        let filled = variable.replace("{version}", version).replace("{bare}", bare);
        flags.push_str(" -X ");
        flags.push_str(&filled.replace("{major}", major).replace("{minor}", minor));
    }
    Ok(flags)
}

/// The version that a `go.mod` requires of a module.
fn version_of<'text>(go_mod: &'text str, module: &str) -> Option<&'text str> {
    go_mod.lines().filter(|line| !line.contains("=>")).find_map(|line| {
        let mut words = line.trim().trim_start_matches("require ").split_whitespace();
        (words.next() == Some(module)).then(|| words.next()).flatten()
    })
}

fn last_lines(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("go: downloading"))
        .collect();
    lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pin_names_the_version_that_its_programs_carry() {
        for part in Part::ALL {
            linker_flags(part, part.recipe()).unwrap();
        }
        let flags = linker_flags(Part::Kubernetes, Part::Kubernetes.recipe()).unwrap();
        assert!(
            flags.starts_with("-s -w -X k8s.io/component-base/version.gitVersion=v1."),
            "{flags}"
        );
        assert!(flags.contains("client-go/pkg/version.gitMajor=1 "), "{flags}");
        assert!(!flags.contains('{'), "every variable is filled: {flags}");
    }

    #[test]
    fn the_version_is_the_required_one_not_a_replacement() {
        let go_mod = "replace a => b v9.0.0\nrequire a v1.2.3\nrequire (\n\tc/v2 v2.0.0 // indirect\n)\n";
        assert_eq!(version_of(go_mod, "a"), Some("v1.2.3"));
        assert_eq!(version_of(go_mod, "c/v2"), Some("v2.0.0"));
        assert_eq!(version_of(go_mod, "b"), None);
    }

    #[test]
    fn modules_are_never_cloned() {
        assert_eq!(without_direct("https://proxy.example,direct"), "https://proxy.example");
        assert_eq!(
            without_direct("https://a.example|https://b.example,direct"),
            "https://a.example,https://b.example"
        );
        assert_eq!(without_direct("off"), "off");
    }

    #[test]
    fn a_go_that_cannot_fetch_toolchains_is_too_old() {
        for (version, old) in [
            ("1.19.8", true),
            ("1.20", true),
            ("1.21rc2", false),
            ("1.26.8", false),
            ("2.0", false),
        ] {
            assert_eq!(is_too_old(version), old, "{version}");
        }
    }
}
