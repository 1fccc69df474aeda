//! Forges: read trait, write type, one folder a forge.
