//! The instance types of an IPv6 cluster support IPv6 prefixes.

use crate::derived::{cluster, effect_of, instance_types};
use crate::facts::{Facts, Family, Skip, both};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "instance_types_ipv6",
    finds: "Reports instance types in an IPv6 cluster that are not built on the Nitro System.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Cluster, Input::InstanceTypes, Input::LaunchTemplate],
    reads: &[Family::Cluster, Family::Template, Family::InstanceType],
    effects: &[Effect::BlocksPlan, Effect::BlocksApply],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let (cluster, found) = both(cluster(subject, facts), instance_types(subject, facts))?;
    let (types, path) = found;
    let wrong =
        types.iter().filter(|found| !found.bare_metal && found.hypervisor == "xen").map(|found| found.name.as_str());
    let wrong: Vec<_> = wrong.collect();
    if cluster.is_ipv6() && !wrong.is_empty() {
        let found = format!(
            "Pods of cluster {} have IPv6 addresses, but these instance types run on Xen: {}.",
            cluster.name,
            wrong.join(", ")
        );
        let why = "Only Nitro-based instances support IPv6 prefixes. On other instances, pods do not get IP addresses.";
        let fix = "Use Nitro-based instance types, such as m5.large.";
        verdicts.push(
            effect_of(subject, &path),
            &path,
            Finding::new("Instance types do not support IPv6 prefixes", found, why, fix),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, is_silent, node_group};
    use super::*;

    #[test]
    fn ipv6_needs_nitro() {
        let ipv6 = node_group().cluster("demo", |cluster| cluster.ip_family = "ipv6".to_owned());
        is_silent(&CHECK, &ipv6);
        let xen = |world: super::super::testing::World| {
            world.instance_type("m5.large", |found| found.hypervisor = "xen".to_owned())
        };
        is_silent(&CHECK, &xen(node_group()));
        fires(&CHECK, &xen(ipv6), Effect::BlocksPlan, "instance_types", &["demo", "run on Xen: m5.large"]);
    }
}
