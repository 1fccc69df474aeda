//! What the parser of YAML says, in sentences for people. Pure.

use serde_saphyr::Error;

/// What the parser expects where a key stands, as it names it.
const KEY: &str = "string scalar";

/// What is wrong with `text`: without the place, which is told beside it, and without words for programmers.
pub(super) fn of(error: &Error, text: &str) -> String {
    let sentence = match error {
        // A snippet is the lines around, which may hold secrets.
        Error::WithSnippet { error, .. } | Error::AliasError { error, .. } => return of(error, text),
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            return format!("the key {key} stands twice in one map: take one of the two out");
        }
        Error::NonFiniteFloat { value, .. } => {
            return format!("{value} is no number that a manifest can hold: write another one, or put it in quotes");
        }
        Error::DuplicateMappingKey { key: None, .. } => "a key stands twice in one map: take one of the two out",
        Error::Unexpected { expected: KEY, .. } => {
            if line_of(error, text).is_some_and(|line| line.contains("{{")) {
                "what begins with `{{` must stand in quotes, as in \"{{ context.version }}\": without them it begins a map"
            } else {
                "a key is a map or a list: write text, or put it in quotes"
            }
        }
        // Texts are asked for as keys only.
        Error::NullIntoString { .. } => "a key is empty: write a name before the colon, or put it in quotes",
        Error::UnknownAnchor { .. } => {
            "an alias (`*`) names no anchor (`&`) before it: correct its name, or put a text that begins with `*` in quotes"
        }
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            "an alias (`*`) stands in what its own anchor (`&`) names, which would never end: write it out"
        }
        Error::MergeValueNotMapOrSeqOfMaps { .. } => "what stands under `<<` must be a map, or a list of maps",
        Error::InvalidBinaryBase64 { .. } | Error::BinaryNotUtf8 { .. } => {
            "what stands behind `!!binary` is no text in base64: write the text itself, without the tag"
        }
        Error::InvalidScalar { .. } => {
            "a value is not of the type that the tag (`!!`) before it names: correct one of the two"
        }
        Error::Budget { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => TOO_MUCH,
        _ => return of_scanner(error, text),
    };
    sentence.to_owned()
}

const TOO_MUCH: &str = "there is too much in it to be read: fewer aliases, less depth or a smaller file help";

/// What is no YAML at all: the parser's own words are those of the format.
fn of_scanner(error: &Error, text: &str) -> String {
    let message = error.to_string();
    let message = message.lines().next().unwrap_or_default();
    if message.contains("recursion limit") {
        return TOO_MUCH.to_owned();
    }
    if message.contains("unexpected character: `%'") && line_of(error, text).is_some_and(|line| line.contains("{%")) {
        return "what begins with `{%` must stand in quotes".to_owned();
    }
    let (message, _) = message.rsplit_once(" at line ").unwrap_or((message, ""));
    let advice = if message.starts_with("unexpected character") {
        ": a text that begins with it must stand in quotes"
    } else {
        ""
    };
    format!("this is no YAML: {message}{advice}")
}

/// The line that an error is about.
fn line_of<'t>(error: &Error, text: &'t str) -> Option<&'t str> {
    let line = usize::try_from(error.location()?.line()).ok()?;
    text.lines().nth(line.checked_sub(1)?)
}
