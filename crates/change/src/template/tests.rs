//! The contract's vectors T1 to T34, the places of errors, the limits. Sprig's filters have tables of their own.

mod filters;

use proptest::prelude::*;
use serde_json::json;

use super::{Bindings, Limits, Mode, Template, render};
use crate::error::Error;

fn context() -> serde_json::Value {
    json!({
        "version": "1.2.3", "n": 3, "f": 1.5, "yes": true, "list": ["b", "a"], "m": {"k": "v"}, "tag": "v1.0", "empty": "",
        "name": "My App", "nul": null, "nums": [3, 1, 2], "objs": [{"n": "b", "w": 1}, {"n": "a", "w": 2}],
        "deep": {"b": {"x": 1}, "a": [1, 2.5, null, "s"]},
        "pipeline": {"stage": {"name": "dev"}, "service": {"name": "svc", "namespace": "ns"}},
    })
}

fn rendered(source: &str, mode: Mode) -> Result<String, Error> {
    render("spec.x", source, &Bindings::new(&context()).expect("a context"), mode)
}

fn check(id: &str, source: &str, wanted: &str) {
    assert_eq!(rendered(source, Mode::Lenient).as_deref(), Ok(wanted), "{id}: {source}");
}

fn refused(id: &str, source: &str, hint: &str) -> Error {
    let error = rendered(source, Mode::Lenient).expect_err(source);
    assert!(error.to_string().contains(hint), "{id}: {source}: {error}");
    error
}

#[test]
fn vectors() {
    for (id, source, wanted) in [
        ("T1", "[{{ context.missing }}]", "[]"),
        ("T1", "[{{ context.missing.deep }}]", "[]"),
        ("T1", "[{{ nothere }}]", "[]"),
        ("T2", "{{ context.pipeline.stage.name }}", "dev"),
        ("T3", "{{ context.missing | default: \"x\" }}", "x"),
        ("T3", "{{ context.empty | default: \"x\" }}", "x"),
        ("T4", "{{ context.version | replace: \".\", \"-\" }}", "1-2-3"),
        ("T5", "{{ 5 | trunc: \"hello world\" }}", "hello"),
        ("T7", "{{ \"v\" | trimPrefix: \"v1.0\" }}", "1.0"),
        ("T8", "{{ \"v1.0\" | trimPrefix: \"v\" }}", "v"),
        ("T9", "{{ \"x\" | indent: 2 }}", "  x"),
        ("T9", "{{ \"x\" | nindent: 2 }}", "\n  x"),
        ("T10", "{{ true | ternary: \"a\", \"b\" }}", "a"),
        ("T11", "{{ context.m | toJson }}", "{\"k\":\"v\"}"),
        ("T11", "{{ context.list | to_json }}", "[\"b\",\"a\"]"),
        ("T12", "{{ \">=1.0.0\" | semver_compare: context.version }}", "true"),
        ("T13", "{{ \"abc\" | slice: 0, 2 }}", "ab"),
        ("T15", "{% if context.empty %}a{% else %}b{% endif %}", "a"),
        (
            "T16",
            "{% for x in context.list %}{{ x }}{% unless forloop.last %},{% endunless %}{% endfor %}",
            "b,a",
        ),
        ("T17", "{% raw %}{{ not }}{% endraw %}", "{{ not }}"),
        ("T18", "${{ secrets.X }}", "$"),
        ("T19", "a\n{%- if true %}\nb\n{%- endif %}\nc", "a\nb\nc"),
        ("T20", "{{ context.n | plus: 1 }}", "4"),
        ("T20", "{{ context.n | add: 1 }}", "4"),
        ("T21", "{{ context.list }}", "ba"),
        ("T21", "{{ context.m }}", "map[k:v]"),
        ("T23", "{{ unclosed", "{{ unclosed"),
        ("T24", "{{ context.name | kebabcase }}", "my-app"),
        ("T25", "{{ 3 | repeat: \"ab\" }}", "ababab"),
        ("T27", "{{ context.name | lower | replace: \" \", \"-\" }}", "my-app"),
        (
            "T28",
            "{% case context.pipeline.stage.name %}{% when \"dev\" %}D{% else %}E{% endcase %}",
            "D",
        ),
        ("T29", "{{ context.f }} {{ context.n }} {{ 1.0 }}", "1.5 3 1"),
        ("T30", "{{ \"a\" | b64enc }}", "YQ=="),
        ("T30", "{{ \"YQ==\" | b64dec }}", "a"),
        ("T31", "{{ context[\"version\"] }}", "1.2.3"),
        ("T31", "{{ context.list[0] }}", "b"),
        ("T32", "{{ \"b\" | quote }}", "\"b\""),
        ("T32", "{{ \"b\" | squote }}", "'b'"),
        ("T33", "{{ \"a\" | cat: \"b\" }}", "a b"),
    ] {
        check(id, source, wanted);
    }
    refused(
        "T6",
        "{{ \"hello\" | trunc: 5 }}",
        "`trunc` takes a whole number as the piped value, not text",
    );
    refused("T14", "{{ \"abc\" | nofilter }}", "undefined filter `nofilter`");
    refused("T22", "{% echo \"x\" %}", "undefined tag `echo`");
    refused("T34", "{% if x %}", "never closed with `{% endif %}`");
}

#[test]
fn t26_a_strict_template_names_the_missing_variable() {
    let error = rendered("x {{ context.missing }}", Mode::Strict).expect_err("strict");
    assert_eq!(error.reason(), "UndefinedVariable");
    assert!(
        error.to_string().starts_with(
            "spec.x, line 1, column 6, near `x {{ context.missing }}`: `context.missing` has no value; add it to the context"
        ),
        "{error}"
    );
    for source in [
        "{{ nothere }}",
        "{{ context.m.x.y }}",
        "{% for x in context.none %}{% endfor %}",
        "{{ context.list[7] }}",
    ] {
        assert_eq!(
            rendered(source, Mode::Strict).expect_err(source).reason(),
            "UndefinedVariable",
            "{source}"
        );
    }
    for (source, wanted) in [
        ("{{ context.missing | default: \"x\" }}", "x"),
        ("{% if context.missing %}a{% else %}b{% endif %}", "b"),
        ("{% unless context.missing %}a{% endunless %}", "a"),
        ("[{{ context.nul }}]", "[]"),
        ("{{ context.version }}", "1.2.3"),
    ] {
        assert_eq!(rendered(source, Mode::Strict).as_deref(), Ok(wanted), "{source}");
    }
}

/// Measured with osteele/liquid 1.8.1.
const DIALECT: &[(&str, &str)] = &[
    ("{{\n context.version \n}}", "1.2.3"),
    ("{{ context\n.version }}", "{{ context\n.version }}"),
    ("{% if true\n%}x{% endif %}", "x"),
    ("{%if true%}x{%endif%}", "x"),
    ("{{}}", "{{}}"),
    ("{{ '%}' }}", "%}"),
    ("{% if \"My\" | hasPrefix: context.name %}y{% endif %}", "y"),
    ("{% if (context.n == 3) and context.m %}y{% endif %}", "y"),
    ("{{ context.n == 3 }}", "true"),
    ("{{ context.deep }}", "map[a:[1 2.5 <nil> s] b:map[x:1]]"),
    ("{{ context.deep.a }}", "12.5s"),
    ("{{ context.version | slice: 0 }}", "1.2.3"),
    (
        "{% for kv in context.deep %}{{ kv[0] }}={{ kv[1] }};{% endfor %}",
        "a=12.5s;b=map[x:1];",
    ),
    (
        "{% for i in (1..3) reversed limit:2 offset: 1 %}{{ i }}{% endfor %}",
        "21",
    ),
    ("{% for i in context.none %}{% else %}e{% endfor %}", ""),
    ("{% for i in (1..0) %}{% else %}e{% endfor %}", "e"),
    (
        "{% for i in (1..9) %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}",
        "12",
    ),
    (
        "{% for i in (1..3) %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}",
        "13",
    ),
    ("{% for i in (1..3) %}{% cycle \"a\",\"b\" %}{% endfor %}", "aba"),
    (
        "{% for i in (1..3) %}{{ forloop.index }}/{{ forloop.rindex0 }} {% endfor %}{{ i }}",
        "1/2 2/1 3/0 ",
    ),
    (
        "{% tablerow i in (1..3) cols:2 %}{{ i }}{% endtablerow %}",
        "<tr class=\"row1\"><td class=\"col1\">1</td><td class=\"col2\">2</td></tr><tr class=\"row2\"><td class=\"col1\">3</td></tr>",
    ),
    ("{% if context.empty == empty %}y{% endif %}", ""),
    ("{% if context.version contains \"2\" %}y{% endif %}", "y"),
    ("{% if context.n > \"2\" %}y{% else %}n{% endif %}", "n"),
    ("{% case context.n %}x{% when 1, 3 %}y{% endcase %}", "y"),
    (
        "{{ context.list.size }}{{ context.version.size }}{{ context.m.size }}{{ context.list.first }}",
        "251b",
    ),
    ("{{ context.list[-1] }}{{ context.list[\"0\"] }}", "a"),
    ("{% capture z %}a{{ context.n }}{% endcapture %}{{ z | upper }}", "A3"),
    ("{% assign x = context.n | plus: 1 %}{{ x }}", "4"),
    ("{% comment %}{% if %}{{ {% endcomment %}x", "x"),
    ("{{- context.n -}}  x", "3x"),
    ("a  {{- context.n -}}  x", "a3x"),
    (
        "{{ 100000000.0 | toString }} {{ 123456.0 | toString }} {{ 0.00001 | toString }}",
        "1e+08 123456 1e-05",
    ),
    (
        "{{ true | toString }}{{ context.nul | toString }}{{ context.nul | quote }}",
        "true<nil>",
    ),
    (
        "{% assign v = \"v1.2\" | semver %}{{ v }} {{ v.Minor }} {{ v.IncMinor }} {{ v.Original }}",
        "1.2.0 2 1.3.0 v1.2",
    ),
];

/// Errors there too, or where the original is silent.
const DIALECT_ERRORS: &[(&str, &str)] = &[
    ("{{ a b }}", "the end of the expression is expected here, not `b`"),
    ("{{ }}", "a value is expected here, not the end"),
    ("{{ \"a }}", "this text is never closed"),
    (
        "{% if context.list | size > 1 %}y{% endif %}",
        "a comparison does not take filters",
    ),
    ("{% endif %}", "`endif` closes no block"),
    (
        "{% if true %}{% endfor %}",
        "`endfor` closes no block here; `if` is open",
    ),
    ("{% else %}", "`else` does not stand in a block"),
    ("{% break %}", "`break` stands outside a loop"),
    ("{% raw %}x", "never closed with `{% endraw %}`"),
    ("{% include \"x\" %}", "reads other files"),
    ("{{ \"a\" | upper: \"b\", \"c\" }}", "at most 1 arguments"),
    ("{{ context.version | first }}", "`first` takes a list"),
    (
        "{{ context.list | has: \"a\" }}",
        "`has` takes a list as argument 1, not text",
    ),
    ("{{ 1 | divided_by: 0 }}", "divides by zero"),
];

#[test]
fn the_dialect() {
    for (source, wanted) in DIALECT {
        check("dialect", source, wanted);
    }
    for (source, hint) in DIALECT_ERRORS {
        refused("dialect", source, hint);
    }
}

#[test]
fn errors_have_a_place() {
    let source = "image:\n  tag: ü {{ context.version | nofilter }} # VERSION\n";
    let error = refused("place", source, "undefined filter `nofilter`");
    let Error::Template { place, .. } = error else {
        panic!("a template error")
    };
    assert_eq!((place.line, place.column), (2, 31));
    assert_eq!(place.around, "ü {{ context.version | nofilter }} # VERSION");
}

#[test]
fn nothing_reads_the_world() {
    for (filter, hint) in [
        ("\"HOME\" | env", "reads the environment"),
        ("\"$HOME\" | expandenv", "reads the environment"),
        ("\"localhost\" | getHostByName", "asks the network"),
        ("\"\" | now", "reads the clock"),
        ("\"2006\" | date: \"x\"", "reads the clock"),
        ("5 | randAlphaNum", "uses randomness"),
        ("\"cn\" | genCA: 1", "uses randomness"),
        ("\"abc\" | shuffle", "uses randomness"),
    ] {
        refused("world", &format!("{{{{ {filter} }}}}"), hint);
    }
}

#[test]
fn unknown_filters_are_an_error_where_they_are_reached_and_a_finding_everywhere() {
    let source = "{% if false %}{{ 1 | nofilter }}{% endif %}x";
    check("reached", source, "x");
    let template = Template::parse("spec.x", source).expect("parses");
    assert_eq!(template.unknown_filters().len(), 1);
}

#[test]
fn bombs_end_in_time() {
    let doubling = format!(
        "{{% assign a = \"xxxxxxxxxx\" %}}{}",
        "{% assign a = a | append: a %}".repeat(40)
    );
    let nested = "{% for a in (1..2000) %}{% for b in (1..2000) %}{% endfor %}{% endfor %}";
    let lists = format!("{{% assign l = 1 | list %}}{}", "{% assign l = l | list %}".repeat(300));
    let shared = format!(
        "{{% assign l = \"x\" | list %}}{}{{{{ l }}}}",
        "{% assign l = l | list: l %}".repeat(40)
    );
    for source in [
        "{% for a in (1..100000000) %}{% endfor %}",
        "{{ 1000000000 | repeat: \"x\" }}",
        "{{ \"a\" | indent: 1000000000 }}",
        "{{ 1000000000 | until }}",
        "{{ (1..1000000000) | join }}",
        "{% assign a = 1000000 | repeat: \"x\" %}{% assign b = a | replace: \"x\", a %}",
        "{% for a in (1..100000) %}{{ \"(a|b)*\" | regexMatch: context.version | append: a | regexFind: \"x\" }}{% endfor %}",
        &doubling,
        nested,
        &lists,
        &shared,
    ] {
        let error = rendered(source, Mode::Lenient).expect_err(source);
        assert_eq!(error.reason(), "TemplateLimitExceeded", "{error}");
    }
    let deep = format!("{}x{}", "{% if true %}".repeat(100), "{% endif %}".repeat(100));
    refused("deep", &deep, "more than 64 blocks");
    let brackets = format!("{{{{ {}1{} }}}}", "(".repeat(100), ")".repeat(100));
    refused("deep", &brackets, "more than 32 brackets");
    let long_path = format!("{{{{ context{} }}}}", ".a".repeat(100_000));
    check("long path", &long_path, "");
}

#[test]
fn a_long_template_is_refused_before_it_is_read() {
    let limits = Limits {
        source: 10,
        ..Limits::DEFAULT
    };
    let error = Template::parse_within("spec.x", "{{ context.version }}", limits).expect_err("long");
    assert_eq!(error.reason(), "TemplateLimitExceeded");
}

proptest! {
    /// Every text gives an answer.
    #[test]
    fn no_template_panics(source in "\\PC{0,60}") {
        let _ = rendered(&source, Mode::Lenient);
    }

    /// The same, for texts made of what templates are made of.
    #[test]
    fn no_near_template_panics(parts in prop::collection::vec(prop::sample::select(vec![
        "{{", "}}", "{%", "%}", "-", " ", "\n", "if", "endif", "else", "elsif", "for", "x", "in", "endfor", "case", "when", "endcase",
        "assign", "=", "context", ".list", ".m", "[", "]", "(", ")", "..", "|", ":", ",", "\"a\"", "'", "1", "-2", "3.5", "and", "or",
        "contains", "==", "<", "raw", "endraw", "capture", "endcapture", "cycle", "break", "trunc", "slice", "default", "sort", "é", "first",
        "split", "wrap", "substr", "abbrev", "merge", "dig", "chunk", "until", "seq", "round", "kebabcase", "camelcase", "toJson", "%",
    ]), 0..30)) {
        let _ = rendered(&parts.concat(), Mode::Lenient);
        let _ = rendered(&format!("{{{{ {} }}}}", parts.join(" ")), Mode::Strict);
    }

    /// Text without braces is left alone.
    #[test]
    fn plain_text_stays(source in "[^{]{0,80}") {
        prop_assert_eq!(rendered(&source, Mode::Strict).expect("plain"), source);
    }
}
