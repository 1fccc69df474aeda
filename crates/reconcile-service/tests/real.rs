//! The whole loop on real parts: an API server, Argo CD and a forge. Only the operator around it is missing.

mod real {
    mod engines;
    mod faults;
    mod lifecycle;
    mod scene;
}
