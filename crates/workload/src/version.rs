//! Whether a version that was seen is the version that is wanted.

/// The same version, give or take a leading `v` and the build metadata of a chart (`1.2.3+ab12`).
pub(crate) fn same(seen: &str, wanted: &str) -> bool {
    seen == wanted || (!wanted.is_empty() && plain(seen) == plain(wanted))
}

fn plain(version: &str) -> &str {
    let version = version
        .strip_prefix('v')
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        .unwrap_or(version);
    version.split_once('+').map_or(version, |(version, _)| version)
}

/// What an image says of its version: tag and digest, each where there is one.
pub(crate) fn of_image(image: &str) -> impl Iterator<Item = &str> {
    let (name, digest) = image
        .split_once('@')
        .map_or((image, None), |(name, digest)| (name, Some(digest)));
    let last = name.rsplit('/').next().unwrap_or(name);
    let tag = last.split_once(':').map(|(_, tag)| tag);
    tag.into_iter().chain(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_version_is_written_in_several_ways() {
        for (seen, wanted) in [
            ("0.1.0", "0.1.0"),
            ("v0.1.0", "0.1.0"),
            ("0.1.0", "v0.1.0"),
            ("6.1.6+0123456789ab", "6.1.6"),
            ("main", "main"),
        ] {
            assert!(same(seen, wanted), "{seen} {wanted}");
        }
        for (seen, wanted) in [
            ("0.1.0", "0.1"),
            ("0.10", "0.1"),
            ("ersion", "version"),
            ("", "0.1.0"),
            ("latest", "0.1.0"),
        ] {
            assert!(!same(seen, wanted), "{seen} {wanted}");
        }
    }

    #[test]
    fn an_image_has_a_tag_a_digest_or_both() {
        let of = |image| of_image(image).collect::<Vec<_>>();
        assert_eq!(of("example.com:5000/team/app:1.2"), ["1.2"]);
        assert_eq!(of("app@sha256:ab"), ["sha256:ab"]);
        assert_eq!(of("example.com/app:1.2@sha256:ab"), ["1.2", "sha256:ab"]);
        assert!(of("example.com:5000/app").is_empty());
    }
}
