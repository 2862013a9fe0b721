//! The NAT gateways of private subnets work.

use std::collections::BTreeMap;

use crate::derived::{WayOut, route_table, way_out};
use crate::facts::{Facts, Family, NatGateway, RouteTable, Skip, Target, together};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::network::{SubnetNetwork, places};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "nat_gateway",
    finds: "Reports NAT gateways of the default route that failed, are being deleted, or are in a subnet without an \
            outbound route.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Subnets],
    reads: &[Family::Caller, Family::Subnet, Family::RouteTables, Family::Endpoints, Family::NatGateways],
    effects: &[Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let mut users: BTreeMap<&str, Vec<&SubnetNetwork<'_>>> = BTreeMap::new();
    let places = places(subject, facts)?;
    for place in &places {
        let default = place.table.routes.iter().find(|route| route.destination == "0.0.0.0/0" && !route.blackhole);
        if let Some(Target::NatGateway(id)) = default.map(|route| &route.target) {
            users.entry(id).or_default().push(place);
        }
    }
    let vpcs = users.values().flatten().map(|place| place.subnet.vpc_id.as_str());
    let gateways = together(vpcs.map(|vpc| facts.nat_gateways(vpc)))?;
    let mut seen = Vec::new();
    for gateway in gateways.into_iter().flatten().flatten() {
        let Some(users) = users.get(gateway.id.as_str()).filter(|_| !seen.contains(&&gateway.id)) else { continue };
        seen.push(&gateway.id);
        let subnets = users.iter().map(|place| place.subnet.id.as_str()).collect::<Vec<_>>().join(", ");
        let id = &gateway.id;
        let wrong = if ["failed", "deleting", "deleted"].contains(&gateway.state.as_str()) {
            let fix = format!("Create another NAT gateway, and use it for the default route instead of {id}.");
            Some((format!("{id} is in the {} state", gateway.state), fix))
        } else {
            let table = table_of(gateway, facts)?;
            let stuck =
                table.filter(|table| gateway.public && matches!(way_out(table, false), WayOut::None | WayOut::Lost(_)));
            stuck.map(|table| {
                let place = &gateway.subnet_id;
                let fix = format!("In {}, add a 0.0.0.0/0 route that targets an internet gateway.", table.id);
                (format!("{id} is in {place}, which has no route out of the VPC ({})", table.id), fix)
            })
        };
        if let Some((found, fix)) = wrong {
            let found = format!("The default route of {subnets} targets {id}, and {found}.");
            let why = "Nodes and pods in these subnets cannot reach EKS or ECR.";
            verdicts.warning(&subject.subnets.path, Finding::new("NAT gateway is not usable", found, why, fix));
        }
    }
    subject.all_subnets_known()
}

/// Returns the route table of the NAT gateway's subnet. A regional NAT gateway has no subnet.
fn table_of<'f>(gateway: &NatGateway, facts: &'f Facts) -> Result<Option<&'f RouteTable>, Skip> {
    if gateway.subnet_id.is_empty() {
        return Ok(None);
    }
    let Some(own) = facts.subnet(gateway.subnet_id.as_str())? else { return Ok(None) };
    Ok(facts.route_tables(own.vpc_id.as_str())?.and_then(|tables| route_table(tables, own)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{VPC, fires, is_silent, node_group, route};
    use super::*;

    #[test]
    fn gateway_must_be_there() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &node_group().nat_gateways(VPC, |gateways| gateways[0].state = "pending".to_owned()));
        let failed = node_group().nat_gateways(VPC, |gateways| gateways[0].state = "failed".to_owned());
        fires(
            &CHECK,
            &failed,
            Effect::Warns,
            "subnet_ids",
            &["subnet-a, subnet-b targets nat-1", "is in the failed state"],
        );
        // A gateway of another account's VPC cannot be seen.
        is_silent(&CHECK, &node_group().nat_gateways(VPC, Vec::clear));
    }

    #[test]
    fn gateway_must_be_in_a_public_subnet() {
        let routes_of = |id: &'static str, change: fn(&mut RouteTable)| {
            move |tables: &mut Vec<RouteTable>| {
                change(tables.iter_mut().find(|table| table.id == id).expect("the table"));
            }
        };
        let stuck = node_group().route_tables(VPC, routes_of("rtb-public", |table| table.routes.truncate(1)));
        fires(&CHECK, &stuck, Effect::Warns, "subnet_ids", &["nat-1 is in subnet-public", "rtb-public"]);
        is_silent(&CHECK, &stuck.clone().nat_gateways(VPC, |gateways| gateways[0].public = false));
        is_silent(&CHECK, &stuck.clone().nat_gateways(VPC, |gateways| gateways[0].subnet_id.clear()));
        // Between NAT and internet gateway there may be a firewall.
        let firewall = stuck.route_tables(
            VPC,
            routes_of("rtb-public", |table| {
                table.routes.push(route("0.0.0.0/0", Target::Endpoint("vpce-firewall".to_owned())));
            }),
        );
        is_silent(&CHECK, &firewall);
    }
}
