//! Nodes and pods can reach the API server of the cluster.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::derived::cluster;
use crate::facts::{Cluster, Facts, Family, NatGateway, Skip, Target, together};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::network::{SubnetNetwork, places};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "cluster_endpoint",
    finds: "Reports clusters that have only a public endpoint, if the subnets have no outbound route or the endpoint \
            does not allow the IP addresses of their NAT gateways.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Cluster, Input::Subnets],
    reads: &[
        Family::Cluster,
        Family::Caller,
        Family::Subnet,
        Family::RouteTables,
        Family::Endpoints,
        Family::NatGateways,
    ],
    effects: &[Effect::BlocksApply],
    run,
};

const WHY: &str = "Nodes and pods in these subnets cannot reach the API server and do not join.";

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let cluster = cluster(subject, facts)?;
    if cluster.private_access || cluster.on_outpost {
        return Ok(());
    }
    let places = places(subject, facts)?;
    let path = &subject.subnets.path;
    let isolated: Vec<_> = places.iter().filter(|place| place.is_isolated()).collect();
    if !isolated.is_empty() {
        let list = ids(&isolated);
        let found = format!(
            "Cluster {} has no private endpoint, and the following subnets have no route out of the VPC: {list}.",
            cluster.name
        );
        let fix = format!(
            "Set endpoint_private_access = true on cluster {}, or add a NAT gateway route to the subnet route tables.",
            cluster.name
        );
        verdicts.blocks_apply(path, Finding::new("Subnets cannot reach the cluster endpoint", found, WHY, fix));
    }
    let vpcs = places.iter().map(|place| facts.nat_gateways(place.subnet.vpc_id.as_str()));
    let gateways: Vec<&NatGateway> = together(vpcs)?.into_iter().flatten().flatten().collect();
    let blocked_nat_gateway: Vec<_> =
        places.iter().filter_map(|place| Some((place, blocked_nat_gateway(cluster, place, &gateways)?))).collect();
    if !blocked_nat_gateway.is_empty() {
        let list = ids(&blocked_nat_gateway.iter().map(|(place, _)| *place).collect::<Vec<_>>());
        let mut addresses: Vec<_> = blocked_nat_gateway.iter().flat_map(|(_, gateway)| &gateway.public_ips).collect();
        addresses.sort();
        addresses.dedup();
        let addresses = addresses.into_iter().map(|address| format!("{address}/32")).collect::<Vec<_>>().join(", ");
        let allowed = cluster.public_access_cidrs.join(", ");
        let found = format!(
            "Cluster {} has no private endpoint, and its public endpoint allows only {allowed}. The outbound addresses \
             of {list} are {addresses}.",
            cluster.name
        );
        let fix = format!(
            "Set endpoint_private_access = true on the cluster, or add {addresses} to its public_access_cidrs."
        );
        verdicts.blocks_apply(
            path,
            Finding::new("Cluster endpoint does not allow access from the subnets", found, WHY, fix),
        );
    }
    subject.all_subnets_known()
}

fn ids(places: &[&SubnetNetwork<'_>]) -> String {
    places.iter().map(|place| place.subnet.id.as_str()).collect::<Vec<_>>().join(", ")
}

/// Returns the NAT gateway of the subnet if none of its addresses is allowed to access the endpoint.
fn blocked_nat_gateway<'f>(
    cluster: &Cluster,
    place: &SubnetNetwork<'_>,
    gateways: &[&'f NatGateway],
) -> Option<&'f NatGateway> {
    let default = place.table.routes.iter().find(|route| route.destination == "0.0.0.0/0" && !route.blackhole)?;
    let Target::NatGateway(id) = &default.target else { return None };
    let gateway =
        gateways.iter().find(|gateway| gateway.id == *id && gateway.public && !gateway.public_ips.is_empty())?;
    let allowed: Vec<IpNet> = cluster.public_access_cidrs.iter().filter_map(|cidr| cidr.parse().ok()).collect();
    let is_allowed = |address: &String| {
        address.parse::<IpAddr>().map_or(true, |address| allowed.iter().any(|network| network.contains(&address)))
    };
    (!allowed.is_empty() && !gateway.public_ips.iter().any(is_allowed)).then_some(gateway)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, fargate_profile, fires, is_silent, node_group, route};
    use super::*;

    fn public_only(world: World, cidrs: &[&str]) -> World {
        let cidrs = cidrs.iter().map(|cidr| (*cidr).to_owned()).collect();
        world.cluster("demo", |cluster| {
            cluster.private_access = false;
            cluster.public_access_cidrs = cidrs;
        })
    }

    #[test]
    fn subnets_need_a_way_to_the_endpoint() {
        is_silent(&CHECK, &node_group().isolated());
        is_silent(&CHECK, &public_only(node_group(), &["0.0.0.0/0"]));
        for world in [node_group(), fargate_profile()] {
            let isolated = public_only(world.isolated(), &["0.0.0.0/0"]);
            fires(
                &CHECK,
                &isolated,
                Effect::BlocksApply,
                "subnet_ids",
                &["demo", "subnet-a, subnet-b", "endpoint_private_access"],
            );
        }
    }

    #[test]
    fn nat_gateway_must_be_let_in() {
        is_silent(&CHECK, &public_only(node_group(), &["203.0.113.0/24", "198.51.100.7/32"]));
        let shut = public_only(node_group(), &["203.0.113.0/24"]);
        fires(&CHECK, &shut, Effect::BlocksApply, "subnet_ids", &["203.0.113.0/24", "add 198.51.100.7/32"]);
        is_silent(&CHECK, &shut.clone().cluster("demo", |cluster| cluster.private_access = true));
        // Where a transit gateway leads, and what address a public subnet gets, cannot be told.
        is_silent(&CHECK, &shut.clone().routes(vec![route("0.0.0.0/0", Target::Other("tgw-1".to_owned()))]));
        is_silent(&CHECK, &shut.public());
    }
}
