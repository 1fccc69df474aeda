//! The archive of a chart: a compressed tape of files below a folder with the chart's name. Pure, and bounded: what an archive
//! says of its own size is not believed.

use std::collections::BTreeMap;
use std::io::{self, Read};

use flate2::read::GzDecoder;

/// Files of one chart.
const MOST_FILES: usize = 5_000;
/// Bytes of them, unpacked.
const MOST_BYTES: u64 = 100 << 20;

/// The files of a chart, by their paths, which begin with the chart's name.
pub type Archive = BTreeMap<String, Packed>;

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// All bytes of it.
    pub bytes: Vec<u8>,
    /// Whether its owner may run it, which is what git keeps of a mode.
    pub executable: bool,
}

/// What git looks at.
const OWNER_RUNS: u32 = 0o100;

/// Unpacks the archive of the chart of this name. The error is what is wrong, in words.
pub fn unpack(chart: &str, archive: &[u8]) -> Result<Archive, String> {
    let unpacked = Bounded {
        inner: GzDecoder::new(archive),
        left: MOST_BYTES,
    };
    let mut tape = tar::Archive::new(unpacked);
    let mut files = Archive::new();
    let broken = |error: io::Error| format!("it cannot be unpacked: {error}");
    for entry in tape.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let kind = entry.header().entry_type();
        let executable = entry.header().mode().is_ok_and(|mode| mode & OWNER_RUNS != 0);
        let path =
            String::from_utf8(entry.path_bytes().into_owned()).map_err(|_| "a path in it is no text".to_owned())?;
        if kind.is_dir() {
            continue;
        }
        if !kind.is_file() {
            return Err(format!("{path:?} in it is no ordinary file"));
        }
        let path = path.strip_prefix("./").unwrap_or(&path);
        let inside = path.strip_prefix(chart).and_then(|rest| rest.strip_prefix('/'));
        let is_plain =
            |rest: &str| !rest.split('/').any(|part| matches!(part, "" | "." | "..")) && !rest.contains('\\');
        if !inside.is_some_and(is_plain) {
            return Err(format!("{path:?} in it is not in the folder {chart}"));
        }
        if files.len() >= MOST_FILES {
            return Err(format!("it has more than {MOST_FILES} files"));
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(broken)?;
        files.insert(path.to_owned(), Packed { bytes, executable });
    }
    if files.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(files)
}

/// Ends with an error where too much comes.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other(format!("it has more than {} MiB", MOST_BYTES >> 20)))?;
        Ok(read)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    pub(crate) fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tape = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(if path.contains("/bin/") { 0o755 } else { 0o644 });
            // The builder itself refuses paths that climb.
            header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_cksum();
            tape.append(&header, *content).unwrap();
        }
        tape.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn files_come_with_their_paths() {
        let archive = packed(&[("app/Chart.yaml", b"name: app\n"), ("./app/templates/a.yaml", b"a\xff")]);
        let files = unpack("app", &archive).unwrap();
        let paths: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(paths, ["app/Chart.yaml", "app/templates/a.yaml"]);
        assert_eq!(files["app/templates/a.yaml"].bytes, b"a\xff");
    }

    #[test]
    fn files_keep_whether_they_may_be_run() {
        let files = unpack("app", &packed(&[("app/Chart.yaml", b"x"), ("app/bin/run", b"x")])).unwrap();
        let runs: Vec<bool> = files.values().map(|file| file.executable).collect();
        assert_eq!(runs, [false, true]);
    }

    #[test]
    fn what_leads_out_of_the_chart_is_refused() {
        for path in [
            "../x",
            "app/../../x",
            "/etc/passwd",
            "other/x",
            "app",
            "app//x",
            "app\\..\\x",
        ] {
            let error = unpack("app", &packed(&[(path, b"x")])).unwrap_err();
            assert!(error.contains("is not in the folder app"), "{path}: {error}");
        }
    }

    #[test]
    fn links_and_devices_are_refused() {
        let mut tape = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        tape.append_link(&mut header, "app/link", "/etc/passwd").unwrap();
        let archive = tape.into_inner().unwrap().finish().unwrap();
        assert_eq!(
            unpack("app", &archive).unwrap_err(),
            "\"app/link\" in it is no ordinary file"
        );
    }

    #[test]
    fn a_bomb_is_refused_in_bounded_memory() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let mut header = tar::Header::new_gnu();
        header.set_path("app/zeros").unwrap();
        header.set_size(8 << 30);
        header.set_cksum();
        encoder.write_all(header.as_bytes()).unwrap();
        let zeros = vec![0; 1 << 20];
        for _ in 0..101 {
            encoder.write_all(&zeros).unwrap();
        }
        let archive = encoder.finish().unwrap();
        assert!(archive.len() < 1 << 20);
        assert!(unpack("app", &archive).unwrap_err().contains("more than 100 MiB"));
    }

    #[test]
    fn what_is_no_archive_is_said() {
        for archive in [&b"<html>"[..], &packed(&[])] {
            assert!(unpack("app", archive).is_err());
        }
        assert_eq!(unpack("app", &packed(&[])).unwrap_err(), "it is empty");
    }
}
