//! An update and a replacement of a node group with two nodes, and what runs on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Input;
use crate::checks::testing::{World, node_group};
use crate::facts::{DisruptionBudget, Fact, FactResult, LabelSelector, Node, Owner, Pod, Workloads};
use crate::subject::{Changed, Replaced};
use framework::model::Attr;

fn labels(name: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("app".to_owned(), name.to_owned())])
}

/// An update of the Kubernetes version of the node group `workers`.
pub(super) fn updating() -> World {
    node_group().plan(|subject| {
        subject.changed = Changed::Only([Input::Version].into());
        subject.version.value = Attr::from("1.34");
    })
}

/// The creation of a node group that replaces the node group `old`.
pub(super) fn replacing() -> World {
    node_group().plan(|subject| {
        subject.replaced = Some(Replaced {
            cluster: "demo".to_owned(),
            name: "old".to_owned(),
            nodes: 2,
            subnets: ["subnet-a".to_owned()].into(),
            drain_before_delete: None,
        });
    })
}

/// The same with these pods and budgets on two nodes of the node group that is drained, and one node of another.
pub(super) fn with(world: World, pods: Vec<Pod>, budgets: Vec<DisruptionBudget>) -> World {
    let own = world.subject.replaced.as_ref().map_or("workers", |replaced| &replaced.name).to_owned();
    let node = |name: &str, node_group: &str| Node {
        name: format!("{name}.ec2.internal"),
        node_group: Some(node_group.to_owned()),
        is_ready: true,
        ..Node::default()
    };
    let nodes = vec![node("ip-1", &own), node("ip-2", &own), node("ip-9", "others")];
    let workloads = Arc::new(Workloads { nodes, pods, budgets });
    world.with(Fact::Workloads("demo".to_owned(), FactResult::Known(workloads)))
}

/// A ready pod of the Deployment `web` on the first node, with a change.
pub(super) fn pod(namespace: &str, name: &str, change: impl FnOnce(&mut Pod)) -> Pod {
    let mut pod = Pod {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        node: "ip-1.ec2.internal".to_owned(),
        labels: labels("web"),
        owner: Some(Owner::Deployment("web".to_owned())),
        is_ready: true,
        grace_period_seconds: 30,
        ..Pod::default()
    };
    change(&mut pod);
    pod
}

/// A budget of three healthy pods with the label `app: web`, of which two must remain, with a change.
pub(super) fn budget(namespace: &str, name: &str, change: impl FnOnce(&mut DisruptionBudget)) -> DisruptionBudget {
    let mut budget = DisruptionBudget {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        selector: Some(LabelSelector { labels: labels("web"), expressions: Vec::new() }),
        is_observed: true,
        expected_pods: 3,
        current_healthy: 3,
        desired_healthy: 2,
        disruptions_allowed: 1,
        ..DisruptionBudget::default()
    };
    change(&mut budget);
    budget
}
