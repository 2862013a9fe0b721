//! Nodes and pods can reach the services that they require to start, through a route out of the VPC or through VPC
//! endpoints.

use std::collections::BTreeMap;

use crate::derived::template;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::network::{SubnetNetwork, places};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "subnet_outbound_route",
    finds: "Reports subnets without an outbound route, or with a route to a deleted target, in a VPC without the \
            required VPC endpoints for EC2, ECR, S3, or STS.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Subnets, Input::LaunchTemplate],
    reads: &[Family::Caller, Family::Subnet, Family::RouteTables, Family::Endpoints, Family::Template],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let needed: &[&str] = match subject.kind {
        Kind::NodeGroup => &["ec2", "ecr.api", "ecr.dkr", "s3"],
        Kind::FargateProfile => &["ecr.api", "ecr.dkr", "s3"],
    };
    let places = places(subject, facts)?;
    let mut lacking: BTreeMap<Vec<&str>, Vec<&SubnetNetwork<'_>>> = BTreeMap::new();
    for place in places.iter().filter(|place| place.is_isolated()) {
        let services = needed.iter().chain(&["sts"]).copied();
        let missing: Vec<_> = services.filter(|service| place.endpoints_of(service).next().is_none()).collect();
        if !missing.is_empty() {
            lacking.entry(missing).or_default().push(place);
        }
    }
    if !lacking.is_empty() {
        // A custom AMI can include everything that nodes need.
        let own_ami = template(subject, facts)?.is_some_and(|template| template.image_id.is_some());
        for (missing, places) in &lacking {
            let certain = missing.iter().any(|service| needed.contains(service)) && !own_ami;
            let effect = if certain { Effect::BlocksApply } else { Effect::Warns };
            verdicts.push(effect, &subject.subnets.path, finding(subject, missing, places, certain));
        }
    }
    subject.all_subnets_known()
}

fn finding(subject: &Subject, missing: &[&str], places: &[&SubnetNetwork<'_>], certain: bool) -> Finding {
    let list = places.iter().map(|place| match place.lost() {
        Some(lost) => {
            format!("{} (the default route of {} targets {lost}, which was deleted)", place.subnet.id, place.table.id)
        }
        None => format!("{} (route table {})", place.subnet.id, place.table.id),
    });
    let list = list.collect::<Vec<_>>().join(", ");
    let vpc = places.first().map_or("", |place| place.subnet.vpc_id.as_str());
    let names = missing.iter().map(|service| format!("com.amazonaws.{}.{service}", subject.region));
    let names = names.collect::<Vec<_>>().join(", ");
    let found = format!(
        "The following subnets have no route out of {vpc}: {list}. {vpc} has no usable VPC endpoint for {}.",
        missing.join(", ")
    );
    let why = match (subject.kind, certain) {
        (Kind::NodeGroup, true) => {
            "Nodes cannot join the cluster or pull images. EKS fails the node group with NodeCreationFailure after \
             about 20 minutes."
        }
        (Kind::FargateProfile, true) => "Pods cannot pull images and stay Pending.",
        (_, false) => {
            "Workloads that call these services from the subnets fail, such as pods with IAM roles for service \
             accounts."
        }
    };
    let fix = format!(
        "In the route table, add a 0.0.0.0/0 route that targets a NAT gateway, or create the VPC endpoints {names}. \
         Create s3 as a gateway endpoint with the route table, and the others as interface endpoints with private DNS."
    );
    let summary = if certain { "Subnets have no outbound route" } else { "Subnets cannot reach some services" };
    Finding::new(summary, found, why, fix)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::{IMAGE, VPC, World, fargate_profile, fires, is_silent, node_group, route};
    use super::*;
    use crate::facts::{Endpoint, Route, Target, Template};

    fn without(world: World, services: &[&str]) -> World {
        let is_kept =
            |endpoint: &Endpoint| !services.iter().any(|service| endpoint.service.ends_with(&format!(".{service}")));
        world.endpoints(VPC, |endpoints| endpoints.retain(is_kept))
    }

    #[test]
    fn isolated_subnets_need_endpoints() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &node_group().isolated());
        let words = &["out of vpc-1: subnet-a (route table rtb-private)", "com.amazonaws.us-east-1.ecr.dkr"];
        fires(&CHECK, &without(node_group().isolated(), &["ecr.dkr"]), Effect::BlocksApply, "subnet_ids", words);
        fires(
            &CHECK,
            &without(node_group().isolated(), &["ec2", "sts"]),
            Effect::BlocksApply,
            "subnet_ids",
            &["ec2, sts"],
        );
        fires(&CHECK, &without(node_group().isolated(), &["sts"]), Effect::Warns, "subnet_ids", &["for sts."]);
        fires(
            &CHECK,
            &node_group().routes(Vec::new()),
            Effect::BlocksApply,
            "subnet_ids",
            &["ec2, ecr.api, ecr.dkr, s3, sts"],
        );
    }

    #[test]
    fn fargate_needs_no_ec2() {
        is_silent(&CHECK, &without(fargate_profile().isolated(), &["ec2"]));
        let words = &["ecr.api", "Pending"];
        fires(&CHECK, &without(fargate_profile().isolated(), &["ecr.api"]), Effect::BlocksApply, "subnet_ids", words);
    }

    #[test]
    fn gateway_endpoint_must_be_in_the_route_table() {
        let elsewhere = node_group().isolated().endpoints(VPC, |endpoints| {
            for endpoint in endpoints {
                endpoint.route_tables = endpoint.route_tables.iter().map(|_| "rtb-public".to_owned()).collect();
            }
        });
        fires(&CHECK, &elsewhere, Effect::BlocksApply, "subnet_ids", &["for s3."]);
    }

    #[test]
    fn blackhole_route_is_not_an_outbound_route() {
        let gone = |target| Route { blackhole: true, ..route("0.0.0.0/0", target) };
        let lost = node_group().routes(vec![gone(Target::NatGateway("nat-1".to_owned()))]);
        fires(&CHECK, &lost, Effect::BlocksApply, "subnet_ids", &["targets nat-1, which was deleted"]);
    }

    #[rstest]
    #[case::transit_gateway("0.0.0.0/0", Target::Other("tgw-1".to_owned()))]
    #[case::firewall("0.0.0.0/0", Target::Endpoint("vpce-firewall".to_owned()))]
    #[case::prefix_list("pl-1", Target::Other("tgw-1".to_owned()))]
    #[case::one_network("10.0.0.0/8", Target::Other("pcx-1".to_owned()))]
    #[case::ipv6("::/0", Target::EgressOnlyGateway("eigw-1".to_owned()))]
    fn other_routes_may_lead_to_all_that_is_needed(#[case] destination: &str, #[case] target: Target) {
        is_silent(&CHECK, &node_group().routes(vec![route(destination, target)]));
    }

    #[test]
    fn own_ami_may_need_less() {
        let template = Template { image_id: Some(IMAGE.to_owned()), ..Template::default() };
        let world = node_group().routes(Vec::new()).template(template);
        fires(&CHECK, &world, Effect::Warns, "subnet_ids", &["ec2, ecr.api"]);
    }

    #[test]
    fn shared_vpc_cannot_be_seen() {
        let shared = |world: World, id| world.subnet(id, |subnet| subnet.owner_id = "444455556666".to_owned());
        is_silent(&CHECK, &shared(shared(node_group().routes(Vec::new()), "subnet-a"), "subnet-b"));
    }
}
