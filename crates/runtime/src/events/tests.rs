use super::*;

#[test]
fn a_note_is_cut_between_two_characters() {
    assert_eq!(cut("short", NOTE_BYTES), "short");
    let note = "é".repeat(600);
    let shown = cut(&note, 1023);
    assert_eq!(shown.len(), 1022);
    assert!(note.starts_with(shown));
}

#[test]
fn another_text_is_another_action_and_the_same_text_is_not() {
    assert_eq!(action("Promoted", "to dev"), action("Promoted", "to dev"));
    assert_ne!(action("Promoted", "to dev"), action("Promoted", "to prod"));
    assert!(action("PullRequestClosedWithoutMerge", "x").len() <= 128);
}
