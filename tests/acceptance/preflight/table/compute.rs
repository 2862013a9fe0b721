//! AMI types and instance types.

use serde_json::{Value, json};

use super::{Row, nodes, nodes_of, subnet, template};
use crate::support::preflight::Examination;
use crate::support::sandbox::Cluster;

/// What is found of nodes of this AMI type and instance type.
fn of(ami_type: Value, instance_type: &str) -> Examination {
    nodes(|_, nodes| {
        nodes["ami_type"] = ami_type;
        nodes["instance_types"] = json!([instance_type]);
    })
}

/// What is found of nodes with another argument.
fn with(seed: Value, name: &str, value: Value) -> Examination {
    nodes_of(seed, |_, nodes| nodes[name] = value)
}

fn ipv6() -> Value {
    json!({"cluster_config": {"kubernetesNetworkConfig": {"ipFamily": "ipv6"}}})
}

/// What is found of a release for Kubernetes 1.33.
fn release(release: &str) -> Examination {
    nodes_of(json!({"version": "1.33"}), |_, nodes| {
        nodes["ami_type"] = json!("AL2023_x86_64_STANDARD");
        nodes["version"] = json!("1.33");
        nodes["release_version"] = json!(release);
    })
}

/// What is found of a subnet in a zone.
fn in_zone(zone: &str) -> Examination {
    nodes(|cluster, nodes| nodes["subnet_ids"] = json!([subnet(cluster, "10.0.200.0/24", zone)]))
}

/// What is found of nodes of a capacity block of one type, with a launch template for another or the same.
fn block(reserved: &str) -> Examination {
    nodes(|cluster, nodes| {
        nodes["capacity_type"] = json!("CAPACITY_BLOCK");
        nodes["instance_types"] = Value::Null;
        nodes["launch_template"] = block_template(cluster, reserved);
    })
}

fn block_template(cluster: &Cluster, reserved: &str) -> Value {
    let id = cluster.capacity_reservation(reserved, 2);
    template(
        cluster,
        &[
            ("InstanceType", "p5.48xlarge"),
            ("InstanceMarketOptions.MarketType", "capacity-block"),
            ("CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId", &id),
        ],
    )
}

fn hibernated(instance_type: &str) -> Examination {
    nodes(|_, nodes| {
        nodes["instance_types"] = json!([instance_type]);
        nodes["warm_pool_config"] = json!([{"pool_state": "HIBERNATED"}]);
    })
}

fn spot(types: &[&str]) -> Examination {
    nodes(|_, nodes| {
        nodes["instance_types"] = json!(types);
        nodes["capacity_type"] = json!("SPOT");
    })
}

pub(super) const ROWS: &[Row] = &[
    Row {
        check: "ami_type_version",
        says: "error ami_type",
        words: "Set ami_type to AL2023_x86_64_STANDARD",
        fires: ("Amazon Linux 2 for Kubernetes 1.33", || {
            with(json!({"version": "1.33"}), "ami_type", json!("AL2_x86_64"))
        }),
        rests: ("Amazon Linux 2 for Kubernetes 1.32", || {
            with(json!({"version": "1.32"}), "ami_type", json!("AL2_x86_64"))
        }),
    },
    Row {
        check: "ami_type_version",
        says: "error ami_type",
        words: "AMI type WINDOWS_CORE_2025_x86_64 for Kubernetes 1.33",
        fires: ("Windows 2025 for Kubernetes 1.33", || {
            with(json!({"version": "1.33"}), "ami_type", json!("WINDOWS_CORE_2025_x86_64"))
        }),
        rests: ("Windows 2022 for Kubernetes 1.33", || {
            with(json!({"version": "1.33"}), "ami_type", json!("WINDOWS_CORE_2022_x86_64"))
        }),
    },
    Row {
        check: "ami_type_supported",
        says: "warning ami_type",
        words: "AL2_x86_64 uses Amazon Linux 2",
        fires: ("Amazon Linux 2", || with(json!({"version": "1.32"}), "ami_type", json!("AL2_x86_64"))),
        rests: ("Amazon Linux 2023", || with(json!({"version": "1.32"}), "ami_type", json!("AL2023_x86_64_STANDARD"))),
    },
    Row {
        check: "release_version",
        says: "error release_version",
        words: "is for Kubernetes 1.32",
        fires: ("a release of another Kubernetes version", || release("1.32.9-20251016")),
        rests: ("a release of this one", || release("1.33.5-20251016")),
    },
    Row {
        check: "release_version",
        says: "error release_version",
        words: "the cluster version is 1.33",
        fires: ("a release of another version than the cluster's", || {
            with(json!({"version": "1.33"}), "release_version", json!("1.32.9-20251016"))
        }),
        rests: ("a release of the cluster's version", || {
            with(json!({"version": "1.33"}), "release_version", json!("1.33.5-20251016"))
        }),
    },
    Row {
        check: "release_version",
        says: "error release_version",
        words: "release_version is \"latest\"",
        fires: ("a word for a release", || with(json!({}), "release_version", json!("latest"))),
        rests: ("no release", || with(json!({}), "release_version", Value::Null)),
    },
    Row {
        check: "instance_types_exist",
        says: "error instance_types",
        words: "x9.large",
        fires: ("a type that does not exist", || with(json!({}), "instance_types", json!(["m5.large", "x9.large"]))),
        rests: ("types that do", || with(json!({}), "instance_types", json!(["m5.large", "m5a.large"]))),
    },
    Row {
        check: "instance_types_offered",
        says: "error instance_types",
        words: "The subnets are in use1-az3",
        fires: ("a type that is not offered in the zone", || in_zone("us-east-1e")),
        rests: ("one that is", || in_zone("us-east-1d")),
    },
    Row {
        check: "instance_types_architecture",
        says: "error instance_types",
        words: "m5.large supports x86_64",
        fires: ("an Arm AMI type for an Intel type", || of(json!("AL2023_ARM_64_STANDARD"), "m5.large")),
        rests: ("the same for a Graviton type", || of(json!("AL2023_ARM_64_STANDARD"), "m6g.large")),
    },
    Row {
        check: "instance_types_accelerator",
        says: "warning ami_type",
        words: "Set ami_type to AL2023_x86_64_STANDARD",
        fires: ("a GPU AMI type for a type without GPU", || of(json!("AL2023_x86_64_NVIDIA"), "m5.large")),
        rests: ("the same for a type with a GPU", || of(json!("AL2023_x86_64_NVIDIA"), "g5.xlarge")),
    },
    Row {
        check: "instance_types_accelerator",
        says: "warning ami_type",
        words: "Set ami_type to AL2023_x86_64_NVIDIA",
        fires: ("a GPU without a driver", || of(json!("AL2023_x86_64_STANDARD"), "g5.xlarge")),
        rests: ("a GPU and an AMI type that EKS chooses", || of(Value::Null, "g5.xlarge")),
    },
    Row {
        check: "instance_types_accelerator",
        says: "warning ami_type",
        words: "AL2023_x86_64_NEURON",
        fires: ("Inferentia without a driver", || of(json!("AL2023_x86_64_STANDARD"), "inf2.xlarge")),
        rests: ("Inferentia with one", || of(json!("AL2023_x86_64_NEURON"), "inf2.xlarge")),
    },
    Row {
        check: "instance_types_pods",
        says: "warning instance_types",
        words: "t3.micro supports 4",
        fires: ("a type for four pods", || of(Value::Null, "t3.micro")),
        rests: ("a type for eleven", || of(Value::Null, "t3.small")),
    },
    Row {
        check: "instance_types_ipv6",
        says: "error instance_types",
        words: "run on Xen: m4.large",
        fires: ("a Xen type in an IPv6 cluster", || with(ipv6(), "instance_types", json!(["m4.large"]))),
        rests: ("a Nitro type", || with(ipv6(), "instance_types", json!(["m5.large"]))),
    },
    Row {
        check: "windows_ipv4",
        says: "error ami_type",
        words: "is a Windows AMI type",
        fires: ("Windows in an IPv6 cluster", || with(ipv6(), "ami_type", json!("WINDOWS_CORE_2022_x86_64"))),
        rests: ("Windows in an IPv4 cluster", || with(json!({}), "ami_type", json!("WINDOWS_CORE_2022_x86_64"))),
    },
    Row {
        check: "capacity_type",
        says: "error capacity_type",
        words: "hpc6a.48xlarge is available only as on-demand",
        fires: ("Spot for a type that is not sold so", || spot(&["hpc6a.48xlarge"])),
        rests: ("Spot for a type that is", || spot(&["m5.large"])),
    },
    Row {
        check: "capacity_block",
        says: "error capacity_type",
        words: "it is for p4d.24xlarge",
        fires: ("a reservation of another type than the template's", || block("p4d.24xlarge")),
        rests: ("a reservation of the template's", || block("p5.48xlarge")),
    },
    Row {
        check: "spot_diversity",
        says: "warning capacity_type",
        words: "m5.large is the only",
        fires: ("Spot with one type", || spot(&["m5.large"])),
        rests: ("Spot with two types", || spot(&["m5.large", "m5a.large"])),
    },
    Row {
        check: "warm_pool_hibernation",
        says: "error warm_pool_config[0].pool_state",
        words: "do not support hibernation: g5.xlarge",
        fires: ("a hibernated pool of a type that cannot", || hibernated("g5.xlarge")),
        rests: ("one of a type that can", || hibernated("m5.large")),
    },
];
