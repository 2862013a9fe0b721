//! `ekscompute_fargate_profile`. Its life is tried under every program, everything else under the one on PATH.

mod adoption;
mod concurrency;
mod diagnostics;
mod examples;
mod faults;
mod lifecycle;

use serde_json::Value;

use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

const ADDRESS: &str = "ekscompute_fargate_profile.batch";

const SELECTOR: &str = "selector {\n  namespace = \"batch\"\n}\n";

/// One Fargate profile of a test: a cluster of its own, a workspace, and the name of the profile.
struct Profile {
    cluster: Cluster,
    workspace: Workspace,
    name: &'static str,
}

impl Profile {
    fn new(cli: Cli) -> Self {
        Self::of(cli, Cluster::new())
    }

    fn of(cli: Cli, cluster: Cluster) -> Self {
        let workspace = cluster.workspace(cli);
        Self { cluster, workspace, name: "batch" }
    }

    /// The import id: `cluster:name`.
    fn id(&self) -> String {
        format!("{}:{}", self.cluster.name, self.name)
    }

    /// Where the profile lives, as arguments.
    fn place(&self) -> String {
        format!(
            "cluster_name = \"{}\"\nfargate_profile_name = \"{}\"\npod_execution_role_arn = \"{}\"\nsubnet_ids = {}\n",
            self.cluster.name,
            self.name,
            self.cluster.made("fargate_role_arn"),
            self.cluster.subnets()
        )
    }

    /// The resource with these arguments beside its place.
    fn resource(&self, arguments: &str) -> String {
        format!("resource \"ekscompute_fargate_profile\" \"batch\" {{\n{}{arguments}}}\n", self.place())
    }

    /// Writes the configuration: only this resource.
    fn configure(&self, arguments: &str) {
        self.workspace.write("main.tf", &self.resource(arguments));
    }

    /// Applies the configuration; the next plan must be empty.
    #[track_caller]
    fn apply(&self) {
        self.workspace.apply().success();
        self.workspace.plan().assert_no_changes();
    }

    /// Creates the profile with these arguments.
    #[track_caller]
    fn create(&self, arguments: &str) {
        self.configure(arguments);
        self.apply();
    }

    fn attributes(&self) -> Value {
        self.workspace.attributes(ADDRESS)
    }

    #[track_caller]
    fn assert_plan(&self, action: Action) {
        self.workspace.plan().assert_actions(&[(ADDRESS, action)]);
    }

    /// Destroys, which must leave nothing.
    #[track_caller]
    fn destroy(&self) {
        self.workspace.destroy().success();
        assert!(self.cluster.fargate_profiles().is_empty());
        assert!(self.workspace.addresses().is_empty());
    }

    /// Whether the apply can reach its end: ends whatever change of the profile is under way.
    fn finish(&self) {
        self.cluster.finish(self.name);
    }
}
