//! Where versions are found and how they are ordered.
