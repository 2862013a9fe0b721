//! The documents that changes begin with: between them they have every member that the schemas know.

pub(super) mod ec2_node_class;
pub(super) mod node_class;
pub(super) mod node_pool;

use serde_json::{Value, json};

/// Texts as values.
fn texts(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|text| json!(text)).collect()
}

/// Amounts, some of them almost right.
fn quantities() -> Vec<Value> {
    texts(&["1000", "1k", "1Ti", "1.5", ".5", "+1", "-1", "0", "1e3", "1E3", "1.Gi", "abc", "1 Gi", "1gi", "0x1", "Gi"])
}

/// Keys of labels and taints, some of them almost right.
const KEYS: [&str; 24] = [
    "team",
    "nvidia.com/gpu",
    "nvidia.com/gpu.present",
    "kubernetes.io/arch",
    "kubernetes.io/hostname",
    "karpenter.sh/capacity-type",
    "karpenter.sh/nodepool",
    "karpenter.sh/strange",
    "a.karpenter.sh/strange",
    "karpenter.k8s.aws/instance-family",
    "karpenter.k8s.aws/instance-pods",
    "karpenter.k8s.aws/nitro-sandbox",
    "eks.amazonaws.com/instance-family",
    "eks.amazonaws.com/instance-type",
    "eks.amazonaws.com/strange",
    "node.kubernetes.io/instance-type",
    "two words",
    "-team",
    "team-",
    "te_am",
    "A.B/c",
    "a/b/c",
    "/a",
    "é",
];

/// Tags, some of which nothing may have.
fn tags() -> Vec<Value> {
    vec![
        json!({"team": "gpu"}),
        json!({"Name": "gpu"}),
        json!({"karpenter.sh/discovery": "demo"}),
        json!({"": "value"}),
        json!({"key": ""}),
        json!({"eks:eks-cluster-name": "demo"}),
        json!({"kubernetes.io/cluster/demo": "owned"}),
        json!({"kubernetes.io/clusters": "owned"}),
        json!({"karpenter.sh/nodepool": "gpu"}),
        json!({"karpenter.sh/nodeclaim": "gpu"}),
        json!({"karpenter.sh/provisioner-name": "gpu"}),
        json!({"karpenter.sh/managed-by": "demo"}),
        json!({"karpenter.k8s.aws/ec2nodeclass": "gpu"}),
        json!({"eks.amazonaws.com/nodeclass": "gpu"}),
    ]
}
