//! Confinement: every path that an automation names stays inside the repository and out of `.git`.
//!
//! Pure text; whether the path exists, or is a symbolic link, is for whoever reads the repository.

use crate::error::{Error, shortened};

/// Longest path and longest name between slashes, in bytes: what common file systems take.
const LONGEST_PATH: usize = 4096;
const LONGEST_NAME: usize = 255;

/// The path as it is spelled in the repository: no `.` parts, no doubled slashes.
pub(crate) fn confine(field: &str, path: &str) -> Result<String, Error> {
    let refuse = |message: &str| {
        Err(Error::Path {
            field: field.to_owned(),
            path: shortened(path, 120),
            message: message.to_owned(),
        })
    };
    if path.len() > LONGEST_PATH {
        return refuse("is longer than 4096 bytes");
    }
    if path.chars().any(char::is_control) {
        return refuse("has a control character (a line break, a tab or NUL); a template may leave one at its end");
    }
    if path.contains('\\') {
        return refuse("has a backslash; paths in a repository are separated by `/`");
    }
    if path.starts_with('/') {
        return refuse("is absolute; write it relative to the root of the repository");
    }
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => return refuse("has a `..` part; a path may not climb"),
            part if part.len() > LONGEST_NAME => return refuse("has a part that is longer than 255 bytes"),
            part if is_git_folder(part) => return refuse("is inside `.git`, which is never touched"),
            part => parts.push(part),
        }
    }
    if path.contains('.') && parts.is_empty() {
        return refuse("is the root of the repository; name a file or a folder in it");
    }
    if parts.is_empty() {
        return refuse("is empty; does the context have every value that its template names?");
    }
    Ok(parts.join("/"))
}

/// Whether some file system takes this name for `.git`: in any case, in its short form, with characters that HFS+ ignores, or
/// with an ending that NTFS drops.
fn is_git_folder(part: &str) -> bool {
    let visible: String = part.chars().filter(|c| !is_ignorable(*c)).collect();
    let stem = visible.split(':').next().unwrap_or_default();
    let stem = stem.trim_end_matches(['.', ' ']);
    stem.eq_ignore_ascii_case(".git") || stem.eq_ignore_ascii_case("git~1")
}

/// Characters without a width that HFS+ leaves out when it compares names.
fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_inside_are_normalised() {
        for (path, wanted) in [
            ("a.yaml", "a.yaml"),
            ("./a//b/./c.yaml", "a/b/c.yaml"),
            ("folder/", "folder"),
            (".github/workflows/ci.yaml", ".github/workflows/ci.yaml"),
            (".gitignore", ".gitignore"),
            ("a/..b/c...yaml", "a/..b/c...yaml"),
            ("a b/ü.yaml", "a b/ü.yaml"),
        ] {
            assert_eq!(confine("f", path).as_deref(), Ok(wanted), "{path}");
        }
    }

    #[test]
    fn paths_that_leave_are_refused() {
        let long_name = "x".repeat(256);
        let long_path = "a/".repeat(2049);
        for path in [
            "",
            ".",
            "./",
            "/etc/passwd",
            "..",
            "../x",
            "a/../b",
            "a/..",
            ".git",
            ".GIT/config",
            "a/.Git/hooks/x",
            ".git./config",
            ".git /config",
            "GIT~1/config",
            ".git::$INDEX_ALLOCATION/config",
            ".g\u{200c}it/config",
            "a\0b",
            "a\nb",
            "a.yaml\n",
            "..\\x",
            "a\\b",
            &long_name,
            &long_path,
        ] {
            let error = confine("spec.x", path).expect_err(path);
            assert_eq!(error.reason(), "InvalidPath");
            assert!(error.to_string().starts_with("spec.x: the path "), "{error}");
        }
    }
}
