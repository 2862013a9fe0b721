//! The VPC resolves the names of private endpoints.

use crate::derived::cluster;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::network::places;
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "vpc_dns",
    finds: "Reports a VPC without DNS resolution or DNS hostnames, if the cluster has a private endpoint, pods run on \
            Fargate, or the subnets reach AWS services only through VPC endpoints.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Cluster, Input::Subnets],
    reads: &[Family::Cluster, Family::VpcDns, Family::Caller, Family::Subnet, Family::RouteTables, Family::Endpoints],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let cluster = cluster(subject, facts)?;
    if cluster.on_outpost {
        return Ok(());
    }
    let dns = facts.vpc_dns(cluster.vpc_id.as_str())?.ok_or(Skip::Absent)?;
    let settings = [("enableDnsSupport", dns.support), ("enableDnsHostnames", dns.hostnames)];
    let off: Vec<_> = settings.into_iter().filter(|(_, on)| !on).map(|(name, _)| name).collect();
    if off.is_empty() {
        return Ok(());
    }
    if cluster.private_access || subject.kind == Kind::FargateProfile {
        // If there is also a public endpoint, the name then resolves to its addresses.
        let effect = if cluster.public_access { Effect::Warns } else { Effect::BlocksApply };
        let found = format!("{} has disabled DNS attributes: {}.", cluster.vpc_id, off.join(", "));
        let why = format!(
            "The endpoint name of cluster {} does not resolve to the private endpoint. Without another network path, \
             nodes and pods cannot join the cluster.",
            cluster.name
        );
        let fix = format!("Set enable_dns_support and enable_dns_hostnames to true on {}.", cluster.vpc_id);
        let finding = Finding::new("VPC does not resolve the private endpoint", found, why, fix);
        verdicts.push(effect, &subject.cluster.path, finding);
        return Ok(());
    }
    if let Some(place) = places(subject, facts)?.into_iter().find(|place| place.is_isolated()) {
        let found = format!(
            "{} has disabled DNS attributes: {}. {} has no outbound route.",
            cluster.vpc_id,
            off.join(", "),
            place.subnet.id
        );
        let why = "The names of AWS services do not resolve to the VPC endpoints, which are the only path from the \
                   nodes to these services.";
        let fix = format!("Set enable_dns_support and enable_dns_hostnames to true on {}.", cluster.vpc_id);
        let finding = Finding::new("VPC does not resolve its endpoints", found, why, fix);
        verdicts.blocks_apply(&subject.subnets.path, finding);
    }
    subject.all_subnets_known()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{VPC, World, fargate_profile, fires, is_silent, node_group};
    use super::*;

    fn off(world: World) -> World {
        world.vpc_dns(VPC, |dns| dns.hostnames = false)
    }

    #[test]
    fn private_endpoint_needs_dns() {
        is_silent(&CHECK, &node_group());
        fires(&CHECK, &off(node_group()), Effect::Warns, "cluster_name", &["attributes: enableDnsHostnames."]);
        let private = |world: World| world.cluster("demo", |cluster| cluster.public_access = false);
        fires(&CHECK, &private(off(node_group())), Effect::BlocksApply, "cluster_name", &["cluster demo"]);
        is_silent(&CHECK, &private(node_group()));
        let public = |world: World| world.cluster("demo", |cluster| cluster.private_access = false);
        is_silent(&CHECK, &public(off(node_group())));
        let isolated = public(off(node_group().isolated()));
        fires(&CHECK, &isolated, Effect::BlocksApply, "subnet_ids", &["subnet-a has no outbound route"]);
        fires(&CHECK, &public(off(fargate_profile())), Effect::Warns, "cluster_name", &["enable_dns_hostnames"]);
        let both = node_group().vpc_dns(VPC, |dns| (dns.support, dns.hostnames) = (false, false));
        fires(&CHECK, &both, Effect::Warns, "cluster_name", &["enableDnsSupport, enableDnsHostnames"]);
    }
}
