//! Patches over what is hostile, and over generated files against a second reader.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::generated::{Writer, map, value};
use super::patches::edit;
use crate::automation::PatchOp::{Append, Delete, Set};
use crate::yaml::documents;

/// What aliases multiply, what is deep, what has very many keys: an answer, whose cost grows with the text.
#[test]
fn bombs_are_answered() {
    let aliases = (0..30).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
        format!("{text}a{}: &a{} [*a{n}, *a{n}]\n", n + 1, n + 1)
    });
    let repeated = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<Vec<_>>().concat();
    let anchors = repeated(20_000, &|n| format!("k{n}: &a{n} 1\nl{n}: *a{n}\n"));
    for (text, path) in [
        (aliases.clone(), "a0[0]"),
        (aliases, "a30[0][0]"),
        (format!("a: {}{}\n", "[".repeat(100_000), "]".repeat(100_000)), "a"),
        (repeated(500, &|n| format!("{}a:\n", " ".repeat(n))), "a"),
        (anchors.clone(), "k1"),
    ] {
        assert!(edit(&text, path, Set, &json!(2)).is_err(), "{path} of {}", &text[..40]);
    }
    assert!(edit(&anchors, "new", Set, &json!(1)).is_ok());
    let keys = repeated(50_000, &|n| format!("k{n}: 1\n"));
    let all: Value = (0..50_000).map(|n| (format!("k{n}"), json!(2))).collect();
    assert!(edit(&format!("m:\n  x: 1\n{keys}"), "k49999", Set, &all).is_ok());
    let quotes = "a: \"".repeat(100_000);
    assert!(edit(&quotes, "a", Set, &json!(1)).is_err());
}

fn second_reader(text: &str) -> Value {
    serde_yaml::from_str(text).expect("YAML")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::tests::cases(2_000)))]

    /// A second reader sees the wanted value, and everything else as it was; comments of what is not named stay; the same edit
    /// again is none.
    #[test]
    fn the_result_is_the_original_but_for_the_path(
        before in map(), key in "[a-d]", inner in prop::option::of("[a-d]"), wanted in value(), choices in any::<u64>(),
        op in prop::sample::select(vec![Set, Set, Delete, Append]), large in any::<bool>(),
    ) {
        let mut text = Writer::write(&before, choices);
        // Large files are checked in another way.
        let tail = if large && text.starts_with(char::is_alphabetic) { format!("zz: 1\n{}", format!("# {}\n", "tail".repeat(100)).repeat(100)) } else { String::new() };
        text.push_str(&tail);
        let path = inner.as_ref().map_or_else(|| key.clone(), |inner| format!("{key}.{inner}"));
        let mut expected = second_reader(&text);
        prop_assert_eq!(&documents(&text).expect("YAML")[0], &expected);
        let after = match edit(&text, &path, op, &wanted) {
            Ok(after) => after,
            Err(error) => {
                prop_assert!(!error.contains("cannot be edited there"), "{}: {}", error, text);
                return Ok(());
            }
        };
        let slot = match &inner {
            Some(inner) => {
                let outer = &mut expected[&key];
                if outer.is_null() { *outer = json!({}); }
                (outer, inner)
            }
            None => (&mut expected, &key),
        };
        match op {
            Set => slot.0[slot.1] = wanted.clone(),
            Delete => { slot.0.as_object_mut().expect("a map").remove(slot.1); }
            Append => {
                let list = &mut slot.0[slot.1];
                if list.is_null() { *list = json!([]); }
                let list = list.as_array_mut().expect("a list");
                if !list.contains(&wanted) { list.push(wanted.clone()); }
            }
        }
        prop_assert_eq!(second_reader(&after), expected, "{} of\n{}---\n{}", path, text, after);
        prop_assert!(after.ends_with(tail.trim_start_matches("zz: 1\n")));
        if op != Delete {
            prop_assert_eq!(edit(&after, &path, op, &wanted), Ok(after.clone()));
        }
        for part in super::generated::parts(&text) {
            prop_assert!(part.starts_with(&key) || part.starts_with("zz") || after.contains(part), "{} is not in\n{}", part, after);
        }
    }

    /// Every text gives an answer.
    #[test]
    fn nothing_panics(text in "[a-c:{}\\[\\]#&*|>'\"\\n -]{0,40}", op in prop::sample::select(vec![Set, Delete, Append])) {
        for path in ["a", "a.b", "[0]", "a[0].b", "[a=b].c"] {
            let _ = edit(&text, path, op, &json!({"x": ["y"]}));
        }
    }
}
