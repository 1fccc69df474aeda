//! The tree against the events of a full parser, and texts that are refused.

use granit_parser::{Event, Parser as Full, ScalarStyle, StructureStyle};
use proptest::prelude::*;

use super::parse;
use crate::yaml::source::Source;
use crate::yaml::tree::Kind;

/// What both see: kinds with their beginnings, and texts.
type Seen = Vec<(String, usize)>;

fn full(text: &str) -> Result<Seen, String> {
    let mut seen = Vec::new();
    for event in Full::new_from_str(text) {
        let (event, span) = event.map_err(|error| error.to_string())?;
        let at = span.byte_range().map_or(0, |range| range.start);
        let flow = |style: StructureStyle| if style == StructureStyle::Flow { "flow" } else { "block" };
        match event {
            // Where lists begin that are not indented is told differently.
            Event::SequenceStart(StructureStyle::Block, ..) => seen.push(("block sequence".to_owned(), 0)),
            Event::SequenceStart(..) => seen.push(("flow sequence".to_owned(), at)),
            Event::MappingStart(style, ..) => seen.push((format!("{} mapping", flow(style)), at)),
            Event::SequenceEnd | Event::MappingEnd => seen.push(("end".to_owned(), 0)),
            Event::DocumentStart(..) => seen.push(("document".to_owned(), 0)),
            Event::Alias(_) => seen.push(("alias".to_owned(), at)),
            Event::Scalar(value, style, ..) => {
                let empty = span.byte_range().is_none_or(|range| range.is_empty()) && style == ScalarStyle::Plain;
                if empty {
                    seen.push(("empty".to_owned(), 0));
                } else {
                    // The span of a block is that of its lines.
                    let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                    seen.push((format!("{style:?} {value:?}"), if block { 0 } else { at }));
                }
            }
            _ => {}
        }
    }
    Ok(seen)
}

fn ours(text: &str) -> Result<Seen, String> {
    let source = Source::yaml(text)?;
    let mut seen = Vec::new();
    for root in &source.tree.roots {
        seen.push(("document".to_owned(), 0));
        walk(&source, root.node, false, &mut seen);
    }
    Ok(seen)
}

fn walk(source: &Source<'_>, id: usize, inside: bool, seen: &mut Seen) {
    let node = source.node(id);
    let flow = if node.flow { "flow" } else { "block" };
    let style = match node.kind {
        Kind::Plain => "Plain",
        Kind::Single => "SingleQuoted",
        Kind::Double => "DoubleQuoted",
        Kind::Literal => "Literal",
        Kind::Folded => "Folded",
        Kind::Alias => return seen.push(("alias".to_owned(), node.content())),
        Kind::Empty => return seen.push(("empty".to_owned(), 0)),
        Kind::Mapping | Kind::Sequence => {
            let kind = if node.kind == Kind::Mapping {
                "mapping"
            } else {
                "sequence"
            };
            let at = if node.is_block() && kind == "sequence" {
                0
            } else {
                node.content()
            };
            seen.push((format!("{flow} {kind}"), at));
            for child in source.tree.children(id) {
                walk(source, child, inside || node.flow, seen);
            }
            return seen.push(("end".to_owned(), 0));
        }
    };
    let block = matches!(node.kind, Kind::Literal | Kind::Folded);
    let at = if block { 0 } else { node.content() };
    seen.push((format!("{style} {:?}", text(source, id, inside)), at));
}

/// What a scalar says, by the full parser on its own lines.
fn text(source: &Source<'_>, id: usize, inside: bool) -> String {
    let node = source.node(id);
    if node.kind == Kind::Plain && !source.content(id).contains('\n') {
        return source.content(id).to_owned();
    }
    let root = source.tree.roots.iter().any(|root| root.node == id);
    if (root || node.lead() == 0) && !inside {
        return last(&format!(" {}\n", source.content(id)));
    }
    let column = source.outer_column(node);
    let lines = format!("{}k: {}", " ".repeat(column), source.slice(node.content(), node.end()));
    let block = matches!(node.kind, Kind::Literal | Kind::Folded);
    let line_break = if block && node.end() < source.text.len() {
        "\n"
    } else {
        ""
    };
    let inner = if inside {
        format!("[{}]", source.content(id))
    } else {
        lines + line_break
    };
    last(&inner)
}

/// What the last scalar of a text says.
fn last(text: &str) -> String {
    let scalars = Full::new_from_str(text).filter_map(|event| match event {
        Ok((Event::Scalar(value, ..), _)) => Some(value.to_string()),
        _ => None,
    });
    scalars.last().unwrap_or_default()
}

/// Texts that both read the same.
const READ: &[&str] = &[
    "",
    "# only a comment\n",
    "a: 1\n",
    "a: 1",
    "\u{feff}a: 1\n",
    "a: 1 # c\n# d\nb: 2\n",
    "a:\n  b: 1\n  c:\n    - 1\n    - 2\nd: e\n",
    "a:\n- 1\n- 2\nb: 3\n",
    "- a: 1\n  b: 2\n- c: 3\n",
    "- - 1\n  - 2\n- - 3\n",
    "-\n  a: 1\n-\n- x\n",
    "a:\nb:\n  # c\nc: ~\n",
    "a: \"x: y # z\" # c\nb: 'it''s'\n",
    "a: \"x\\\"y\\\n  z\"\nb: \"l1\n  l2\n\n  l3\"\n",
    "a: 'l1\n  l2'\n",
    "a: l1\n  l2\n\n  l3 # c\nb: 1\n",
    "a: |\n  l1\n   l2\n\n  l3\n\nb: >-\n  f1\n  f2\nc: |+\n  k\n\nd: |2\n    x\n",
    "a: |\nb: >+\n\nc: 1\n",
    "a: |\n  last",
    "a: {b: 1, \"c\":2, 'd': [x, y,], e, f: }\nb: []\nc: {}\n",
    "a: [\n  1, # one\n  {b: c,\n   d: e}\n]\nb: 1\n",
    "{a: 1,\n b: [2,\n3]}\n",
    "[1, two words, \"three\"]\n",
    "--- # c\na: 1\n---\nb: 2\n...\n---\n- c\n",
    "--- text\n--- {a: 1}\n--- |\n  x\n",
    "%YAML 1.2\n---\na: 1\n",
    "a: &x 1\nb: *x\nc: &y\n  d: 1\ne: *y\n",
    "&k a: 1\nb: !!str 2\nc: !t {d: 1}\nd: !<tag:x> e\ne: !!seq\n- 1\n",
    "a: &x\nb: !!null\nc: 1\n",
    "a:\r\n  b: 1\r\n  c: |\r\n    x\r\n    y\r\nd: 2\r\n",
    "url: http://x.y/z?a=b#c\ntime: 12:30:45\nneg: -1\nq: ?x\nat: a@b\n",
    "\"quoted key\": 1\n'x y': 2\nplain key: 3\n",
    "a:\t1\nb: \t2\t# c\n",
    "<<: {a: 1}\nb: 2\n",
    "key with # hash: no # yes\n",
    "a:\n    - b\n    -   c: 1\n        d: 2\n",
    "é: ü\nкл: {ä: ö}\n",
    "a: text - b ? c\n",
];

#[test]
fn the_tree_is_what_a_full_parser_sees() {
    for text in READ {
        let (ours, full) = (ours(text), full(text));
        assert_eq!(ours, full, "{text:?}");
        assert!(ours.is_ok(), "{text:?}: {ours:?}");
    }
}

#[test]
fn what_is_not_certain_is_refused_with_its_place() {
    for (text, place) in [
        ("a: {{ .Values.x }}\n", "line 1 column 5"),
        ("a: b: c\n", "line 1 column 5"),
        ("a: 1\n  b: 2\n", "line 2"),
        ("a:\n  b: 1\n c: 2\n", "line 3 column 2"),
        ("a:\n\tb: 1\n", "line 2 column 2"),
        ("? a\n: b\n", "line 1 column 1"),
        ("a: [b: c]\n", "line 1"),
        ("a: \"x\n", "line 2"),
        ("a: \"\\q\"\n", "line 1 column 5"),
        ("a: [1, 2\nb: 3\n", "line"),
        ("a: @x\n", "line 1 column 4"),
        ("a: 1\n- b\n", "line 2 column 1"),
        ("- a\nb: 1\n", "line 2 column 1"),
        ("a: {b: 1} c\n", "line 1 column 11"),
        ("a: 1\nno key here\n", "line 2"),
        ("a: |x\n  b\n", "line 1"),
        ("a: \0\n", "line 1 column 4"),
        ("a: b\rc\n", "line 1 column 5"),
        ("{{- if .x }}\na: 1\n{{- end }}\n", "line 1 column 2"),
    ] {
        let error = Source::yaml(text).err().unwrap_or_else(|| panic!("{text:?} was read"));
        assert!(
            error.starts_with(&format!("is not valid YAML: {place}")),
            "{text:?}: {error}"
        );
    }
}

#[test]
fn a_tag_may_be_the_first_byte() {
    for text in ["!<a> b", "!<", "!<a {b c", "!", "&"] {
        let _ = ours(text);
    }
    assert!(ours("!<a> b\n").is_ok());
}

#[test]
fn depth_and_size_have_an_end() {
    assert!(parse(&"[".repeat(1_000_000)).is_err());
    assert!(parse(&"- ".repeat(1_000_000)).is_err());
    assert!(parse(&"{a: ".repeat(1_000_000)).is_err());
    assert!(parse(&"-\n".repeat(2_000_001)).is_err());
}

fn any_yaml() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c:{}\\[\\]#&*|>'\"!,?\\-\\n \\t]{0,40}",
        "([a-c]: ?|- |  |\\n|\\n  |\\n    |#x|\"b\"|'c'|\\{|\\}|\\[|\\]|, ?|\\|\\n|>-\\n|&x |\\*x|!t |---|\\.\\.\\.|x y|1|\\r\\n|\\\\){0,24}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::tests::cases(2_000)))]

    /// What our reader takes, the full one takes, and sees the same in it.
    #[test]
    fn a_text_is_read_as_a_full_parser_reads_it_or_not_at_all(text in any_yaml()) {
        if let Ok(ours) = ours(&text) {
            // A full parser may refuse more, such as an alias without its anchor.
            if let Ok(full) = full(&text) {
                prop_assert_eq!(ours, full, "{:?}", text);
            }
        }
    }
}
