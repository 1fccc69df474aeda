//! The contract's vectors R1 to R27, what does not compile, and the edges between the two engines.

use proptest::prelude::*;

use super::{Pattern, Replacement};

fn replace(regex: &str, input: &[u8], with: &str) -> Vec<u8> {
    let pattern = Pattern::new(regex).expect(regex);
    let with = Replacement::expanded(with, &pattern);
    pattern.replace_all(input, &with, 1 << 20).expect("small").bytes
}

fn check(id: &str, regex: &str, input: &str, with: &str, wanted: &str) {
    let got = String::from_utf8(replace(regex, input.as_bytes(), with)).expect("text stays text");
    assert_eq!(got, wanted, "{id}: {regex} on {input:?}");
}

#[test]
fn vectors() {
    let dates = r"(?P<maj>\d+)\.(?P<min>\d+)";
    for (id, regex, input, with, wanted) in [
        (
            "R1",
            "tag: (.*) # VERSION",
            "a:\n  tag: latest # VERSION\nb: 1\n",
            "tag: 0.1.0 # VERSION",
            "a:\n  tag: 0.1.0 # VERSION\nb: 1\n",
        ),
        ("R2", "(?m)^v: .*$", "v: 1\nw: 2\nv: 3\n", "v: 9", "v: 9\nw: 2\nv: 9\n"),
        ("R3", "v: .*$", "v: 1\n", "v: 9", "v: 1\n"),
        ("R4", r"a: (\d+)", "a: 12", "a: $1x", "a: "),
        ("R5", r"a: (\d+)", "a: 12", "a: ${1}x", "a: 12x"),
        ("R6", r"(?P<n>\d+)", "12", "<$n>", "<12>"),
        ("R7", "a^", "abc", "X", "abc"),
        (
            "R9",
            r"(?m)kubernetesVersion: ([^\r\n]*) # dev$",
            "kubernetesVersion: 1.28 # dev\nkubernetesVersion: 1.27 # prod\n",
            "kubernetesVersion: 1.29 # dev",
            "kubernetesVersion: 1.29 # dev\nkubernetesVersion: 1.27 # prod\n",
        ),
        ("R10", r"\w+", "héllo", "W", "WéW"),
        ("R11", "x*", "abc", "-", "-a-b-c-"),
        ("R12", dates, "v1.28", "$maj_$min", "v28"),
        ("R13", dates, "v1.28", "$maj-$min", "v1-28"),
        ("R14", r"(\d+)", "12", "$1.5", "12.5"),
        ("R15", r"(\d+)", "12", "${1", "${1"),
        (
            "R16",
            "tag: (.*) # VERSION",
            "tag: a # VERSION\r\ntag: b # VERSION\r\n",
            "tag: c # VERSION",
            "tag: c # VERSION\r\ntag: c # VERSION\r\n",
        ),
        ("R17", "(?m)^v: .*$", "v: 1\r\nw: 2\r\n", "v: 9", "v: 9\nw: 2\r\n"),
        (
            "R18",
            "image: (.*):(.*)",
            "image: r:5000/b:1.0 # keep\n",
            "image: $1:2.0",
            "image: r:5000/b:2.0\n",
        ),
        ("R19", "(?m)$", "a\nb\n", "X", "aX\nbX\nX"),
        ("R20", r"(?i)TAG: \w+", "tag: Foo", "t", "t"),
        ("R21", "[[:alpha:]]+", "ab1é", "X", "X1é"),
        ("R22", r"\pL+", "abé1", "X", "X1"),
        ("R24", r"(\d+)", "12", "$0$0", "1212"),
        ("R25", "(a)(b)?", "ac", "[$1-$2]", "[a-]c"),
        (
            "R26",
            "version: \"([^\"]*)\"",
            "version: \"1\" other: \"2\"\n",
            "version: \"3\"",
            "version: \"3\" other: \"2\"\n",
        ),
        ("R27", ".", "a\nb", "X", "X\nX"),
        ("R27", "(?s).", "a\nb", "X", "XXX"),
    ] {
        check(id, regex, input, with, wanted);
    }
}

#[test]
fn expressions_that_do_not_compile_say_why() {
    for (id, regex, at, hint) in [
        ("R8", "a(?=b)", 1, "look-ahead"),
        ("R8", "a(?!b)", 1, "look-ahead"),
        ("R8", "(?<=a)b", 0, "look-behind"),
        ("R8", r"\1", 0, "references to groups"),
        ("R8", "(a", 0, "never closed"),
        ("R23", "a{1001}", 1, "at most 1000"),
        ("nested counts", "(a{100}){11}", 8, "multiply to over 1000"),
        ("close", "a)", 1, "closes nothing"),
        ("class", "a[b", 1, "never closed"),
        ("range", "[z-a]", 1, "upwards"),
        ("named class", "[[:foo:]]", 1, "[:foo:]"),
        ("Unicode group", r"\p{Nope}", 0, "`Nope`"),
        ("escape", r"a\y", 1, r"\y"),
        ("escape", r"\Z", 0, r"\Z"),
        ("escape", r"[\b]", 1, r"\b"),
        ("end", "a\\", 1, "ends with"),
        ("star", "*a", 0, "nothing stands before `*`"),
        ("star", "a|*", 2, "nothing stands before `*`"),
        ("stacked", "a**", 2, "follows another repeat"),
        ("stacked", "a{2}{3}", 4, "follows another repeat"),
        ("flag", "(?x)a", 0, "flags among"),
        ("name", "(?P<a-b>c)", 0, "letters, digits"),
    ] {
        let invalid = Pattern::new(regex).expect_err(regex);
        assert_eq!(invalid.at, at, "{id}: {regex}: {}", invalid.message);
        assert!(invalid.message.contains(hint), "{id}: {regex}: {}", invalid.message);
    }
    let error = Pattern::compile("spec.updates.regexReplacements[0].regex", "é(?=b)").expect_err("look-ahead");
    assert_eq!(error.reason(), "InvalidRegex");
    assert!(
        error.to_string().starts_with(
            "spec.updates.regexReplacements[0].regex: the regular expression `é(?=b)` is not valid at character 2: look-ahead"
        ),
        "{error}"
    );
}

/// Measured with Go 1.26.
#[test]
fn edges_between_the_engines() {
    for (regex, input, with, wanted) in [
        (r"\Qa.b*\E+", "a.b**c", "X", "Xc"),
        (r"\Qa.b", "a.b", "X", "X"),
        ("{{ (.*) }}", "{{ a }}", "$1", "a"),
        ("a{,2}", "a{,2}", "X", "X"),
        ("a{2", "a{2", "X", "X"),
        ("a{02}", "a{02}", "X", "X"),
        ("[a[b]", "[", "X", "X"),
        ("[a&&b]", "&", "X", "X"),
        ("[]a]+", "]a", "X", "X"),
        ("[^]a]", "]b", "X", "]X"),
        ("[a-]", "-", "X", "X"),
        ("[--/]", ".", "X", "X"),
        (r"[\d_]+", "4_٣", "X", "X٣"),
        (r"[^\D]+", "a4", "X", "aX"),
        (r"\s", "a\x0Bb\x0Cc", "X", "a\x0BbXc"),
        ("[[:space:]]", "a\x0Bb", "X", "aXb"),
        ("[[:^alpha:]]+", "ab12", "X", "abX"),
        (r"\bé", "aé é", "X", "aX é"),
        ("(?P<a>b)|(?P<a>c)", "bc", "<$a>", "<b><c>"),
        (r"a\b", "aé", "X", "Xé"),
        (r"\B", "aé", "-", "aé-"),
        ("x*", "é", "-", "-é-"),
        (r"\x41\x{42}\103\0", "ABC\0", "X", "X"),
        (r"\p{^Greek}", "αb", "X", "αX"),
        (r"\PL", "a1", "X", "aX"),
        ("(?U)a+", "aa", "X", "XX"),
        ("(?:a|b)+?", "ab", "X", "XX"),
        ("(?i:a)b", "Ab", "X", "X"),
        ("(?)a", "a", "X", "X"),
        ("(?i)\u{212a}", "k", "X", "X"),
        ("^*a", "a", "X", "X"),
        ("(?P<1x>a)", "a", "<${1x}>", "<a>"),
        ("(?<n>a)", "a", "<$n>", "<a>"),
        ("a", "a", "$", "$"),
        ("a", "a", "$$1", "$1"),
        ("(a)", "a", "$01", ""),
        ("(a)", "a", "$2", ""),
        ("(a)", "a", "${é}", ""),
        ("(a)", "a", "${}", "${}"),
        ("a||b", "b", "X", "XbX"),
    ] {
        check("edge", regex, input, with, wanted);
    }
}

#[test]
fn bytes_that_are_not_text_stay() {
    assert_eq!(
        replace("tag: (.*) #", b"\xff tag: caf\xe9 # \xc3", "tag: $1! #"),
        b"\xff tag: caf\xe9! # \xc3"
    );
    assert_eq!(replace(".", b"\xe2\x82", "X"), b"XX");
    assert_eq!(replace("x*", b"\xe9", "-"), b"-\xe9-");
}

#[test]
fn large_expressions_end_quickly() {
    for regex in [r"(?:\pL{1000})", ".{1000}", "(?:a?){500}a{500}"] {
        match Pattern::new(regex) {
            Ok(pattern) => assert!(!pattern.is_match("b")),
            Err(invalid) => assert!(invalid.message.contains("too large"), "{}", invalid.message),
        }
    }
    let deep = format!("{}a{}", "(".repeat(5000), ")".repeat(5000));
    assert!(Pattern::new(&deep).expect_err("deep").message.contains("200 groups"));
    assert!(
        Pattern::new(&"a".repeat(70_000))
            .expect_err("long")
            .message
            .contains("64 KiB")
    );
}

#[test]
fn a_result_that_grows_too_large_is_refused() {
    let pattern = Pattern::new("").expect("empty");
    let with = Replacement::expanded(&"x".repeat(100), &pattern);
    assert!(pattern.replace_all(&[b'a'; 100], &with, 1000).is_err());
}

proptest! {
    /// Whatever is no match stays, byte for byte.
    #[test]
    fn only_matches_change(parts in prop::collection::vec(("[a-y\\n\\r é]{0,12}", prop::bool::ANY), 0..12)) {
        let mut input = String::new();
        let mut wanted = String::new();
        for (text, matched) in &parts {
            input.push_str(text);
            wanted.push_str(text);
            if *matched {
                input.push_str("ZZ");
                wanted.push_str("<Z>");
            }
        }
        prop_assert_eq!(replace("Z(Z)", input.as_bytes(), "<$1>"), wanted.into_bytes());
    }

    /// Putting back what was found changes nothing, whatever the bytes.
    #[test]
    fn the_whole_match_put_back_is_no_change(input in prop::collection::vec(any::<u8>(), 0..200), regex in "[a-c.*+?|()\\[\\]^$\\\\dw]{0,8}") {
        if let Ok(pattern) = Pattern::new(&regex) {
            let with = Replacement::expanded("$0", &pattern);
            prop_assert_eq!(pattern.replace_all(&input, &with, 1 << 20).expect("small").bytes, input);
        }
    }

    /// Every expression gives an answer.
    #[test]
    fn no_expression_panics(regex in "\\PC{0,40}", text in "\\PC{0,40}", with in "\\PC{0,10}") {
        if let Ok(pattern) = Pattern::new(&regex) {
            let with = Replacement::expanded(&with, &pattern);
            let _ = pattern.replace_all(text.as_bytes(), &with, 1 << 20);
        }
    }

    /// The same, for texts made of what expressions are made of.
    #[test]
    fn no_near_expression_panics(regex in "[(){}\\[\\]|*+?.^$\\\\a-dQEpPxsUimP<>:,0-9=!-]{0,24}") {
        if let Ok(pattern) = Pattern::new(&regex) {
            let _ = pattern.is_match("abcd");
        }
    }
}
