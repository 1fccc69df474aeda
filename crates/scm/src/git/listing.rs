//! What git prints of trees and files, read. Pure.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::remote::Trouble;
use crate::repository::{EntryKind, TreeEntry};

/// Paths of a commit that are listed.
pub(super) const MOST_FILES: usize = 100_000;
/// Bytes of a list of so many.
pub(super) const MOST_BYTES: usize = 32 << 20;

/// The bytes of files, by git's ids of them.
pub(super) type Sizes = BTreeMap<String, u64>;

/// What stands at a path: a line of `git ls-tree`.
pub(super) struct Entry {
    pub(super) path: String,
    /// None for a folder.
    pub(super) kind: Option<EntryKind>,
    pub(super) blob: String,
}

impl Entry {
    /// Without folders.
    pub(super) fn into_tree_entry(self) -> Option<TreeEntry> {
        let kind = self.kind?;
        Some(TreeEntry {
            path: self.path,
            kind,
            blob: self.blob,
            // To know more, git would fetch every file.
            size: (kind == EntryKind::Submodule).then_some(0),
        })
    }

    /// What stands there, for people.
    pub(super) fn word(&self) -> &'static str {
        self.kind.map_or("folder", EntryKind::as_str)
    }
}

fn unreadable(what: &str) -> Trouble {
    Trouble::Broken(format!("what git prints of {what} was not understood"))
}

/// `MODE SP TYPE SP ID TAB PATH NUL`. A path that is no text is left out: no automation can name it.
pub(super) fn entries(printed: &[u8]) -> Result<Vec<Entry>, Trouble> {
    let mut found = Vec::new();
    for line in printed.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
        let Ok(line) = std::str::from_utf8(line) else {
            continue;
        };
        let parts = line.split_once('\t').and_then(|(about, path)| {
            let mut words = about.split(' ');
            Some((words.next()?, words.nth(1)?, path))
        });
        let (mode, blob, path) = parts.ok_or_else(|| unreadable("a tree"))?;
        found.push(Entry {
            path: path.to_owned(),
            kind: EntryKind::of_mode(mode),
            blob: blob.to_owned(),
        });
    }
    Ok(found)
}

/// Ids, one a line.
pub(super) fn lines<'b>(blobs: impl IntoIterator<Item = &'b String>) -> Vec<u8> {
    blobs
        .into_iter()
        .flat_map(|blob| format!("{blob}\n").into_bytes())
        .collect()
}

/// `ID SP blob SP SIZE`, or `ID SP missing`.
pub(super) fn sizes(printed: &[u8]) -> Result<Sizes, Trouble> {
    let text = std::str::from_utf8(printed).map_err(|_| unreadable("files"))?;
    let mut found = Sizes::new();
    for line in text.lines() {
        if let Some((blob, size)) = header(line) {
            found.insert(blob.to_owned(), size);
        } else if !line.ends_with(" missing") {
            return Err(unreadable("files"));
        }
    }
    Ok(found)
}

fn header(line: &str) -> Option<(&str, u64)> {
    let (blob, rest) = line.split_once(" blob ")?;
    Some((blob, rest.parse().ok()?))
}

/// The same line before the bytes of each, and a line break behind them.
pub(super) fn contents(printed: &[u8]) -> Result<BTreeMap<String, Arc<[u8]>>, Trouble> {
    let mut found = BTreeMap::new();
    let mut rest = printed;
    while !rest.is_empty() {
        let read = || {
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            let (blob, size) = header(std::str::from_utf8(rest.get(..end)?).ok()?)?;
            let size = usize::try_from(size).ok()?;
            let after = rest.get(end + 1..)?;
            Some((blob, after.get(..size)?, after.get(size + 1..)?))
        };
        let (blob, bytes, after) = read().ok_or_else(|| unreadable("a file"))?;
        found.insert(blob.to_owned(), Arc::from(bytes));
        rest = after;
    }
    Ok(found)
}

/// Entries by their paths.
pub(super) fn by_path(entries: Vec<Entry>) -> HashMap<String, Entry> {
    entries.into_iter().map(|entry| (entry.path.clone(), entry)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_and_files_are_read_back() {
        let id = "a".repeat(40);
        let printed = format!(
            "100644 blob {id}\ta b\0120000 blob {id}\tlink\0160000 commit {id}\tsub\0040000 tree {id}\tdir\0\
             100755 blob {id}\tx\ny\0"
        );
        let found = entries(printed.as_bytes()).unwrap();
        let words: Vec<_> = found.iter().map(|entry| (entry.path.as_str(), entry.word())).collect();
        let expected = [
            ("a b", "file"),
            ("link", "symbolic link"),
            ("sub", "submodule"),
            ("dir", "folder"),
            ("x\ny", "executable file"),
        ];
        assert_eq!(words, expected);
        assert!(entries(b"100644 blob").is_err());
        let found = sizes(b"a blob 3\nb missing\nc blob 0\n").unwrap();
        assert_eq!(found, Sizes::from([("a".to_owned(), 3), ("c".to_owned(), 0)]));
        assert!(sizes(b"a tree 3\n").is_err());
        let found = contents(b"a blob 3\n\n\0x\nc blob 0\n\n").unwrap();
        assert_eq!((&*found["a"], &*found["c"]), (&b"\n\0x"[..], &b""[..]));
        assert!(contents(b"a blob 9\nshort\n").is_err());
    }
}
