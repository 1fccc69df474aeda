//! The CRDs on a real API server: they install, take what they must take, give it back, refuse what is wrong with a
//! message that a person can act on, and explain themselves.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says so by ending"
)]

mod api_server {
    mod accepted;
    mod explained;
    mod installed;
    mod manifests;
    mod refused;
    mod server;
}
