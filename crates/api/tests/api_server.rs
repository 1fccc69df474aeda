//! The CRDs on a real API server: they install, take what they must take, give it back, refuse what is wrong with a
//! message that a person can act on, and explain themselves.

mod api_server {
    mod accepted;
    mod explained;
    mod installed;
    mod manifests;
    mod refused;
    mod server;
}
