//! What a template writes, with its limit, and the white space that `{{-` and `-}}` take away.
//!
//! As in the original, white space to the left goes only from what was written last, and never from before the block that
//! ended there.

use super::Refusal;

pub(super) struct Writer {
    text: String,
    /// Where the last written piece begins, of which `{{-` may take white space.
    last: usize,
    /// Whether the next piece loses its white space in front.
    trim_next: bool,
    most: usize,
}

impl Writer {
    pub(super) fn new(most: usize) -> Self {
        Self {
            text: String::new(),
            last: 0,
            trim_next: false,
            most,
        }
    }

    pub(super) fn write(&mut self, piece: &str) -> Result<(), Refusal> {
        let piece = if self.trim_next {
            self.trim_next = false;
            piece.trim_start()
        } else {
            self.flush();
            piece
        };
        if self.text.len() + piece.len() > self.most {
            return Err(Refusal::Limit(format!(
                "the template writes more than {} MiB",
                self.most >> 20
            )));
        }
        self.text.push_str(piece);
        Ok(())
    }

    pub(super) fn trim_left(&mut self) {
        let kept = self.text.get(self.last..).unwrap_or_default().trim_end().len();
        self.text.truncate(self.last + kept);
        self.flush();
    }

    pub(super) fn trim_right(&mut self) {
        self.trim_next = true;
    }

    /// What was written stays as it is.
    pub(super) fn flush(&mut self) {
        self.last = self.text.len();
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}
