//! Validation rules (CEL) that several kinds share, each with a message that names the field and says what to write.
//! They are only schema: the API server evaluates them, nothing here does.

use kube::core::{Reason, Rule};

/// A reference needs the name of what it points to.
pub(crate) fn named(field: &str, what: &str) -> Rule {
    Rule::new("has(self.name) && self.name != ''")
        .message(format!("{field} needs a name: write the name of {what}, as in {field}: {{name: example}}").as_str())
        .reason(Reason::FieldValueRequired)
        .field_path(".name")
}

/// A reference must be there. For the struct that holds it; the schema's own message would not say what to write.
pub(crate) fn present(field: &str, what: &str) -> Rule {
    Rule::new(format!("has(self.{field})"))
        .message(format!("{field} is missing: write the name of {what}, as in {field}: {{name: example}}").as_str())
        .reason(Reason::FieldValueRequired)
        .field_path(format!(".{field}"))
}

/// A text must hold more than white space.
pub(crate) fn not_blank(field: &str, hint: &str) -> Rule {
    Rule::new(r"self.matches('\\S')")
        .message(format!("{field} is empty: {hint}").as_str())
        .reason(Reason::FieldValueRequired)
}

/// A text must not be empty. Cheaper than [`not_blank`]: for what stands in lists of lists.
pub(crate) fn not_empty(field: &str, hint: &str) -> Rule {
    Rule::new("self != ''")
        .message(format!("{field} is empty: {hint}").as_str())
        .reason(Reason::FieldValueRequired)
}

/// A length of time in Go's notation.
pub(crate) fn duration(field: &str) -> Rule {
    Rule::new(r"self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$')").message(
        format!("{field} is a length of time: write a number and a unit (ms, s, m or h), as in 30m, 10s or 1h30m")
            .as_str(),
    )
}

/// A field that cannot change once it is set.
pub(crate) fn fixed(field: &str, instead: &str) -> Rule {
    Rule::new("self == oldSelf").message(format!("{field} cannot be changed: {instead}").as_str())
}

/// An address with the scheme written out.
pub(crate) fn web_address(field: &str, example: &str) -> Rule {
    Rule::new(r"self.matches('^https?://[^\\s/]+')")
        .message(format!("{field} is a web address: begin with https:// (or http://), as in {example}").as_str())
}

/// A block that must be there when `type` has a certain value.
pub(crate) fn block(kind: &str, block: &str, example: &str) -> Rule {
    Rule::new(format!("self.type != '{kind}' || has(self.{block})"))
        .message(format!("type {kind} needs the block {block}: write {block}: {example}").as_str())
        .reason(Reason::FieldValueRequired)
        .field_path(format!(".{block}"))
}
