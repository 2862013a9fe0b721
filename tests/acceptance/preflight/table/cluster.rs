//! The cluster and quotas.

use serde_json::{Value, json};

use super::{Row, nodes, nodes_of, tag};
use crate::support::preflight::Examination;
use crate::support::sandbox::Cluster;

/// A cluster whose API server answers only these networks.
fn public_endpoint(cidrs: Value) -> Value {
    json!({"resourcesVpcConfig": {"endpointPrivateAccess": false, "publicAccessCidrs": cidrs}})
}

/// A cluster whose API server answers in its VPC only.
fn private_endpoint() -> Value {
    json!({"resourcesVpcConfig": {"endpointPrivateAccess": true, "endpointPublicAccess": false}})
}

/// Gives the VPC DHCP options with this DNS server alone.
fn dns_server(cluster: &Cluster, address: &str) {
    let entry = format!("DhcpConfiguration.1.Key=domain-name-servers&DhcpConfiguration.1.Value.1={address}");
    let options = tag(&cluster.ec2("CreateDhcpOptions", &entry), "dhcpOptionsId");
    let vpc = cluster.made("vpc_id");
    cluster.ec2("AssociateDhcpOptions", &format!("DhcpOptionsId={options}&VpcId={vpc}"));
}

/// Settings with so many vCPUs of G instances on demand.
fn gpu_quota(vcpus: u32) -> Value {
    json!({"quotas": {"L-DB2E81BA": vcpus}})
}

fn named_nodes(cluster: &Cluster) -> Value {
    let mut nodes = cluster.nodes();
    nodes["node_group_name"] = json!("new");
    nodes
}

fn gpu_nodes(cluster: &Cluster) -> Value {
    let mut nodes = cluster.nodes();
    nodes["instance_types"] = json!(["g5.xlarge"]);
    nodes
}

fn update(cluster: &Cluster, config: &Value) {
    cluster.eks("POST", &format!("/clusters/{}/update-config", cluster.name), config);
}

/// The public address of the seeded NAT gateway.
fn nat_address(cluster: &Cluster) -> String {
    let gateways = cluster.ec2("DescribeNatGateways", &format!("NatGatewayId.1={}", cluster.made("nat_gateway_id")));
    tag(&gateways, "publicIp")
}

/// What is found of nodes, or of pods, in a sandbox of its own with other limits.
fn limited(limits: &Value, seed: Value, of: fn(&Cluster) -> Value) -> Examination {
    let cluster = Cluster::alone(seed);
    cluster.settings(limits);
    cluster.examine(of(&cluster))
}

pub(super) const ROWS: &[Row] = &[
    Row {
        check: "cluster_exists",
        says: "error cluster_name",
        words: "Cluster acceptance-nowhere not found",
        fires: ("no cluster of the name", || nodes(|_, nodes| nodes["cluster_name"] = json!("acceptance-nowhere"))),
        rests: ("a cluster of the name", || nodes(|_, _| ())),
    },
    Row {
        check: "cluster_active",
        says: "error cluster_name",
        words: "is FAILED",
        fires: ("a cluster that failed", || nodes(|cluster, _| cluster.patch(json!({"status": "FAILED"})))),
        rests: ("an active one", || nodes(|_, _| ())),
    },
    Row {
        check: "version_matches_cluster",
        says: "error version",
        words: "runs Kubernetes 1.33",
        fires: ("a new node group with an older version", || {
            nodes_of(json!({"version": "1.33"}), |_, nodes| nodes["version"] = json!("1.32"))
        }),
        rests: ("one with the cluster's version", || {
            nodes_of(json!({"version": "1.33"}), |_, nodes| nodes["version"] = json!("1.33"))
        }),
    },
    Row {
        check: "version_matches_cluster",
        says: "error version",
        words: "version is 1.34",
        fires: ("a version above the cluster's", || {
            nodes_of(json!({"version": "1.33"}), |_, nodes| nodes["version"] = json!("1.34"))
        }),
        rests: ("no version", || nodes_of(json!({"version": "1.33"}), |_, _| ())),
    },
    Row {
        check: "version_supported",
        says: "warning cluster_name",
        words: "Standard support for Kubernetes 1.32 ended on 2026-03-23",
        fires: ("a cluster in extended support", || nodes_of(json!({"version": "1.32"}), |_, _| ())),
        rests: ("one in standard support", || nodes_of(json!({"version": "1.33"}), |_, _| ())),
    },
    Row {
        check: "vpc_dns_servers",
        says: "warning cluster_name",
        words: "specify 10.9.8.7",
        fires: ("a private endpoint and DNS servers of one's own", || {
            nodes(|cluster, _| {
                update(cluster, &private_endpoint());
                dns_server(cluster, "10.9.8.7");
            })
        }),
        rests: ("a private endpoint and the resolver of the VPC", || {
            nodes(|cluster, _| {
                update(cluster, &private_endpoint());
                dns_server(cluster, "10.0.0.2");
            })
        }),
    },
    Row {
        check: "vcpu_quota",
        says: "error instance_types",
        words: "the quota L-DB2E81BA is 0",
        fires: ("a quota of no GPU", || limited(&gpu_quota(0), json!({}), gpu_nodes)),
        rests: ("a quota for all nodes", || limited(&gpu_quota(12), json!({}), gpu_nodes)),
    },
    Row {
        check: "vcpu_quota",
        says: "warning scaling_config[0].max_size",
        words: "a maximum of 2:",
        fires: ("a quota for the nodes at the start", || limited(&gpu_quota(11), json!({}), gpu_nodes)),
        rests: ("a Spot quota for all of them", || {
            limited(&gpu_quota(0), json!({}), |cluster| {
                let mut nodes = gpu_nodes(cluster);
                nodes["capacity_type"] = json!("SPOT");
                nodes
            })
        }),
    },
    Row {
        check: "instance_profile_quota",
        says: "warning node_role_arn",
        words: "its quota is 0",
        fires: ("as many instance profiles as the quota", || {
            limited(&json!({"quotas": {"L-6E65F664": 0}}), json!({}), Cluster::nodes)
        }),
        rests: ("one fewer", || limited(&json!({"quotas": {"L-6E65F664": 1}}), json!({}), Cluster::nodes)),
    },
    Row {
        check: "cluster_endpoint",
        says: "error subnet_ids",
        words: "allows only 203.0.113.0/24",
        fires: ("a public endpoint that does not answer the NAT gateway", || {
            nodes(|cluster, _| update(cluster, &public_endpoint(json!(["203.0.113.0/24"]))))
        }),
        rests: ("one that does", || {
            nodes(|cluster, _| {
                let address = format!("{}/32", nat_address(cluster));
                update(cluster, &public_endpoint(json!(["203.0.113.0/24", address])));
            })
        }),
    },
    Row {
        check: "vpc_dns",
        says: "warning cluster_name",
        words: "enableDnsHostnames",
        fires: ("a VPC without DNS host names", || nodes(|cluster, _| host_names(cluster, false))),
        rests: ("one with them", || nodes(|cluster, _| host_names(cluster, true))),
    },
    Row {
        check: "node_group_quota",
        says: "error cluster_name",
        words: "The number of node groups in cluster",
        fires: ("as many node groups as the quota", || {
            limited(&json!({"max_nodegroups": 1}), json!({"nodegroups": 1}), named_nodes)
        }),
        rests: ("one fewer", || limited(&json!({"max_nodegroups": 2}), json!({"nodegroups": 1}), named_nodes)),
    },
    Row {
        check: "fargate_profile_quota",
        says: "error cluster_name",
        words: "The number of Fargate profiles in cluster",
        fires: ("as many Fargate profiles as the quota", || {
            limited(&json!({"max_fargate_profiles": 1}), json!({"fargate_profiles": ["one"]}), Cluster::pods)
        }),
        rests: ("one fewer", || {
            limited(&json!({"max_fargate_profiles": 2}), json!({"fargate_profiles": ["one"]}), Cluster::pods)
        }),
    },
    Row {
        check: "node_quota",
        says: "warning scaling_config[0].max_size",
        words: "max_size is 451",
        fires: ("more nodes than the quota", || nodes(|_, nodes| nodes["scaling_config"][0]["max_size"] = json!(451))),
        rests: ("as many as the quota", || nodes(|_, nodes| nodes["scaling_config"][0]["max_size"] = json!(450))),
    },
];

fn host_names(cluster: &Cluster, on: bool) {
    cluster.ec2("ModifyVpcAttribute", &format!("VpcId={}&EnableDnsHostnames.Value={on}", cluster.made("vpc_id")));
}
