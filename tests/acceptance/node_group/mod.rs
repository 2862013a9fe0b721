//! `ekscompute_node_group` under every program.

mod actions;
mod adoption;
mod auto_scaling_group;
mod diagnostics;
mod drain_before_delete;
pub(crate) mod draining;
mod effects;
mod examples;
pub(crate) mod insights;
mod joining;
mod lifecycle;
mod listing;
mod module_tests;
mod occupied;
mod owners;
mod replacement;
mod same_apply;
mod templates;

use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

const ADDRESS: &str = "ekscompute_node_group.workers";

pub(crate) const SCALING: &str = "scaling_config {\n  desired_size = 2\n  max_size = 3\n  min_size = 1\n}\n";

/// One node group of a test: a cluster of its own, a workspace, and the name of the group.
pub(crate) struct Group {
    pub(crate) cluster: Cluster,
    pub(crate) workspace: Workspace,
    pub(crate) name: String,
}

impl Group {
    pub(crate) fn new(cli: Cli) -> Self {
        Self::of(cli, Cluster::new())
    }

    fn of(cli: Cli, cluster: Cluster) -> Self {
        let workspace = cluster.workspace(cli);
        // The names of Auto Scaling groups tell the node group but not the cluster.
        let name = cluster.name.replace("acceptance", "workers");
        Self { cluster, workspace, name }
    }

    /// The import id: `cluster:name`.
    fn id(&self) -> String {
        format!("{}:{}", self.cluster.name, self.name)
    }

    /// Where the group lives, as arguments.
    fn place(&self) -> String {
        format!(
            "cluster_name    = \"{}\"\nnode_group_name = \"{}\"\nnode_role_arn   = \"{}\"\nsubnet_ids      = {}\n",
            self.cluster.name,
            self.name,
            self.cluster.made("node_role_arn"),
            self.cluster.subnets()
        )
    }

    /// The resource with these arguments beside its place.
    fn resource(&self, arguments: &str) -> String {
        format!("resource \"ekscompute_node_group\" \"workers\" {{\n{}{arguments}}}\n", self.place())
    }

    /// Writes the configuration: only this resource.
    pub(crate) fn configure(&self, arguments: &str) {
        self.workspace.write("main.tf", &self.resource(arguments));
    }

    /// Applies the configuration; the next plan must be empty.
    #[track_caller]
    fn apply(&self) {
        self.workspace.apply().success();
        self.workspace.plan().assert_no_changes();
    }

    /// Creates the group with these arguments.
    #[track_caller]
    pub(crate) fn create(&self, arguments: &str) {
        self.configure(arguments);
        self.apply();
    }

    fn attributes(&self) -> Value {
        self.workspace.attributes(ADDRESS)
    }

    /// Names of the Auto Scaling groups that EKS made for the group.
    fn auto_scaling_groups(&self) -> Vec<String> {
        self.cluster.inventory("auto_scaling_group", &format!("us-east-1/eks-{}-", self.name))
    }

    /// The cluster has this group and no other, with one Auto Scaling group.
    #[track_caller]
    fn assert_exists_once(&self) {
        let groups = self.cluster.node_groups();
        assert!(groups == [self.name.as_str()], "{groups:?}");
        assert_eq!(self.auto_scaling_groups().len(), 1);
    }

    /// Neither AWS nor the state knows the group any more.
    #[track_caller]
    fn assert_gone(&self) {
        assert!(self.cluster.node_groups().is_empty());
        assert!(self.auto_scaling_groups().is_empty());
        assert!(self.workspace.addresses().is_empty());
    }

    #[track_caller]
    fn assert_plan(&self, action: Action) {
        self.workspace.plan().assert_actions(&[(ADDRESS, action)]);
    }
}

/// The one element of a block, as state and plan show it.
#[track_caller]
fn block(attributes: &Value, name: &str) -> Value {
    let elements = attributes[name].as_array().cloned().unwrap_or_default();
    assert!(elements.len() == 1, "{name} should be one block: {attributes:#}");
    elements[0].clone()
}

/// Keeps those members of an object that the other names, so that the two compare.
fn members_of(object: &Value, names: &Value) -> Value {
    let names = names.as_object().into_iter().flat_map(|object| object.keys());
    names.map(|name| (name.clone(), object.get(name).cloned().unwrap_or(json!(null)))).collect()
}
