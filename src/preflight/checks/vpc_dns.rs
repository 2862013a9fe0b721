//! The VPC resolves the names of private endpoints.

use crate::preflight::facts::{Facts, Family, Skip};
use crate::preflight::known::cluster;
use crate::preflight::verdict::{Finding, Severity, Verdicts};
use crate::preflight::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "vpc_dns",
    finds: "A VPC without DNS resolution or DNS host names, where the cluster has a private endpoint or pods run on \
            Fargate.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Cluster],
    reads: &[Family::Cluster, Family::VpcDns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut Verdicts) -> Result<(), Skip> {
    let cluster = cluster(subject, facts)?;
    let needs = cluster.private_access || subject.kind == Kind::FargateProfile;
    if !needs || cluster.on_outpost {
        return Ok(());
    }
    let dns = facts.vpc_dns(cluster.vpc_id.as_str())?.ok_or(Skip::Absent)?;
    let settings = [("enableDnsSupport", dns.support), ("enableDnsHostnames", dns.hostnames)];
    let off: Vec<_> = settings.into_iter().filter(|(_, on)| !on).map(|(name, _)| name).collect();
    if !off.is_empty() {
        // Where there is a public endpoint as well, its addresses are what the name then leads to.
        let severity = if cluster.public_access { Severity::Warning } else { Severity::Error };
        let found = format!("{} of {} is off.", off.join(" and "), cluster.vpc_id);
        let why = format!(
            "The name of the private endpoint of cluster {} does not lead to it, and without another way nodes and pods \
             cannot join.",
            cluster.name
        );
        let fix = format!("Set enable_dns_support and enable_dns_hostnames of {}.", cluster.vpc_id);
        let finding = Finding::new("The VPC does not resolve the private endpoint", found, why, fix);
        verdicts.push(severity, &subject.cluster.path, finding);
    }
    Ok(())
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
        fires(&CHECK, &off(node_group()), Severity::Warning, "cluster_name", &["enableDnsHostnames of vpc-1 is off"]);
        let private = |world: World| world.cluster("demo", |cluster| cluster.public_access = false);
        fires(&CHECK, &private(off(node_group())), Severity::Error, "cluster_name", &["cluster demo"]);
        is_silent(&CHECK, &private(node_group()));
        let public = |world: World| world.cluster("demo", |cluster| cluster.private_access = false);
        is_silent(&CHECK, &public(off(node_group())));
        fires(&CHECK, &public(off(fargate_profile())), Severity::Warning, "cluster_name", &["enable_dns_hostnames"]);
        let both = node_group().vpc_dns(VPC, |dns| (dns.support, dns.hostnames) = (false, false));
        fires(&CHECK, &both, Severity::Warning, "cluster_name", &["enableDnsSupport and enableDnsHostnames"]);
    }
}
