//! The documents that are judged: those of `documents`, each of their changes, and changes in pairs.

use std::collections::BTreeSet;

use serde_json::Value;

use super::mutate::{Samples, changes};
use super::schema::Schema;

/// The most pairs made of the changes of one document.
const PAIRS: usize = 500;

/// Always the same ones, none of them twice.
pub(super) fn cases(schema: &Schema, documents: &[Value], samples: Samples) -> Vec<Value> {
    let mut chance = fastrand::Rng::with_seed(6);
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let mut add = |document: Value| {
        if seen.insert(document.to_string()) {
            found.push(document);
        }
    };
    for document in documents {
        add(document.clone());
        let changes = changes(schema, document, samples);
        for change in &changes {
            let mut changed = document.clone();
            if change.make(&mut changed) {
                add(changed);
            }
        }
        for _ in 0..changes.len().min(PAIRS) {
            let mut changed = document.clone();
            let pair = [0, 1].map(|_| &changes[chance.usize(..changes.len())]);
            if pair.into_iter().all(|change| change.make(&mut changed)) {
                add(changed);
            }
        }
    }
    found
}
