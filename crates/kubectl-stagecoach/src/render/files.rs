//! The changed files as they would be: under headers for people, or into a folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use stagecoach_change::Mode;

use super::{RenderError, pull_request::FileChange};

/// What git looks at.
#[cfg(unix)]
const OWNER_RUNS: u32 = 0o100;

/// Each file under a header.
pub(super) fn text(changes: &[FileChange]) -> Vec<u8> {
    let mut text = Vec::new();
    for change in changes {
        let (path, op, mode) = (&change.path, change.op.name(), change.mode());
        text.extend_from_slice(format!("==> {path} ({op}, {mode})\n").as_bytes());
        let Some(after) = &change.after else { continue };
        if str::from_utf8(after).is_ok() {
            text.extend_from_slice(after);
            if !after.ends_with(b"\n") {
                text.push(b'\n');
            }
        } else {
            text.extend_from_slice(format!("({} bytes that are no text)\n", after.len()).as_bytes());
        }
    }
    text
}

/// Writes the files into a folder and takes away those that go. Returns a line for each.
pub(super) fn write(changes: &[FileChange], folder: &Path) -> Result<Vec<String>, RenderError> {
    let mut lines = Vec::new();
    for change in changes {
        let path = safe(folder, &change.path)?;
        let done = match &change.after {
            Some(bytes) => put(&path, bytes, change.mode_after),
            None => match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        };
        done.map_err(|error| refusal(&path, &format!("cannot be written: {error}")))?;
        lines.push(format!("{} {}", change.op.name(), path.display()));
    }
    Ok(lines)
}

/// The path in the folder. A symbolic link on the way would lead out of it.
fn safe(folder: &Path, path: &str) -> Result<PathBuf, RenderError> {
    let mut at = folder.to_owned();
    for part in path.split('/') {
        at.push(part);
        if fs::symlink_metadata(&at).is_ok_and(|found| found.is_symlink()) {
            return Err(refusal(&at, "is a symbolic link, so nothing is written there"));
        }
    }
    Ok(at)
}

fn put(path: &Path, bytes: &[u8], mode: Option<Mode>) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)?;
    set_mode(path, mode.unwrap_or_default())
}

/// Sets only what git keeps of a mode, and only where it is another one.
#[cfg(unix)]
fn set_mode(path: &Path, wanted: Mode) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = fs::metadata(path)?.permissions().mode();
    let wanted = match (Mode::of(mode & OWNER_RUNS != 0), wanted) {
        (is, wanted) if is == wanted => return Ok(()),
        // Whoever may read it may run it.
        (_, Mode::Executable) => mode | (mode & 0o444) >> 2,
        (_, Mode::Regular) => mode & !0o111,
    };
    fs::set_permissions(path, fs::Permissions::from_mode(wanted))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: Mode) -> std::io::Result<()> {
    Ok(())
}

fn refusal(path: &Path, message: &str) -> RenderError {
    RenderError::Repository {
        path: path.display().to_string(),
        message: message.to_owned(),
    }
}
