//! Effects that are not carried out: what a forge that is down, or a change that cannot be made, answers.

use crate::input::ActionResult;

/// A kind of effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Plan,
    Open,
    Close,
    Comment,
    Confirm,
}

/// What an effect answers that is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Fault {
    Held(&'static str),
    Refused(&'static str),
}

impl Fault {
    pub(super) fn result(self) -> ActionResult {
        let (reason, message) = match self {
            Self::Held(message) => ("ForgeUnavailable", message),
            Self::Refused(message) => ("NothingMatched", message),
        };
        let (reason, message) = (reason.to_owned(), message.to_owned());
        match self {
            Self::Held(_) => ActionResult::Held { reason, message },
            Self::Refused(_) => ActionResult::Refused { reason, message },
        }
    }
}
