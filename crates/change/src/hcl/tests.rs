//! HCL: the bytes that come out.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::patched;
use crate::address::parse;
use crate::automation::PatchOp::{self, Append, Delete, Set};
use crate::yaml::Edited;

fn edit(text: &str, path: &str, op: PatchOp, value: &Value) -> Result<String, String> {
    match patched(text, &parse(path).expect("an address"), op, value)? {
        Edited::Same => Ok(text.to_owned()),
        Edited::Text(text) => Ok(text),
        Edited::Nothing(what) => Err(format!("nothing: {what}")),
    }
}

const MAIN: &str = r#"# head
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
  }
}

module "app" {
  source  = "./app" // where
  version = "1.0"   # VERSION
  count   = var.on ? 1 : 0
  tags = {
    team = "shop" # who
    "a.b" = "c"
  }
  zones = ["a", "b"]
  ports = [
    80, # one
    443,
  ]
}

resource "aws_instance" "web" {
  ami = "ami-1"
  ingress {
    port = 80
  }
  ingress {
    port = 443
  }
}
"#;

/// (address, operation, value, text in [`MAIN`], text afterwards)
const IN_MAIN: &[(&str, PatchOp, &str, &str, &str)] = &[
    ("module.app.version", Set, "\"1.1\"", "\"1.0\"", "\"1.1\""),
    (
        "module.app.source",
        Set,
        "\"${x} %{y}\"",
        "\"./app\"",
        "\"$${x} %%{y}\"",
    ),
    ("module.app.count", Set, "2", "var.on ? 1 : 0", "2"),
    ("module.app.tags.team", Set, "\"x\"", "\"shop\"", "\"x\""),
    ("module.app.tags.\"a.b\"", Set, "\"x\"", "\"c\"", "\"x\""),
    (
        "module.app.tags.new",
        Set,
        "{\"k\": [1]}",
        "= \"c\"\n",
        "= \"c\"\n    new = { k = [1] }\n",
    ),
    (
        "module.app.tags.team",
        Delete,
        "null",
        "    team = \"shop\" # who\n",
        "",
    ),
    ("module.app.zones", Append, "\"c\"", "\"b\"]", "\"b\", \"c\"]"),
    ("module.app.zones[0]", Delete, "null", "\"a\", ", ""),
    (
        "module.app.ports",
        Append,
        "8080",
        "    443,\n",
        "    443,\n    8080,\n",
    ),
    ("module.app.ports[0]", Delete, "null", "    80, # one\n", ""),
    (
        "module.app.enabled",
        Set,
        "true",
        "    443,\n  ]\n",
        "    443,\n  ]\n  enabled = true\n",
    ),
    (
        "module.app.version",
        Delete,
        "null",
        "  version = \"1.0\"   # VERSION\n",
        "",
    ),
    ("resource.aws_instance.web.ami", Set, "\"ami-2\"", "ami-1", "ami-2"),
    (
        "resource.aws_instance.web.ingress[1].port",
        Set,
        "8443",
        "443\n",
        "8443\n",
    ),
    (
        "terraform.required_providers.aws.version",
        Set,
        "\"~> 6.0\"",
        "~> 5.0",
        "~> 6.0",
    ),
    (
        "terraform.required_providers.aws.x",
        Set,
        "1",
        "5.0\" }",
        "5.0\", x = 1 }",
    ),
    (
        "terraform.required_version",
        Set,
        "\"1\"",
        "terraform {\n",
        "terraform {\n  required_version = \"1\"\n",
    ),
    (
        "top",
        Set,
        "-1",
        "    port = 443\n  }\n}\n",
        "    port = 443\n  }\n}\ntop = -1\n",
    ),
];

#[test]
fn only_what_must_change_changes() {
    for (path, op, value, from, to) in IN_MAIN {
        let (op, value) = (*op, serde_json::from_str(value).expect("JSON"));
        for line_break in ["\n", "\r\n"] {
            let [text, from, to] = [MAIN, from, to].map(|text| text.replace('\n', line_break));
            let at = text.rfind(&from).expect("the text");
            let wanted = [&text[..at], &to, &text[at + from.len()..]].concat();
            assert_eq!(edit(&text, path, op, &value).as_deref(), Ok(wanted.as_str()), "{path}");
            if op != Delete {
                let again = edit(&wanted, path, op, &value);
                assert_eq!(again.as_deref(), Ok(wanted.as_str()), "{path} again");
            }
        }
    }
    for (text, path, wanted) in [
        ("", "a", "a = 1\n"),
        ("a = 2", "a", "a = 1"),
        ("\u{feff}a = 2\n", "a", "\u{feff}a = 1\n"),
        ("a = <<EOT\nx\nEOT\nb = 2\n", "b", "a = <<EOT\nx\nEOT\nb = 1\n"),
        ("a {\n}\n", "a.b", "a {\n  b = 1\n}\n"),
        ("t = {}\n", "t.a", "t = { a = 1 }\n"),
        ("a = \"x-${var.y}\"\n", "a", "a = 1\n"),
    ] {
        assert_eq!(edit(text, path, Set, &json!(1)).as_deref(), Ok(wanted), "{text} {path}");
    }
}

#[test]
fn what_cannot_be_edited_is_refused_in_words() {
    for (text, path, op, words) in [
        ("a = \n", "a", Set, "is not valid HCL: line 1 column"),
        (MAIN, "module.app", Set, "has a block there"),
        (
            MAIN,
            "resource.aws_instance.web.ingress.port",
            Set,
            "has several blocks `ingress`",
        ),
        (
            MAIN,
            "module.other.version",
            Set,
            "nothing: there is no attribute and no block `module`",
        ),
        (MAIN, "module.app.none", Delete, "nothing: there is no attribute `none`"),
        (MAIN, "module.app.version.x", Set, "has a value where `x` needs"),
        (MAIN, "module.app.version", Append, "no list"),
        (MAIN, "module.app.zones[7]", Set, "nothing: the list has no item"),
        (MAIN, "\"x y\"", Set, "HCL does not take that name"),
        ("a { b = 1 }\n", "a.c", Set, "on one line"),
    ] {
        let error = edit(text, path, op, &json!(1)).expect_err(path);
        assert!(error.contains(words), "{path}: {error}");
    }
    assert!(edit(&format!("a = {}", "[".repeat(100_000)), "a", Set, &json!(1)).is_err());
    assert!(edit(&"a {\n".repeat(100_000), "a", Set, &json!(1)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::tests::cases(2_000)))]

    /// What the edit does not name is as it was (it checks that itself); the same edit again is none.
    #[test]
    fn the_same_edit_again_is_none(
        lines in prop::collection::vec(prop::sample::select(vec![
            "a = 1", "b = \"x\" # c", "c = [1, 2]", "d = { e = 1 }", "d2 = {\n  e = 1\n}", "t {\n  a = 1\n}", "t \"l\" {\n}", "# c", "", "f = x.y[0]",
        ]), 0..8),
        path in prop::sample::select(vec!["a", "b", "c", "c[1]", "d.e", "d.x", "d2.x", "t.a", "t.l.x", "t[1].a", "f", "new"]),
        op in prop::sample::select(vec![Set, Append, Delete]),
        value in prop::sample::select(vec![json!("z"), json!(2), json!([1]), json!({"k": "v"}), json!(true), json!(null)]),
    ) {
        let text = lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
        if let (Ok(after), false) = (edit(&text, path, op, &value), op == Delete) {
            prop_assert_eq!(edit(&after, path, op, &value), Ok(after.clone()), "{}", text);
        }
    }

    #[test]
    fn nothing_panics(text in "[a-c=.\\[\\]{}$,\"#\\n 1-]{0,40}") {
        for path in ["a", "a.b", "a[0]", "[0]", "a[b=c].d"] {
            for op in [Set, Append, Delete] {
                let _ = edit(&text, path, op, &json!({"x": ["y"]}));
            }
        }
    }
}

/// What the parser reads twice at every level is refused before; how it is written does not matter.
#[test]
fn brackets_behind_operators_have_a_depth() {
    for level in [
        "a + a + { y = a - ",
        "a == b == (",
        "a + a + \"${",
        "a - f(1) - [",
        "lDsp - {{ y =J*p - p",
        "a /* ) */ + b + { # }\n x = ",
    ] {
        let text = format!("x = {}\n", level.repeat(40));
        let error = edit(&text, "x", Set, &json!(1)).expect_err(level);
        assert!(error.contains("too deep in one another"), "{level}: {error}");
        // Few of them are for the parser to judge.
        let text = format!("x = {}\n", level.repeat(4));
        let error = edit(&text, "x", Set, &json!(1)).expect_err(level);
        assert!(error.contains("is not valid HCL"), "{level}: {error}");
    }
}

#[test]
fn what_looks_like_depth_is_none() {
    let text = r#"a = "1 - 2 - ${b - c - "{"} ((((((((((((((( $${ "
b = <<-EOT
  1 + 2 + {{{{{{{{{{{{{{{{{{{{{{{{
  ${d + e + "x"}
  EOT
/* 1 - 1 - {{{{{{{{{{{{{{{{{{{{ */ # {{{
c = {d = {e = {f = {g = {h = {i = {j = {k = {l = {m = {n = {x = 1 - 1 - (2 + 3 + f(4, [5]))}}}}}}}}}}}}
v = 1
"#;
    let after = edit(text, "v", Set, &json!(2)).expect("an edit");
    assert_eq!(after, text.replace("v = 1", "v = 2"));
}
