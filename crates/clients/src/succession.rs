//! Replacements of objects without an ID: an `aws-auth` entry, or the Windows support key.
//!
//! With `create_before_destroy`, two state objects refer to the same object until Terraform core deletes the old one,
//! which must not delete the object of the new one. Objects with a UID or an ARN are compared by it. For the others,
//! the ledger of the run records the replacement. If the run is interrupted between the creation and the deletion, the
//! next run reads the record from the data directory.

use super::object_key::ObjectKey;
use super::run_ledger::RunLedger;
use framework::resource::Plan;

/// The plan replaces the object.
const REPLACED: &str = "replaced";
/// The new state object refers to it, and the old one was not deleted yet.
const SUCCEEDED: &str = "succeeded";

impl RunLedger {
    /// Records whether a plan replaces an object in state.
    pub fn record_replacement<M>(&self, plan: &Plan<M>, key: &ObjectKey) {
        // The plan during an apply cannot see the state of the object.
        if !self.state_was_read() {
            return;
        }
        let memory = self.creations().plan_memory(key);
        if plan.is_create() && self.is_held(key) {
            memory.remember(REPLACED, "");
        } else {
            memory.forget(REPLACED);
        }
    }

    /// Records that the object was created or adopted, so that it no longer belongs to the old state object.
    pub(super) fn record_ownership_transfer(&self, key: &ObjectKey) {
        let memory = self.creations().plan_memory(key);
        if memory.recall(REPLACED).is_some() {
            memory.remember(SUCCEEDED, "");
            memory.forget(REPLACED);
        }
    }

    /// Records that the object was deleted, so that the next creation replaces no other state object.
    pub fn record_deleted(&self, key: &ObjectKey) {
        self.creations().plan_memory(key).forget(REPLACED);
    }

    /// Whether the object of an old state object now belongs to its replacement, which this run created, or an earlier
    /// run that was interrupted before the deletion. If it does, the deletion changes nothing.
    #[must_use]
    pub fn is_owned_by_replacement(&self, key: &ObjectKey) -> bool {
        let memory = self.creations().plan_memory(key);
        let is_of_earlier_run = memory.recall(SUCCEEDED).is_some();
        memory.forget(SUCCEEDED);
        is_of_earlier_run || self.is_created(key)
    }
}

#[cfg(test)]
mod tests {
    use super::super::creation_records::CreationRecords;
    use super::*;

    fn key() -> ObjectKey {
        ObjectKey::new("test", "eu-west-1", "blue", "entry")
    }

    /// Plans a creation of the object in a run that has or has not read its state.
    fn planned(records: &CreationRecords, is_in_state: bool) {
        let ledger = RunLedger::new(records.clone());
        ledger.record_state_read();
        if is_in_state {
            ledger.record_read(&key());
        }
        ledger.record_replacement(&Plan::new((), None, ()), &key());
    }

    fn created(records: &CreationRecords) {
        RunLedger::new(records.clone()).claim(key()).expect("the right to create").record_created();
    }

    fn is_owned_by_replacement(records: &CreationRecords) -> bool {
        RunLedger::new(records.clone()).is_owned_by_replacement(&key())
    }

    #[test]
    fn interrupted_replacement_keeps_the_object() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let records = CreationRecords::in_directory(folder.path());
        planned(&records, true);
        assert!(!is_owned_by_replacement(&records), "nothing was created");
        created(&records);
        assert!(is_owned_by_replacement(&records));
        assert!(!is_owned_by_replacement(&records), "the old state object was deleted");
    }

    #[test]
    fn other_creations_do_not_transfer_ownership() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let records = CreationRecords::in_directory(folder.path());
        planned(&records, false);
        created(&records);
        assert!(!is_owned_by_replacement(&records), "no state had it");
        // Another process deleted it, so the read removed it from the state.
        let ledger = RunLedger::new(records.clone());
        ledger.record_read(&key());
        ledger.record_gone(&key());
        ledger.record_replacement(&Plan::new((), None, ()), &key());
        created(&records);
        assert!(!is_owned_by_replacement(&records));
        // The old object is deleted first.
        planned(&records, true);
        RunLedger::new(records.clone()).record_deleted(&key());
        created(&records);
        assert!(!is_owned_by_replacement(&records));
        // A later plan keeps the object.
        planned(&records, true);
        let ledger = RunLedger::new(records.clone());
        ledger.record_state_read();
        ledger.record_replacement(&Plan::new((), Some(()), ()), &key());
        created(&records);
        assert!(!is_owned_by_replacement(&records));
    }
}
