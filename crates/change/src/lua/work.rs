//! The work that a script may do. It is counted, not timed, so that the same script always comes out the same.

use std::cell::Cell;
use std::rc::Rc;

/// All of it, in units of about a hundredth of a microsecond. The tests of this crate are not optimised.
const MOST: u64 = if cfg!(test) { 50_000_000 } else { 200_000_000 };

/// What is left.
#[derive(Clone, Debug)]
pub(super) struct Work {
    left: Rc<Cell<u64>>,
}

impl Work {
    pub(super) fn new() -> Self {
        Self {
            left: Rc::new(Cell::new(MOST)),
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.left.get() == 0
    }

    /// Takes what something costs. Fails for good once nothing is left.
    pub(super) fn take(&self, units: usize) -> Result<(), String> {
        let units = u64::try_from(units).unwrap_or(u64::MAX);
        self.left.set(self.left.get().saturating_sub(units));
        if self.is_done() {
            return Err("too much work".to_owned());
        }
        Ok(())
    }
}
