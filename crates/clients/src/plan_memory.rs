//! Stores facts that a plan depends on for the second plan that Terraform core requests during apply.
//!
//! Clients before protocol 6.11 return nothing of the first plan, so the facts are also stored in the data directory of
//! the run. A call that is certainly a plan reads from the services and stores the facts. A call that may be an apply
//! uses the stored facts. If a saved plan is applied in another directory, no facts are found, and they are read from
//! the services again.

use std::path::{Path, PathBuf};

/// The facts in one data directory. If there is no data directory, nothing is stored.
#[derive(Debug, Clone, Default)]
pub struct PlanMemory(Option<PathBuf>);

impl PlanMemory {
    /// Opens the facts in a directory, which is created with the first fact.
    #[must_use]
    pub fn in_folder(folder: PathBuf) -> Self {
        Self(Some(folder))
    }

    /// Returns the fact with this name.
    #[must_use]
    pub fn recall(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.0.as_ref()?.join(name)).ok()
    }

    /// Stores a fact and replaces the previous one. If that fails, the apply reads the fact from the service again.
    pub fn remember(&self, name: &str, fact: &str) {
        let Some(folder) = &self.0 else { return };
        if let Err(error) = replace(folder, name, fact) {
            tracing::debug!(%error, folder = %folder.display(), "unable to store a plan fact");
        }
    }

    /// Removes a fact, if it exists.
    pub fn forget(&self, name: &str) {
        let Some(folder) = &self.0 else { return };
        if let Err(error) = std::fs::remove_file(folder.join(name))
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::debug!(%error, folder = %folder.display(), "unable to remove a plan fact");
        }
    }
}

/// Writes a temporary file and renames it, so that no reader sees a partial file.
fn replace(folder: &Path, name: &str, fact: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let made = folder.join(format!("{name}.{:016x}", fastrand::u64(..)));
    std::fs::write(&made, fact)?;
    std::fs::rename(&made, folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_fact_is_recalled() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let memory = PlanMemory::in_folder(folder.path().join("facts"));
        assert_eq!(memory.recall("release"), None);
        memory.remember("release", "1");
        memory.remember("release", "2");
        assert_eq!(memory.recall("release").as_deref(), Some("2"));
        assert_eq!(std::fs::read_dir(folder.path().join("facts")).expect("a folder").count(), 1);
        memory.forget("release");
        memory.forget("release");
        assert_eq!(memory.recall("release"), None);
        PlanMemory::default().remember("release", "3");
        assert_eq!(PlanMemory::default().recall("release"), None);
    }
}
