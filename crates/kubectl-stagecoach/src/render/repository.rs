//! The folder that stands for the repository: files that are asked for by name, and the list of all where it is needed.
//!
//! Nothing outside of the folder is read: symbolic links are not followed, as a forge does not follow them either.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use stagecoach_change::LARGEST_FILE;

use super::RenderError;

/// Files that are listed at most.
const MOST_FILES: usize = 500_000;
/// How deep folders may stand in one another.
const DEEPEST: usize = 200;
/// Where git keeps its own things.
const GIT: &str = ".git";

pub(super) struct Repository {
    root: PathBuf,
    /// What all paths begin with and the folder does not have in it: nothing, or a name and a slash.
    prefix: String,
}

/// A file as it is.
pub(super) struct File {
    pub(super) bytes: Vec<u8>,
    pub(super) executable: bool,
}

/// What there is.
pub(super) struct Listing {
    pub(super) files: Vec<String>,
    /// Those of the files that may be run.
    pub(super) executables: Vec<String>,
    pub(super) links: Vec<String>,
}

impl Repository {
    /// `argument` is what names the folder on the command line.
    pub(super) fn open(argument: &str, root: &Path) -> Result<Self, RenderError> {
        let shown = root.display();
        match fs::metadata(root) {
            Ok(found) if found.is_dir() => Ok(Self {
                root: root.to_owned(),
                prefix: String::new(),
            }),
            Ok(_) => Err(RenderError::Usage(format!("{argument} {shown} is no folder"))),
            Err(error) => Err(RenderError::Usage(format!(
                "{argument} {shown} cannot be read: {error}"
            ))),
        }
    }

    /// The same, where paths begin with a name that the folder has outside.
    pub(super) fn below(argument: &str, root: &Path, name: &str) -> Result<Self, RenderError> {
        let repository = Self::open(argument, root)?;
        Ok(Self {
            prefix: format!("{name}/"),
            ..repository
        })
    }

    /// A file; `None` where there is none of that name. The path is one that a computation asks for: it does not climb.
    pub(super) fn read(&self, path: &str) -> Result<Option<File>, RenderError> {
        let Some(path) = path.strip_prefix(&self.prefix) else {
            return Ok(None);
        };
        let Some(found) = self.look(path)? else { return Ok(None) };
        if found.is_dir() {
            return Ok(None);
        }
        if !found.is_file() {
            return Err(self.refusal(path, "is no ordinary file, so it is not read"));
        }
        let mut bytes = Vec::new();
        // One byte more than is edited: the computation refuses it in its own words.
        let most = LARGEST_FILE as u64 + 1;
        fs::File::open(self.root.join(path))
            .and_then(|file| file.take(most).read_to_end(&mut bytes))
            .map_err(|error| self.refusal(path, &format!("cannot be read: {error}")))?;
        let executable = is_executable(&found);
        Ok(Some(File { bytes, executable }))
    }

    /// What is there, where no part of the path is a symbolic link or a repository of its own.
    fn look(&self, path: &str) -> Result<Option<fs::Metadata>, RenderError> {
        let mut at = self.root.clone();
        let mut found = None;
        for part in path.split('/') {
            at.push(part);
            let metadata = match fs::symlink_metadata(&at) {
                Ok(metadata) => metadata,
                Err(error) if is_missing(&error) => return Ok(None),
                Err(error) => return Err(self.refusal(path, &format!("cannot be read: {error}"))),
            };
            if metadata.is_symlink() {
                let link = at.strip_prefix(&self.root).unwrap_or(&at).display();
                let message =
                    format!("is behind the symbolic link {link}, which is not followed: name the file itself");
                return Err(self.refusal(path, &message));
            }
            if metadata.is_dir() && is_repository(&at) {
                let inner = at.display();
                let message = format!(
                    "is in {inner}, a repository of its own, whose files do not belong to this one: name a file of this one"
                );
                return Err(self.refusal(path, &message));
            }
            found = Some(metadata);
        }
        Ok(found)
    }

    /// The paths of all files and links. What belongs to a repository inside this one is left out.
    pub(super) fn list(&self) -> Result<Listing, RenderError> {
        let (mut files, mut executables, mut links) = (Vec::new(), Vec::new(), Vec::new());
        let mut folders = vec![(String::new(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            if depth > DEEPEST {
                return Err(self.refusal(&folder, &format!("stands in more than {DEEPEST} folders")));
            }
            let unreadable = |error: io::Error| self.refusal(&folder, &format!("cannot be read: {error}"));
            for entry in fs::read_dir(self.root.join(&folder)).map_err(unreadable)? {
                let entry = entry.map_err(unreadable)?;
                let kind = entry.file_type().map_err(unreadable)?;
                // What is no text cannot be named by an automation.
                let Ok(name) = entry.file_name().into_string() else {
                    continue;
                };
                let path = if folder.is_empty() {
                    name.clone()
                } else {
                    format!("{folder}/{name}")
                };
                if kind.is_dir() && name != GIT && !is_repository(&entry.path()) {
                    folders.push((path, depth + 1));
                } else if kind.is_file() && name != GIT {
                    if is_executable(&entry.metadata().map_err(unreadable)?) {
                        executables.push(path.clone());
                    }
                    files.push(path);
                } else if kind.is_symlink() {
                    links.push(path);
                }
            }
            if files.len() > MOST_FILES {
                let message = format!("holds more than {MOST_FILES} files, the most that are listed");
                return Err(self.refusal("", &message));
            }
        }
        for path in files.iter_mut().chain(&mut executables).chain(&mut links) {
            path.insert_str(0, &self.prefix);
        }
        files.sort_unstable();
        links.sort_unstable();
        Ok(Listing {
            files,
            executables,
            links,
        })
    }

    pub(super) fn refusal(&self, path: &str, message: &str) -> RenderError {
        RenderError::Repository {
            path: self.root.join(path).display().to_string(),
            message: message.to_owned(),
        }
    }
}

fn is_repository(folder: &Path) -> bool {
    folder.join(GIT).exists()
}

/// Not there, or under a file.
fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename
    )
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    // As git looks at it: whether the owner may run it.
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Repository) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for (path, content) in [
            ("a.txt", "a"),
            ("b/c.txt", "c"),
            (".git/config", "x"),
            (".github/x.yaml", "y"),
            ("inner/.git", "gitdir: elsewhere"),
            ("inner/file", "z"),
        ] {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let repository = Repository::open("--repo", root).unwrap();
        (folder, repository)
    }

    #[test]
    fn all_files_are_listed_but_those_of_git() {
        let (_folder, repository) = folder();
        assert_eq!(repository.list().unwrap().files, [".github/x.yaml", "a.txt", "b/c.txt"]);
    }

    #[test]
    fn what_is_not_there_is_no_error() {
        let (_folder, repository) = folder();
        for path in ["x", "x/y", "a.txt/under", "b", &"n".repeat(300)] {
            assert!(repository.read(path).unwrap().is_none(), "{path}");
        }
        let file = repository.read("b/c.txt").unwrap().unwrap();
        assert_eq!((file.bytes.as_slice(), file.executable), (b"c".as_slice(), false));
    }

    #[cfg(unix)]
    #[test]
    fn symbolic_links_are_not_followed() {
        let (folder, repository) = folder();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "s").unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("out")).unwrap();
        std::os::unix::fs::symlink("a.txt", folder.path().join("link")).unwrap();
        for path in ["out/secret", "link"] {
            let message = repository.read(path).err().unwrap().to_string();
            assert!(message.contains("symbolic link"), "{message}");
        }
        assert_eq!(repository.list().unwrap().files, [".github/x.yaml", "a.txt", "b/c.txt"]);
    }
}
