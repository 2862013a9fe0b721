//! Groups of similar pods for messages.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::Pod;

/// Pods of one owner, or pods without an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodGroup<'p> {
    /// The pods, at least one.
    pub pods: Vec<&'p Pod>,
}

impl PodGroup<'_> {
    /// Returns the owner, the pods, and the nodes in one line, such as `Deployment shop/web: 3 pods on 2 nodes, such as
    /// web-1 on ip-10-0-1-7.ec2.internal`.
    #[must_use]
    pub fn line(&self) -> String {
        let Some(first) = self.pods.first() else { return String::new() };
        let nodes: BTreeSet<_> = self.pods.iter().map(|pod| pod.node.as_str()).collect();
        let owner = match &first.owner {
            Some(owner) => {
                let (kind, name) = owner.kind_and_name();
                format!("{kind} {}/{name}", first.namespace)
            }
            None => format!("Pod {}/{}", first.namespace, first.name),
        };
        match (self.pods.len(), nodes.len(), &first.owner) {
            (1, _, None) => format!("{owner} on {}", first.node),
            (1, _, Some(_)) => format!("{owner}: {} on {}", first.name, first.node),
            (pods, 1, _) => format!("{owner}: {pods} pods on {}", first.node),
            (pods, nodes, _) => {
                format!("{owner}: {pods} pods on {nodes} nodes, such as {} on {}", first.name, first.node)
            }
        }
    }
}

/// Returns the pods by owner, in the order of namespaces, owners, and names. Pods without an owner are separate.
#[must_use]
pub fn grouped<'p>(pods: impl Iterator<Item = &'p Pod>) -> Vec<PodGroup<'p>> {
    let mut groups: BTreeMap<_, Vec<&Pod>> = BTreeMap::new();
    for pod in pods {
        let own = if pod.owner.is_none() { pod.name.as_str() } else { "" };
        groups.entry((pod.namespace.as_str(), &pod.owner, own)).or_default().push(pod);
    }
    let sorted = |mut pods: Vec<&'p Pod>| {
        pods.sort_by(|one, other| one.name.cmp(&other.name));
        PodGroup { pods }
    };
    groups.into_values().map(sorted).collect()
}
