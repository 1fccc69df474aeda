use stagecoach_delivery::{Before, Sides};

use super::super::decide::tests::observed;
use super::*;

fn proposal() -> Proposal {
    let sides = Sides {
        before: Before::Listed { blob: "b".to_owned() },
        after: None,
        mode_before: None,
        mode: None,
    };
    Proposal {
        changes: [("old/a.yaml".to_owned(), sides)].into(),
        warnings: vec!["spec.updates.regexes[0]: matches nothing".to_owned()],
        ..Proposal::default()
    }
}

#[test]
fn the_message_comes_first_and_untouched() {
    let observed = observed(2, None, &[]);
    let text = body(&Story {
        observed: &observed,
        message: "Update app\n\nPlural Service: dev/app\n",
        hidden: &["token".to_owned()],
        proposal: &proposal(),
    });
    assert!(
        text.starts_with("Update app\n\nPlural Service: dev/app\n\n---\n"),
        "{text}"
    );
    for wanted in [
        "| PrAutomationTrigger | `infra/bump`, generation 2 |\n",
        "| PrAutomation | `app` |\n",
        "| `version` | `1.2.3` |\n",
        "| `token` | `(hidden)` |\n",
        "`old/a.yaml` is deleted\n",
        "> **Warning:** spec.updates.regexes[0]: matches nothing\n",
        "<!-- stagecoach.dev/trigger: u1/2 -->\n",
    ] {
        assert!(text.contains(wanted), "{wanted:?} in {text}");
    }
    assert!(text.contains(&mark(&observed)));
}

#[test]
fn each_generation_has_a_mark_of_its_own() {
    assert_ne!(mark(&observed(1, None, &[])), mark(&observed(2, None, &[])));
}
