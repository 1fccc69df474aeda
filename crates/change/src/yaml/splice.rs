//! Edits of a text, made in one pass.

/// Edits that do not overlap.
#[derive(Default)]
pub(crate) struct Splices {
    splices: Vec<(usize, usize, String)>,
}

impl Splices {
    /// Puts `text` in the place of a range. Insertions at one place stay in the order in which they were asked for.
    pub(crate) fn replace(&mut self, start: usize, end: usize, text: impl Into<String>) {
        self.splices.push((start, end, text.into()));
    }

    pub(crate) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at, at, text);
    }

    /// The text with the edits. None where two of them overlap.
    pub(crate) fn apply(mut self, text: &str) -> Option<String> {
        // What is put in front of a range that changes comes before it.
        self.splices.sort_by_key(|(start, end, _)| (*start, *end));
        let longer: usize = self.splices.iter().map(|(_, _, new)| new.len()).sum();
        let mut result = String::with_capacity(text.len() + longer);
        let mut done = 0;
        for (start, end, new) in &self.splices {
            result.push_str(text.get(done..*start)?);
            result.push_str(new);
            done = *end;
        }
        result.push_str(text.get(done..)?);
        Some(result)
    }
}
