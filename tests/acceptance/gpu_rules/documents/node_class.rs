//! Node classes of EKS Auto Mode.

use serde_json::{Value, json};

use super::{tags, texts};

/// Specifications that the API server takes.
pub(in super::super) fn specifications() -> Vec<Value> {
    let terms = json!([{"tags": {"karpenter.sh/discovery": "demo"}}]);
    let rich = json!({
        "role": "AutoNodeRole-demo",
        "subnetSelectorTerms": [{"tags": {"karpenter.sh/discovery": "demo"}}, {"id": "subnet-0123456789abcdef0"}],
        "securityGroupSelectorTerms": [
            {"tags": {"karpenter.sh/discovery": "demo"}}, {"id": "sg-0123456789abcdef0"}, {"name": "nodes"},
        ],
        "podSubnetSelectorTerms": [{"id": "subnet-0123456789abcdef1"}, {"tags": {"pods": "true"}}],
        "podSecurityGroupSelectorTerms": [{"id": "sg-0123456789abcdef1"}, {"tags": {"pods": "true"}}],
        "capacityReservationSelectorTerms": [
            {"id": "cr-0123456789abcdef0"}, {"tags": {"team": "gpu"}, "owner": "123456789012"},
        ],
        "placementGroupSelector": {"name": "training"},
        "snatPolicy": "Random",
        "networkPolicy": "DefaultAllow",
        "networkPolicyEventLogs": "Enabled",
        "ephemeralStorage": {"size": "300Gi", "iops": 3000, "throughput": 125, "kmsKeyID": "alias/nodes"},
        "advancedNetworking": {
            "associatePublicIPAddress": false,
            "httpsProxy": "http://proxy.example.com:3128",
            "noProxy": ["169.254.169.254", ".internal", ".eks.amazonaws.com"],
            "ipv4PrefixSize": "Auto",
            "enableV4Egress": true,
            "networkInterfaces": [
                {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface", "secondaryIPv4PrefixCount": 1},
                {"networkCardIndex": 1, "deviceIndex": 0, "interfaceType": "efa-only"},
            ],
        },
        "advancedSecurity": {"fips": true, "kernelLockdown": "integrity"},
        "certificateBundles": [{"name": "company", "data": "LS0tLS1CRUdJTg=="}],
        "tags": {"team": "gpu"},
    });
    let small = json!({
        "instanceProfile": "nodes",
        "subnetSelectorTerms": terms,
        "securityGroupSelectorTerms": terms,
        "placementGroupSelector": {"id": "pg-0123456789abcdef0"},
        "advancedNetworking": {"networkInterfaces": [
            {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface", "secondaryIPv4Count": 4},
        ]},
    });
    vec![rich, small]
}

/// What else the member at a path may be.
pub(in super::super) fn samples(path: &str) -> Vec<Value> {
    match path.trim_start_matches("spec.") {
        "role" | "instanceProfile" => {
            vec![
                json!("node"),
                json!("x".repeat(64)),
                json!("x".repeat(65)),
                json!("arn:aws:iam::123456789012:role/node"),
            ]
        }
        "subnetSelectorTerms[].id" | "podSubnetSelectorTerms[].id" => texts(&["subnet-0", "subnet-", "vpc-0"]),
        "subnetSelectorTerms" | "podSubnetSelectorTerms" => vec![
            json!([{}]),
            json!([{"id": "subnet-0"}]),
            json!([{"id": "subnet-0", "tags": {"a": "b"}}, {"tags": {"a": "b"}}]),
        ],
        "securityGroupSelectorTerms[].id" | "podSecurityGroupSelectorTerms[].id" => texts(&["sg-0", "sg-", "subnet-0"]),
        "securityGroupSelectorTerms[].name" | "podSecurityGroupSelectorTerms[].name" => texts(&["name"]),
        "securityGroupSelectorTerms" | "podSecurityGroupSelectorTerms" => vec![
            json!([{}]),
            json!([{"id": "sg-0"}]),
            json!([{"id": "sg-0", "name": "x"}, {"id": "sg-0"}]),
            json!([{"name": "x", "tags": {"a": "b"}}]),
        ],
        "capacityReservationSelectorTerms" => vec![
            json!([{}]),
            json!([{"owner": "123456789012"}]),
            json!([{"id": "cr-0", "owner": "123456789012"}]),
            json!([{"id": "cr-0", "tags": {"a": "b"}}]),
        ],
        "capacityReservationSelectorTerms[].id" => texts(&["cr-0", "cr-", "CR-0"]),
        "capacityReservationSelectorTerms[].owner" => texts(&["123456789012", "12345678901", "self"]),
        "placementGroupSelector" => vec![json!({}), json!({"id": "pg-0", "name": "x"}), json!({"name": "x"})],
        "placementGroupSelector.id" => texts(&["pg-0"]),
        "placementGroupSelector.name" => texts(&["x"]),
        "ephemeralStorage" => vec![json!({}), json!({"size": "100Gi"})],
        "ephemeralStorage.size" => texts(&[
            "1Gi", "59000Gi", "59001Gi", "64000G", "64001G", "58Ti", "59Ti", "64T", "65T", "99999Gi", "100000Gi",
            "0Gi", "80", "80Mi", "080Gi",
        ]),
        "advancedNetworking.noProxy" => vec![json!(["x".repeat(255)]), json!(["x".repeat(256)])],
        "advancedNetworking.networkInterfaces" => vec![
            json!([{"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "efa-only"}]),
            json!([{"networkCardIndex": 1, "deviceIndex": 0, "interfaceType": "interface"}]),
            json!([
                {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"},
                {"networkCardIndex": 1, "deviceIndex": 0, "interfaceType": "interface", "secondaryIPv4Count": 1},
            ]),
        ],
        "advancedNetworking.networkInterfaces[].secondaryIPv4Count"
        | "advancedNetworking.networkInterfaces[].secondaryIPv4PrefixCount" => vec![json!(0), json!(2)],
        "advancedNetworking.networkInterfaces[].networkCardIndex"
        | "advancedNetworking.networkInterfaces[].deviceIndex" => {
            vec![json!(0), json!(1), json!(7)]
        }
        "certificateBundles[].data" => texts(&["LS0t", "not base64!"]),
        "tags" => tags(),
        path if path.ends_with(".tags") => vec![json!({"a": "b"}), json!({"": "b"}), json!({"a": ""})],
        _ => Vec::new(),
    }
}
