//! A `NodeConfig` document of a user, in YAML or JSON.

use serde_json::Value as Json;

use super::merge::merge;
use super::{conflicts, runtime, schema};
use crate::node::{Family, Finding, Place};
use crate::yaml::{self, YamlError};

/// A parsed document and its findings.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its contents.
    pub tree: Json,
    found: Vec<Finding>,
}

impl Document {
    /// Parses a document for the nodeadm of a family.
    ///
    /// # Errors
    /// Returns an error if the document is not YAML that all parsers read in the same way.
    pub fn read(text: &str, family: Family) -> Result<Self, YamlError> {
        let tree = yaml::read(text)?;
        let found = schema::check(&tree, family);
        Ok(Self { tree, found })
    }

    /// Returns the errors of a document. The text starts with the path in the document.
    #[must_use]
    pub fn findings(&self, place: &Place) -> Vec<Finding> {
        self.found.iter().map(|inside| inside.clone().in_document(place)).collect()
    }
}

/// Merges documents for EC2 like nodeadm, where later documents take precedence, and prints the result.
///
/// # Errors
/// Returns findings at `documents[0]` and so on if there is no document, or if a document is not valid or conflicts
/// with another one.
pub fn merge_texts(texts: &[String]) -> Result<String, Vec<Finding>> {
    let family = Family::AmazonLinux2023;
    let place = Place::of("documents");
    if texts.is_empty() {
        return Err(vec![Finding::error(place, "At least one document is required.")]);
    }
    let mut found = Vec::new();
    let mut documents = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let place = place.index(index);
        match Document::read(text, family) {
            Ok(document) => {
                found.extend(document.findings(&place));
                documents.push((place, document.tree));
            }
            Err(error) => found.push(Finding::error(place, format!("Unable to read the document: {error}."))),
        }
    }
    conflicts::check(&Json::Null, &documents, &mut found);
    runtime::settings(family, &documents, &mut found);
    found.retain(Finding::is_error);
    if !found.is_empty() {
        return Err(found);
    }
    let trees: Vec<Json> = documents.into_iter().map(|(_, tree)| tree).collect();
    Ok(yaml::print(&merge(&trees, family)))
}
