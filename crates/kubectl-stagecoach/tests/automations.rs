//! Every folder of `tests/automations` at the root of the repository, rendered by the plugin as a person runs it: an
//! automation, values and a repository, and what becomes of them, to the byte.
//!
//! `UPDATE_AUTOMATIONS=1 cargo test -p kubectl-stagecoach --test automations` writes down what the plugin does now; read
//! the difference afterwards.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use stagecoach_change::{
    Mode,
    diff::{FileDiff, Side},
};
use stagecoach_delivery::mail;

/// What is told where nothing is written.
const ERROR: &str = "error.txt";
/// The pull request without its body and without the contents, which `wanted` holds.
const PULL_REQUEST: &str = "pull-request.json";
/// What standard error says beside it.
const NOTES: &str = "notes.txt";

fn folders() -> Result<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/automations");
    let mut folders = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    folders.sort();
    Ok(folders)
}

/// The plugin in the folder, with what the folder says.
fn render(folder: &Path, more: &[&str]) -> Result<Output> {
    let context = ["context.json", "context.yaml"]
        .into_iter()
        .find(|name| folder.join(name).exists());
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-stagecoach"));
    command
        .current_dir(folder)
        .args([
            "render",
            "--automation",
            "automation.yaml",
            "--repo",
            "repo",
            "--context",
        ])
        .arg(context.context("there is no context")?)
        .args(text(&folder.join("arguments.txt")).split_whitespace())
        .args(more)
        .env("KUBECONFIG", "/nowhere")
        .stdin(Stdio::null());
    Ok(command.output()?)
}

/// A file, or nothing.
fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// What a folder holds: content, or where a link leads; and whether it may be run.
type Tree = BTreeMap<String, (Vec<u8>, bool)>;

fn tree(root: &Path) -> Result<Tree> {
    use std::os::unix::fs::PermissionsExt as _;

    let mut found = Tree::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let (entry, path) = entry.map(|entry| (entry.file_type(), entry.path()))?;
            let (kind, name) = (entry?, path.strip_prefix(root)?.display().to_string());
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_symlink() {
                found.insert(name, (fs::read_link(&path)?.display().to_string().into_bytes(), false));
            } else {
                let executable = fs::metadata(&path)?.permissions().mode() & 0o100 != 0;
                found.insert(name, (fs::read(&path)?, executable));
            }
        }
    }
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let copied = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status()?;
    ensure!(copied.success(), "cannot copy {}", from.display());
    Ok(())
}

/// What became of one folder.
struct Rendered {
    code: Option<i32>,
    error: String,
    /// Whole, as `-o json` writes it.
    pull_request: Value,
    /// The repository afterwards.
    after: tempfile::TempDir,
}

impl Rendered {
    fn of(folder: &Path) -> Result<Self> {
        let json = render(folder, &["-o", "json"])?;
        let after = tempfile::tempdir()?;
        copy(&folder.join("repo"), after.path())?;
        let into = after.path().display().to_string();
        let files = render(folder, &["-o", "files", "--into", &into])?;
        ensure!(files.status == json.status, "-o files and -o json end differently");
        let pull_request = if json.status.success() {
            serde_json::from_slice(&json.stdout)?
        } else {
            ensure!(json.stdout.is_empty(), "something is written in spite of the error");
            Value::Null
        };
        Ok(Self {
            code: json.status.code(),
            error: String::from_utf8(json.stderr)?,
            pull_request,
            after,
        })
    }

    /// The pull request as it is kept: without the body, and without the contents.
    fn kept(&self) -> String {
        let mut kept = self.pull_request.clone();
        if let Some(map) = kept.as_object_mut() {
            map.remove("body");
        }
        for change in kept["changes"].as_array_mut().into_iter().flatten() {
            change.as_object_mut().map(|change| change.remove("content"));
        }
        serde_json::to_string_pretty(&kept).unwrap_or_default() + "\n"
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what a test is to do is said in the environment"
)]
fn update() -> bool {
    std::env::var_os("UPDATE_AUTOMATIONS").is_some_and(|value| !value.is_empty())
}

/// Writes down what is, in place of what was wanted.
fn write(folder: &Path, rendered: &Rendered) -> Result<()> {
    let wanted = folder.join("wanted");
    for old in [ERROR, PULL_REQUEST, NOTES] {
        let _ = fs::remove_file(folder.join(old));
    }
    let _ = fs::remove_dir_all(&wanted);
    if rendered.code == Some(0) {
        fs::create_dir_all(&wanted)?;
        copy(rendered.after.path(), &wanted)?;
        fs::write(folder.join(PULL_REQUEST), rendered.kept())?;
        if !rendered.error.is_empty() {
            fs::write(folder.join(NOTES), &rendered.error)?;
        }
    } else {
        fs::write(folder.join(ERROR), &rendered.error)?;
    }
    Ok(())
}

/// What is not as it is wanted, in words.
fn compare(folder: &Path, rendered: &Rendered) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut same = |what: &str, is: &str, wanted: &str| {
        if is != wanted {
            wrong.push(format!("{what} is\n{is}\nand not\n{wanted}"));
        }
    };
    if folder.join(ERROR).exists() {
        same("the exit code", &format!("{:?}", rendered.code), "Some(1)");
        same("standard error", &rendered.error, &text(&folder.join(ERROR)));
        return Ok(wrong);
    }
    same("the exit code", &format!("{:?}", rendered.code), "Some(0)");
    same("standard error", &rendered.error, &text(&folder.join(NOTES)));
    same("the pull request", &rendered.kept(), &text(&folder.join(PULL_REQUEST)));
    let (is, wanted) = (tree(rendered.after.path())?, tree(&folder.join("wanted"))?);
    for path in is.keys().chain(wanted.keys()) {
        let shown = |tree: &Tree| {
            tree.get(path)
                .map(|(bytes, run)| (String::from_utf8_lossy(bytes).into_owned(), *run))
        };
        if is.get(path) != wanted.get(path) {
            same(path, &format!("{:?}", shown(&is)), &format!("{:?}", shown(&wanted)));
        }
    }
    wrong.extend(contents(rendered, &is));
    Ok(wrong)
}

/// The contents in the JSON must be those that were written into the folder.
fn contents(rendered: &Rendered, after: &Tree) -> Vec<String> {
    let changes = rendered.pull_request["changes"].as_array().into_iter().flatten();
    let differs = |change: &&Value| {
        let written = after
            .get(change["path"].as_str().unwrap_or_default())
            .map(|(bytes, _)| bytes.as_slice());
        match &change["content"] {
            Value::Null => written.is_some() || change["op"] != "delete",
            Value::String(text) => written != Some(text.as_bytes()),
            binary => binary["base64"].as_str().is_none() || written.is_none_or(|bytes| str::from_utf8(bytes).is_ok()),
        }
    };
    changes
        .filter(differs)
        .map(|change| format!("the content of {} in the JSON is another one", change["path"]))
        .collect()
}

/// What `-o diff` writes must do to the repository, by git's own hand, what `-o files` does.
fn applied(folder: &Path, rendered: &Rendered) -> Result<Vec<String>> {
    let diff = render(folder, &[])?;
    let text = String::from_utf8_lossy(&diff.stdout).into_owned();
    if rendered.code != Some(0) || text.is_empty() {
        return Ok(Vec::new());
    }
    let copied = tempfile::tempdir()?;
    copy(&folder.join("repo"), copied.path())?;
    let patch = copied.path().join("patch");
    fs::write(&patch, &diff.stdout)?;
    let git = Command::new("git")
        .args(["apply", "--whitespace=nowarn", "patch"])
        .current_dir(copied.path())
        .env(
            "GIT_CEILING_DIRECTORIES",
            copied.path().parent().unwrap_or_else(|| Path::new("/")),
        )
        .output()?;
    fs::remove_file(patch)?;
    if !git.status.success() {
        return Ok(vec![format!(
            "git apply: {}\n{text}",
            String::from_utf8_lossy(&git.stderr)
        )]);
    }
    let same = tree(copied.path())? == tree(rendered.after.path())?;
    Ok(if same {
        Vec::new()
    } else {
        vec![format!("the diff does something else:\n{text}")]
    })
}

fn git(folder: &Path, arguments: &[&str]) -> Result<()> {
    let output = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.com"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "git {arguments:?}: {said}");
    Ok(())
}

fn side((bytes, run): &(Vec<u8>, bool)) -> Side<'_> {
    Side {
        bytes,
        mode: Some(Mode::of(*run)),
    }
}

/// The mail that the operator would write of the change must do the same, by the hand of `git am`.
fn mailed(folder: &Path, rendered: &Rendered) -> Result<Vec<String>> {
    let (before, after) = (tree(&folder.join("repo"))?, tree(rendered.after.path())?);
    if rendered.code != Some(0) || before == after {
        return Ok(Vec::new());
    }
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
    let file = |path| FileDiff {
        path,
        before: before.get(path).map(side),
        after: after.get(path).map(side),
    };
    let files: Vec<FileDiff<'_>> = changed.map(|path| file(path.as_str())).collect();
    let message = rendered.pull_request["message"].as_str().unwrap_or_default();
    let mail = mail("2026-01-02T03:04:05Z".parse()?, message, &files);
    let copied = tempfile::tempdir()?;
    let at = copied.path();
    copy(&folder.join("repo"), at)?;
    git(at, &["init", "--quiet"])?;
    git(at, &["add", "--all", "--force"])?;
    git(at, &["commit", "--quiet", "--message", "Before"])?;
    fs::write(at.join(".git/mail"), &mail)?;
    if let Err(error) = git(at, &["am", "--quiet", ".git/mail"]) {
        return Ok(vec![format!("{error}\n{mail}")]);
    }
    fs::remove_dir_all(at.join(".git"))?;
    let same = tree(at)? == after;
    Ok(if same {
        Vec::new()
    } else {
        vec![format!("the mail does something else:\n{mail}")]
    })
}

/// What is not as it is wanted in one folder.
fn check(folder: &Path) -> Result<Vec<String>> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let rendered = Rendered::of(folder).with_context(|| name.clone())?;
    if update() {
        write(folder, &rendered)?;
    }
    let mut found = compare(folder, &rendered)?;
    found.extend(applied(folder, &rendered)?);
    found.extend(mailed(folder, &rendered)?);
    Ok(found.into_iter().map(|found| format!("{name}: {found}")).collect())
}

#[test]
fn every_automation_does_what_is_wanted() -> Result<()> {
    let folders = folders()?;
    assert!(folders.len() >= 30, "only {} automations are there", folders.len());
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<String>> {
        let mut wrong = Vec::new();
        while let Some(folder) = folders.get(next.fetch_add(1, Ordering::Relaxed)) {
            wrong.extend(check(folder)?);
        }
        Ok(wrong)
    };
    let wrong = thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        let found = workers
            .into_iter()
            .map(|worker| worker.join().expect("a check does not panic"));
        found.collect::<Result<Vec<_>>>()
    })?;
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    Ok(())
}
