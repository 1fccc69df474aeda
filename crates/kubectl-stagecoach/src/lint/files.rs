//! Which files there are, and their texts.

use std::{
    collections::HashSet,
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

/// The largest file that is read.
const LARGEST: u64 = 8 << 20;
/// Files that are read at most.
const MOST_FILES: usize = 20_000;
/// How deep folders may stand in one another.
const DEEPEST: usize = 100;

/// Why nothing can be checked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LintError {
    #[error("{path} cannot be read: {source}")]
    Unreadable { path: String, source: io::Error },
    #[error("{path} holds more than {MOST_FILES} manifests or folders deeper than {DEEPEST}: name a smaller folder")]
    TooMuch { path: String },
}

/// A file as it was read.
pub(super) struct File {
    pub(super) name: String,
    pub(super) text: String,
}

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) files: Vec<File>,
    /// What was not read, with the reason, as the beginning of a sentence.
    pub(super) skipped: Vec<String>,
    /// Manifests that are not checked for their size.
    pub(super) too_large: Vec<String>,
    /// What was read already: a folder and a file of it may both be named.
    known: HashSet<PathBuf>,
}

/// What is said of a file that is too large.
pub(super) fn too_large() -> String {
    format!(
        "the file is larger than {} MiB, so nothing of it is checked: split it",
        LARGEST >> 20
    )
}

/// Reads everything that is named, each file once. A file that is named itself is read whatever its name is.
pub(super) fn read(paths: &[PathBuf]) -> Result<Found, LintError> {
    let mut found = Found::default();
    for path in paths {
        if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            let read = io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes);
            read.map_err(unreadable(path))?;
            found.take("standard input".to_owned(), bytes);
        } else if fs::metadata(path).map_err(unreadable(path))?.is_dir() {
            found.folder(path)?;
        } else {
            found.file(path)?;
        }
    }
    Ok(found)
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> LintError {
    let path = path.display().to_string();
    move |source| LintError::Unreadable { path, source }
}

impl Found {
    fn file(&mut self, path: &Path) -> Result<(), LintError> {
        let itself = fs::canonicalize(path).map_err(unreadable(path))?;
        if !self.known.insert(itself) {
            return Ok(());
        }
        let mut bytes = Vec::new();
        fs::File::open(path)
            .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
            .map_err(unreadable(path))?;
        self.take(path.display().to_string(), bytes);
        Ok(())
    }

    fn take(&mut self, name: String, bytes: Vec<u8>) {
        if bytes.len() as u64 > LARGEST {
            self.too_large.push(name);
            return;
        }
        match String::from_utf8(bytes) {
            Ok(text) => self.files.push(File { name, text }),
            Err(_) => self.skipped.push(format!("{name} is not UTF-8 text")),
        }
    }

    /// A folder with all that is in it, in the order of names. Links are not followed: they would lead out, or round.
    fn folder(&mut self, root: &Path) -> Result<(), LintError> {
        let mut folders = vec![(root.to_owned(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let mut entries = fs::read_dir(&folder)
                .and_then(Iterator::collect::<io::Result<Vec<_>>>)
                .map_err(unreadable(&folder))?;
            entries.sort_by_key(fs::DirEntry::file_name);
            let is_chart = folder.join("Chart.yaml").is_file();
            for entry in entries {
                let (path, kind) = (entry.path(), entry.file_type().map_err(unreadable(&folder))?);
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if kind.is_dir() && is_chart && name == "templates" {
                    self.skipped
                        .push(format!("{} holds the templates of a chart", path.display()));
                } else if kind.is_dir() && name != ".git" {
                    folders.push((path, depth + 1));
                } else if kind.is_file() {
                    self.found(&path, &name)?;
                }
            }
            if depth > DEEPEST || self.files.len() > MOST_FILES {
                let path = root.display().to_string();
                return Err(LintError::TooMuch { path });
            }
        }
        Ok(())
    }

    fn found(&mut self, path: &Path, name: &str) -> Result<(), LintError> {
        let ends = |ending: &str| name.to_ascii_lowercase().ends_with(ending);
        if [".yaml", ".yml", ".json"].into_iter().any(ends) {
            self.file(path)?;
        } else if ends(".liquid") {
            self.skipped.push(format!("{} is a template", path.display()));
        }
        Ok(())
    }
}
