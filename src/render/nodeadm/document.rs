//! One `NodeConfig` as a user writes it, in YAML or JSON.

use serde_json::Value as Json;

use super::schema;
use crate::render::node::{Family, Finding, Place};
use crate::render::yaml::{self, YamlError};

/// A document that was read, and what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its content.
    pub tree: Json,
    found: Vec<Finding>,
}

impl Document {
    /// Reads a document for the nodeadm of a family.
    ///
    /// # Errors
    /// When it is not YAML that every reader takes in the same way.
    pub fn read(text: &str, family: Family) -> Result<Self, YamlError> {
        let tree = yaml::read(text)?;
        let found = schema::check(&tree, family);
        Ok(Self { tree, found })
    }

    /// What is wrong, at the place of the document; the text begins with the path inside.
    #[must_use]
    pub fn findings(&self, place: &Place) -> Vec<Finding> {
        let outside = |inside: &Finding| Finding {
            severity: inside.severity,
            place: place.clone(),
            text: format!("{}: {}", inside.place, inside.text),
        };
        self.found.iter().map(outside).collect()
    }
}
