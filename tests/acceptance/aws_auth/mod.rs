//! `ekscompute_aws_auth_map_role` and `ekscompute_aws_auth_map_user` against a real API server.

mod diagnostics;
mod examples;
mod faults;
mod golden;
mod lifecycle;
mod node_groups;
#[path = "../../support/aws_auth_texts.rs"]
mod texts;
mod together;

use serde_json::{Value, json};

use self::texts::{OF_EKS, P};
use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

const ROLE: &str = "ekscompute_aws_auth_map_role.this";
const MAPS: &str = "/api/v1/namespaces/kube-system/configmaps";
const MAP: &str = "/api/v1/namespaces/kube-system/configmaps/aws-auth";
/// A cluster with an API server of its own.
struct Auth {
    cluster: Cluster,
    workspace: Workspace,
}

impl Auth {
    fn new(cli: Cli) -> Self {
        Self::of(cli, json!({}))
    }

    /// A cluster with more members of the sandbox's `seed` call.
    fn of(cli: Cli, seed: Value) -> Self {
        let cluster = Cluster::seeded(seed);
        cluster.start_kubernetes(json!({}));
        let workspace = cluster.workspace(cli);
        Self { cluster, workspace }
    }

    /// The arguments of the resource `this` beside the cluster.
    fn configure(&self, arguments: &str) {
        self.workspace.write("main.tf", &self.role("this", arguments));
    }

    fn role(&self, name: &str, arguments: &str) -> String {
        format!(
            "resource \"ekscompute_aws_auth_map_role\" \"{name}\" {{\n  cluster_name = \"{}\"\n{arguments}\n}}\n",
            self.cluster.name
        )
    }

    #[track_caller]
    fn apply(&self) {
        self.workspace.apply().success();
        self.workspace.plan().assert_no_changes();
    }

    /// Forgets what was made, so that the next apply begins from nothing.
    fn forget(&self) {
        self.workspace.remove("terraform.tfstate");
    }

    /// Puts this ConfigMap there in place of what is there, as somebody with kubectl would.
    #[track_caller]
    fn put(&self, map: &Value) {
        let mut map = map.clone();
        map["apiVersion"] = json!("v1");
        map["kind"] = json!("ConfigMap");
        map["metadata"]["name"] = json!("aws-auth");
        let (found, _) = self.cluster.kubernetes("GET", MAP, json!({}));
        let (method, path) = if found == 404 { ("POST", MAPS) } else { ("PUT", MAP) };
        let (status, answer) =
            self.cluster.kubernetes(method, &format!("{path}?fieldManager=kubectl-edit"), json!({"body": map}));
        assert!(matches!(status, 200 | 201), "{status} {answer}");
    }

    /// Puts this text there as `mapRoles`.
    #[track_caller]
    fn put_roles(&self, text: &str) {
        self.put(&json!({"data": {"mapRoles": text}}));
    }

    fn map(&self) -> Value {
        self.cluster.kubernetes("GET", MAP, json!({})).1
    }

    fn data(&self) -> Value {
        self.map()["data"].take()
    }

    fn roles(&self) -> String {
        self.data()["mapRoles"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until EKS has written what it wants to.
    fn settle(&self) {
        while self.cluster.start_kubernetes(json!({}))["pending_edits"] != json!(0) {
            std::thread::yield_now();
        }
    }

    #[track_caller]
    fn assert_plan(&self, action: Action) {
        self.workspace.plan().assert_actions(&[(ROLE, action)]);
    }
}

/// The entry as the provider writes it.
fn entry(name: &str, username: &str, groups: &[&str]) -> String {
    let groups: String = groups.iter().map(|group| format!("  - {group}\n")).collect();
    format!("- groups:\n{groups}  rolearn: {P}{name}\n  username: {username}\n")
}
