//! The instance types support enough pods.

use crate::derived::{ami_type, cluster, instance_types};
use crate::facts::{Facts, Family, InstanceType, Skip, both};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};
use render::ami_types::OperatingSystem;
use render::max_pods::{Instance, Networking, max_pods};

pub(super) const CHECK: Check = Check {
    name: "instance_types_pods",
    finds: "Reports instance types that have IP addresses for fewer than five pods. System pods use all of them.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Cluster, Input::AmiType, Input::InstanceTypes, Input::LaunchTemplate],
    reads: &[Family::Cluster, Family::Template, Family::InstanceType],
    effects: &[Effect::Warns],
    run,
};

/// aws-node, kube-proxy, and two CoreDNS pods use a capacity of four.
const FEWEST: u64 = 5;

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let (cluster, found) = both(cluster(subject, facts), instance_types(subject, facts))?;
    let (types, path) = found;
    // Network interfaces in IPv6 clusters have prefixes, which are sufficient on all instance types.
    if cluster.is_ipv6() {
        return Ok(());
    }
    let windows = ami_type(subject)?.is_some_and(|ami_type| ami_type.system == OperatingSystem::Windows);
    let small: Vec<_> = types.into_iter().filter(|found| pods(found, windows) < FEWEST).collect();
    if !small.is_empty() {
        let list = small
            .iter()
            .map(|found| format!("{} supports {}", found.name, pods(found, windows)))
            .collect::<Vec<_>>()
            .join(", ");
        let found = format!("The network interfaces support only a few pods: {list}.");
        let why = "System pods use this capacity, and other pods stay Pending.";
        let fix = "Use a larger instance type, or enable prefix delegation in the VPC CNI and skip this check.";
        verdicts.warning(&path, Finding::new("Instance types support too few pods", found, why, fix));
    }
    Ok(())
}

fn pods(found: &InstanceType, windows: bool) -> u64 {
    let instance = Instance {
        network_interfaces: found.network_interfaces,
        ipv4_addresses_per_interface: found.ipv4_addresses_per_interface,
    };
    let networking = if windows {
        Networking::Windows { prefix_delegation: false }
    } else {
        Networking::Linux { prefix_delegation: false, custom_networking: false, max_network_interfaces: None }
    };
    max_pods(instance, networking, None)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, fires, is_silent, node_group};
    use super::*;

    fn addresses(world: World, interfaces: u16, each: u16) -> World {
        world.instance_type("m5.large", |found| {
            (found.network_interfaces, found.ipv4_addresses_per_interface) = (interfaces, each);
        })
    }

    #[test]
    fn nodes_have_room_for_pods() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &addresses(node_group(), 3, 2));
        let micro = addresses(node_group(), 2, 2);
        fires(&CHECK, &micro, Effect::Warns, "instance_types", &["m5.large supports 4."]);
        is_silent(&CHECK, &micro.cluster("demo", |cluster| cluster.ip_family = "ipv6".to_owned()));
        let windows = addresses(node_group().of_ami_type("WINDOWS_CORE_2022_x86_64"), 3, 4);
        fires(&CHECK, &windows, Effect::Warns, "instance_types", &["m5.large supports 3."]);
    }
}
