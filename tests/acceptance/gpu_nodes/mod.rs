//! Node classes and the pools that use them, beside an API server and what works with them: Karpenter, EKS Auto Mode,
//! other managers.

mod controller;
mod golden;
mod updates;

use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

const CLASS: &str = "ekscompute_gpu_node_class.gpu";
const POOL: &str = "ekscompute_gpu_node_pool.gpu";
const CLASSES: &str = "/apis/karpenter.k8s.aws/v1/ec2nodeclasses";
const POOLS: &str = "/apis/karpenter.sh/v1/nodepools";
const CLAIMS: &str = "/apis/karpenter.sh/v1/nodeclaims";
const MANAGER: &str = "terraform-provider-ekscompute";

/// A cluster with an API server, in which definitions are installed.
struct Gpu {
    cluster: Cluster,
    workspace: Workspace,
}

impl Gpu {
    fn new(variants: &[&str]) -> Self {
        Self::of(Cluster::new(), variants)
    }

    /// With the AMIs of `al2023@v20260801`.
    fn published(variants: &[&str]) -> Self {
        let cluster = Cluster::alone(json!({"version": "1.34"}));
        cluster.publish("1.34", "AL2023_x86_64_NVIDIA", "1.34.3-20260801");
        Self::of(cluster, variants)
    }

    fn of(cluster: Cluster, variants: &[&str]) -> Self {
        cluster.start_kubernetes(json!({}));
        cluster.custom_resources(json!({"install": variants}));
        // Without what collects garbage no deletion in the foreground ends.
        cluster.karpenter(json!({}));
        let workspace = cluster.workspace(Cli::OnPath).env("TF_VAR_cluster_name", &cluster.name);
        Self { cluster, workspace }
    }

    fn configure(&self, text: &str) {
        self.workspace.write("main.tf", text);
    }

    #[track_caller]
    fn apply(&self) {
        self.workspace.apply().success();
        self.workspace.plan().assert_no_changes();
    }

    fn get(&self, path: &str) -> Option<Value> {
        match self.cluster.kubernetes("GET", path, json!({})) {
            (200, object) => Some(object),
            (404, _) => None,
            other => panic!("{path}: {other:?}"),
        }
    }

    #[track_caller]
    fn found(&self, path: &str) -> Value {
        self.get(path).unwrap_or_else(|| panic!("{path} is not there"))
    }

    fn settings(&self, settings: &Value) {
        self.cluster.karpenter(json!({"settings": settings}));
    }
}
