//! What the rules of findings mean, in a few words each. `docs/lint.md` has the same table.

/// Every rule with what it is about, in the order of their names.
pub(super) const RULES: &[(&str, &str)] = &[
    ("Cycle", "The edges of a pipeline form a circle."),
    ("DuplicateEdge", "Two edges join the same stages."),
    ("DuplicateGate", "Two gates of an edge share a name."),
    ("DuplicateObject", "An object stands in the manifests twice."),
    ("DuplicateStage", "Two stages share a name."),
    ("DuplicateValue", "Two entries of spec.configuration share a name."),
    ("GateWithoutConfiguration", "A gate has nothing to run."),
    ("IncompleteAutomation", "Something that a PrAutomation needs is empty."),
    ("InertKind", "The kind is accepted and does nothing here."),
    ("InvalidAddress", "A path to a value in a file cannot be read."),
    ("InvalidCrontab", "A schedule is none."),
    ("InvalidDefault", "A default is no value of its entry."),
    ("InvalidFormat", "A regular expression of an Observer cannot be used."),
    ("InvalidName", "A name or namespace that no API server takes."),
    ("InvalidPath", "A path leaves the repository, or can be no file of it."),
    ("InvalidRegex", "A regular expression does not compile."),
    ("InvalidRepository", "The text names no repository of its forge."),
    ("InvalidService", "A service of a stage asks for what is not supported."),
    (
        "InvalidTemplate",
        "A template does not parse, names nothing that exists, or refuses its values.",
    ),
    ("InvalidValue", "A value does not fit spec.configuration, or its kind."),
    ("InvalidYaml", "A document is no YAML."),
    ("MissingField", "A field that must be there is not."),
    ("MissingReference", "The name of another object is missing."),
    ("MissingValue", "A value that a PrAutomation asks for is not given."),
    ("NoActions", "An Observer has nothing to do."),
    ("NotAllowed", "A value is not as its kind wants it."),
    ("OtherGroup", "A kind of Stagecoach's under another group."),
    ("OtherPipeline", "An Approval is for a context of another pipeline."),
    (
        "PatchOnly",
        "A pipeline uses a PrAutomation that opens no pull request.",
    ),
    (
        "RepositoryMissing",
        "Nothing says which repository a PrAutomation is about.",
    ),
    ("ScriptFailed", "A script does not compile."),
    ("SecretTold", "A title, message or branch shows a password."),
    ("TemplateLimitExceeded", "A template is too large, or does too much."),
    (
        "TemplatesUnnamed",
        "Templates or scripts are elsewhere, and nothing says where.",
    ),
    ("TooLarge", "A file is too large to be checked."),
    (
        "UndefinedVariable",
        "A title, message or branch uses what has no value.",
    ),
    ("UnknownField", "A field that the kind does not have."),
    (
        "UnknownGate",
        "An Approval names an edge or gate that its pipeline does not have.",
    ),
    ("UnknownKind", "A kind that does not exist."),
    ("UnknownStage", "An edge names a stage that does not exist."),
    (
        "UnknownValue",
        "A condition looks at what no entry of spec.configuration is called.",
    ),
    ("UnknownVersion", "A version of a kind that is not served."),
    (
        "UnresolvedReference",
        "An object that is named is not among the manifests.",
    ),
    ("Unsupported", "A field that this version cannot serve."),
    ("UnsupportedGate", "A type of gate that this version cannot serve."),
    ("UnsupportedKind", "A kind of service that this version cannot judge."),
    ("WrongType", "A value of another type."),
];

/// What a rule is about.
pub(super) fn about(rule: &str) -> Option<&'static str> {
    let found = RULES.binary_search_by_key(&rule, |(name, _)| name).ok()?;
    RULES.get(found).map(|(_, about)| *about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_rule() {
        let page = include_str!("../../../../docs/lint.md");
        for (rule, about) in RULES {
            let row = format!("| `{rule}` | {about} |\n");
            assert!(page.contains(&row), "docs/lint.md lacks {row}");
            assert_eq!(
                super::about(rule),
                Some(*about),
                "the order of the table is that of the names"
            );
        }
        assert_eq!(page.matches("\n| `").count(), RULES.len() + JSON_KEYS);
    }

    /// Rows of the page that are about `-o json`.
    const JSON_KEYS: usize = 6;
}
