//! Texts: plain, quoted and in blocks; aliases; anchors and tags.

use super::flow::is_indicator;
use super::{Fault, Parser, Scalar};
use crate::yaml::tree::Kind;

/// Bytes at which a plain text may be over.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let bytes = b"\n\r \t:,[]{}\0";
    let mut index = 0;
    while index < bytes.len() {
        stops[bytes[index] as usize] = true;
        index += 1;
    }
    stops
};

impl Parser<'_> {
    /// Anchors and tags on one line; ends behind the last.
    pub(super) fn properties(&mut self) -> Result<(), Fault> {
        loop {
            let begin = self.at;
            if self.peek() == b'!' && self.byte(self.at + 1) == b'<' {
                while !self.is_blank(self.at) && (self.at == begin || self.byte(self.at - 1) != b'>') {
                    self.at += 1;
                }
            } else {
                while !self.is_blank(self.at) && !is_indicator(self.peek()) {
                    self.at += 1;
                }
            }
            if self.byte(begin) == b'&' && self.at == begin + 1 {
                return self.fault("an anchor without a name");
            }
            let end = self.at;
            self.skip_blanks();
            if self.at == end || !matches!(self.peek(), b'&' | b'!') {
                self.at = end;
                return Ok(());
            }
        }
    }

    /// A scalar, a plain one only up to the end of its line: it may be a key.
    pub(super) fn scalar(&mut self, start: usize, parent: isize, flow: bool) -> Result<Scalar, Fault> {
        let content = self.at;
        let line = self.line;
        let kind = match self.peek() {
            b'"' => {
                self.double(parent, flow)?;
                Kind::Double
            }
            b'\'' => {
                self.single(parent, flow)?;
                Kind::Single
            }
            b'*' => {
                self.at += 1;
                while !self.is_blank(self.at) && !is_indicator(self.peek()) {
                    self.at += 1;
                }
                if self.at == content + 1 || start != content {
                    return self.fault("an alias without a name, or with an anchor or a tag");
                }
                Kind::Alias
            }
            b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'!' | b'|' | b'>' | b'%' | b'@' | b'`' => {
                return self.fault("a text cannot begin with this character; put it in quotes");
            }
            _ => {
                self.plain_line(flow)?;
                if self.at == content {
                    return self.fault("a value is missing");
                }
                Kind::Plain
            }
        };
        Ok(Scalar {
            kind,
            start,
            content,
            end: self.at,
            one_line: self.line == line,
        })
    }

    /// Plain text up to the end of the line, a comment, or what ends it.
    fn plain_line(&mut self, flow: bool) -> Result<(), Fault> {
        let mut at = self.at;
        let mut end = at;
        loop {
            let byte = self.byte(at);
            if !STOPS[usize::from(byte)] {
                at += 1;
                end = at;
                continue;
            }
            match byte {
                b' ' | b'\t' if self.byte(at + 1) == b'#' => break,
                b' ' | b'\t' => {
                    at += 1;
                    continue;
                }
                b':' if self.is_blank(at + 1) || (flow && is_indicator(self.byte(at + 1))) => break,
                b'\r' if self.byte(at + 1) != b'\n' => {
                    self.at = at;
                    return self.fault("a carriage return without a line feed");
                }
                b'\n' | b'\r' => break,
                0 if at >= self.text.len() => break,
                0 => {
                    self.at = at;
                    return self.fault("a NUL character");
                }
                b',' | b'[' | b']' | b'{' | b'}' if flow => break,
                _ => {}
            }
            at += 1;
            end = at;
        }
        self.at = end;
        Ok(())
    }

    /// The further lines of a plain text whose first line has been read. Where it ends.
    pub(super) fn plain_rest(&mut self, first: usize, parent: isize, flow: bool) -> Result<usize, Fault> {
        let mut end = first;
        loop {
            let back = (self.at, self.line);
            if !self.next_text_line(parent, flow)? {
                (self.at, self.line) = back;
                return Ok(end);
            }
            self.plain_line(flow)?;
            if !flow && self.peek_behind_blanks() == b':' {
                return self.fault("a key inside a text of several lines; is it indented right?");
            }
            end = self.at;
        }
    }

    /// Goes to the next line of a plain text. Whether there is one.
    fn next_text_line(&mut self, parent: isize, flow: bool) -> Result<bool, Fault> {
        self.skip_blanks();
        let (mut below, mut column) = (false, 0);
        while self.skip_break()? {
            below = true;
            if self.at_marker() {
                return Ok(false);
            }
            while self.peek() == b' ' {
                self.at += 1;
            }
            column = self.column();
            self.skip_blanks();
        }
        let ends = flow && (is_indicator(self.peek()) || (self.peek() == b':' && self.is_plain_end()));
        Ok(below && !self.ended() && self.peek() != b'#' && !ends && (flow || column > parent))
    }

    fn is_plain_end(&self) -> bool {
        self.is_blank(self.at + 1) || is_indicator(self.byte(self.at + 1))
    }

    fn peek_behind_blanks(&self) -> u8 {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.iter()
            .copied()
            .find(|byte| !matches!(byte, b' ' | b'\t'))
            .unwrap_or_default()
    }

    fn double(&mut self, parent: isize, flow: bool) -> Result<(), Fault> {
        self.at += 1;
        loop {
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => self.escape(parent, flow)?,
                b'\n' | b'\r' => self.quoted_break(parent, flow)?,
                0 if self.ended() => return self.fault("a quote is not closed"),
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self, parent: isize, flow: bool) -> Result<(), Fault> {
        let digits = match self.byte(self.at + 1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            b'\n' | b'\r' => {
                self.at += 1;
                return self.quoted_break(parent, flow);
            }
            b'0' | b'a' | b'b' | b't' | b'\t' | b'n' | b'v' | b'f' | b'r' | b'e' | b' ' | b'"' | b'/' | b'\\'
            | b'N' | b'_' | b'L' | b'P' => 0,
            _ => return self.fault("a backslash in quotes before a character that needs none"),
        };
        let digits_are = self.text.get(self.at + 2..self.at + 2 + digits);
        if !digits_are.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return self.fault("a backslash in quotes without its digits");
        }
        self.at += 2 + digits;
        Ok(())
    }

    fn single(&mut self, parent: isize, flow: bool) -> Result<(), Fault> {
        self.at += 1;
        loop {
            match self.peek() {
                b'\'' if self.byte(self.at + 1) == b'\'' => self.at += 2,
                b'\'' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\n' | b'\r' => self.quoted_break(parent, flow)?,
                0 if self.ended() => return self.fault("a quote is not closed"),
                _ => self.at += 1,
            }
        }
    }

    /// A line break in quotes: the next line must still be inside.
    fn quoted_break(&mut self, parent: isize, flow: bool) -> Result<(), Fault> {
        self.skip_break()?;
        if self.at_marker() {
            return self.fault("a quote is not closed before the end of the document");
        }
        while self.peek() == b' ' {
            self.at += 1;
        }
        let column = self.column();
        self.skip_blanks();
        let blank = matches!(self.peek(), b'\n' | b'\r') || self.ended();
        if !blank && !flow && column <= parent {
            return self.fault("a line in quotes that is not indented, or a quote that is not closed");
        }
        Ok(())
    }

    /// Text below `|` or `>`. Where it ends; `at` is then at the beginning of the line below.
    pub(super) fn block_scalar(&mut self, parent: isize) -> Result<usize, Fault> {
        let (header_end, digit, keep) = self.block_header()?;
        let outer = usize::try_from(parent).unwrap_or_default();
        let least = usize::try_from(parent + 1).unwrap_or_default().max(1);
        let mut indent = digit.map(|digit| outer + digit);
        let mut end = header_end;
        let mut widest = 0;
        while !self.ended() {
            let line = self.at;
            while self.peek() == b' ' {
                self.at += 1;
            }
            let spaces = self.at - line;
            let line_end = self.line_end(self.at);
            if self.at == line_end {
                match indent {
                    // More spaces than the indentation are text.
                    Some(indent) if spaces > indent => end = line_end,
                    Some(_) => {}
                    None => widest = widest.max(spaces),
                }
            } else {
                if self.peek() == b'\t' && indent.is_none_or(|indent| spaces < indent) {
                    return self.fault("a tab in the indentation");
                }
                if parent < 0 && spaces == 0 && !self.at_marker() {
                    return self.fault("a text at the top that is not indented");
                }
                if spaces < indent.unwrap_or(least) {
                    self.at = line;
                    break;
                }
                if indent.is_none() && widest > spaces {
                    return self.fault("an empty line with more spaces than the text below it");
                }
                indent = Some(indent.unwrap_or(spaces));
                end = line_end;
            }
            self.at = line_end;
            if !self.skip_break()? {
                break;
            }
        }
        Ok(if keep { self.kept_end(header_end) } else { end })
    }

    /// With `+`, the empty lines at the end belong to the text, but for the last line break.
    fn kept_end(&self, header_end: usize) -> usize {
        let before = self.text.get(header_end..self.at).unwrap_or_default();
        let stripped = before.strip_suffix(b"\n").unwrap_or(before);
        let stripped = stripped.strip_suffix(b"\r").unwrap_or(stripped);
        header_end + stripped.len()
    }

    /// The header's end, its digit, and whether it has a `+`.
    fn block_header(&mut self) -> Result<(usize, Option<usize>, bool), Fault> {
        self.at += 1;
        let (mut digit, mut chomping) = (None, None);
        loop {
            match self.peek() {
                found @ b'1'..=b'9' if digit.is_none() => digit = Some(usize::from(found - b'0')),
                found @ (b'+' | b'-') if chomping.is_none() => chomping = Some(found),
                _ => break,
            }
            self.at += 1;
        }
        let end = self.at;
        if !self.is_blank(self.at) {
            return self.fault("a `|` or `>` with something behind it that it does not know");
        }
        self.skip_blanks();
        if self.peek() == b'#' {
            self.at = self.line_end(self.at);
        }
        if !self.skip_break()? && !self.ended() {
            return self.fault("a `|` or `>` with something behind it that it does not know");
        }
        Ok((end, digit, chomping == Some(b'+')))
    }
}
