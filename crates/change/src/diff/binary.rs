//! Binary files in a patch: both contents whole, compressed, and written with 85 letters that stand in any mail.
//!
//! <https://git-scm.com/docs/diff-format> names the form; the letters and the lines are those of git's `base85.c` and `diff.c`.

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};

const LETTERS: &[u8; 85] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
/// Bytes of a line.
const LINE: usize = 52;

/// There and back, so that `git apply --reverse` can undo it.
pub(super) fn lines(before: &[u8], after: &[u8]) -> Vec<String> {
    let mut lines = vec!["GIT binary patch".to_owned()];
    for bytes in [after, before] {
        lines.push(format!("literal {}", bytes.len()));
        lines.extend(compressed(bytes).chunks(LINE).map(line));
        lines.push(String::new());
    }
    lines
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    // Memory takes whatever is written.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// How many bytes, as a letter, and the bytes, four in five letters.
fn line(bytes: &[u8]) -> String {
    let count = u8::try_from(bytes.len()).unwrap_or_default();
    let count = if count <= 26 {
        b'A' + count - 1
    } else {
        b'a' + count - 27
    };
    let mut line = String::from(char::from(count));
    for four in bytes.chunks(4) {
        let mut word = [0; 4];
        word[..four.len()].copy_from_slice(four);
        let mut word = u32::from_be_bytes(word);
        let mut five = [0; 5];
        for letter in five.iter_mut().rev() {
            *letter = LETTERS[(word % 85) as usize];
            word /= 85;
        }
        line.extend(five.map(char::from));
    }
    line
}
