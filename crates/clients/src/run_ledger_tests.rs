use rstest::rstest;

use super::*;
use framework::path::Path;

fn key(name: &str) -> ObjectKey {
    ObjectKey::new("profile", "eu-west-1", "blue", name)
}

fn plan(prior: Option<&'static str>, planned: &'static str, marker: &PlanMarker) -> Plan<&'static str> {
    Plan { marker: marker.clone(), ..Plan::new(planned, prior, planned) }
}

fn record(ledger: &RunLedger, plan: &Plan<&'static str>) -> Option<NameConflict> {
    ledger.record_plan(plan, |name| Some(key(name))).map(|(_, conflict)| conflict)
}

fn existing() -> Vec<String> {
    ["a", "b", "c"].map(str::to_owned).to_vec()
}

#[rstest]
#[case::original_first(true)]
#[case::copy_first(false)]
fn copy_of_an_existing_object_conflicts(#[case] original_first: bool) {
    let ledger = RunLedger::default();
    let original = plan(Some("a"), "a", &PlanMarker::random());
    let copy = plan(None, "a", &PlanMarker::random());
    let [first, second] = if original_first { [original, copy] } else { [copy, original] };
    assert_eq!(record(&ledger, &first), None);
    // The framework plans a change twice in one call.
    assert_eq!(record(&ledger, &first), None);
    let expected = if original_first { NameConflict::Kept } else { NameConflict::Created };
    assert_eq!(record(&ledger, &second), Some(expected));
}

#[test]
fn two_new_objects_of_one_name_conflict() {
    let ledger = RunLedger::default();
    let (one, two) = (PlanMarker::random(), PlanMarker::random());
    assert_eq!(record(&ledger, &plan(None, "a", &one)), None);
    assert_eq!(record(&ledger, &plan(None, "a", &one)), None);
    assert_eq!(record(&ledger, &plan(None, "a", &two)), Some(NameConflict::Created));
    assert_eq!(record(&ledger, &plan(None, "b", &two)), None);
}

#[test]
fn replacement_never_conflicts_with_itself() {
    let marker = PlanMarker::random();
    // On request, without a difference in any value.
    let ledger = RunLedger::default();
    assert_eq!(record(&ledger, &plan(Some("a"), "a", &marker)), None);
    assert_eq!(record(&ledger, &plan(None, "a", &marker)), None);
    assert_eq!(ledger.count("profile", &key("a").cluster, &existing()), 3);
    assert_eq!(record(&ledger, &plan(None, "a", &PlanMarker::random())), Some(NameConflict::Created));
    // Because of a value.
    let ledger = RunLedger::default();
    let mut first = plan(Some("a"), "a", &marker);
    first.replace(Path::attribute("role"));
    assert_eq!(record(&ledger, &first), None);
    assert_eq!(record(&ledger, &plan(None, "a", &marker)), None);
    assert!(ledger.is_known(&key("a")));
    assert_eq!(ledger.count("profile", &key("a").cluster, &existing()), 3);
}

#[test]
fn kept_and_created_objects_are_planned() {
    let ledger = RunLedger::default();
    assert!(!ledger.is_planned(&key("a")));
    record(&ledger, &plan(None, "a", &PlanMarker::random()));
    record(&ledger, &plan(Some("b"), "b", &PlanMarker::random()));
    assert!(ledger.is_planned(&key("a")) && ledger.is_planned(&key("b")));
    record(&ledger, &plan(Some("c"), "other", &PlanMarker::random()));
    assert!(!ledger.is_planned(&key("c")));
}

#[test]
fn name_that_a_resource_gives_up_is_free() {
    let ledger = RunLedger::default();
    assert_eq!(record(&ledger, &plan(Some("a"), "other", &PlanMarker::random())), None);
    assert_eq!(record(&ledger, &plan(None, "a", &PlanMarker::random())), None);
}

#[rstest]
#[case::creation_first(true)]
#[case::deletion_first(false)]
fn renamed_resource_block_is_recognized(#[case] creation_first: bool) {
    let ledger = RunLedger::default();
    let creation = plan(None, "a", &PlanMarker::random());
    if creation_first {
        assert_eq!(record(&ledger, &creation), None);
        assert!(ledger.destroy(&key("a")));
    } else {
        assert!(!ledger.destroy(&key("a")));
        assert_eq!(record(&ledger, &creation), Some(NameConflict::Destroyed));
    }
}

#[test]
fn each_object_of_a_cluster_counts_once() {
    let ledger = RunLedger::default();
    record(&ledger, &plan(None, "c", &PlanMarker::random()));
    record(&ledger, &plan(None, "d", &PlanMarker::random()));
    let green = ObjectKey::new("profile", "eu-west-1", "green", "e");
    ledger.create(&green, &PlanMarker::random());
    let blue = key("a").cluster;
    assert_eq!((ledger.count("profile", &blue, &existing()), ledger.count_planned("profile", &blue)), (4, 2));
    ledger.release(&key("a"));
    assert_eq!(ledger.count("profile", &blue, &existing()), 3);
    assert_eq!(ledger.count("node group", &blue, &existing()), 3);
}

#[test]
fn object_is_created_by_one_resource_of_a_run() {
    let ledger = RunLedger::default();
    let claim = ledger.claim(key("a"));
    assert!(claim.is_some() && ledger.claim(key("a")).is_none() && ledger.claim(key("b")).is_some());
    drop(claim);
    ledger.claim(key("a")).expect("the creation failed").record_created();
    assert!(ledger.claim(key("a")).is_none() && ledger.is_created(&key("a")) && !ledger.is_created(&key("b")));
}

#[test]
fn only_a_read_state_makes_a_plan_certain() {
    let ledger = RunLedger::default();
    record(&ledger, &plan(Some("a"), "a", &PlanMarker::random()));
    assert!(!ledger.state_was_read() && ledger.is_known(&key("a")));
    ledger.record_read(&key("b"));
    assert!(ledger.state_was_read() && ledger.is_known(&key("b")));
}

#[test]
fn topic_is_reported_once() {
    let ledger = RunLedger::default();
    assert!(ledger.is_first_report("a") && !ledger.is_first_report("a") && ledger.is_first_report("b"));
}
