//! Objects as JSON files of a folder: what a cloud is to other providers.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::Model;
use framework::path::Path;
use serde_json::Value as Json;
use wire::codec::{Leniency, encode_json, value_from_json};

/// The folder.
#[derive(Debug, Clone)]
pub(crate) struct Store(PathBuf);

impl Store {
    /// The objects in a folder, which is made when the first one is stored.
    pub(crate) fn of(folder: &str) -> Self {
        Self(folder.into())
    }

    fn file(&self, kind: &str, name: &str) -> PathBuf {
        self.0.join(format!("{kind}.{name}.json"))
    }

    /// Stores a model, in which every value is known.
    pub(crate) fn put<M: Model>(&self, kind: &str, name: &str, model: &M) -> Result<(), Diagnostics> {
        let json = encode_json(&model.to_value(), &M::block().ty())
            .map_err(|error| failure("store", kind, name, &error.to_string()))?;
        let file = self.file(kind, name);
        let write = || {
            fs::create_dir_all(&self.0)?;
            let fresh = file.with_extension("new");
            fs::write(&fresh, json.to_string())?;
            fs::rename(&fresh, &file)
        };
        write().map_err(|error: io::Error| failure("store", kind, name, &error.to_string()))
    }

    /// The object, if it is there. Members that others left out are null.
    pub(crate) fn get<M: Model>(&self, kind: &str, name: &str) -> Result<Option<M>, Diagnostics> {
        let bytes = match fs::read(self.file(kind, name)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failure("read", kind, name, &error.to_string())),
        };
        let wrong = |error: String| failure("read", kind, name, &error);
        let json: Json = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        let value =
            value_from_json(&json, &M::block().ty(), Leniency::Stored).map_err(|error| wrong(error.to_string()))?;
        M::from_value(&value, &Path::root()).map(Some).map_err(|error| wrong(error.to_string()))
    }

    /// Deletes the object, which may be missing.
    pub(crate) fn delete(&self, kind: &str, name: &str) -> Result<(), Diagnostics> {
        match fs::remove_file(self.file(kind, name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failure("delete", kind, name, &error.to_string())),
            _ => Ok(()),
        }
    }

    /// The names of all objects of a kind, in order.
    pub(crate) fn names(&self, kind: &str) -> Result<Vec<String>, Diagnostics> {
        let files = match fs::read_dir(&self.0) {
            Ok(files) => files,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failure("list", kind, "*", &error.to_string())),
        };
        let files = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
        let name = |file: String| Some(file.strip_prefix(kind)?.strip_prefix('.')?.strip_suffix(".json")?.to_owned());
        let mut names: Vec<_> = files.filter_map(name).collect();
        names.sort();
        Ok(names)
    }
}

fn failure(verb: &str, kind: &str, name: &str, cause: &str) -> Diagnostics {
    Diagnostic::error(format!("Could not {verb} the {kind} {name}"), format!("{cause}. Check the folder.")).into()
}
