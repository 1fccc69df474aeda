//! Semantic versions as people write them: `v1.2`, `2024.01.15`, `1.2-rc1`. Pure.

use semver::Version;

/// Reads a version. One leading `v` or `V` is dropped, missing parts are 0, and leading zeros do not count.
/// What is no version even so (a word, four parts) is `None`.
pub(super) fn parse(text: &str) -> Option<Version> {
    let text = text.trim();
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let (core, rest) = text.find(['-', '+']).map_or((text, ""), |at| text.split_at(at));
    let mut numbers: Vec<&str> = core.split('.').collect();
    if numbers.len() > 3 || !numbers.iter().all(|number| is_number(number)) {
        return None;
    }
    numbers.resize(3, "0");
    let core: Vec<&str> = numbers.into_iter().map(without_zeros).collect();
    let (before, build) = rest.find('+').map_or((rest, ""), |at| rest.split_at(at));
    let before: Vec<&str> = before.split('.').map(without_zeros).collect();
    Version::parse(&format!("{}{}{build}", core.join("."), before.join("."))).ok()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `007` is 7; `rc07` and `0` stay. The first part of a pre-release comes with its dash.
fn without_zeros(part: &str) -> &str {
    if !is_number(part) {
        return part;
    }
    match part.trim_start_matches('0') {
        "" => "0",
        number => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenient_and_no_further() {
        for (text, expected) in [
            ("1.2.3", "1.2.3"),
            ("v1.2.3", "1.2.3"),
            ("V1.2.3", "1.2.3"),
            ("1.2", "1.2.0"),
            ("7", "7.0.0"),
            ("1.2-rc1", "1.2.0-rc1"),
            ("2024.01.05", "2024.1.5"),
            ("1.2.3-alpha.01+build.007", "1.2.3-alpha.1+build.007"),
            (" 1.2.3 ", "1.2.3"),
            ("0.0.0", "0.0.0"),
        ] {
            assert_eq!(
                parse(text).map(|version| version.to_string()).as_deref(),
                Some(expected),
                "{text}"
            );
        }
        for text in [
            "",
            "v",
            "vv1.2.3",
            "latest",
            "1.2.3.4",
            "1..2",
            "release-1.2.3",
            "1.2.3-",
            "1.x",
            "99999999999999999999",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
