//! Every check with a state of the sandbox in which it fires, and the nearest state in which it does not.

use std::collections::BTreeSet;

use ekscompute::preflight::CHECKS;
use serde_json::{Value, json};

use crate::support::sandbox::Cluster;

/// One check. A state changes a seeded world by calls, and the arguments of the data source.
struct Case {
    /// The check.
    check: &'static str,
    /// The arguments to begin with: [`Cluster::nodes`] or [`Cluster::pods`].
    of: fn(&Cluster) -> Value,
    /// The nearest state in which the check finds nothing.
    rests: fn(&Cluster, &mut Value),
    /// The state in which it finds something, made of a new world.
    fires: fn(&Cluster, &mut Value),
    /// Severity and attribute of the finding, and words of its text.
    as_said: (&'static str, &'static str),
}

/// A role of this name that trusts a service.
fn role(cluster: &Cluster, name: &str, service: &str) -> String {
    let trust = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\
         \"Principal\":{{\"Service\":\"{service}\"}}}}]}}"
    );
    let name = format!("{}-{name}", cluster.name);
    cluster.iam("CreateRole", &format!("RoleName={name}&AssumeRolePolicyDocument={trust}"));
    format!("arn:aws:iam::123456789012:role/{name}")
}

const TABLE: &[Case] = &[Case {
    check: "role_exists",
    of: Cluster::nodes,
    rests: |cluster, nodes| nodes["node_role_arn"] = json!(role(cluster, "other", "ec2.amazonaws.com")),
    fires: |cluster, nodes| nodes["node_role_arn"] = json!(format!("{}-other", cluster.made("node_role_arn"))),
    as_said: ("error node_role_arn", "There is no role"),
}];

#[test]
fn every_check_fires_in_its_state_and_rests_in_the_nearest() {
    let mut wrong = Vec::new();
    for case in TABLE {
        let examined = |state: fn(&Cluster, &mut Value)| {
            let cluster = Cluster::new();
            let mut arguments = (case.of)(&cluster);
            state(&cluster, &mut arguments);
            cluster.examine(arguments)
        };
        let (rests, fires) = (examined(case.rests), examined(case.fires));
        if rests.found(case.check) {
            wrong.push(format!("{} fires in the nearest healthy state: {rests:#?}", case.check));
        }
        let (place, words) = case.as_said;
        let expected = format!("{} {place}", case.check);
        let said = fires.findings.iter().zip(&fires.texts).any(|(at, text)| *at == expected && text.contains(words));
        if !said {
            wrong.push(format!("{expected} with {words:?} is not among {fires:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_has_every_check() {
    let in_table: BTreeSet<_> = TABLE.iter().map(|case| case.check).collect();
    let missing: Vec<_> = CHECKS.iter().map(|check| check.name).filter(|name| !in_table.contains(name)).collect();
    assert!(missing.is_empty(), "checks without a state: {missing:?}");
}
