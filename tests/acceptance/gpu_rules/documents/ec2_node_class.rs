//! Node classes of Karpenter.

use serde_json::{Value, json};

use super::{quantities, tags, texts};

const FAMILIES: [&str; 7] = ["AL2", "AL2023", "Bottlerocket", "Custom", "Windows2019", "Windows2022", "Windows2025"];

/// Specifications that the API server takes.
pub(in super::super) fn specifications() -> Vec<Value> {
    let terms = json!([{"tags": {"karpenter.sh/discovery": "demo"}}]);
    let rich = json!({
        "role": "KarpenterNodeRole-demo",
        "amiFamily": "AL2023",
        "amiSelectorTerms": [{"alias": "al2023@v20260801"}],
        "subnetSelectorTerms": [{"tags": {"karpenter.sh/discovery": "demo"}}, {"id": "subnet-0123456789abcdef0"}],
        "securityGroupSelectorTerms": [
            {"tags": {"karpenter.sh/discovery": "demo"}}, {"id": "sg-0123456789abcdef0"}, {"name": "nodes"},
        ],
        "capacityReservationSelectorTerms": [
            {"id": "cr-0123456789abcdef0"},
            {"tags": {"team": "gpu"}, "ownerID": "123456789012", "instanceMatchCriteria": "targeted"},
        ],
        "placementGroupSelector": {"name": "training"},
        "blockDeviceMappings": [
            {
                "deviceName": "/dev/xvda",
                "rootVolume": true,
                "ebs": {
                    "volumeSize": "300Gi", "volumeType": "gp3", "encrypted": true, "deleteOnTermination": true,
                    "iops": 3000, "throughput": 125, "kmsKeyID": "alias/nodes",
                },
            },
            {"deviceName": "/dev/xvdb", "ebs": {"snapshotID": "snap-0123456789abcdef0", "volumeInitializationRate": 200}},
        ],
        "instanceStorePolicy": "RAID0",
        "networkInterfaces": [
            {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"},
            {"networkCardIndex": 0, "deviceIndex": 1, "interfaceType": "efa-only"},
            {"networkCardIndex": 1, "deviceIndex": 0, "interfaceType": "efa-only"},
        ],
        "associatePublicIPAddress": false,
        "ipPrefixCount": 1,
        "kubelet": {
            "clusterDNS": ["10.0.1.100"],
            "maxPods": 110,
            "podsPerCore": 4,
            "systemReserved": {"cpu": "100m", "memory": "100Mi"},
            "kubeReserved": {"cpu": "200m", "ephemeral-storage": "3Gi"},
            "evictionHard": {"memory.available": "5%", "nodefs.available": "10%"},
            "evictionSoft": {"memory.available": "500Mi"},
            "evictionSoftGracePeriod": {"memory.available": "1m"},
            "evictionMaxPodGracePeriod": 60,
            "imageGCHighThresholdPercent": 85,
            "imageGCLowThresholdPercent": 80,
            "cpuCFSQuota": true,
        },
        "metadataOptions": {
            "httpEndpoint": "enabled", "httpProtocolIPv6": "disabled", "httpPutResponseHopLimit": 1, "httpTokens": "required",
        },
        "connectionTracking": {"tcpEstablishedTimeout": 86400, "udpStreamTimeout": 120, "udpTimeout": 30},
        "cpuOptions": {"nestedVirtualization": "disabled"},
        "detailedMonitoring": true,
        "context": "fleet",
        "tags": {"team": "gpu"},
        "userData": "#!/bin/bash\necho hello\n",
    });
    let chosen = json!({
        "instanceProfile": "nodes",
        "amiFamily": "AL2023",
        "amiSelectorTerms": [
            {"id": "ami-0123456789abcdef0"},
            {"name": "gpu-*", "owner": "self"},
            {"tags": {"team": "gpu"}},
            {"ssmParameter": "/my/image"},
        ],
        "subnetSelectorTerms": terms,
        "securityGroupSelectorTerms": terms,
        "placementGroupSelector": {"id": "pg-0123456789abcdef0"},
    });
    let mut found = vec![rich, chosen];
    for alias in ["al2", "al2023", "bottlerocket", "windows2019", "windows2022", "windows2025"] {
        found.push(json!({
            "role": "node",
            "amiFamily": "Custom",
            "amiSelectorTerms": [{"alias": format!("{alias}@latest")}],
            "subnetSelectorTerms": terms,
            "securityGroupSelectorTerms": terms,
        }));
    }
    found
}

/// What else the member at a path may be.
pub(in super::super) fn samples(path: &str) -> Vec<Value> {
    match path.trim_start_matches("spec.") {
        "role" | "instanceProfile" => texts(&["node", "a b", "arn:aws:iam::123456789012:role/node"]),
        "amiFamily" => texts(&FAMILIES),
        "amiSelectorTerms" => vec![
            json!([{"alias": "al2023@latest"}, {"id": "ami-0123456789abcdef0"}]),
            json!([{"alias": "al2023@latest", "name": "x"}]),
            json!([{"alias": "al2023@latest", "ssmParameter": "x"}]),
            json!([{"id": "ami-0123456789abcdef0", "tags": {"a": "b"}}]),
            json!([{"owner": "self"}]),
            json!([{}]),
        ],
        "amiSelectorTerms[].alias" => texts(&[
            "al2023",
            "al2023@",
            "@latest",
            "AL2023@latest",
            "ubuntu@latest",
            "al2023@latest",
            "al2@v20240625",
            "al2023@a@b",
            "bottlerocket@v1.49.0",
            "windows2022@v1",
            "windows2022@latest",
            "al2023@v20260801-and-much-more",
            "al2023@v20260801-and-much-more1",
            "al-2023@latest",
        ]),
        "amiSelectorTerms[].id" => texts(&["ami-0", "ami-", "AMI-0", "ami-0123456789abcdef0", "x-ami-0"]),
        "amiSelectorTerms[].name" | "securityGroupSelectorTerms[].name" => texts(&["name", "*"]),
        "amiSelectorTerms[].owner" => texts(&["self", "123456789012"]),
        "amiSelectorTerms[].ssmParameter" => texts(&["/my/parameter"]),
        "subnetSelectorTerms[].id" => texts(&["subnet-0", "subnet-", "subnet-ABC", "vpc-0"]),
        "subnetSelectorTerms" => vec![
            json!([{}]),
            json!([{"id": "subnet-0", "tags": {"a": "b"}}]),
            json!([{"id": "subnet-0", "tags": {"a": "b"}}, {"tags": {"a": "b"}}]),
        ],
        "securityGroupSelectorTerms[].id" => texts(&["sg-0", "sg-", "sg-ABC", "subnet-0"]),
        "securityGroupSelectorTerms" => vec![
            json!([{}]),
            json!([{"id": "sg-0", "tags": {"a": "b"}}]),
            json!([{"id": "sg-0", "name": "x"}]),
            json!([{"name": "x", "tags": {"a": "b"}}]),
            json!([{"name": "x", "tags": {"a": "b"}}, {"id": "sg-0"}]),
        ],
        "capacityReservationSelectorTerms" => vec![
            json!([{}]),
            json!([{"ownerID": "123456789012"}]),
            json!([{"instanceMatchCriteria": "open"}]),
            json!([{"id": "cr-0", "ownerID": "123456789012"}]),
            json!([{"id": "cr-0", "tags": {"a": "b"}}]),
            json!([{"id": "cr-0", "tags": {"a": "b"}}, {"id": "cr-0"}]),
        ],
        "capacityReservationSelectorTerms[].id" => texts(&["cr-0", "cr-", "CR-0", "x-cr-0"]),
        "capacityReservationSelectorTerms[].ownerID" => {
            texts(&["123456789012", "12345678901", "1234567890123", "self"])
        }
        "placementGroupSelector" => vec![json!({}), json!({"id": "pg-0", "name": "x"}), json!({"name": "x"})],
        "placementGroupSelector.id" => texts(&["pg-0", "pg-", "x"]),
        "placementGroupSelector.name" => texts(&["x"]),
        "blockDeviceMappings[].rootVolume" => vec![json!(true)],
        "blockDeviceMappings[].ebs.volumeSize" => texts(&[
            "1Gi", "300G", "59000Gi", "59001Gi", "64000G", "64001G", "17Ti", "18Ti", "58Ti", "59Ti", "64T", "65T",
            "Ti", "T", "300", "300GB", "300Mi", "0Gi", "1.5Ti",
        ]),
        "blockDeviceMappings[].ebs.snapshotID" => texts(&["snap-0", ""]),
        "blockDeviceMappings[].ebs.volumeInitializationRate" => vec![json!(100), json!(300)],
        "networkInterfaces" => vec![
            json!([{"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "efa-only"}]),
            json!([{"networkCardIndex": 1, "deviceIndex": 0, "interfaceType": "interface"}]),
            json!([{"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}]),
            json!([
                {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"},
                {"networkCardIndex": 1, "deviceIndex": 0, "interfaceType": "efa-only"},
                {"networkCardIndex": 1, "deviceIndex": 1, "interfaceType": "efa-only"},
            ]),
        ],
        "networkInterfaces[].networkCardIndex" | "networkInterfaces[].deviceIndex" => {
            vec![json!(0), json!(1), json!(7)]
        }
        "kubelet.systemReserved" | "kubelet.kubeReserved" => {
            vec![json!({"cpu": "-1"}), json!({"gpu": "1"}), json!({"pid": "100", "memory": "1Gi"}), json!({"": "1"})]
        }
        "kubelet.systemReserved{}" | "kubelet.kubeReserved{}" => quantities(),
        "kubelet.evictionHard" => vec![json!({"memory.available": "10%"}), json!({"memory": "10%"})],
        "kubelet.evictionSoft" => {
            vec![json!({"memory.available": "10%"}), json!({"memory": "10%"}), json!({"pid.available": "10%"})]
        }
        "kubelet.evictionHard{}" | "kubelet.evictionSoft{}" => {
            let mut found = quantities();
            found.extend(texts(&["5%", "100%", "100.00%", "101%", "5.5%", "5.555%", "%"]));
            found
        }
        "kubelet.evictionSoftGracePeriod" => {
            vec![json!({"memory.available": "1m"}), json!({"memory": "1m"}), json!({"imagefs.available": "1m"})]
        }
        "kubelet.evictionSoftGracePeriod{}" => texts(&["1m30s", "1d"]),
        "kubelet.imageGCHighThresholdPercent" | "kubelet.imageGCLowThresholdPercent" => {
            vec![json!(79), json!(80), json!(85), json!(86)]
        }
        "connectionTracking" => vec![json!({}), json!({"udpTimeout": 45})],
        "tags" => tags(),
        path if path.ends_with(".tags") => {
            vec![json!({"a": "b"}), json!({"a": "*"}), json!({"": "b"}), json!({"a": ""})]
        }
        _ => Vec::new(),
    }
}
