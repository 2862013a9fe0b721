//! The operations of the resources of one run, by object.
//!
//! Terraform core calls each resource separately and passes no addresses, so this is the only place that detects two
//! resource blocks for one object. A provider configuration has one ledger, and Terraform core configures the provider
//! again for every plan and apply: records of a plan are not available during the apply.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::creation_records::{CreationRecord, CreationRecords};
pub use super::object_key::{ClusterKey, ObjectKey};
use framework::plan_marker::PlanMarker;
use framework::resource::Plan;

/// The operation of another resource of the run on an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameConflict {
    /// It manages the object and keeps it.
    Kept,
    /// It is planned to create the object.
    Created,
    /// It is planned to delete the object, probably because the resource was renamed in the configuration.
    Destroyed,
}

/// The ledger of one run: a plan or an apply.
#[derive(Debug, Default)]
pub struct RunLedger {
    notes: Mutex<Notes>,
    creations: CreationRecords,
}

#[derive(Debug, Default)]
struct Notes {
    objects: HashMap<ObjectKey, Entry>,
    state_was_read: bool,
    reported: HashSet<&'static str>,
}

#[derive(Debug, Default)]
struct Entry {
    /// A state contains the object.
    in_state: bool,
    /// A read has found that the object does not exist, so no state contains it any longer.
    is_gone: bool,
    /// The resource that keeps or creates the object, as far as the run has planned.
    holder: Option<(PlanMarker, Intent)>,
    /// The object is planned to be deleted, or was deleted by this run.
    leaves: bool,
    /// The object is planned to be deleted without a replacement.
    destroyed: bool,
    /// A resource is creating the object now.
    is_being_created: bool,
    /// A resource of this run has created or adopted the object.
    created: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Intent {
    Keep,
    Create,
}

impl RunLedger {
    /// Creates an empty ledger with the records of the data directory.
    #[must_use]
    pub fn new(creations: CreationRecords) -> Self {
        Self { notes: Mutex::default(), creations }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        // The lock cannot be poisoned: no code that panics runs while it is held.
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the records of interrupted creations.
    #[must_use]
    pub fn creations(&self) -> &CreationRecords {
        &self.creations
    }

    fn with<T>(&self, key: &ObjectKey, act: impl FnOnce(&mut Entry) -> T) -> T {
        act(self.notes().objects.entry(key.clone()).or_default())
    }

    /// Records that Terraform core reads this object because a state contains it.
    pub fn record_read(&self, key: &ObjectKey) {
        self.record_state_read();
        self.record_in_state(key);
    }

    /// Records that Terraform core reads a state, regardless of the result.
    pub fn record_state_read(&self) {
        self.notes().state_was_read = true;
    }

    /// Records that a state contains the object.
    pub fn record_in_state(&self, key: &ObjectKey) {
        self.with(key, |entry| entry.in_state = true);
        self.creations.forget(key);
    }

    /// Records that Terraform core reads this object and removes it from state, because it does not exist.
    pub fn record_gone(&self, key: &ObjectKey) {
        self.with(key, |entry| entry.is_gone = true);
    }

    /// Whether a state of this run contains the object after it was read.
    pub(super) fn is_held(&self, key: &ObjectKey) -> bool {
        self.is_known(key) && !self.with(key, |entry| entry.is_gone)
    }

    /// Whether this run is certainly a plan: Terraform core reads states during a plan and never during an apply. An
    /// error in a plan that is repeated during apply would leave the previous resource of a create_before_destroy
    /// replacement deposed, and the next apply would delete it. A run that may be an apply warns instead, and leaves
    /// the error to the creation.
    #[must_use]
    pub fn state_was_read(&self) -> bool {
        self.notes().state_was_read
    }

    /// Returns a fact that the plan of an object depends on and that another process can change: the value that the
    /// plan before an apply used, or the current value. Returns `None` if it is unknown.
    ///
    /// # Errors
    /// Returns the errors of the read.
    pub async fn fact<M, E>(
        &self,
        plan: &mut Plan<M>,
        key: &ObjectKey,
        name: &'static str,
        read: impl Future<Output = Result<Option<String>, E>>,
    ) -> Result<Option<String>, E> {
        let memory = self.creations.plan_memory(key);
        let earlier = plan.facts.get(name).map(str::to_owned);
        let found = match earlier.or_else(|| if self.state_was_read() { None } else { memory.recall(name) }) {
            Some(earlier) => Some(earlier),
            None => read.await?,
        };
        if let Some(found) = &found {
            plan.facts.set(name, found);
            if self.state_was_read() {
                memory.remember(name, found);
            }
        }
        Ok(found)
    }

    /// Records the plan of a resource. Returns the object that another resource of the run manages, if there is one.
    /// Called when the plan has determined whether it replaces the object.
    pub fn record_plan<M>(
        &self,
        plan: &Plan<M>,
        key_of: impl Fn(&M) -> Option<ObjectKey>,
    ) -> Option<(ObjectKey, NameConflict)> {
        let planned = key_of(&plan.planned);
        let (key, conflict) = match &plan.prior {
            None => {
                let key = planned?;
                let conflict = self.create(&key, &plan.marker);
                (key, conflict)
            }
            Some(prior) => {
                // A state that was moved from another provider may not contain the cluster of its object.
                let key = key_of(prior).or_else(|| planned.clone())?;
                self.record_in_state(&key);
                if plan.is_replace() || planned.is_some_and(|planned| planned != key) {
                    self.release(&key);
                    return None;
                }
                let conflict = self.keep(&key, &plan.marker);
                (key, conflict)
            }
        };
        conflict.map(|conflict| (key, conflict))
    }

    fn keep(&self, key: &ObjectKey, marker: &PlanMarker) -> Option<NameConflict> {
        self.with(key, |entry| {
            let conflict = entry.conflict(marker);
            if entry.holder.is_none() {
                entry.holder = Some((marker.clone(), Intent::Keep));
            }
            conflict
        })
    }

    fn create(&self, key: &ObjectKey, marker: &PlanMarker) -> Option<NameConflict> {
        self.with(key, |entry| {
            if let Some(conflict) = entry.conflict(marker) {
                return Some(conflict);
            }
            // The same resource has just kept it: Terraform core replaces it on request (`-replace`,
            // `replace_triggered_by`).
            entry.leaves |= entry.holder.as_ref().is_some_and(|(_, intent)| *intent == Intent::Keep);
            entry.holder = Some((marker.clone(), Intent::Create));
            entry.destroyed.then_some(NameConflict::Destroyed)
        })
    }

    /// Records that the object is planned to be deleted so that a replacement can be created, or that it was deleted.
    pub fn release(&self, key: &ObjectKey) {
        self.with(key, |entry| {
            entry.leaves = true;
            if entry.holder.as_ref().is_some_and(|(_, intent)| *intent == Intent::Keep) {
                entry.holder = None;
            }
        });
        self.creations.forget(key);
    }

    /// Records that the object is planned to be deleted without a replacement. Returns whether another resource is
    /// planned to create it.
    pub fn destroy(&self, key: &ObjectKey) -> bool {
        self.with(key, |entry| {
            entry.destroyed = true;
            entry.holder.as_ref().is_some_and(|(_, intent)| *intent == Intent::Create)
        })
    }

    /// Whether a resource keeps the object, as far as the run has planned.
    #[must_use]
    pub fn is_kept(&self, key: &ObjectKey) -> bool {
        self.with(key, |entry| entry.holder.as_ref().is_some_and(|(_, intent)| *intent == Intent::Keep))
    }

    /// Whether a resource keeps or creates the object, as far as the run has planned.
    #[must_use]
    pub fn is_planned(&self, key: &ObjectKey) -> bool {
        self.with(key, |entry| entry.holder.is_some())
    }

    /// Whether an existing object is expected, because a state of this run contains it.
    #[must_use]
    pub fn is_known(&self, key: &ObjectKey) -> bool {
        self.with(key, |entry| entry.in_state || entry.leaves)
    }

    /// Returns the number of existing objects of a kind that the cluster will have after the planned changes.
    #[must_use]
    pub fn count(&self, kind: &'static str, cluster: &ClusterKey, existing: &[String]) -> usize {
        let notes = self.notes();
        let of = |name: &String| {
            let key = ObjectKey { kind, cluster: cluster.clone(), name: name.clone() };
            notes.objects.get(&key).is_some_and(|entry| entry.leaves)
        };
        let staying = existing.iter().filter(|name| !of(name)).map(String::as_str);
        staying.chain(notes.coming(kind, cluster)).collect::<BTreeSet<_>>().len()
    }

    /// Returns how many objects of a kind are planned to be created in the cluster.
    #[must_use]
    pub fn count_planned(&self, kind: &'static str, cluster: &ClusterKey) -> usize {
        self.notes().coming(kind, cluster).count()
    }

    /// Returns the exclusive right to create an object. Returns `None` while another resource of the run has it, or
    /// after a resource has created or adopted the object.
    pub fn claim(&self, key: ObjectKey) -> Option<Claim<'_>> {
        let granted = self.with(&key, |entry| {
            let free = !entry.is_being_created && !entry.created;
            entry.is_being_created |= free;
            free
        });
        // Evaluated lazily, because dropping a claim releases the right.
        granted.then(|| Claim { ledger: self, key, record: Mutex::default() })
    }

    /// Whether a resource of this run has created or adopted the object. The deletion of the previous resource, whose
    /// state has the same name, must not delete it.
    #[must_use]
    pub fn is_created(&self, key: &ObjectKey) -> bool {
        self.with(key, |entry| entry.created)
    }

    /// Whether a message is the first of its topic in this run.
    #[must_use]
    pub fn is_first_report(&self, topic: &'static str) -> bool {
        self.notes().reported.insert(topic)
    }
}

impl Notes {
    fn coming<'r>(&'r self, kind: &'static str, cluster: &'r ClusterKey) -> impl Iterator<Item = &'r str> {
        let coming = |entry: &Entry| entry.holder.as_ref().is_some_and(|(_, intent)| *intent == Intent::Create);
        let here =
            move |(key, entry): &(&ObjectKey, &Entry)| key.kind == kind && key.cluster == *cluster && coming(entry);
        self.objects.iter().filter(here).map(|(key, _)| key.name.as_str())
    }
}

impl Entry {
    /// Returns the operation of a resource with a different marker.
    fn conflict(&self, marker: &PlanMarker) -> Option<NameConflict> {
        let (_, intent) = self.holder.as_ref().filter(|(holder, _)| holder != marker)?;
        Some(match intent {
            Intent::Keep => NameConflict::Kept,
            Intent::Create => NameConflict::Created,
        })
    }
}

/// The exclusive right to create an object in this run, until dropped, with the record of the creation.
#[derive(Debug)]
pub struct Claim<'l> {
    ledger: &'l RunLedger,
    key: ObjectKey,
    record: Mutex<Option<CreationRecord>>,
}

impl Claim<'_> {
    /// The object to create.
    #[must_use]
    pub fn key(&self) -> &ObjectKey {
        &self.key
    }

    fn exchange(&self, record: Option<CreationRecord>) -> Option<CreationRecord> {
        std::mem::replace(&mut *self.record.lock().unwrap_or_else(PoisonError::into_inner), record)
    }

    /// Returns the record of a creation of the object that an earlier run has not finished, or of this claim.
    #[must_use]
    pub fn unfinished(&self) -> Option<CreationRecord> {
        self.exchange(None).or_else(|| self.ledger.creations.unfinished(&self.key))
    }

    /// Writes a record before the first request of the creation.
    pub fn write_record(&self, token: &str, request: &impl Serialize) {
        let record = self.ledger.creations.write(&self.key, token, request);
        self.exchange(record);
    }

    /// Continues a creation with its record.
    pub fn keep_record(&self, record: CreationRecord) {
        self.exchange(Some(record));
    }

    /// Records that the object was created, with its identity.
    pub fn confirm_record(&self, evidence: &str) {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        record.iter_mut().for_each(|record| record.confirm(evidence));
    }

    /// Removes the record, because nothing was created, or the created object was deleted again.
    pub fn discard_record(&self) {
        self.exchange(None).into_iter().for_each(CreationRecord::remove);
    }

    /// Records that the object belongs to the resource, which returns it to Terraform core: it was created, or adopted
    /// on request or by proof.
    pub fn record_created(&self) {
        self.ledger.with(&self.key, |entry| entry.created = true);
        self.ledger.record_ownership_transfer(&self.key);
        self.exchange(None).into_iter().for_each(CreationRecord::returned);
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.ledger.with(&self.key, |entry| entry.is_being_created = false);
    }
}

#[cfg(test)]
#[path = "run_ledger_tests.rs"]
mod tests;
