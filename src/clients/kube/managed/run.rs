//! What the custom resources of one run must know of each other.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::clients::creations::Creations;

/// One run: a plan or an apply.
#[derive(Debug, Default)]
pub struct Run {
    pub(super) creations: Creations,
    read: Mutex<HashSet<String>>,
    reads: AtomicBool,
}

impl Run {
    /// An object that was read because a state holds it.
    pub(super) fn read(&self, key: &str) {
        self.reads_a_state();
        // Nothing that can panic runs under this lock.
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned());
    }

    /// A state was read, whatever was found.
    pub(super) fn reads_a_state(&self) {
        self.reads.store(true, Ordering::Relaxed);
    }

    /// Whether a state of this run holds the object, so that what has its name is no surprise.
    pub(super) fn holds(&self, key: &str) -> bool {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    /// Whether a state was read in this run, as core does when it plans and never when it applies. An error in a plan
    /// that core makes again while it applies would leave the predecessor of a replacement that creates first deposed.
    pub(super) fn reads_states(&self) -> bool {
        self.reads.load(Ordering::Relaxed)
    }
}
