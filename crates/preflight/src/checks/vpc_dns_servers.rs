//! The DNS servers of the VPC resolve the names of private endpoints.

use std::net::Ipv4Addr;

use crate::derived::cluster;
use crate::facts::{DhcpOptions, Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::network::places;
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "vpc_dns_servers",
    finds: "Reports VPC DHCP options without a DNS server. Also reports DHCP options without AmazonProvidedDNS if the \
            cluster has only a private endpoint, or if the subnets reach AWS services only through VPC endpoints.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Cluster, Input::Subnets],
    reads: &[
        Family::Cluster,
        Family::DhcpOptions,
        Family::Caller,
        Family::Subnet,
        Family::RouteTables,
        Family::Endpoints,
    ],
    effects: &[Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let cluster = cluster(subject, facts)?;
    if cluster.on_outpost {
        return Ok(());
    }
    let (vpc, path) = (&cluster.vpc_id, &subject.cluster.path);
    let options = facts.dhcp_options(vpc.as_str())?.ok_or(Skip::Absent)?;
    let fix = format!("Configure DHCP options for {vpc} with domain-name-servers set to AmazonProvidedDNS");
    if options.domain_name_servers.is_empty() {
        let found = format!("The DHCP options of {vpc} do not specify a DNS server.");
        let why = "Nodes and pods cannot resolve names and cannot reach the API server.";
        verdicts.warning(path, Finding::new("VPC has no DNS server", found, why, format!("{fix}.")));
        return Ok(());
    }
    if options.domain_name_servers.iter().any(|server| is_of_amazon(server, options)) {
        return Ok(());
    }
    // With a public endpoint and an outbound route, nodes join with any resolver.
    let needed = if cluster.private_access && !cluster.public_access {
        format!("the endpoint of cluster {}", cluster.name)
    } else if places(subject, facts)?.iter().any(|place| place.is_isolated()) {
        "the VPC endpoints that the subnets require".to_owned()
    } else {
        return subject.all_subnets_known();
    };
    let found = format!("The DHCP options {} of {vpc} specify {}.", options.id, options.domain_name_servers.join(", "));
    let why = format!(
        "Only the VPC resolver can resolve the private addresses of {needed}. If these servers do not forward queries \
         to it, nodes and pods cannot resolve them."
    );
    let fix = format!("{fix}, or configure these servers to forward queries for amazonaws.com to the VPC resolver.");
    verdicts.warning(path, Finding::new("VPC uses custom DNS servers", found, why, fix));
    Ok(())
}

/// Returns whether it is the VPC resolver: by its name, by its addresses in every VPC, or by the third address of a
/// CIDR block.
fn is_of_amazon(server: &str, options: &DhcpOptions) -> bool {
    let third = |cidr: &String| {
        let (network, _) = cidr.split_once('/')?;
        let network: Ipv4Addr = network.parse().ok()?;
        Some(Ipv4Addr::from(u32::from(network).checked_add(2)?).to_string())
    };
    ["AmazonProvidedDNS", "169.254.169.253", "fd00:ec2::253"].contains(&server)
        || options.vpc_cidrs.iter().filter_map(third).any(|address| address == server)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{VPC, World, fargate_profile, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{Fact, FactResult};

    fn with(world: World, servers: &[&str]) -> World {
        let options = DhcpOptions {
            id: "dopt-1".to_owned(),
            domain_name_servers: servers.iter().map(|server| (*server).to_owned()).collect(),
            vpc_cidrs: vec!["10.0.0.0/16".to_owned(), "10.1.0.0/16".to_owned()],
        };
        world.with(Fact::DhcpOptions(VPC.to_owned(), FactResult::Known(options)))
    }

    fn private(world: World) -> World {
        world.cluster("demo", |cluster| cluster.public_access = false)
    }

    #[test]
    fn private_names_need_the_resolver_of_the_vpc() {
        let own = &["10.20.0.5", "10.20.0.6"];
        let path = "cluster_name";
        is_silent(&CHECK, &with(node_group(), own));
        for world in [node_group(), fargate_profile()] {
            let words = &["dopt-1 of vpc-1 specify 10.20.0.5, 10.20.0.6", "the endpoint of cluster demo"];
            fires(&CHECK, &with(private(world.clone()), own), Effect::Warns, path, words);
            let words = &["the VPC endpoints that the subnets require"];
            fires(&CHECK, &with(world.isolated(), own), Effect::Warns, path, words);
        }
        for server in ["AmazonProvidedDNS", "10.0.0.2", "10.1.0.2", "169.254.169.253", "fd00:ec2::253"] {
            is_silent(&CHECK, &with(private(node_group()), &[server]));
            is_silent(&CHECK, &with(private(node_group()), &["10.20.0.5", server]));
        }
        let outpost = with(private(node_group()), own).cluster("demo", |cluster| cluster.on_outpost = true);
        is_silent(&CHECK, &outpost);
    }

    #[test]
    fn some_server_must_be_there() {
        let none = with(node_group(), &[]);
        fires(&CHECK, &none, Effect::Warns, "cluster_name", &["of vpc-1 do not specify a DNS server"]);
    }
}
