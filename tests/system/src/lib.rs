//! Whole-system tests: the released binary against real parts.
