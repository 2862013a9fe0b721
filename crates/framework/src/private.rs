//! Private data that a resource stores in addition to its state. Must not contain secrets, because it is part of the
//! state file.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// Whether no read has followed the import or move that the state comes from.
const FIRST_READ: &str = "first_read";

/// Values by key, stored as JSON.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Private(BTreeMap<String, Json>);

impl Private {
    /// Reads the stored private data. Unknown bytes, such as data of another provider after a move, are ignored.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).map(Self).unwrap_or_default()
    }

    /// Returns the bytes to store, or an empty list.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.0.is_empty() { Vec::new() } else { serde_json::to_vec(&self.0).unwrap_or_default() }
    }

    /// Returns the value of a key, or `None` if it does not exist or has another shape.
    #[must_use]
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_value(self.0.get(key)?.clone()).ok()
    }

    /// Stores a value.
    pub fn set(&mut self, key: &str, value: &impl Serialize) {
        if let Ok(value) = serde_json::to_value(value) {
            self.0.insert(key.to_owned(), value);
        }
    }

    /// Returns the private data of a newly imported or moved state.
    #[must_use]
    pub fn before_first_read() -> Self {
        let mut private = Self::default();
        private.set(FIRST_READ, &true);
        private
    }

    /// Whether this belongs to a newly imported or moved state. Only the first call returns `true`.
    pub(crate) fn take_first_read(&mut self) -> bool {
        self.0.remove(FIRST_READ).is_some()
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_round_trip() {
        let mut private = Private::default();
        private.set("update", &"u-1");
        let read = Private::from_bytes(&private.to_bytes());
        assert_eq!(read.get::<String>("update").as_deref(), Some("u-1"));
    }

    #[test]
    fn foreign_bytes_count_as_nothing() {
        assert_eq!(Private::from_bytes(b"\x00\x01"), Private::default());
        assert!(Private::from_bytes(b"[]").to_bytes().is_empty());
    }
}
