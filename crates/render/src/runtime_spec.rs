//! The OCI runtime specification that containerd merges into the specification of every container. nodeadm does not
//! validate it. If containerd cannot decode it, the node has no container runtime, and if runc rejects it, no container
//! starts. Source: `specs-go` of the runtime specification, and `libcontainer/specconv` of runc.

mod members;

use std::collections::BTreeSet;

use serde_json::{Map as JsonMap, Value as Json};

use super::members::{Checker, Reader};
use super::node::{Finding, Place};

const CONTAINERD: Reader = Reader {
    name: "containerd",
    consequence: "containerd does not start containers",
    releases: "with runtime-spec v1.3.0",
    versions: (0, 255),
};

/// Resources whose use Linux limits.
const LIMITS: [&str; 16] = [
    "RLIMIT_AS",
    "RLIMIT_CORE",
    "RLIMIT_CPU",
    "RLIMIT_DATA",
    "RLIMIT_FSIZE",
    "RLIMIT_LOCKS",
    "RLIMIT_MEMLOCK",
    "RLIMIT_MSGQUEUE",
    "RLIMIT_NICE",
    "RLIMIT_NOFILE",
    "RLIMIT_NPROC",
    "RLIMIT_RSS",
    "RLIMIT_RTPRIO",
    "RLIMIT_RTTIME",
    "RLIMIT_SIGPENDING",
    "RLIMIT_STACK",
];

/// Checks a specification, of which any part can be missing.
pub fn check(given: &JsonMap<String, Json>, place: &Place, found: &mut Vec<Finding>) {
    let known = found.len();
    Checker { reader: CONTAINERD, minor: None, found }.object(given, members::MEMBERS, place);
    // The rules would misread a value of another type.
    if found[known..].iter().any(Finding::is_error) {
        return;
    }
    let limits = given.get("process").and_then(|process| process.get("rlimits")).and_then(Json::as_array);
    let place = place.key("process").key("rlimits");
    let mut seen = BTreeSet::new();
    for (index, limit) in limits.into_iter().flatten().enumerate() {
        let place = place.index(index);
        let kind = limit.get("type").and_then(Json::as_str).unwrap_or_default();
        if !LIMITS.contains(&kind) {
            let text = format!("{kind:?} is not one of {}: runc does not start containers.", LIMITS.join(", "));
            found.push(Finding::error(place.key("type"), text));
        } else if !seen.insert(kind) {
            let text = format!("{kind} is set twice: runc does not start containers. Set it only once.");
            found.push(Finding::error(place.key("type"), text));
        }
        let number = |name: &str| limit.get(name).and_then(Json::as_u64).unwrap_or_default();
        let (soft, hard) = (number("soft"), number("hard"));
        if soft > hard {
            let text = format!(
                "The soft limit {soft} is above the hard limit {hard} (0 if unset): the kernel rejects it, and no \
                 container starts. Set hard to at least {soft}."
            );
            found.push(Finding::error(place.key("soft"), text));
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn findings(spec: &Json) -> Vec<Finding> {
        let mut found = Vec::new();
        check(spec.as_object().expect("an object"), &Place::of("spec"), &mut found);
        found
    }

    #[rstest]
    #[case(json!({"process": {"rlimits": [{"type": "RLIMIT_NOFILE", "soft": 1024, "hard": 1_048_576}]}}))]
    #[case(json!({"linux": {"maskedPaths": [], "resources": {"devices": [{"access": "rwm", "allow": false}]}}}))]
    #[case(json!({"hooks": {"createRuntime": [{"path": "/opt/hook", "args": ["hook"]}]}}))]
    fn known_members_are_accepted(#[case] spec: Json) {
        assert_eq!(findings(&spec), []);
    }

    #[rstest]
    #[case::kind_of_limit(json!([{"type": "NOFILE", "soft": 1, "hard": 2}]), "[0][\"type\"]")]
    #[case::soft_above_hard(json!([{"type": "RLIMIT_NOFILE", "soft": 2, "hard": 1}]), "[0][\"soft\"]")]
    #[case::no_hard(json!([{"type": "RLIMIT_NOFILE", "soft": 2}]), "[0][\"soft\"]")]
    #[case::negative(json!([{"type": "RLIMIT_NOFILE", "soft": -1, "hard": 1}]), "[0][\"soft\"]")]
    #[case::text(json!([{"type": "RLIMIT_NOFILE", "soft": 1, "hard": "1"}]), "[0][\"hard\"]")]
    #[case::twice(json!([{"type": "RLIMIT_CPU"}, {"type": "RLIMIT_CPU"}]), "[1][\"type\"]")]
    #[case::typo(json!([{"type": "RLIMIT_CPU", "hardd": 1}]), "[0][\"hardd\"]")]
    fn wrong_limits_are_errors(#[case] limits: Json, #[case] place: &str) {
        let found = findings(&json!({"process": {"rlimits": limits}}));
        let places: Vec<_> = found.iter().filter(|finding| finding.is_error()).map(|it| it.place.to_string()).collect();
        assert_eq!(places, [format!("spec[\"process\"][\"rlimits\"]{place}")]);
    }

    #[test]
    fn unknown_members_are_warnings() {
        let found = findings(&json!({"linux": {"hologram": true}}));
        assert!(matches!(found.as_slice(), [finding] if !finding.is_error()), "{found:?}");
    }
}
