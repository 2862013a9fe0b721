//! The `kubelet` field of an `EC2NodeClass`.
//!
//! Up to Karpenter 1.14 it is a closed object. Later versions accept every field of the `KubeletConfiguration`:
//! Karpenter reads `maxPods`, `podsPerCore`, `kubeReserved`, `systemReserved`, and `evictionHard`, and passes all
//! others to the kubelet. The API server does not check the values.

use serde_json::{Map, Value as Json};

use crate::kubelet_config::startup::{self, Surroundings};
use crate::kubelet_config::{self};
use crate::node::{Family, Finding, Mode, Place};

/// Signals that Karpenter supports in eviction thresholds.
const SIGNALS: [&str; 6] = [
    "imagefs.available",
    "imagefs.inodesFree",
    "memory.available",
    "nodefs.available",
    "nodefs.inodesFree",
    "pid.available",
];

const EVICTION: [&str; 3] = ["evictionHard", "evictionSoft", "evictionSoftGracePeriod"];

/// Numbers that the definition does not allow to be negative.
const NOT_NEGATIVE: [&str; 3] = ["maxPods", "podsPerCore", "evictionMaxPodGracePeriod"];

/// Checks the field with the rules of the kubelet and of Karpenter. `ami_family` is the value of `amiFamily`, if it is
/// known. `is_whole` is false if unknown members are missing from `given`: the rules for combinations of members then
/// do not apply.
pub fn check(given: &Json, is_whole: bool, ami_family: Option<&str>, place: &Place, found: &mut Vec<Finding>) {
    let Json::Object(given) = given else {
        found.push(Finding::error(place.clone(), "kubelet must be an object, such as { maxPods = 110 }."));
        return;
    };
    let known = found.len();
    let mut members = given.clone();
    if members.remove("registerWithTaints").is_some() {
        let text = "Karpenter rejects registerWithTaints. Use the taint and startup_taint blocks of the node pool.";
        found.push(Finding::error(place.key("registerWithTaints"), text));
    }
    if given.get("maxPods").is_some_and(Json::is_string) {
        members.remove("maxPods");
        let text = "A CEL expression for maxPods requires Karpenter 1.15 or later and its feature gate.";
        found.push(Finding::warning(place.key("maxPods"), text));
    }
    kubelet_config::check(&members, None, place, found);
    of_karpenter(&members, place, found);
    if !is_whole {
        return;
    }
    grace_periods(&members, place, found);
    // The rules would misread a value of another type.
    if found[known..].iter().any(Finding::is_error) {
        return;
    }
    let around = Surroundings {
        family: ami_family.map_or(Family::AmazonLinux2023, family),
        version: None,
        mode: Mode::SelfManaged,
        replaced: &[],
    };
    startup::check(&members, &around, place, found);
}

fn family(name: &str) -> Family {
    match name {
        "AL2" => Family::AmazonLinux2,
        "Bottlerocket" => Family::Bottlerocket,
        windows if windows.starts_with("Windows") => Family::Windows,
        _ => Family::AmazonLinux2023,
    }
}

fn of_karpenter(given: &Map<String, Json>, place: &Place, found: &mut Vec<Finding>) {
    for name in EVICTION {
        for signal in given.get(name).and_then(Json::as_object).into_iter().flat_map(Map::keys) {
            if !SIGNALS.contains(&signal.as_str()) {
                let text =
                    format!("Karpenter supports only the eviction signals {}, got: {signal:?}.", SIGNALS.join(", "));
                found.push(Finding::error(place.key(name).key(signal), text));
            }
        }
    }
    for name in &EVICTION[..2] {
        for (signal, threshold) in given.get(*name).and_then(Json::as_object).into_iter().flatten() {
            let decimals = threshold.as_str().and_then(|text| text.strip_suffix('%')?.split_once('.'));
            if decimals.is_some_and(|(_, decimals)| decimals.len() > 2) {
                let text = format!("Karpenter supports percentages with at most two decimal places, got: {threshold}.");
                found.push(Finding::error(place.key(name).key(signal), text));
            }
        }
    }
    for name in NOT_NEGATIVE {
        if given.get(name).and_then(Json::as_i64).is_some_and(i64::is_negative) {
            found.push(Finding::error(place.key(name), format!("{name} must not be negative.")));
        }
    }
}

fn grace_periods(given: &Map<String, Json>, place: &Place, found: &mut Vec<Finding>) {
    let members = |name: &str| given.get(name).and_then(Json::as_object);
    for signal in members("evictionSoftGracePeriod").into_iter().flat_map(Map::keys) {
        if members("evictionSoft").is_none_or(|soft| !soft.contains_key(signal)) {
            let text = format!("evictionSoft has no threshold for {signal}. Add one, or remove the grace period.");
            found.push(Finding::error(place.key("evictionSoftGracePeriod").key(signal), text));
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::usual(json!({"maxPods": 110, "systemReserved": {"cpu": "100m"}, "evictionHard": {"memory.available": "5%"}}), "")]
    #[case::upstream_field(json!({"singleProcessOOMKill": true}), "")]
    #[case::misspelled(json!({"maxPod": 110}), "kubelet[\"maxPod\"]")]
    #[case::wrong_type(json!({"maxPods": [1]}), "kubelet[\"maxPods\"]")]
    #[case::taints(json!({"registerWithTaints": []}), "kubelet[\"registerWithTaints\"]")]
    #[case::negative(json!({"podsPerCore": -1}), "kubelet[\"podsPerCore\"]")]
    #[case::other_resource(json!({"kubeReserved": {"gpu": "1"}}), "kubelet[\"kubeReserved\"][\"gpu\"]")]
    #[case::other_signal(json!({"evictionHard": {"containerfs.available": "5%"}}), "kubelet[\"evictionHard\"][\"containerfs.available\"]")]
    #[case::three_decimals(json!({"evictionHard": {"memory.available": "5.555%"}}), "kubelet[\"evictionHard\"][\"memory.available\"]")]
    #[case::no_grace_period(json!({"evictionSoft": {"memory.available": "5%"}}), "kubelet[\"evictionSoft\"][\"memory.available\"]")]
    #[case::only_grace_period(json!({"evictionSoftGracePeriod": {"memory.available": "1m"}}), "kubelet[\"evictionSoftGracePeriod\"][\"memory.available\"]")]
    fn kubelet_rules_apply(#[case] given: Json, #[case] place: &str) {
        let mut found = Vec::new();
        check(&given, true, Some("AL2023"), &Place::of("kubelet"), &mut found);
        let errors: Vec<_> = found.iter().filter(|each| each.is_error()).map(|each| each.place.to_string()).collect();
        assert_eq!(errors, if place.is_empty() { vec![] } else { vec![place.to_owned()] }, "{found:#?}");
    }

    #[rstest]
    #[case::grace_period(json!({"evictionSoft": {"memory.available": "5%"}}))]
    #[case::threshold(json!({"evictionSoftGracePeriod": {"memory.available": "1m"}}))]
    #[case::low_threshold(json!({"imageGCHighThresholdPercent": 70}))]
    fn unknown_members_may_complete_a_combination(#[case] known: Json) {
        for (is_whole, has_errors) in [(true, true), (false, false)] {
            let mut found = Vec::new();
            check(&known, is_whole, Some("AL2023"), &Place::of("kubelet"), &mut found);
            assert_eq!(found.iter().any(Finding::is_error), has_errors, "{found:#?}");
        }
    }

    #[test]
    fn cel_expression_is_a_warning() {
        let mut found = Vec::new();
        check(&json!({"maxPods": "vcpus * 10"}), true, None, &Place::of("kubelet"), &mut found);
        assert!(found.len() == 1 && !found[0].is_error(), "{found:#?}");
    }
}
