//! The PrAutomation reconciler.
