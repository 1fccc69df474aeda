//! Faults as a user meets them: each ends in a condition and one event in plain words, nothing is lost or doubled, and
//! the work goes on by itself or as soon as a person has mended what is wrong, without a restart of the operator.

#[path = "faults/forge.rs"]
mod forge;
#[path = "faults/git_servers.rs"]
mod git_servers;
#[path = "faults/mends.rs"]
mod mends;
#[path = "faults/sights.rs"]
mod sights;
#[path = "faults/small.rs"]
mod small;
#[path = "faults/versions.rs"]
mod versions;
