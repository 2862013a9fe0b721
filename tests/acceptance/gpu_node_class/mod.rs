//! `ekscompute_gpu_node_class` against a real API server with the real definitions, and a stand-in for Karpenter.

use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::examples;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

mod adoption;
mod failures;
mod faults;
mod lifecycle;
mod preflight;

const ADDRESS: &str = "ekscompute_gpu_node_class.gpu";
const CLASS: &str = "/apis/karpenter.k8s.aws/v1/ec2nodeclasses/gpu";

/// A cluster with Karpenter.
struct Class {
    cluster: Cluster,
    workspace: Workspace,
}

impl Class {
    fn new(cli: Cli) -> Self {
        let class = Self::bare(cli);
        class.cluster.custom_resources(json!({"install": ["karpenter-v1.14.1", "auto-mode"]}));
        class.cluster.karpenter(json!({}));
        class
    }

    /// A cluster that knows no node classes.
    fn bare(cli: Cli) -> Self {
        Self::of(Cluster::new(), cli)
    }

    /// One where the AMIs of `al2023@v20260801` are published.
    fn published(cli: Cli) -> Self {
        let cluster = Cluster::alone(json!({"version": "1.34"}));
        cluster.publish("1.34", "AL2023_x86_64_NVIDIA", "1.34.3-20260801");
        let class = Self::of(cluster, cli);
        class.cluster.custom_resources(json!({"install": ["karpenter-v1.14.1", "auto-mode"]}));
        class.cluster.karpenter(json!({}));
        class
    }

    fn of(cluster: Cluster, cli: Cli) -> Self {
        cluster.start_kubernetes(json!({}));
        let workspace = cluster.workspace(cli);
        Self { cluster, workspace }
    }

    fn role(&self) -> &str {
        self.cluster.made("node_role_arn").rsplit('/').next().unwrap_or_default()
    }

    fn subnet(&self) -> &str {
        self.cluster.made["private_subnet_ids"][0].as_str().expect("a subnet")
    }

    /// What every class has.
    fn arguments(&self) -> String {
        format!(
            "cluster_name = \"{}\"\nname = \"gpu\"\ncontroller = \"karpenter\"\nrole = \"{}\"\nsubnet_selector_term {{ id \
             = \"{}\" }}\nsecurity_group_selector_term {{ id = \"{}\" }}\n",
            self.cluster.name,
            self.role(),
            self.subnet(),
            self.cluster.made("cluster_security_group_id"),
        )
    }

    fn configure(&self, more: &str) {
        let resource = format!("resource \"ekscompute_gpu_node_class\" \"gpu\" {{\n{}{more}\n}}\n", self.arguments());
        self.workspace.write("main.tf", &resource);
    }

    #[track_caller]
    fn apply(&self) {
        self.workspace.apply().success();
        self.workspace.plan().assert_no_changes();
    }

    fn live(&self) -> Value {
        self.cluster.kubernetes("GET", CLASS, json!({})).1
    }

    /// What somebody else declares.
    fn declare(&self, manager: &str, spec: &Value) {
        let object = json!({
            "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "gpu"}, "spec": spec,
        });
        let apply = json!({"body": object, "content_type": "application/apply-patch+yaml"});
        let (status, answer) = self.cluster.kubernetes("PATCH", &format!("{CLASS}?fieldManager={manager}"), apply);
        assert!(matches!(status, 200 | 201), "{answer}");
    }

    /// An edit by hand.
    fn edit(&self, patch: &Value) {
        let patch = json!({"body": patch, "content_type": "application/merge-patch+json"});
        let (status, answer) = self.cluster.kubernetes("PATCH", &format!("{CLASS}?fieldManager=kubectl-edit"), patch);
        assert_eq!(status, 200, "{answer}");
    }

    /// A whole spec as somebody else writes it.
    fn spec(&self) -> Value {
        json!({
            "role": self.role(),
            "amiSelectorTerms": [{"alias": "al2023@latest"}],
            "subnetSelectorTerms": [{"id": self.subnet()}],
            "securityGroupSelectorTerms": [{"id": self.cluster.made("cluster_security_group_id")}],
            "tags": {"team": "ml"},
        })
    }

    /// The fields of the spec that a manager owns.
    fn owned(&self, manager: &str) -> Value {
        let managers = self.live()["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
        let own = managers.into_iter().find(|each| each["manager"] == manager && each["subresource"].is_null());
        own.map_or(Value::Null, |mut own| own["fieldsV1"]["f:spec"].take())
    }
}

fn example(path: &str, cluster: &str) -> String {
    examples::example(path).replace("my-cluster", cluster)
}
