//! The vectors of the contract (S1 to S12), what they leave open, and properties that hold for all inputs.

use proptest::prelude::*;

use super::*;

const SEMVER: Order = Order::Semver;
const RENOVATE: Order = Order::Renovate { ignore_unstable: false };
const FLAVOURS: &str = r"^(?<major>\d+)\.(?<minor>\d+)\.(?<patch>\d+)-(?<compatibility>.+)$";

struct Case {
    name: &'static str,
    order: Order,
    format: Option<&'static str>,
    last: Option<&'static str>,
    initial: Option<&'static str>,
    candidates: &'static [&'static str],
    fires: Option<&'static str>,
}

const fn case(
    name: &'static str,
    order: Order,
    last: Option<&'static str>,
    candidates: &'static [&'static str],
    fires: Option<&'static str>,
) -> Case {
    Case {
        name,
        order,
        format: None,
        last,
        initial: None,
        candidates,
        fires,
    }
}

impl Case {
    const fn format(self, format: &'static str) -> Self {
        Self {
            format: Some(format),
            ..self
        }
    }

    const fn initial(self, initial: &'static str) -> Self {
        Self {
            initial: Some(initial),
            ..self
        }
    }

    fn check(&self) {
        let rules = Rules::new(self.order, self.format).unwrap();
        let fires = pick(&rules, self.last, self.initial, self.candidates.iter().copied()).unwrap();
        assert_eq!(fires.as_deref(), self.fires, "{}", self.name);
    }
}

/// S10 is a registry that does not answer: `oci/tests.rs`.
#[test]
fn the_vectors_of_the_contract() {
    let mixed = &["1.2.3", "1.10.0", "1.9.9", "latest"];
    let vectors = [
        case("S1", SEMVER, Some("1.2.3"), mixed, Some("1.10.0")),
        case("S2", SEMVER, Some("1.10.0"), mixed, None),
        case(
            "S3",
            SEMVER,
            Some("1.2.0"),
            &["1.2.0", "1.3.0-rc.1"],
            Some("1.3.0-rc.1"),
        ),
        case(
            "S4",
            SEMVER,
            Some("app-v1.0.0"),
            &["app-v1.0.0", "app-v1.2.0", "web-v9.0.0"],
            Some("app-v1.2.0"),
        )
        .format("^app-v(.*)$"),
        case("S5", SEMVER, None, &["1.0.0", "0.9.0"], None).initial("1.0.0"),
        case("S6", SEMVER, None, &["0.1.0", "0.2.0"], Some("0.2.0")),
        case("S7", Order::Latest, Some("b"), &["b", "a"], None),
        case(
            "S8",
            RENOVATE,
            Some("1.2.0"),
            &["v1.2.1", "1.2.1-rc1", "1.1.9", "nightly"],
            Some("v1.2.1"),
        ),
        case(
            "S9",
            RENOVATE,
            Some("1.0.0-alpine"),
            &["1.1.0-debian", "1.0.5-alpine"],
            Some("1.0.5-alpine"),
        )
        .format(FLAVOURS),
        case("S11", SEMVER, Some("1.0.0"), &["v1.1.0"], Some("v1.1.0")),
        case("S12", SEMVER, Some("2.0.0"), &["1.9.0"], None),
    ];
    vectors.iter().for_each(Case::check);
}

#[test]
fn semver_where_the_vectors_are_silent() {
    let initial = case(
        "initial counts until something fired",
        SEMVER,
        Some("1.0.0"),
        &["1.1.0"],
        Some("1.1.0"),
    );
    let whole = case(
        "without a group the match counts",
        SEMVER,
        Some("1.0.0-x"),
        &["1.1.0-x", "2.0.0"],
        Some("1.1.0-x"),
    );
    let cases = [
        initial.initial("9.0.0"),
        whole.format(r"^\d+\.\d+\.\d+-x$"),
        case(
            "an empty last value is none",
            SEMVER,
            Some(""),
            &["1.1.0"],
            Some("1.1.0"),
        ),
        case(
            "stable after its candidates",
            SEMVER,
            Some("1.3.0-rc.9"),
            &["1.3.0"],
            Some("1.3.0"),
        ),
        case("equal is not later", SEMVER, Some("1.2"), &["v1.2.0", "1.2.0"], None),
        case(
            "of equals the first by text",
            SEMVER,
            None,
            &["v1.2.0", "1.2.0"],
            Some("1.2.0"),
        ),
        case(
            "a baseline that is no version",
            SEMVER,
            Some("latest"),
            &["1.0.0"],
            Some("1.0.0"),
        ),
        case(
            "a build is later than none",
            SEMVER,
            Some("1.0.0"),
            &["1.0.0+2"],
            Some("1.0.0+2"),
        ),
    ];
    cases.iter().for_each(Case::check);
}

#[test]
fn latest_where_the_vectors_are_silent() {
    let latest = Order::Latest;
    let cases = [
        case("a new first one is new", latest, Some("b"), &["c", "b"], Some("c")),
        case(
            "the first that matches",
            latest,
            Some("a"),
            &["z", "b-1", "a"],
            Some("b-1"),
        )
        .format("^b-"),
        case("the first poll fires", latest, None, &["z"], Some("z")),
        case("unless it is the initial one", latest, None, &["z"], None).initial("z"),
    ];
    cases.iter().for_each(Case::check);
}

#[test]
fn renovate_where_the_vectors_are_silent() {
    let unstable = Order::Renovate { ignore_unstable: true };
    let any = case(
        "no baseline, any flavour",
        RENOVATE,
        None,
        &["1.1.0-debian", "1.0.5-alpine"],
        Some("1.1.0-debian"),
    );
    let five = case(
        "five numbers",
        RENOVATE,
        Some("1.2.3-4.5"),
        &["1.2.3-4.10", "1.2.3-4.9"],
        Some("1.2.3-4.10"),
    );
    let cases = [
        any.format(FLAVOURS),
        five.format(r"^(?<major>\d+)\.(?<minor>\d+)\.(?<patch>\d+)-(?<build>\d+)\.(?<revision>\d+)$"),
        case(
            "a flavour is no version",
            RENOVATE,
            Some("1.1.0"),
            &["1.1.0-debian"],
            None,
        )
        .format(r"^(?<major>\d+)\.(?<minor>\d+)\.(?<patch>\d+)(-(?<compatibility>.+))?$"),
        case(
            "by text",
            RENOVATE,
            Some("1.2.1-rc1"),
            &["1.2.1-rc2", "1.2.1-rc0"],
            Some("1.2.1-rc2"),
        ),
        case("left out", unstable, Some("1.2.0"), &["1.2.1-rc1"], None),
        case(
            "a baseline that is no version",
            RENOVATE,
            Some("nightly"),
            &["1.0.0"],
            Some("1.0.0"),
        ),
    ];
    cases.iter().for_each(Case::check);
}

#[test]
fn a_format_that_cannot_work_says_why() {
    let why = |order, format| {
        let error = Rules::new(order, Some(format)).unwrap_err();
        assert_eq!(error.reason(), "InvalidFormat");
        error.to_string()
    };
    assert!(
        why(SEMVER, "app-(").contains("unclosed group"),
        "{}",
        why(SEMVER, "app-(")
    );
    assert!(why(SEMVER, "(?=x)").contains("look-around"), "{}", why(SEMVER, "(?=x)"));
    assert!(
        why(RENOVATE, r"^v(\d+)$").contains("a group named major"),
        "{}",
        why(RENOVATE, r"^v(\d+)$")
    );
}

#[test]
fn candidates_of_which_none_is_a_version_are_an_error_in_words() {
    let rules = Rules::new(SEMVER, None).unwrap();
    assert_eq!(pick(&rules, None, None, []).unwrap_err().reason(), "NoVersions");
    let error = pick(&rules, None, None, ["latest", "main"]).unwrap_err();
    assert_eq!(error.reason(), "NoVersions");
    assert_eq!(
        error.to_string(),
        "none of the 2 candidates (the first one is \"latest\") is a version by order SEMVER; set another order, or a format that says where the version is"
    );
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the budget of one poll is a time")]
fn ten_thousand_tags_are_ordered_in_well_under_a_second() {
    let tags: Vec<String> = (0..10_000)
        .map(|n| format!("app-v{}.{}.{}", n % 7, n % 131, n))
        .collect();
    let started = std::time::Instant::now();
    for (order, format) in [
        (SEMVER, "^app-v(.*)$"),
        (RENOVATE, r"^app-v(?<major>\d+)\.(?<minor>\d+)\.(?<patch>\d+)$"),
    ] {
        let rules = Rules::new(order, Some(format)).unwrap();
        let newest = pick(&rules, Some("app-v1.2.3"), None, tags.iter().map(String::as_str)).unwrap();
        assert_eq!(newest.as_deref(), Some("app-v6.130.9169"));
    }
    assert!(
        started.elapsed() < std::time::Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
}

proptest! {
    #[test]
    fn nothing_panics_and_only_later_ones_fire(
        candidates in prop::collection::vec("[vV]?[0-9a-z.+-]{0,12}", 0..20),
        last in prop::option::of("[0-9]{1,2}\\.[0-9]{1,2}\\.[0-9]{1,2}(-rc[0-9])?"),
    ) {
        for order in [SEMVER, RENOVATE, Order::Renovate { ignore_unstable: true }, Order::Latest] {
            let rules = Rules::new(order, None).unwrap();
            let all = || candidates.iter().map(String::as_str);
            let Ok(Some(value)) = pick(&rules, last.as_deref(), None, all()) else { continue };
            prop_assert!(candidates.contains(&value));
            // What fired becomes the last value, and does not fire again.
            prop_assert_eq!(pick(&rules, Some(&value), None, all()).unwrap(), None);
        }
    }

    #[test]
    fn the_order_of_the_source_does_not_matter(
        candidates in prop::collection::vec("v?[0-3](\\.[0-3]){0,2}(-[ab])?", 1..10).prop_shuffle(),
    ) {
        for order in [SEMVER, RENOVATE] {
            let rules = Rules::new(order, None).unwrap();
            let forward = pick(&rules, None, None, candidates.iter().map(String::as_str));
            let backward = pick(&rules, None, None, candidates.iter().rev().map(String::as_str));
            prop_assert_eq!(forward, backward);
        }
    }
}
