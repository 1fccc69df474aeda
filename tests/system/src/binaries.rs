//! Finds the released binaries. Building them is the business of `cargo xtask`, which says where they are.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// Where `cargo xtask` says that the binaries are.
const FOLDER: &str = "STAGECOACH_BINARIES";

/// The programs that a user gets.
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// The folder that `STAGECOACH_BINARIES` names, else the checkout's release folder.
    ///
    /// # Errors
    /// When they were not built; the message says how to.
    pub fn find() -> Result<Self> {
        let folder = env::var_os(FOLDER).map_or_else(|| checkout().join("target/release"), PathBuf::from);
        let found = Self { folder };
        for program in [found.operator(), found.plugin()] {
            if !program.is_file() {
                bail!(
                    "{} is not there: build it with `cargo build --release -p stagecoach-operator -p kubectl-stagecoach`",
                    program.display()
                );
            }
        }
        Ok(found)
    }

    /// The operator.
    pub fn operator(&self) -> PathBuf {
        self.folder.join("stagecoach")
    }

    /// The kubectl plugin.
    pub fn plugin(&self) -> PathBuf {
        self.folder.join("kubectl-stagecoach")
    }

    /// The folder, for a search path.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// The root of the checkout.
pub(crate) fn checkout() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
