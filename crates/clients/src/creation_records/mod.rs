//! Write-ahead records of creations: proof that this configuration created an object whose apply was killed.
//!
//! A record is written to the data directory of the run before the first request of a creation, with the request and
//! its token. If a request is repeated with the same token, EKS returns the object that it created. EKS rejects every
//! other request for an existing name, so a repeated request that succeeds proves the creation. The writer holds a lock
//! on the file until it exits, and no other process can use the record until then. After the object is returned to
//! Terraform core, the record is marked as returned and is no longer proof, because the object may be in state. Reading
//! the object from state removes the record.

mod file;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::environment::Environment;
use super::object_key::{ClusterKey, ObjectKey};
use super::plan_memory::PlanMemory;
use file::LockedFile;

/// The subdirectory of the data directory.
const FOLDER: [&str; 2] = ["ekscompute", "creations"];

/// The directory next to it, for the facts of plans.
const PLANS: &str = "plans";

/// The records of one configuration and workspace. Without a data directory, nothing is recorded or recovered.
#[derive(Debug, Clone, Default)]
pub struct CreationRecords(Option<Arc<CreationPath>>);

#[derive(Debug)]
struct CreationPath {
    folder: PathBuf,
    origin: Origin,
    /// A search locks each file briefly, which must not hide it from another search of this process.
    search: Mutex<()>,
}

/// Identifies the state that contains the objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Origin {
    directory: String,
    workspace: String,
    /// A digest of the backend configuration, because the configuration can contain secrets.
    backend: Option<String>,
}

/// The contents of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Content {
    origin: Origin,
    kind: String,
    region: String,
    cluster: String,
    name: String,
    token: String,
    request: Json,
    /// The identity of the created object, once it is known.
    evidence: Option<String>,
    /// Whether the object was returned to Terraform core.
    returned: bool,
}

/// A locked record, which no other process can use.
#[derive(Debug)]
pub struct CreationRecord {
    file: LockedFile,
    content: Content,
}

impl CreationRecords {
    /// Opens the records in the data directory of the run, which Terraform core creates if it uses one.
    #[must_use]
    pub fn open(environment: &Environment, working_directory: &Path) -> Self {
        let data = environment.first(&["TF_DATA_DIR"]).unwrap_or_else(|| ".terraform".to_owned());
        let data = working_directory.join(data);
        if !data.is_dir() {
            tracing::debug!(directory = %data.display(), "no data directory found, creations are not recorded");
            return Self::default();
        }
        let read = |name: &str| std::fs::read_to_string(data.join(name)).ok();
        let selected = environment.first(&["TF_WORKSPACE"]).or_else(|| read("environment"));
        let workspace = selected.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        let backend = read("terraform.tfstate").and_then(|text| serde_json::from_str::<Json>(&text).ok());
        let directory = working_directory.canonicalize().unwrap_or_else(|_| working_directory.to_owned());
        let origin = Origin {
            directory: directory.to_string_lossy().into_owned(),
            workspace: workspace.unwrap_or_else(|| "default".to_owned()),
            backend: backend.map(|file| file["backend"].to_string()).map(|text| digest(&[&text])),
        };
        let folder = FOLDER.iter().fold(data, |folder, name| folder.join(name));
        Self(Some(Arc::new(CreationPath { folder, origin, search: Mutex::default() })))
    }

    /// Opens the records of a directory in which Terraform was initialized.
    #[cfg(any(test, feature = "testing"))]
    pub fn in_directory(directory: &Path) -> Self {
        Self::in_workspace(directory, "default")
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn in_workspace(directory: &Path, workspace: &str) -> Self {
        std::fs::create_dir_all(directory.join(".terraform")).expect("a data directory");
        Self::open(&Environment::fixed([("TF_WORKSPACE", workspace)]), directory)
    }

    /// Returns the facts of an object that plans of this workspace have stored.
    #[must_use]
    pub fn plan_memory(&self, key: &ObjectKey) -> PlanMemory {
        let Some(place) = &self.0 else { return PlanMemory::default() };
        let object = format!("{}{}", prefix_of(key), digest(&[&place.origin.workspace]));
        PlanMemory::in_folder(place.folder.with_file_name(PLANS).join(object))
    }

    /// Writes a record before the object is created. Returns `None` if that fails, and the creation continues without a
    /// record.
    #[must_use]
    pub fn write(&self, key: &ObjectKey, token: &str, request: &impl Serialize) -> Option<CreationRecord> {
        let place = self.0.as_ref()?;
        let content = Content {
            origin: place.origin.clone(),
            kind: key.kind.to_owned(),
            region: key.cluster.region.clone(),
            cluster: key.cluster.cluster.clone(),
            name: key.name.clone(),
            token: token.to_owned(),
            request: serde_json::to_value(request).ok()?,
            evidence: None,
            returned: false,
        };
        let name = format!("{}{:016x}.json", prefix_of(key), fastrand::u64(..));
        let bytes = serde_json::to_vec(&content).ok()?;
        match LockedFile::create(&place.folder, &name, &bytes) {
            Ok(file) => Some(CreationRecord { file, content }),
            Err(error) => {
                tracing::debug!(%error, folder = %place.folder.display(), "unable to record the creation of {}", key.name);
                None
            }
        }
    }

    /// Returns the record of an unfinished creation of this object whose process has ended. Records without evidence
    /// are removed.
    #[must_use]
    pub fn unfinished(&self, key: &ObjectKey) -> Option<CreationRecord> {
        let mut found = self.search(&prefix_of(key), |content| content.name == key.name);
        found.retain(|record| !record.content.returned);
        found.into_iter().next_back()
    }

    /// Returns the records of objects of a kind in a cluster with matching names whose processes have ended, even if
    /// their objects were returned to Terraform core.
    #[must_use]
    pub fn of_kind(
        &self,
        kind: &'static str,
        cluster: &ClusterKey,
        fits: impl Fn(&str) -> bool,
    ) -> Vec<CreationRecord> {
        self.search(&prefix(kind, cluster), |content| fits(&content.name))
    }

    /// Returns the first of these records, locked.
    #[must_use]
    pub fn take(
        &self,
        kind: &'static str,
        cluster: &ClusterKey,
        wanted: impl Fn(&CreationRecord) -> bool,
    ) -> Option<CreationRecord> {
        let place = self.0.as_ref()?;
        // The locks of non-matching records are released before the next search starts.
        let _search = place.search.lock().unwrap_or_else(PoisonError::into_inner);
        let all = self.read(place, &prefix(kind, cluster), |_| true);
        all.into_iter().find(|record| !record.content.returned && wanted(record))
    }

    /// Removes the records of an object that a state holds, or that does not exist.
    pub fn forget(&self, key: &ObjectKey) {
        for record in self.search(&prefix_of(key), |content| content.name == key.name) {
            record.remove();
        }
    }

    fn search(&self, prefix: &str, wanted: impl Fn(&Content) -> bool) -> Vec<CreationRecord> {
        let Some(place) = &self.0 else { return Vec::new() };
        let _search = place.search.lock().unwrap_or_else(PoisonError::into_inner);
        self.read(place, prefix, wanted)
    }

    fn read(&self, place: &CreationPath, prefix: &str, wanted: impl Fn(&Content) -> bool) -> Vec<CreationRecord> {
        let mut found = Vec::new();
        for (file, text) in LockedFile::all(&place.folder, prefix) {
            // A writer that was killed may have left the end of a longer content at the end of the file.
            match serde_json::Deserializer::from_str(&text).into_iter::<Content>().next() {
                Some(Ok(content)) if content.origin == place.origin && wanted(&content) => {
                    found.push(CreationRecord { file, content });
                }
                Some(Ok(_)) => {}
                // The writer ended before the record was complete, so before it sent a request.
                Some(Err(_)) | None => file.remove(),
            }
        }
        found
    }
}

impl CreationRecord {
    /// Returns the name of the object.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.content.name
    }

    /// Returns the token of the request.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.content.token
    }

    /// Whether the object was returned to Terraform core, so that it may be in the state.
    #[must_use]
    pub fn is_returned(&self) -> bool {
        self.content.returned
    }

    /// Returns the request, or `None` if a release with another request format wrote it.
    #[must_use]
    pub fn request<R: DeserializeOwned>(&self) -> Option<R> {
        serde_json::from_value(self.content.request.clone()).ok()
    }

    /// Returns the identity of the created object, if it was known.
    #[must_use]
    pub fn evidence(&self) -> Option<&str> {
        self.content.evidence.as_deref()
    }

    /// Records that the object was created, with its identity.
    pub fn confirm(&mut self, evidence: &str) {
        self.content.evidence = Some(evidence.to_owned());
        let bytes = serde_json::to_vec(&self.content).unwrap_or_default();
        if let Err(error) = self.file.overwrite(&bytes) {
            tracing::debug!(%error, "unable to update the record of a creation");
        }
    }

    /// Records that the object is returned to Terraform core.
    pub fn returned(mut self) {
        self.content.returned = true;
        let bytes = serde_json::to_vec(&self.content).unwrap_or_default();
        if let Err(error) = self.file.overwrite(&bytes) {
            // The evidence is no longer valid.
            tracing::debug!(%error, "unable to update the record of a creation, removing it");
            self.file.remove();
        }
    }

    /// Removes the record, because nothing was created, or the created object is in the state or was deleted.
    pub fn remove(self) {
        self.file.remove();
    }
}

fn prefix(kind: &str, cluster: &ClusterKey) -> String {
    format!("{}-", digest(&[kind, &cluster.region, &cluster.cluster]))
}

fn prefix_of(key: &ObjectKey) -> String {
    format!("{}{}-", prefix(key.kind, &key.cluster), digest(&[&key.name]))
}

/// FNV-1a hash, which is stable across releases. It only orders files and proves nothing.
fn digest(parts: &[&str]) -> String {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let hash = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests;
