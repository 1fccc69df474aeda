//! `render` and `lint` as a person runs them, on files and nothing else: no cluster, no kubeconfig.

#[path = "files/folders.rs"]
mod folders;
#[path = "files/lint.rs"]
mod lint;
#[path = "files/lint_reading.rs"]
mod lint_reading;
#[path = "files/lint_recipes.rs"]
mod lint_recipes;
#[path = "files/lint_rules.rs"]
mod lint_rules;
#[path = "files/manifests.rs"]
mod manifests;
#[path = "files/places.rs"]
mod places;
#[path = "files/render.rs"]
mod render;
#[path = "files/sarif.rs"]
mod sarif;

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

/// Everything of an automation before its edits.
const HEAD: &str = "\
apiVersion: deployments.plural.sh/v1alpha1
kind: PrAutomation
metadata: {name: shop}
spec:
  scmConnectionRef: {name: forge}
  title: t
  message: m
";

/// A folder of a test's own.
struct Folder(TempDir);

/// What the plugin said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Folder {
    /// With these files in it.
    fn with(files: &[(&str, &str)]) -> Result<Self> {
        let folder = Self(tempfile::tempdir()?);
        for (path, content) in files {
            folder.write(path, content)?;
        }
        Ok(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, content: &str) -> Result<()> {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
        Ok(fs::write(path, content)?)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| format!("({error})"))
    }

    /// The plugin in this folder.
    fn run(&self, arguments: &[&str]) -> Result<Said> {
        self.run_with(arguments, "")
    }

    /// The plugin in this folder, with something on standard input.
    fn run_with(&self, arguments: &[&str], input: &str) -> Result<Said> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kubectl-stagecoach"))
            .args(arguments)
            .current_dir(self.path())
            .env("KUBECONFIG", "/nowhere")
            .env_remove("NO_COLOR")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // One that does not read ends before everything is written.
        let _ = child
            .stdin
            .take()
            .context("there is no input")?
            .write_all(input.as_bytes());
        let output = child.wait_with_output()?;
        Ok(Said {
            code: output.status.code().context("the plugin was killed")?,
            out: String::from_utf8(output.stdout)?,
            err: String::from_utf8(output.stderr)?,
        })
    }
}

impl Said {
    /// What it wrote, where it had nothing to say beside it.
    fn done(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    /// What one that did not do it wrote.
    fn refused(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        self.err
    }
}
