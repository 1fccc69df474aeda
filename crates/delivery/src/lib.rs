//! What several reconcilers need of a forge.
