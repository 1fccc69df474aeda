//! What holds for every file, context and automation.

use proptest::prelude::*;
use serde_json::json;

use super::{context, replacing, run};
use crate::{Files, compute, needs, validate};

proptest! {
    /// The tutorial's edit on any file: lines that do not match keep every byte, and the outcome is at its target.
    #[test]
    fn other_lines_stay_and_a_second_run_changes_nothing(
        lines in prop::collection::vec(prop_oneof![
            "\\PC{0,20}".prop_map(|line| (line, false)),
            "[a-z0-9.]{0,8}".prop_map(|tag| (format!("  tag: {tag} # VERSION"), true)),
        ], 1..12),
        ending in prop::sample::select(vec!["\n", "\r\n"]),
        version in "[0-9a-z.]{1,10}",
    ) {
        let text = lines.iter().map(|(line, _)| line.as_str()).collect::<Vec<_>>().join(ending);
        let automation = replacing(&[("tag: [^\\r\\n]* # VERSION", "a.yaml", "tag: {{ context.version }} # VERSION")]);
        let repository: Files = [("a.yaml", text.as_bytes())].into_iter().collect();
        let Ok(change_set) = run(&automation, json!({"version": version}), &repository) else {
            prop_assert!(lines.iter().all(|(_, matches)| !matches));
            return Ok(());
        };
        let outcome = change_set.changes.first().map_or_else(|| text.as_bytes().to_vec(), |change| change.content.bytes().into_owned());
        let after = String::from_utf8(outcome.clone()).expect("text stays text");
        for ((before, matches), after) in lines.iter().zip(after.split(ending)) {
            if *matches {
                prop_assert_eq!(after, format!("  tag: {version} # VERSION"));
            } else if !before.contains("tag: ") {
                prop_assert_eq!(after, before);
            }
        }
        let again: Files = [("a.yaml", outcome)].into_iter().collect();
        prop_assert_eq!(run(&automation, json!({"version": version}), &again).expect("again").changes, []);
    }

    /// Every automation gives an answer, the same each time.
    #[test]
    fn nothing_panics(regex in "\\PC{0,16}", file in "\\PC{0,16}", replacement in "\\PC{0,16}", content in prop::collection::vec(any::<u8>(), 0..64)) {
        let automation = replacing(&[(&regex, &file, &replacement)]);
        let _ = validate(&automation);
        let context = context(json!({}));
        if let Ok(needs) = needs(&automation, &context) {
            let files: Files = needs.files.into_iter().map(|path| (path, content.clone())).collect();
            prop_assert_eq!(compute(&automation, &context, &files), compute(&automation, &context, &files));
        }
    }

    /// What is asked for is inside the repository.
    #[test]
    fn needs_stay_inside(file in "[./\\\\a-c:GIT{}~ -]{0,24}") {
        if let Ok(needs) = needs(&replacing(&[("a", &file, "b")]), &context(json!({}))) {
            for path in needs.files {
                let inside = path.split('/').all(|part| !matches!(part.to_lowercase().as_str(), "" | "." | ".." | ".git"));
                prop_assert!(inside && !path.contains('\\'), "{}", path);
            }
        }
    }
}
