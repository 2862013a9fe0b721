//! Setups as the well-known EKS module builds them give no finding.

use serde_json::{Value, json};

use super::table::roles::examined_by_user;
use crate::support::sandbox::{Cluster, REGION, tag};

/// What private subnets without a way out need, and whether it is a gateway.
const ENDPOINTS: &[(&str, bool)] = &[
    ("ec2", false),
    ("ecr.api", false),
    ("ecr.dkr", false),
    ("sts", false),
    ("eks", false),
    ("eks-auth", false),
    ("logs", false),
    ("s3", true),
];

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Takes the way out from the private subnets.
pub(super) fn without_nat(cluster: &Cluster) {
    let table = cluster.made("private_route_table_id");
    cluster.ec2("DeleteRoute", &format!("RouteTableId={table}&DestinationCidrBlock=0.0.0.0/0"));
}

/// Gives the private subnets endpoints for everything but the named services.
pub(super) fn endpoints_except(cluster: &Cluster, left_out: &[&str]) {
    let vpc = cluster.made("vpc_id");
    let group = cluster.ec2(
        "CreateSecurityGroup",
        &format!("GroupName={}-endpoints&GroupDescription=endpoints&VpcId={vpc}", cluster.name),
    );
    let group = tag(&group, "groupId");
    cluster.ec2(
        "AuthorizeSecurityGroupIngress",
        &format!(
            "GroupId={group}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=443&\
             IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/16"
        ),
    );
    let subnets: Vec<_> = texts(&cluster.made["private_subnet_ids"])
        .iter()
        .enumerate()
        .map(|(index, id)| format!("SubnetId.{}={id}", index + 1))
        .collect();
    let table = cluster.made("private_route_table_id");
    for (service, gateway) in ENDPOINTS.iter().filter(|(service, _)| !left_out.contains(service)) {
        let place = if *gateway {
            format!("VpcEndpointType=Gateway&RouteTableId.1={table}")
        } else {
            format!("VpcEndpointType=Interface&PrivateDnsEnabled=true&SecurityGroupId.1={group}&{}", subnets.join("&"))
        };
        let service = format!("ServiceName=com.amazonaws.{REGION}.{service}");
        cluster.ec2("CreateVpcEndpoint", &format!("VpcId={vpc}&{service}&{place}"));
    }
}

#[test]
fn private_subnets_with_nat_have_no_findings() {
    let cluster = Cluster::new();
    cluster.examine(cluster.nodes()).assert_healthy();
    cluster.examine(cluster.pods()).assert_healthy();
}

#[test]
fn private_subnets_with_only_endpoints_have_no_findings() {
    let cluster = Cluster::new();
    without_nat(&cluster);
    endpoints_except(&cluster, &[]);
    cluster.examine(cluster.nodes()).assert_healthy();
    cluster.examine(cluster.pods()).assert_healthy();
}

#[test]
fn users_with_deploy_permissions_have_no_findings() {
    examined_by_user(&Cluster::new(), &[("*", Value::Null)]).assert_healthy();
    let of_service = |key: &str, service: &str| json!({"StringEquals": {key: format!("{service}.amazonaws.com")}});
    let allowed = [
        ("eks:*", Value::Null),
        ("iam:Get*", Value::Null),
        ("iam:PassRole", of_service("iam:PassedToService", "ec2")),
        ("iam:CreateServiceLinkedRole", of_service("iam:AWSServiceName", "eks-nodegroup")),
    ];
    examined_by_user(&Cluster::new(), &allowed).assert_healthy();
}

#[test]
fn public_subnets_have_no_findings() {
    let cluster = Cluster::new();
    let mut nodes = cluster.nodes();
    nodes["subnet_ids"] = json!(texts(&cluster.made["public_subnet_ids"]));
    cluster.examine(nodes).assert_healthy();
}

#[test]
fn single_authentication_mode_has_no_findings() {
    for mode in ["CONFIG_MAP", "API"] {
        let cluster = Cluster::seeded(json!({"cluster_config": {"accessConfig": {"authenticationMode": mode}}}));
        cluster.start_kubernetes(json!({}));
        cluster.examine(cluster.nodes()).assert_healthy();
        cluster.examine(cluster.pods()).assert_healthy();
    }
}
