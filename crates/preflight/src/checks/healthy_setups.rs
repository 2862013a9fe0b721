//! Setups that work, as well-known modules build them: no check finds anything.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;

use super::CHECKS;
use super::testing::{
    CLUSTER_GROUP, IMAGE, ROLE, VPC, World, attached, endpoints, fargate_profile, finds, is_silent, node_group, route,
    zone,
};
use crate::Phase;
use crate::facts::{
    AccessEntry, Addon, BlockDevice, Fact, FactResult, NatGateway, Principal, RolePolicies, Route, Target, Template,
    TemplateInterface,
};
use framework::model::Attr;

fn ipv6() -> World {
    let with_addresses = |world: World, id| {
        world.subnet(id, |subnet| {
            subnet.ipv6_cidrs = vec!["2001:db8::/64".to_owned()];
            subnet.assigns_ipv6 = true;
        })
    };
    let world = node_group().cluster("demo", |cluster| cluster.ip_family = "ipv6".to_owned());
    with_addresses(with_addresses(world, "subnet-a"), "subnet-b")
}

fn own_policies() -> World {
    let policies = RolePolicies { attached: Vec::new(), inline: vec!["everything".to_owned()] };
    node_group().with(Fact::RolePolicies(ROLE.to_owned(), FactResult::Known(policies)))
}

fn plugin_with_a_role() -> World {
    let policies = attached(&["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly"]);
    let addon = Addon { has_own_role: true, ..Addon::default() };
    node_group()
        .with(Fact::RolePolicies(ROLE.to_owned(), policies))
        .with(Fact::VpcCni("demo".to_owned(), FactResult::Known(addon)))
}

fn by(route_to: Target) -> World {
    node_group().routes(vec![route("0.0.0.0/0", route_to)])
}

fn in_zone_of(kind: &str) -> World {
    let id = "use1-bos1-az1";
    let world = node_group().subnet("subnet-b", |subnet| id.clone_into(&mut subnet.zone_id)).with(zone(id, kind));
    world.offered_in("m5.large", |zones| {
        zones.insert(id.to_owned());
    })
}

fn template() -> Template {
    Template {
        id: "lt-1".to_owned(),
        version: 1,
        volumes: vec![BlockDevice { device: "/dev/xvda".to_owned(), size: Some(50), ..BlockDevice::default() }],
        metadata_hop_limit: Some(2),
        security_groups: vec![CLUSTER_GROUP.to_owned()],
        ..Template::default()
    }
}

fn own_ami(user_data: &str) -> World {
    let user_data = Some(STANDARD.encode(user_data));
    node_group().template(Template { image_id: Some(IMAGE.to_owned()), user_data, ..template() })
}

fn public_interface() -> World {
    let interface = TemplateInterface {
        public_ip: Some(true),
        security_groups: vec![CLUSTER_GROUP.to_owned()],
        ..TemplateInterface::default()
    };
    let template = Template { security_groups: Vec::new(), interfaces: vec![interface], ..template() };
    node_group().public().subnet("subnet-public", |subnet| subnet.maps_public_ip = false).template(template)
}

fn with_entry() -> World {
    let entry = AccessEntry { kind: "EC2_LINUX".to_owned(), created_at: 2_000, ..AccessEntry::default() };
    let principal = Principal { cluster: "demo".to_owned(), arn: ROLE.to_owned() };
    node_group().with(Fact::AccessEntry(principal, FactResult::Known(entry)))
}

fn nat_gateway_of_a_firewall() -> World {
    node_group().route_tables(VPC, |tables| {
        let public = tables.iter_mut().find(|table| table.id == "rtb-public").expect("the public table");
        public.routes.pop();
        public.routes.push(route("0.0.0.0/0", Target::Endpoint("vpce-firewall".to_owned())));
    })
}

fn main_table() -> World {
    node_group().route_tables(VPC, |tables| {
        let private = tables.pop().expect("the private table");
        tables[0].routes = private.routes;
    })
}

#[rstest]
#[case::private_with_nat(node_group())]
#[case::fargate(fargate_profile())]
#[case::endpoints_only(node_group().isolated())]
#[case::fargate_with_endpoints_only(fargate_profile().isolated())]
#[case::nat_and_endpoints(node_group().endpoints(VPC, |found| *found = endpoints()))]
#[case::public(node_group().public())]
#[case::public_by_template(public_interface())]
#[case::private_cluster(node_group().isolated().cluster("demo", |cluster| cluster.public_access = false))]
#[case::public_endpoint(node_group().cluster("demo", |cluster| cluster.private_access = false))]
#[case::ipv6(ipv6())]
#[case::template(node_group().template(template()))]
#[case::own_ami(own_ami("#!/bin/bash\nset -e\n/etc/eks/bootstrap.sh demo --b64-cluster-ca $CA\n"))]
#[case::own_ami_with_node_config(own_ami(
    "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {cluster: {name: demo}}\n"
))]
#[case::own_ami_of_eksctl(own_ami("#cloud-config\nruncmd: [/var/lib/cloud/scripts/eksctl/bootstrap.al2.sh]\n"))]
#[case::own_policies(own_policies())]
#[case::plugin_with_a_role(plugin_with_a_role())]
#[case::entry(with_entry())]
#[case::config_map(node_group().cluster("demo", |cluster| cluster.authentication_mode = "CONFIG_MAP".to_owned()))]
#[case::main_route_table(main_table())]
#[case::transit_gateway(by(Target::Other("tgw-1".to_owned())))]
#[case::firewall(by(Target::Endpoint("vpce-firewall".to_owned())))]
#[case::carrier_gateway(by(Target::Other("cagw-1".to_owned())))]
#[case::proxy_instance(by(Target::Other("eni-1".to_owned())))]
#[case::prefix_list(node_group().routes(vec![route("pl-1", Target::Other("tgw-1".to_owned()))]))]
#[case::half_of_the_internet(node_group().routes(vec![
    route("0.0.0.0/1", Target::NatGateway("nat-1".to_owned())),
    route("128.0.0.0/1", Target::NatGateway("nat-1".to_owned())),
]))]
#[case::one_dead_route_beside(node_group().routes(vec![
    Route { blackhole: true, ..route("192.168.0.0/16", Target::Other("pcx-1".to_owned())) },
    route("0.0.0.0/0", Target::NatGateway("nat-1".to_owned())),
]))]
#[case::private_nat(node_group().nat_gateways(VPC, |gateways| {
    gateways[0] = NatGateway { public: false, public_ips: Vec::new(), ..gateways[0].clone() };
}))]
#[case::firewall_before_the_nat(nat_gateway_of_a_firewall())]
#[case::local_zone(in_zone_of("local-zone"))]
#[case::wavelength_zone(in_zone_of("wavelength-zone"))]
#[case::shared_vpc(["subnet-a", "subnet-b"].into_iter().fold(node_group().routes(Vec::new()), |world, id| {
    world.subnet(id, |subnet| subnet.owner_id = "444455556666".to_owned())
}))]
#[case::spot(node_group().of_types(&["m5.large", "m5a.large"]).plan(|subject| {
    subject.capacity_type.value = Attr::from("SPOT");
}))]
#[case::arm(node_group().of_types(&["m6g.large"]).of_ami_type("AL2023_ARM_64_STANDARD"))]
#[case::bottlerocket(node_group().of_ami_type("BOTTLEROCKET_x86_64"))]
#[case::windows(node_group().of_ami_type("WINDOWS_CORE_2022_x86_64"))]
#[case::no_instance_types(node_group().plan(|subject| subject.instance_types.value = Attr::Null))]
fn nothing_is_found(#[case] world: World) {
    for check in CHECKS.iter().filter(|check| check.applies(&world.subject)) {
        assert_eq!(finds(check, &world), [], "{}", check.name);
    }
}

#[test]
fn nothing_is_found_where_the_cluster_is_of_the_same_apply() {
    let world = node_group()
        .plan(|subject| subject.phase = Phase::Plan)
        .with(Fact::Cluster("demo".to_owned(), FactResult::Missing))
        .with(Fact::Clusters((), FactResult::Known(vec!["another".to_owned()])));
    let with_role = world.clone().plan(|subject| subject.role_arn.value = Attr::Unknown);
    for check in CHECKS.iter().filter(|check| check.applies(&world.subject)) {
        is_silent(check, &with_role);
        // Requires a cluster in the same apply, which separate tests cover.
        if check.name != "cluster_exists" {
            is_silent(check, &world);
        }
    }
}
