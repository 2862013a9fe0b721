//! A cluster with Karpenter that has the names and tags of the guides.

use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

pub(super) const CLASS: &str = "ekscompute_node_class.default";
pub(super) const POOL: &str = "ekscompute_node_pool.default";
pub(super) const CLASSES: &str = "/apis/karpenter.k8s.aws/v1/ec2nodeclasses";
pub(super) const POOLS: &str = "/apis/karpenter.sh/v1/nodepools";

/// A cluster whose subnets and security group have the discovery tag, and a workspace.
pub(super) struct Nodes {
    pub(super) cluster: Cluster,
    pub(super) workspace: Workspace,
}

impl Nodes {
    pub(super) fn new() -> Self {
        Self::of(Cluster::new())
    }

    pub(super) fn of(cluster: Cluster) -> Self {
        cluster.start_kubernetes(json!({}));
        cluster.custom_resources(json!({"install": "karpenter-v1.15.2"}));
        cluster.karpenter(json!({}));
        let subnets = cluster.made["private_subnet_ids"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let tagged = subnets.chain([cluster.made("cluster_security_group_id")]).enumerate();
        let tagged: String = tagged.map(|(index, id)| format!("ResourceId.{}={id}&", index + 1)).collect();
        let tag = format!("{tagged}Tag.1.Key=karpenter.sh%2Fdiscovery&Tag.1.Value={}", cluster.name);
        cluster.ec2("CreateTags", &tag);
        let workspace = cluster.workspace(Cli::OnPath);
        Self { cluster, workspace }
    }

    /// Code of a guide with the names of this cluster.
    pub(super) fn named(&self, code: &str) -> String {
        let role = self.cluster.made("node_role_arn").rsplit('/').next().unwrap_or_default();
        code.replace("my-cluster", &self.cluster.name).replace("my-nodes", role)
    }

    #[track_caller]
    pub(super) fn apply(&self) {
        self.workspace.apply().success();
        self.workspace.plan().assert_no_changes();
    }

    #[track_caller]
    pub(super) fn object(&self, path: &str) -> Value {
        let (status, object) = self.cluster.kubernetes("GET", path, json!({}));
        assert_eq!(status, 200, "{path}: {object}");
        object
    }

    /// Creates an object of another field manager with server-side apply.
    #[track_caller]
    pub(super) fn declare(&self, manager: &str, path: &str, manifest: &Value) -> Value {
        let request = json!({"body": manifest, "content_type": "application/apply-patch+yaml"});
        let (status, object) = self.cluster.kubernetes("PATCH", &format!("{path}?fieldManager={manager}"), request);
        assert_eq!(status, 201, "{path}: {object}");
        object
    }
}

/// The field managers of an object.
pub(super) fn managers(object: &Value) -> Vec<&str> {
    let entries = object["metadata"]["managedFields"].as_array().into_iter().flatten();
    entries.filter_map(|entry| entry["manager"].as_str()).collect()
}
