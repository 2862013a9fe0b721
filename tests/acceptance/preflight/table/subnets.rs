//! Subnets and the ways out of them.

use serde_json::{Value, json};

use super::super::healthy::{endpoints_except, without_nat};
use super::{Row, encoded, first, nodes, nodes_of, pods, subnet, tag};
use crate::support::sandbox::Cluster;

/// Twelve nodes, for which a /28 has one address too few.
fn in_small_subnets(cluster: &Cluster, nodes: &mut Value, cidrs: &[&str]) {
    let ids: Vec<_> = cidrs.iter().map(|cidr| subnet(cluster, cidr, "us-east-1a")).collect();
    nodes["subnet_ids"] = json!(ids);
    nodes["scaling_config"] = json!([{"min_size": 0, "max_size": 12, "desired_size": 12}]);
}

fn maps_public_ip(cluster: &Cluster, on: bool) -> String {
    let id = first(cluster, "public_subnet_ids");
    cluster.ec2("ModifySubnetAttribute", &format!("SubnetId={id}&MapPublicIpOnLaunch.Value={on}"));
    id
}

/// A subnet of another VPC.
fn elsewhere(cluster: &Cluster) -> String {
    let vpc = tag(&cluster.ec2("CreateVpc", "CidrBlock=10.1.0.0%2F16"), "vpcId");
    tag(&cluster.ec2("CreateSubnet", &format!("VpcId={vpc}&CidrBlock=10.1.0.0%2F24")), "subnetId")
}

fn ipv6_seed() -> Value {
    json!({"cluster_config": {"kubernetesNetworkConfig": {"ipFamily": "ipv6"}}})
}

/// A subnet with IPv6 addresses that it assigns, or does not.
fn with_ipv6(cluster: &Cluster, assigns: bool) -> String {
    let vpc = cluster.made("vpc_id");
    let form = format!("VpcId={vpc}&AmazonProvidedIpv6CidrBlock=true");
    let block = tag(&cluster.ec2("AssociateVpcCidrBlock", &form), "ipv6CidrBlock");
    let id = subnet(cluster, "10.0.200.0/24", "us-east-1a");
    let own = block.replace("/56", "/64");
    cluster.ec2("AssociateSubnetCidrBlock", &format!("SubnetId={id}&Ipv6CidrBlock={}", encoded(&own)));
    cluster.ec2("ModifySubnetAttribute", &format!("SubnetId={id}&AssignIpv6AddressOnCreation.Value={assigns}"));
    id
}

fn delete_route(cluster: &Cluster, table: &str) {
    let table = cluster.made(table);
    cluster.ec2("DeleteRoute", &format!("RouteTableId={table}&DestinationCidrBlock=0.0.0.0%2F0"));
}

/// Changes private DNS of the endpoint for EC2.
fn private_dns(cluster: &Cluster, on: bool) {
    without_nat(cluster);
    endpoints_except(cluster, &["ec2"]);
    let subnets = first(cluster, "private_subnet_ids");
    let form = format!(
        "VpcId={}&ServiceName=com.amazonaws.us-east-1.ec2&VpcEndpointType=Interface&SubnetId.1={subnets}&\
         PrivateDnsEnabled={on}",
        cluster.made("vpc_id")
    );
    cluster.ec2("CreateVpcEndpoint", &form);
}

pub(super) const ROWS: &[Row] = &[
    Row {
        check: "subnets_exist",
        says: "error subnet_ids",
        words: "subnet-0123456789abcdef0",
        fires: ("a subnet that nobody made", || {
            nodes(|_, nodes| nodes["subnet_ids"] = json!(["subnet-0123456789abcdef0"]))
        }),
        rests: ("the seeded subnets", || nodes(|_, _| ())),
    },
    Row {
        check: "subnets_in_vpc",
        says: "error subnet_ids",
        words: "Use subnets of vpc-",
        fires: ("a subnet of another VPC", || {
            nodes(|cluster, nodes| nodes["subnet_ids"] = json!([elsewhere(cluster)]))
        }),
        rests: ("one of the cluster's VPC that is not the cluster's own", || {
            nodes(|cluster, nodes| nodes["subnet_ids"] = json!([subnet(cluster, "10.0.200.0/24", "us-east-1a")]))
        }),
    },
    Row {
        check: "subnet_zones",
        says: "error subnet_ids",
        words: "is in use1-az3",
        fires: ("a subnet for Fargate in use1-az3", || {
            pods(|cluster, pods| pods["subnet_ids"] = json!([subnet(cluster, "10.0.200.0/24", "us-east-1e")]))
        }),
        rests: ("one in use1-az4", || {
            pods(|cluster, pods| pods["subnet_ids"] = json!([subnet(cluster, "10.0.200.0/24", "us-east-1d")]))
        }),
    },
    Row {
        check: "subnet_free_addresses",
        says: "error subnet_ids",
        words: "has 11 free",
        fires: ("twelve nodes for eleven addresses", || {
            nodes(|cluster, nodes| in_small_subnets(cluster, nodes, &["10.0.200.0/28"]))
        }),
        rests: ("twice as many addresses", || {
            nodes(|cluster, nodes| in_small_subnets(cluster, nodes, &["10.0.200.0/28", "10.0.200.16/28"]))
        }),
    },
    Row {
        check: "subnet_public_addresses",
        says: "error subnet_ids",
        words: "MapPublicIpOnLaunch",
        fires: ("a public subnet that assigns no addresses", || {
            nodes(|cluster, nodes| nodes["subnet_ids"] = json!([maps_public_ip(cluster, false)]))
        }),
        rests: ("one that does", || {
            nodes(|cluster, nodes| nodes["subnet_ids"] = json!([maps_public_ip(cluster, true)]))
        }),
    },
    Row {
        check: "subnet_outbound_route",
        says: "error subnet_ids",
        words: "com.amazonaws.us-east-1.ecr.dkr",
        fires: ("no route out and no endpoint for ECR", || {
            nodes(|cluster, _| {
                without_nat(cluster);
                endpoints_except(cluster, &["ecr.dkr"]);
            })
        }),
        rests: ("no route out, but every endpoint", || {
            nodes(|cluster, _| {
                without_nat(cluster);
                endpoints_except(cluster, &[]);
            })
        }),
    },
    Row {
        check: "subnet_outbound_route",
        says: "error subnet_ids",
        words: "which was deleted",
        fires: ("a route to a NAT gateway that was deleted", || {
            nodes(|cluster, _| {
                cluster.ec2("DeleteNatGateway", &format!("NatGatewayId={}", cluster.made("nat_gateway_id")));
            })
        }),
        rests: ("one to a NAT gateway that is there", || nodes(|_, _| ())),
    },
    Row {
        check: "subnets_private",
        says: "error subnet_ids",
        words: "targets igw-",
        fires: ("a public subnet for Fargate", || {
            pods(|cluster, pods| pods["subnet_ids"] = json!([first(cluster, "public_subnet_ids")]))
        }),
        rests: ("a private one", || {
            pods(|cluster, pods| pods["subnet_ids"] = json!([first(cluster, "private_subnet_ids")]))
        }),
    },
    Row {
        check: "subnet_ipv6",
        says: "error subnet_ids",
        words: "does not assign IPv6",
        fires: ("a subnet that assigns no IPv6 addresses in an IPv6 cluster", || {
            nodes_of(ipv6_seed(), |cluster, nodes| nodes["subnet_ids"] = json!([with_ipv6(cluster, false)]))
        }),
        rests: ("one that does", || {
            nodes_of(ipv6_seed(), |cluster, nodes| nodes["subnet_ids"] = json!([with_ipv6(cluster, true)]))
        }),
    },
    Row {
        check: "nat_gateway",
        says: "warning subnet_ids",
        words: "targets nat-",
        fires: ("a NAT gateway in a subnet without a way out", || {
            nodes(|cluster, _| delete_route(cluster, "public_route_table_id"))
        }),
        rests: ("one in a public subnet", || nodes(|_, _| ())),
    },
    Row {
        check: "vpc_endpoints",
        says: "warning subnet_ids",
        words: "private DNS",
        fires: ("an endpoint without private DNS as the only way", || nodes(|cluster, _| private_dns(cluster, false))),
        rests: ("one with it", || nodes(|cluster, _| private_dns(cluster, true))),
    },
    Row {
        check: "network_acl",
        says: "warning subnet_ids",
        words: "blocks outbound",
        fires: ("a network ACL that lets nothing out", || nodes(|cluster, _| close(cluster))),
        rests: ("the VPC's default one", || nodes(|_, _| ())),
    },
];

/// Takes what lets everything out from the default network ACL.
fn close(cluster: &Cluster) {
    let form = format!("Filter.1.Name=vpc-id&Filter.1.Value.1={}", cluster.made("vpc_id"));
    let acl = tag(&cluster.ec2("DescribeNetworkAcls", &form), "networkAclId");
    cluster.ec2("DeleteNetworkAclEntry", &format!("NetworkAclId={acl}&RuleNumber=100&Egress=true"));
}
