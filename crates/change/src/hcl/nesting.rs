//! What the parser is not given. Where a chain of operators ends in something that it cannot read, it reads that twice; nested, the
//! time doubles with every level. So such levels are counted first. Strings, here-documents and comments are read as HCL has them.

/// How many levels may stand in one another that begin behind an operator which is not the first of its chain.
const DEEPEST: usize = 10;

/// Whether a text is too deep to be parsed.
pub(super) fn is_too_deep(text: &str) -> bool {
    let mut scan = Scan {
        text: text.as_bytes(),
        at: 0,
        levels: Vec::new(),
        operators: 0,
        deep: 0,
    };
    while scan.at < scan.text.len() && scan.deep <= DEEPEST {
        match scan.levels.last().map(|level| level.end) {
            None | Some(End::Bracket) => scan.code(),
            Some(End::Quote) => scan.quoted(),
            Some(End::Line(from, to)) => scan.line(from, to),
        }
        scan.at += 1;
    }
    scan.deep > DEEPEST
}

/// Brackets, or a text with templates.
struct Level {
    end: End,
    /// Whether it is one that may be read twice.
    counts: bool,
    /// Operators of the chain that it stands in.
    outside: usize,
}

#[derive(Clone, Copy)]
enum End {
    /// A closing bracket of any kind: whether it fits is for the parser to say.
    Bracket,
    /// A quotation mark.
    Quote,
    /// A line like this part of the text, which ends a here-document.
    Line(usize, usize),
}

struct Scan<'t> {
    text: &'t [u8],
    at: usize,
    levels: Vec<Level>,
    /// Operators of the chain so far.
    operators: usize,
    /// Levels that count.
    deep: usize,
}

impl Scan<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or_default()
    }

    fn open(&mut self, end: End) {
        let counts = self.operators > 1;
        self.deep += usize::from(counts);
        self.levels.push(Level {
            end,
            counts,
            outside: std::mem::take(&mut self.operators),
        });
    }

    fn close(&mut self) {
        if let Some(level) = self.levels.pop() {
            self.deep -= usize::from(level.counts);
            self.operators = level.outside;
        }
    }

    /// The end of the line that `at` is on.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
    }

    fn code(&mut self) {
        match (self.byte(self.at), self.byte(self.at + 1)) {
            (b'#', _) | (b'/', b'/') => self.at = self.line_end(self.at),
            (b'/', b'*') => {
                let rest = self.text.get(self.at + 2..).unwrap_or_default();
                let length = rest.windows(2).position(|end| end == b"*/");
                self.at += 3 + length.unwrap_or(rest.len());
            }
            (b'"', _) => self.open(End::Quote),
            (b'<', b'<') => {
                let from = self.at + 2 + usize::from(self.byte(self.at + 2) == b'-');
                let end = self.line_end(from);
                let name = self.text.get(from..end).unwrap_or_default().trim_ascii_end();
                self.open(End::Line(from, from + name.len()));
                self.at = end;
            }
            (b'{' | b'[' | b'(', _) => self.open(End::Bracket),
            (b'}' | b']' | b')', _) => self.close(),
            (b'=' | b'!' | b'<' | b'>', b'=') => {
                self.operators += 1;
                self.at += 1;
            }
            (b',' | b'=', _) => self.operators = 0,
            (b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'!' | b'&' | b'|' | b'?', _) => self.operators += 1,
            _ => {}
        }
    }

    fn quoted(&mut self) {
        match self.byte(self.at) {
            b'\\' => self.at += 1,
            b'"' => self.close(),
            _ => self.template(),
        }
    }

    fn line(&mut self, from: usize, to: usize) {
        let end = self.line_end(self.at);
        let line = self.text.get(self.at..end).unwrap_or_default();
        if self.byte(self.at.wrapping_sub(1)) == b'\n' && Some(line.trim_ascii()) == self.text.get(from..to) {
            self.close();
            self.at = end;
        } else {
            self.template();
        }
    }

    /// Begins a template where one begins; `$${` is none.
    fn template(&mut self) {
        let byte = self.byte(self.at);
        if matches!(byte, b'$' | b'%') && self.byte(self.at + 1) == b'{' && self.byte(self.at.wrapping_sub(1)) != byte {
            self.open(End::Bracket);
            self.at += 1;
        }
    }
}
