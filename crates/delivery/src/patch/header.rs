//! The headers of a mail: folded, and in ASCII. Pure.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use stagecoach_scm::Person;

/// Columns of a line of plain words, as git has it.
const WIDTH: usize = 78;
/// Columns of a line with an encoded word: <https://www.rfc-editor.org/rfc/rfc2047#section-2>.
const ENCODED_WIDTH: usize = 76;
const BEGIN: &str = "=?UTF-8?q?";
const END: &str = "?=";

/// Who wrote it.
pub(super) fn from(author: &Person) -> String {
    let Person { name, email } = author;
    let name = if needs_encoding(name) {
        encoded("From: ", name)
    } else if name.contains(|c: char| "()<>[]:;@\\,.\"".contains(c)) {
        format!("From: \"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        format!("From: {name}")
    };
    format!("{name} <{email}>\n")
}

/// When.
pub(super) fn date(date: Timestamp) -> String {
    let date = date.to_zoned(TimeZone::UTC);
    format!("Date: {}\n", date.strftime("%a, %-d %b %Y %H:%M:%S +0000"))
}

/// What about: lines become words, and a line that is too long goes on in the next one.
pub(super) fn subject(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let begin = "Subject: [PATCH] ";
    if needs_encoding(&text) {
        return encoded(begin, &text) + "\n";
    }
    let mut subject = begin.trim_end().to_owned();
    let mut width = subject.len();
    for word in text.split(' ') {
        // A line has one word at least, and the first stands beside the prefix.
        if width > begin.len() && width + 1 + word.len() > WIDTH {
            subject.push('\n');
            width = 0;
        }
        subject.push(' ');
        subject.push_str(word);
        width += 1 + word.len();
    }
    subject + "\n"
}

fn needs_encoding(text: &str) -> bool {
    !text.is_ascii() || text.contains("=?") || text.bytes().any(|byte| byte.is_ascii_control())
}

/// A header of encoded words: <https://www.rfc-editor.org/rfc/rfc2047#section-4.2>. No letter is split between two of them.
fn encoded(begin: &str, text: &str) -> String {
    let mut header = format!("{begin}{BEGIN}");
    let mut width = header.len();
    for letter in text.chars() {
        let mut bytes = [0; 4];
        let bytes = letter.encode_utf8(&mut bytes).as_bytes();
        let code: String = match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '/' | '!' | '*' | '+' => letter.to_string(),
            _ => bytes
                .iter()
                .flat_map(|byte| ["=".to_owned(), hex::encode_upper([*byte])])
                .collect(),
        };
        if width + code.len() + END.len() > ENCODED_WIDTH {
            header.push_str(END);
            header.push_str("\n ");
            header.push_str(BEGIN);
            width = 1 + BEGIN.len();
        }
        header.push_str(&code);
        width += code.len();
    }
    header + END
}
