//! Replacing all matches in a file, by Go's rules, in bytes that need not be UTF-8.

use std::borrow::Cow;

use regex::CaptureLocations;

use super::expansion::Part;
use super::{Pattern, Replacement};

/// What was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replaced {
    pub(crate) bytes: Vec<u8>,
    /// How many matches there were.
    pub(crate) matches: usize,
}

/// The result would be larger than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

/// A file as text. Go reads a byte that is not UTF-8 as one U+FFFD; so does this, and it knows the way back.
pub(crate) struct Text<'b> {
    bytes: &'b [u8],
    decoded: Cow<'b, str>,
    /// Where in `decoded` a U+FFFD (three bytes) stands for one byte of the file.
    replaced: Vec<usize>,
}

impl<'b> Text<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Self {
                bytes,
                decoded: Cow::Borrowed(text),
                replaced: Vec::new(),
            };
        }
        let mut text = String::with_capacity(bytes.len() + 16);
        let mut replaced = Vec::new();
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            for _ in chunk.invalid() {
                replaced.push(text.len());
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        Self {
            bytes,
            decoded: Cow::Owned(text),
            replaced,
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.decoded
    }

    /// The bytes of the file that `start..end` of the text stands for.
    pub(crate) fn original(&self, start: usize, end: usize) -> &'b [u8] {
        let back = |offset: usize| offset - 2 * self.replaced.partition_point(|at| *at < offset);
        self.bytes.get(back(start)..back(end)).unwrap_or_default()
    }
}

impl Pattern {
    /// Replaces every match. `most` bounds the size of the result.
    pub(crate) fn replace_all(&self, bytes: &[u8], with: &Replacement, most: usize) -> Result<Replaced, TooLarge> {
        self.rewrite(bytes, most, |text, found, result| {
            for part in &with.parts {
                match part {
                    Part::Text(part) => result.extend_from_slice(part.as_bytes()),
                    Part::Groups(groups) => {
                        if let Some((start, end)) = groups.iter().find_map(|group| found.get(*group)) {
                            result.extend_from_slice(text.original(start, end));
                        }
                    }
                }
            }
            Ok(())
        })
    }

    /// Replaces every match by what `with` makes of its bytes.
    pub(crate) fn replace_each(
        &self,
        bytes: &[u8],
        most: usize,
        mut with: impl FnMut(&[u8]) -> Result<Vec<u8>, TooLarge>,
    ) -> Result<Replaced, TooLarge> {
        self.rewrite(bytes, most, |text, found, result| {
            if let Some((start, end)) = found.get(0) {
                result.extend(with(text.original(start, end))?);
            }
            Ok(())
        })
    }

    /// Copies the bytes; at every match `put` writes instead.
    fn rewrite(
        &self,
        bytes: &[u8],
        most: usize,
        mut put: impl FnMut(&Text<'_>, &CaptureLocations, &mut Vec<u8>) -> Result<(), TooLarge>,
    ) -> Result<Replaced, TooLarge> {
        let text = Text::new(bytes);
        let mut result = Vec::with_capacity(bytes.len());
        let mut done = 0;
        let mut matches = 0;
        let mut found = self.regex.capture_locations();
        let mut walk = Walk::default();
        while let Some((start, end)) = walk.next(self, text.as_str(), &mut found) {
            result.extend_from_slice(text.original(done, start));
            put(&text, &found, &mut result)?;
            if result.len() > most {
                return Err(TooLarge);
            }
            done = end;
            matches += 1;
        }
        result.extend_from_slice(text.original(done, text.as_str().len()));
        if result.len() > most {
            Err(TooLarge)
        } else {
            Ok(Replaced { bytes: result, matches })
        }
    }

    /// Whether the expression matches somewhere in a file.
    pub(crate) fn is_match_in(&self, bytes: &[u8]) -> bool {
        self.is_match(Text::new(bytes).as_str())
    }
}

/// The first `most` matches.
pub(super) fn matches(pattern: &Pattern, text: &str, most: usize) -> Vec<(usize, usize)> {
    let mut found = pattern.regex.capture_locations();
    let mut walk = Walk::default();
    std::iter::from_fn(|| walk.next(pattern, text, &mut found))
        .take(most)
        .collect()
}

/// The walk from match to match. An empty match right behind another match is passed over, and after every match the search
/// goes on at least one character further.
#[derive(Default)]
struct Walk {
    search_from: usize,
    last_end: usize,
    ended: bool,
}

impl Walk {
    fn next(&mut self, pattern: &Pattern, text: &str, found: &mut CaptureLocations) -> Option<(usize, usize)> {
        while !self.ended && self.search_from <= text.len() {
            let Some(whole) = pattern.regex.captures_read_at(found, text, self.search_from) else {
                self.ended = true;
                break;
            };
            let (start, end) = (whole.start(), whole.end());
            let counts = end > self.last_end || start == 0;
            self.last_end = end;
            let width = text
                .get(self.search_from..)
                .and_then(|rest| rest.chars().next())
                .map_or(1, char::len_utf8);
            self.search_from = end.max(self.search_from + width);
            if counts {
                return Some((start, end));
            }
        }
        None
    }
}
