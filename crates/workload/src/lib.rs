//! What runs: one reader a kind, objects as JSON to a verdict. Pure.
