//! The hunks of a text: which lines go and come, with some around them.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, Hunk, InternedInput};

use super::{Line, LineKind};

/// Unchanged lines around a change.
const CONTEXT: u32 = 3;

/// What changes between two texts: each place with its lines.
pub fn text_lines<'a>(before: &'a str, after: &'a str) -> Vec<Line<'a>> {
    let mut input: InternedInput<&'a str> = InternedInput::default();
    // With their ends: the last line may have none.
    input.update_before(before.split_inclusive('\n'));
    input.update_after(after.split_inclusive('\n'));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let (old, new) = (input.before.len(), input.after.len());
    let text = |tokens: &[imara_diff::Token], range: Range<u32>| -> Vec<&'a str> {
        let tokens = tokens.get(range.start as usize..range.end as usize).unwrap_or_default();
        tokens.iter().map(|token| input.interner[*token]).collect()
    };
    let mut lines = Vec::new();
    for group in groups(diff.hunks()) {
        let Some((first, last)) = group.first().zip(group.last()) else {
            continue;
        };
        let (lead, tail) = (CONTEXT.min(first.before.start), rest(old, last.before.end).min(CONTEXT));
        debug_assert_eq!(tail, rest(new, last.after.end).min(CONTEXT));
        let place = |first: u32, last: u32| side(&(first - lead..last + tail));
        let (from, to) = (
            place(first.before.start, last.before.end),
            place(first.after.start, last.after.end),
        );
        lines.push(Line::new(LineKind::Place, format!("@@ -{from} +{to} @@")));
        let mut at = first.before.start - lead;
        for hunk in &group {
            put(
                &mut lines,
                LineKind::Context,
                text(&input.before, at..hunk.before.start),
            );
            put(&mut lines, LineKind::Deleted, text(&input.before, hunk.before.clone()));
            put(&mut lines, LineKind::Inserted, text(&input.after, hunk.after.clone()));
            at = hunk.before.end;
        }
        put(&mut lines, LineKind::Context, text(&input.before, at..at + tail));
    }
    lines
}

/// Changes whose surroundings meet stand together.
fn groups(hunks: impl Iterator<Item = Hunk>) -> Vec<Vec<Hunk>> {
    let mut groups: Vec<Vec<Hunk>> = Vec::new();
    for hunk in hunks {
        match groups.last_mut() {
            Some(group)
                if group
                    .last()
                    .is_some_and(|last| hunk.before.start - last.before.end <= 2 * CONTEXT) =>
            {
                group.push(hunk);
            }
            _ => groups.push(vec![hunk]),
        }
    }
    groups
}

/// How many lines are left.
fn rest(all: usize, end: u32) -> u32 {
    u32::try_from(all).unwrap_or(u32::MAX).saturating_sub(end)
}

/// First line and count as a place has them: no lines are behind the one before them, and one line needs no count.
fn side(range: &Range<u32>) -> String {
    match range.end - range.start {
        0 => format!("{},0", range.start),
        1 => (range.start + 1).to_string(),
        count => format!("{},{count}", range.start + 1),
    }
}

fn put<'a>(lines: &mut Vec<Line<'a>>, kind: LineKind, texts: Vec<&'a str>) {
    let sign = match kind {
        LineKind::Deleted => '-',
        LineKind::Inserted => '+',
        _ => ' ',
    };
    for text in texts {
        let ended = text.strip_suffix('\n');
        lines.push(Line::new(kind, format!("{sign}{}", ended.unwrap_or(text))));
        if ended.is_none() {
            lines.push(Line::new(LineKind::NoEnd, "\\ No newline at end of file"));
        }
    }
}
