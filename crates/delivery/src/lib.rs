//! What several reconcilers need of a forge: connections, the poller of pull requests, and the way from an automation
//! to an open pull request, its names and its text. It decides nothing about promotions and writes nothing to Kubernetes.

mod body;
mod calls;
mod charts;
mod connection;
mod error;
mod git;
mod names;
mod open;
mod patch;
mod poller;
mod propose;
mod registry;
mod repository;
mod shown;
mod sources;

pub use body::{Body, FileText};
pub use calls::count_calls;
pub use connection::{Connections, Forge, Watched};
pub use error::Error;
pub use names::{Group, Head, branch};
pub use open::{Intent, close, comment, label, open};
pub use patch::{LARGEST_PATCH, mail, patch};
pub use poller::{Followed, Poller, RepositoryKey, Trouble, Wake};
pub use propose::{Base, Before, Edit, Proposal, Sides, base, propose, propose_whole};
pub use registry::{RegistryError, registry_credentials};
pub use repository::{ManagementRepository, repository_of};
pub use shown::{plain, short, shown};
pub use sources::Sources;

use open::author;
