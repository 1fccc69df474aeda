//! Sprig's filters and Liquid's, with results measured on Sprig 3.3.0 and osteele/liquid 1.8.1.

use super::{check, refused};

const MEASURED: &[(&str, &str)] = &[
    ("{{ \"my app\" | title }}", "My App"),
    ("{{ \"My App\" | untitle }}", "my app"),
    ("{{ \"My App\" | swapcase }}", "mY aPP"),
    ("{{ \"a b c\" | nospace }}", "abc"),
    ("{{ \"My App\" | initials }}", "MA"),
    ("{{ \"HTTPServer2xx\" | snakecase }}", "http_server_2xx"),
    ("{{ \"HTTP20xOK\" | kebabcase }}", "http-20x-ok"),
    ("{{ \"Bld4Floor3rd\" | snakecase }}", "bld4_floor_3rd"),
    ("{{ \"GOLANG_IS_GREAT\" | camelcase }}", "GolangIsGreat"),
    ("{{ \"some-words_here x\" | camelcase }}", "SomeWordsHereX"),
    (
        "{{ \"abcdef\" | upper | lower | upcase | downcase | capitalize }}",
        "Abcdef",
    ),
    (
        "{{ \" a \" | trim }}|{{ \" a \" | strip }}|{{ \" a \" | lstrip }}|{{ \" a \" | rstrip }}",
        "a|a|a | a",
    ),
    (
        "{{ \"$\" | trimAll: \"$5.00$\" }} {{ \"-\" | trimall: \"-a-\" }} {{ \".yaml\" | trimSuffix: \"a.yaml\" }}",
        "5.00 a a",
    ),
    (
        "{{ -3 | trunc: \"hello\" }} {{ 99 | trunc: \"hello\" }} {{ 0 | trunc: \"hello\" }}",
        "llo hello ",
    ),
    (
        "{{ 1 | substr: 3, \"hello\" }} {{ -1 | substr: 3, \"hello\" }} {{ 2 | substr: -1, \"hello\" }}",
        "el hel llo",
    ),
    (
        "{{ 8 | abbrev: \"hello world\" }} {{ 5 | abbrevboth: 10, \"1234 5678 9123\" }}",
        "hello... ...5678...",
    ),
    ("{{ 5 | wrap: \"hello big world\" }}", "hello\nbig\nworld"),
    ("{{ 5 | wrapWith: \"\t\", \"HelloWorld\" }}", "Hello\tWorld"),
    (
        "{{ \"a\" | contains: \"cat\" }} {{ \"ca\" | hasPrefix: \"cat\" }} {{ \"at\" | hasSuffix: \"cat\" }}",
        "true true true",
    ),
    (
        "{{ \"a\" | quote: 1, true }} {{ \"a\" | squote: 2 }} {{ 1 | cat: context.nul, \"x\" }}",
        "\"a\" \"1\" \"true\" 'a' '2' 1 x",
    ),
    (
        "{{ \"one\" | plural: \"many\", 1 }} {{ \"one\" | plural: \"many\", 2 }}",
        "one many",
    ),
    (
        "{{ \"a-b-a\" | replace: \"a\", \"x\" }} {{ \"a-b-a\" | replace_first: \"a\", \"x\" }} {{ \"a-b-a\" | remove: \"a\" }} {{ \"a-b-a\" | remove_first: \"a\" }}",
        "x-b-x x-b-a -b- -b-a",
    ),
    (
        "{{ \"x\" | append: \"y\" }} {{ \"a\tb\" | quote }} {{ 'a\"b' | quote }}",
        "xy \"a\\tb\" \"a\\\"b\"",
    ),
    (
        "{{ \"hello big world\" | truncate: 8 }} {{ \"hello big world\" | truncatewords: 2 }} {{ \"a b\" | truncatewords: 5 }}",
        "hello... hello big... a b",
    ),
    (
        "{{ \"<a href='x'>b & c</a>\" | escape }} {{ \"&lt;a&gt; &\" | escape_once }} {{ \"<p>x</p>\" | strip_html }}",
        "&lt;a href=&#39;x&#39;&gt;b &amp; c&lt;/a&gt; &lt;a&gt; &amp; x",
    ),
    (
        "{{ \"a b/c?d=é\" | url_encode }} {{ \"a+b%2Fc\" | url_decode }}",
        "a+b%2Fc%3Fd%3D%C3%A9 a b/c",
    ),
    (
        "{{ \"12\" | atoi }} {{ \"x\" | atoi }} {{ \"0x1f\" | int }} {{ \"3.00\" | int }} {{ 3.7 | int64 }} {{ \"3.5\" | float64 }} {{ \"17\" | toDecimal }}",
        "12 0 31 3 3 3.5 15",
    ),
    (
        "{{ 1 | add: 2, 3 }} {{ 1 | add1 }} {{ 5 | sub: 2 }} {{ 7 | div: 2 }} {{ 7 | mod: 2 }} {{ 2 | mul: 3, 4 }}",
        "6 2 3 3 1 24",
    ),
    (
        "{{ 0.1 | addf: 0.2 }} {{ 1.1 | subf: 0.1 }} {{ 2 | divf: 3 }} {{ 0.1 | mulf: 3 }} {{ 1.5 | add1f }}",
        "0.3 1 0.6666666666666667 0.3 2.5",
    ),
    (
        "{{ 1 | max: 3, 2 }} {{ 1 | min: 3, -2 }} {{ 1.5 | maxf: 2.5 }} {{ 1.5 | minf: 2.5 }} {{ 1 | biggest: 9 }}",
        "3 -2 2.5 1.5 9",
    ),
    (
        "{{ 3.2 | ceil }} {{ 3.7 | floor }} {{ 3.14159 | round: 2 }} {{ 3.7 | round }} {{ -1.5 | abs }}",
        "4 3 3.14 4 1.5",
    ),
    (
        "{{ \"3\" | plus: \"4\" }} {{ 5 | minus: 2.5 }} {{ 2 | times: 4 }} {{ 7 | divided_by: 2 }} {{ 7 | divided_by: 2.0 }} {{ 7 | modulo: 4 }}",
        "7 2.5 8 3 3.5 3",
    ),
    (
        "{{ 3 | until }} {{ 1 | untilStep: 10, 4 }} {{ 3 | seq }} {{ 2 | seq: 4 }} {{ 0 | seq: 2, 6 }} {{ -2 | seq }}",
        "012 159 1 2 3 2 3 4 0 2 4 6 1 0 -1 -2",
    ),
    (
        "{{ \"a\" | list: 1, true | toJson }} {{ context.list | push: \"c\" | toJson }} {{ context.list | prepend: \"c\" | toJson }}",
        "[\"a\",1,true] [\"b\",\"a\",\"c\"] [\"c\",\"b\",\"a\"]",
    ),
    (
        "{{ context.nums | first }} {{ context.nums | last }} {{ context.nums | rest }} {{ context.nums | initial }} {{ context.nums | reverse }}",
        "3 2 12 31 213",
    ),
    (
        "{{ context.nums | sort | join: \"-\" }} {{ context.objs | sort: \"n\" | map: \"n\" | join }} {{ context.list | sortAlpha | join: \",\" }}",
        "1-2-3 a b a,b",
    ),
    (
        "{{ \"a\" | list: \"\", \"a\", 0, \"b\" | compact | uniq | join: \",\" }} {{ context.list | without: \"a\" }} {{ \"a\" | has: context.list }}",
        "a,b b true",
    ),
    (
        "{{ context.list | concat: context.nums | size }} {{ 2 | chunk: context.nums | toJson }}",
        "5 [[3,1],[2]]",
    ),
    (
        "{{ \"a.b.c\" | split: \".\" | last }} {{ \",\" | splitList: \"a,b\" | toJson }} {{ \",\" | splitn: 2, \"a,b,c\" | toJson }}",
        "c [\"a\",\"b\"] {\"_0\":\"a\",\"_1\":\"b,c\"}",
    ),
    (
        "{{ \"\" | coalesce: 0, \"x\" }} {{ \"\" | any: \"x\" }} {{ \"\" | all: \"x\" }} {{ context.nums | toStrings | toJson }}",
        "x true false [\"3\",\"1\",\"2\"]",
    ),
    (
        "{{ \"a\" | dict: 1, \"b\", 2 | toJson }} {{ context.m | get: \"k\" }} {{ context.m | set: \"z\", 1 | toJson }} {{ context.m | hasKey: \"k\" }}",
        "{\"a\":1,\"b\":2} v {\"k\":\"v\",\"z\":1} true",
    ),
    (
        "{{ context.deep | pick: \"a\" | toJson }} {{ context.deep | omit: \"a\" | toJson }} {{ \"n\" | pluck: context.m | toJson }} {{ context.m | values }}",
        "{\"a\":[1,2.5,null,\"s\"]} {\"b\":{\"x\":1}} [] v",
    ),
    (
        "{{ \"b\" | dig: \"x\", 0, context.deep }} {{ \"b\" | dig: \"y\", \"none\", context.deep }}",
        "1 none",
    ),
    (
        "{{ context.m | merge: context.deep | toJson }}",
        "{\"a\":[1,2.5,null,\"s\"],\"b\":{\"x\":1},\"k\":\"v\"}",
    ),
    (
        "{{ \"k\" | dict: \"\" | merge: context.m | toJson }} {{ context.m | mergeOverwrite: context.deep | toJson }}",
        "{\"k\":\"v\"} {\"a\":[1,2.5,null,\"s\"],\"b\":{\"x\":1},\"k\":\"v\"}",
    ),
    (
        "{{ \"<a>&\" | toJson }} {{ \"<a>&\" | toRawJson }} {{ context.m | toPrettyJson }}",
        "\"\\u003ca\\u003e\\u0026\" \"<a>&\" {\n  \"k\": \"v\"\n}",
    ),
    (
        "{{ \"hello\" | b32enc }} {{ \"NBSWY3DP\" | b32dec }} {{ \"hello\" | b64enc }} {{ \"a\" | adler32sum }}",
        "NBSWY3DP hello aGVsbG8= 6422626",
    ),
    (
        "{{ \"a\" | sha256sum }}",
        "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
    ),
    (
        "{{ \"a\" | sha512sum }}",
        "1f40fc92da241694750979ee6cf582f2d5d7d28e18335de05abc54d0560e0f5302860c652bf08d560252aa5e74210546f369fbbbce8c12cfc7957b2652fe9a75",
    ),
    (
        "{{ \"/a/b/c.tar.gz\" | base }} {{ \"/a/b/c\" | dir }} {{ \"a/../b/./c\" | clean }} {{ \"a/b.yaml\" | ext }} {{ \"/a\" | isAbs }}",
        "c.tar.gz /a/b b/c .yaml true",
    ),
    (
        "{{ \"[a-z]+\" | regexFind: \"12abc\" }} {{ \"^\\d\" | regexMatch: \"1\" }} {{ \"b+\" | regexReplaceAll: \"abbc\", \"<$0>\" }} {{ \"b+\" | regexReplaceAllLiteral: \"abbc\", \"$0\" }}",
        "abc true a<bb>c a$0c",
    ),
    (
        "{{ \"[0-9]\" | regexFindAll: \"a1b2c3\", 2 | toJson }} {{ \"[0-9]\" | regexSplit: \"a1b2c3\", -1 | toJson }} {{ \"[0-9]\" | regexSplit: \"a1b2c3\", 2 | toJson }} {{ \"a.b\" | regexQuoteMeta }}",
        "[\"1\",\"2\"] [\"a\",\"b\",\"c\",\"\"] [\"a\",\"b2c3\"] a\\.b",
    ),
    (
        "{{ \"\" | default: \"x\" }} {{ 0 | default: 1 }} {{ \"a\" | default: \"x\" }} {{ false | ternary: \"a\", \"b\" }} {{ \"\" | empty }}",
        "x 1 a b true",
    ),
    (
        "{{ 1.5 | typeOf }} {{ \"string\" | typeIs: \"a\" }} {{ context.list | kindOf }} {{ \"map\" | kindIs: context.m }}",
        "float64 true slice true",
    ),
    (
        "{{ \"^1.2\" | semverCompare: \"1.9.0\" }} {{ \"~1.2\" | semverCompare: \"1.3.0\" }} {{ \">1.2, <2 || 3.x\" | semverCompare: \"3.4.5\" }} {{ \"1.0 - 1.4\" | semverCompare: \"1.4.0\" }} {{ \">=1\" | semverCompare: \"1.5.0-rc.1\" }} {{ \">=1.0.0-0\" | semverCompare: \"1.5.0-rc.1\" }}",
        "true false true true false true",
    ),
    ("{{ context.list | slice: 0, 1 | toJson }}", "[\"b\"]"),
];

#[test]
fn as_measured() {
    for (source, wanted) in MEASURED {
        check("filter", source, wanted);
    }
}

/// Where the original is silent, broken in the middle of a character, or ends.
#[test]
fn better_than_measured() {
    for (source, wanted) in [
        ("{{ \"a\" | prepend: \"b\" }}", "ba"),
        ("{{ 1 | trunc: \"é\" }}|{{ -1 | trunc: \"é\" }}", "|"),
        ("{{ \"éà ü\" | nospace }} {{ \"éa üb\" | initials }}", "éàü éü"),
        (
            "{{ \"abcde\" | slice: -3 }} {{ \"abcde\" | slice: 1, 3 }} {{ \"abc\" | slice: 2, 99 }}",
            "cde bc c",
        ),
        (
            "{{ context.m | set: \"z\" }}{{ context.m | toJson }}",
            "map[k:v z:<nil>]{\"k\":\"v\"}",
        ),
        ("{{ context.deep | keys | toJson }}", "[\"a\",\"b\"]"),
    ] {
        check("better", source, wanted);
    }
    for (source, hint) in [
        ("{{ \"!\" | b64dec }}", "takes base 64"),
        ("{{ \"!\" | b32dec }}", "takes base 32"),
        ("{{ \"/w==\" | b64dec }}", "bytes that are no text"),
        (
            "{{ \"{\" | mustFromJson }}",
            "takes JSON, and this is none at its line 1, column 1",
        ),
        (
            "{{ nil | slice: 0, 1 }}",
            "`slice` takes a text or a list as the piped value, not nothing",
        ),
        (
            "{{ \"a(\" | regexMatch: \"a\" }}",
            "not valid at its character 2: this `(` is never closed",
        ),
        ("{{ 1 | div: 0 }}", "divides by zero"),
        ("{{ \"not a version\" | semver }}", "takes a version"),
        ("{{ \"?\" | semverCompare: \"1.0.0\" }}", "takes a constraint"),
        ("{{ \"no value for x\" | fail }}", "the template fails: no value for x"),
        ("{{ 5 | substr: 9, \"abc\" }}", "cuts outside"),
        ("{{ 0 | chunk: context.nums }}", "at least 1"),
        ("{{ \"a\" | dig: \"b\" }}", "takes keys, a default, and a map"),
        (
            "{{ \"2006\" | toDate: \"x\" }}",
            "values are texts and numbers, and no times",
        ),
        ("{{ \"k\" | decryptAES: \"x\" }}", "it makes secrets"),
        ("{{ 10000000000 | duration }}", "at most 292 years"),
    ] {
        refused("better", source, hint);
    }
}

/// Measured: the parts of an address, and the address that is made of them again.
const ADDRESSES: &[(&str, &str)] = &[
    (
        "https://user:p%20w@example.com:8080/a%20b/c?x=1&y=2#fr%41g",
        "map[fragment:frAg host:example.com:8080 hostname:example.com opaque: path:/a b/c query:x=1&y=2 scheme:https userinfo:user:p%20w] | https://user:p%20w@example.com:8080/a%20b/c?x=1&y=2#frAg",
    ),
    (
        "example.com/a",
        "map[fragment: host: hostname: opaque: path:example.com/a query: scheme: userinfo:] | example.com/a",
    ),
    (
        "mailto:a@b.c",
        "map[fragment: host: hostname: opaque:a@b.c path: query: scheme:mailto userinfo:] | mailto:a@b.c",
    ),
    (
        "",
        "map[fragment: host: hostname: opaque: path: query: scheme: userinfo:] | ",
    ),
    (
        "/a?b",
        "map[fragment: host: hostname: opaque: path:/a query:b scheme: userinfo:] | /a?b",
    ),
    (
        "HTTP://H/",
        "map[fragment: host:H hostname:H opaque: path:/ query: scheme:http userinfo:] | http://H/",
    ),
    (
        "//h/p",
        "map[fragment: host:h hostname:h opaque: path:/p query: scheme: userinfo:] | //h/p",
    ),
    (
        "http://[::1]:80/x",
        "map[fragment: host:[::1]:80 hostname:::1 opaque: path:/x query: scheme:http userinfo:] | http://[::1]:80/x",
    ),
    (
        "a:b/c",
        "map[fragment: host: hostname: opaque:b/c path: query: scheme:a userinfo:] | a:b/c",
    ),
    (
        "http://h?",
        "map[fragment: host:h hostname:h opaque: path: query: scheme:http userinfo:] | http://h",
    ),
    (
        "file:///etc/x",
        "map[fragment: host: hostname: opaque: path:/etc/x query: scheme:file userinfo:] | file:///etc/x",
    ),
    (
        "?q",
        "map[fragment: host: hostname: opaque: path: query:q scheme: userinfo:] | ?q",
    ),
    (
        "#f",
        "map[fragment:f host: hostname: opaque: path: query: scheme: userinfo:] | #f",
    ),
    (
        "http://u@h",
        "map[fragment: host:h hostname:h opaque: path: query: scheme:http userinfo:u] | http://u@h",
    ),
    (
        "oci://r/x:1",
        "map[fragment: host:r hostname:r opaque: path:/x:1 query: scheme:oci userinfo:] | oci://r/x:1",
    ),
    (
        "http://h/ä",
        "map[fragment: host:h hostname:h opaque: path:/ä query: scheme:http userinfo:] | http://h/%C3%A4",
    ),
    (
        "x%41y",
        "map[fragment: host: hostname: opaque: path:xAy query: scheme: userinfo:] | xAy",
    ),
];

#[test]
fn addresses_are_taken_apart_and_put_together() {
    for (address, wanted) in ADDRESSES {
        let template = format!("{{% assign u = \"{address}\" | urlParse %}}{{{{ u }}}} | {{{{ u | urlJoin }}}}");
        check(address, &template, wanted);
    }
    for (parts, wanted) in [
        (
            "\"scheme\", \"http\", \"host\", \"h\", \"path\", \"p\", \"query\", \"a=b c\", \"fragment\", \"x y!\"",
            "http://h/p?a=b c#x%20y!",
        ),
        ("\"path\", \"a:b\"", "./a:b"),
        ("\"host\", \"h\", \"userinfo\", \"a:b\"", "//a:b@h"),
        ("\"host\", \"h\"", "//h"),
        ("\"path\", \"/ä%!'()*;,?\"", "/%C3%A4%25%21%27%28%29%2A;,%3F"),
        ("\"host\", \"a b\", \"path\", \"x\"", "//a%20b/x"),
    ] {
        let (first, rest) = parts.split_once(", ").unwrap_or((parts, ""));
        check(parts, &format!("{{{{ {first} | dict: {rest} | urlJoin }}}}"), wanted);
    }
    for (address, hint) in [
        ("http://h/%zz", "hexadecimal"),
        ("1a:b", "first part has a colon"),
        ("::x", "its scheme is missing"),
        ("http://a b/", "characters that no host has"),
        ("http://h:port/", "its port is no number"),
    ] {
        refused(address, &format!("{{{{ \"{address}\" | urlParse }}}}"), hint);
    }
    refused("a number", "{{ \"scheme\" | dict: 1 | urlJoin }}", "scheme is a number");
    refused(
        "userinfo",
        "{{ \"userinfo\" | dict: \"a@b:c/d\" | urlJoin }}",
        "are escaped",
    );
}

#[test]
fn lengths_of_time_are_as_go_writes_them() {
    for (seconds, wanted) in [
        ("\"95\"", "1m35s"),
        ("\"0\"", "0s"),
        ("\"3600\"", "1h0m0s"),
        ("\"x\"", "0s"),
        ("90061", "25h1m1s"),
        ("-5", "-5s"),
        ("1.5", "0s"),
    ] {
        check(seconds, &format!("{{{{ {seconds} | duration }}}}"), wanted);
    }
    for (length, wanted) in [
        ("\"95s\"", "1m"),
        ("\"2h10m5s\"", "2h"),
        ("\"8760h1s\"", "1y"),
        ("\"721h\"", "1mo"),
        ("\"25h\"", "1d"),
        ("\"-90m\"", "1h"),
        ("\"x\"", "0s"),
        ("\"\"", "0s"),
        ("90061000000000", "1d"),
        ("\"1.5h\"", "1h"),
        ("\"60s\"", "60s"),
        ("\"1us\"", "0s"),
        ("\"1h-5m\"", "0s"),
    ] {
        check(length, &format!("{{{{ {length} | durationRound }}}}"), wanted);
    }
    check(
        "sha1",
        "{{ \"a\" | sha1sum }}",
        "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8",
    );
}
