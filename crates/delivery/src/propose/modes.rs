//! Modes that a forge does not set: what of a proposal is left to people, and what they are told. Pure.

use std::borrow::Cow;

use stagecoach_change::{Mode, Op};
use stagecoach_scm::FileMode;

use super::{Before, Proposal, Sides};

/// Files that a warning names; a status is small.
const NAMED: usize = 20;

/// The forge's word for a mode.
pub(super) fn of_forge(mode: Mode) -> FileMode {
    match mode {
        Mode::Regular => FileMode::Regular,
        Mode::Executable => FileMode::Executable,
    }
}

/// Takes the modes out that a commit cannot set. A change of nothing but a mode is none then, so that what was merged counts
/// as done; what is missing is a warning.
pub(super) fn leave_to_people(proposal: &mut Proposal) {
    let (mut to_run, mut not_to_run, mut done) = (Vec::new(), Vec::new(), Vec::new());
    for (path, sides) in &mut proposal.changes {
        let Some(wanted) = left_out(sides) else { continue };
        match wanted {
            Mode::Executable => to_run.push(path.clone()),
            Mode::Regular => not_to_run.push(path.clone()),
        }
        if is_as_it_was(sides) {
            done.push(path.clone());
        }
    }
    for path in done {
        proposal.changes.remove(&path);
        proposal.unchanged.insert(path);
    }
    proposal.warnings.extend(warning(&to_run, "executable", "+x"));
    proposal.warnings.extend(warning(&not_to_run, "not executable", "-x"));
}

/// The mode that is wanted and was taken out.
fn left_out(sides: &mut Sides) -> Option<Mode> {
    match (sides.op(), sides.mode) {
        // What a new file gets anyway.
        (Op::Create, Some(Mode::Regular)) => None,
        (Op::Create, wanted) => {
            sides.mode = Some(Mode::Regular);
            wanted
        }
        (Op::Update | Op::Delete, _) => sides.mode.take(),
    }
}

fn is_as_it_was(sides: &Sides) -> bool {
    match (&sides.before, &sides.after) {
        (Before::Read(file), Some(content)) => *content.bytes() == *file.bytes,
        (Before::Read(_) | Before::Absent | Before::Listed { .. }, _) => false,
    }
}

fn warning(paths: &[String], what: &str, flag: &str) -> Option<String> {
    let named: Vec<Cow<'_, str>> = paths.iter().take(NAMED).map(|path| for_shell(path)).collect();
    let more = match paths.len().checked_sub(NAMED) {
        None | Some(0) => String::new(),
        Some(more) => format!(" (and the same for {more} more files)"),
    };
    (!named.is_empty()).then(|| {
        format!(
            "the forge cannot set the mode of a file, and these are to be {what}: run `git update-index --chmod={flag} -- {}`{more} in a clone of the branch, commit and push it",
            named.join(" ")
        )
    })
}

/// A path as a shell takes it for one word.
fn for_shell(path: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./@%+=:,-".contains(&byte);
    if path.bytes().all(is_plain) {
        return Cow::Borrowed(path);
    }
    Cow::Owned(format!("'{}'", path.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests;
