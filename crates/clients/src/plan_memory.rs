//! Facts that a plan was made with, for the plan that core makes again during the apply.
//!
//! Clients before protocol 6.11 return nothing of the first plan, so the facts are also in the data directory of the run. A
//! plan that certainly is one reads the outside and remembers; what may be an apply uses what is remembered. A saved plan
//! that is applied elsewhere finds nothing here and reads the outside again.

use std::path::{Path, PathBuf};

/// The facts in one data directory. Without one nothing is remembered.
#[derive(Debug, Clone, Default)]
pub struct PlanMemory(Option<PathBuf>);

impl PlanMemory {
    /// The facts in a folder, which is made when it is needed.
    #[must_use]
    pub fn in_folder(folder: PathBuf) -> Self {
        Self(Some(folder))
    }

    /// The fact of this name.
    #[must_use]
    pub fn recall(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.0.as_ref()?.join(name)).ok()
    }

    /// Remembers a fact instead of the one before. Where that is not possible, the apply reads the outside.
    pub fn remember(&self, name: &str, fact: &str) {
        let Some(folder) = &self.0 else { return };
        if let Err(error) = replace(folder, name, fact) {
            tracing::debug!(%error, folder = %folder.display(), "a fact of the plan is not remembered");
        }
    }
}

/// Writes beside the file and renames, so that no reader finds a part.
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
        PlanMemory::default().remember("release", "3");
        assert_eq!(PlanMemory::default().recall("release"), None);
    }
}
