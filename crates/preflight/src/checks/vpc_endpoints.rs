//! The VPC endpoints accept the traffic of nodes and pods.

use std::collections::BTreeMap;

use crate::facts::{Endpoint, EndpointKind, Facts, Family, SecurityGroup, Skip, together};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::network::places;
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "vpc_endpoints",
    finds: "Reports VPC endpoints for EC2, ECR, S3, or STS that are not available, that have no private DNS in subnets \
            without an outbound route, or whose security groups block port 443.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Subnets],
    reads: &[Family::Caller, Family::Subnet, Family::RouteTables, Family::Endpoints, Family::SecurityGroup],
    effects: &[Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let places = places(subject, facts)?;
    // An endpoint with private DNS receives all calls to its service, even if there is another outbound route.
    let mut relied: BTreeMap<&str, (&str, &Endpoint)> = BTreeMap::new();
    for place in &places {
        for service in ["ec2", "ecr.api", "ecr.dkr", "s3", "sts"] {
            let endpoints: Vec<_> = place.endpoints_of(service).collect();
            let [endpoint] = endpoints.as_slice() else { continue };
            if place.is_isolated() || (endpoint.kind == EndpointKind::Interface && endpoint.private_dns) {
                relied.insert(&endpoint.id, (service, endpoint));
            }
        }
    }
    let ids = relied.values().flat_map(|(_, endpoint)| &endpoint.security_groups);
    let groups = together(ids.map(|id| facts.security_group(id.as_str())))?;
    let groups: BTreeMap<_, _> = groups.into_iter().flatten().map(|group| (group.id.as_str(), group)).collect();
    for (service, endpoint) in relied.values() {
        let own: Vec<_> = endpoint.security_groups.iter().map(|id| groups.get(id.as_str()).copied()).collect();
        let Some((found, fix)) = wrong(endpoint, &own) else { continue };
        let found = format!("The VPC endpoint {} for {service} {found}.", endpoint.id);
        let why = format!("Calls to {service} from the subnets use this endpoint and fail.");
        verdicts.warning(&subject.subnets.path, Finding::new("VPC endpoint is not usable", found, why, fix));
    }
    subject.all_subnets_known()
}

fn wrong(endpoint: &Endpoint, groups: &[Option<&SecurityGroup>]) -> Option<(String, String)> {
    if !endpoint.available {
        return Some(("is not available".to_owned(), "Accept or repair the endpoint, or recreate it.".to_owned()));
    }
    if endpoint.kind != EndpointKind::Interface {
        return None;
    }
    if !endpoint.private_dns {
        let found =
            "has private DNS disabled, so the public name of the service does not resolve to the endpoint".to_owned();
        let fix = format!(
            "Enable private DNS on {}. If a custom private hosted zone resolves the name, skip this check.",
            endpoint.id
        );
        return Some((found, fix));
    }
    // An unreadable security group can allow all traffic.
    let closed =
        !groups.is_empty() && groups.iter().all(|group| group.is_some_and(|group| !allows_https_ingress(group)));
    closed.then(|| {
        let names = endpoint.security_groups.join(", ");
        let found = format!("has security groups that do not allow inbound traffic on port 443: {names}");
        (found, "In one of these security groups, allow inbound traffic on TCP port 443 from the subnets.".to_owned())
    })
}

/// Returns whether inbound traffic on port 443 is allowed: any network, prefix list, or group can be the source of the
/// nodes.
fn allows_https_ingress(group: &SecurityGroup) -> bool {
    group.ingress.iter().any(|rule| {
        let port = rule.ports.is_none_or(|(first, last)| (first..=last).contains(&443) || first < 0);
        ["-1", "tcp", "6"].contains(&rule.protocol.as_str()) && port && !rule.peers.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{CLUSTER_GROUP, VPC, World, endpoints, fires, is_silent, node_group};
    use super::*;

    fn change(world: World, id: &str, change: impl Fn(&mut Endpoint)) -> World {
        world.endpoints(VPC, |endpoints| change(endpoints.iter_mut().find(|endpoint| endpoint.id == id).expect("it")))
    }

    #[test]
    fn endpoints_must_work() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &node_group().isolated());
        let off = change(node_group().isolated(), "vpce-ec2", |endpoint| endpoint.private_dns = false);
        fires(&CHECK, &off, Effect::Warns, "subnet_ids", &["vpce-ec2 for ec2", "private DNS"]);
        let gone = change(node_group().isolated(), "vpce-s3", |endpoint| endpoint.available = false);
        fires(&CHECK, &gone, Effect::Warns, "subnet_ids", &["vpce-s3 for s3 is not available"]);
    }

    #[test]
    fn endpoint_without_private_dns_does_no_harm_where_there_is_another_way() {
        let world = node_group().endpoints(VPC, |found| *found = endpoints());
        is_silent(&CHECK, &world);
        is_silent(&CHECK, &change(world, "vpce-ec2", |endpoint| endpoint.private_dns = false));
    }

    #[test]
    fn security_groups_must_let_nodes_in() {
        let of = |protocol: &'static str, ports| {
            let with_endpoints = node_group().endpoints(VPC, |found| {
                *found = endpoints().into_iter().filter(|endpoint| endpoint.id == "vpce-sts").collect();
            });
            with_endpoints.security_group(CLUSTER_GROUP, move |group| {
                protocol.clone_into(&mut group.ingress[0].protocol);
                group.ingress[0].ports = ports;
            })
        };
        is_silent(&CHECK, &of("tcp", Some((443, 443))));
        is_silent(&CHECK, &of("-1", None));
        fires(&CHECK, &of("tcp", Some((10250, 10250))), Effect::Warns, "subnet_ids", &["vpce-sts", CLUSTER_GROUP]);
        fires(&CHECK, &of("udp", Some((0, 65535))), Effect::Warns, "subnet_ids", &["port 443"]);
    }
}
