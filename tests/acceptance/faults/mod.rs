//! A node group whose AWS, network, credentials or user fail it, at every call of its life. Whatever happens, a
//! further apply converges, and nothing is orphaned or forgotten.

pub(crate) mod custom_resources;
mod destroys;
pub(crate) mod every_call;
mod failed_changes;
mod generated_names;
mod passing_faults;
mod silent;

use serde_json::json;

use crate::support::cli::Cli;
use crate::support::run::Run;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

const ADDRESS: &str = "ekscompute_node_group.victim";

/// The node group of one test, and all it runs in.
struct Victim {
    cluster: Cluster,
    workspace: Workspace,
    name: String,
    template: String,
}

/// Configurations that can be made of each other. `One` and `Other` differ in what every way of updating takes:
/// version, configuration, tags of the node group and of its Auto Scaling group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    One,
    Other,
}

impl Form {
    fn arguments(self) -> &'static str {
        match self {
            Self::One => {
                "labels = { side = \"one\", one = \"1\" }\ntags = { side = \"one\", one = \"1\" }\n\
                 auto_scaling_group_tags = { side = \"one\", one = \"1\" }\n"
            }
            Self::Other => {
                "labels = { side = \"other\" }\ntags = { side = \"other\", other = \"1\" }\n\
                 auto_scaling_group_tags = { side = \"other\", other = \"1\" }\n\
                 taint {\n  key = \"side\"\n  value = \"other\"\n  effect = \"NO_SCHEDULE\"\n}\n"
            }
        }
    }

    fn template_version(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Other => 2,
        }
    }
}

impl Victim {
    fn new(cli: Cli) -> Self {
        Self::of(cli, Cluster::new())
    }

    /// A victim in a cluster, with a configuration but not created yet.
    fn of(cli: Cli, cluster: Cluster) -> Self {
        // The names of Auto Scaling groups tell the node group but not the cluster.
        let name = cluster.name.replace("acceptance", "victim");
        let made = cluster.ec2(
            "CreateLaunchTemplate",
            &format!("LaunchTemplateName={name}&LaunchTemplateData.InstanceType=t3.small"),
        );
        let template = made
            .split_once("<launchTemplateId>")
            .and_then(|(_, rest)| rest.split_once('<'))
            .map(|(id, _)| id.to_owned())
            .unwrap_or_else(|| panic!("no launch template: {made}"));
        cluster.ec2(
            "CreateLaunchTemplateVersion",
            &format!("LaunchTemplateId={template}&LaunchTemplateData.InstanceType=t3.large"),
        );
        let workspace = cluster.workspace(cli);
        let victim = Self { cluster, workspace, name, template };
        victim.configure(Form::One);
        victim
    }

    /// Writes the configuration.
    fn configure(&self, form: Form) {
        let configuration = format!(
            "resource \"ekscompute_node_group\" \"victim\" {{\n  cluster_name = \"{}\"\n  node_group_name = \"{}\"\n  \
             node_role_arn = \"{}\"\n  subnet_ids = {}\n  launch_template {{\n    id = \"{}\"\n    version = {}\n  }}\n  \
             scaling_config {{\n    min_size = 1\n    max_size = 3\n  }}\n{}}}\n",
            self.cluster.name,
            self.name,
            self.cluster.made("node_role_arn"),
            self.cluster.subnets(),
            self.template,
            form.template_version(),
            form.arguments(),
        );
        self.workspace.write("main.tf", &configuration);
    }

    /// Applies, which must succeed, and proves that the configuration, the state and AWS agree on one node group.
    #[track_caller]
    fn converge(&self) -> Run {
        let run = self.workspace.apply().success();
        let plan = self.workspace.try_plan(&[]);
        assert_eq!(plan.code, Some(0), "the plan after {run} should be empty: {plan}");
        self.assert_exists_once();
        run
    }

    /// Destroys, which must succeed and leave nothing.
    #[track_caller]
    fn destroy(&self) {
        let run = self.workspace.destroy().success();
        let left = (self.cluster.node_groups(), self.auto_scaling_groups(), self.workspace.addresses());
        assert_eq!(left, Default::default(), "left by {run}");
    }

    fn auto_scaling_groups(&self) -> Vec<String> {
        self.cluster.inventory("auto_scaling_group", &format!("us-east-1/eks-{}-", self.name))
    }

    #[track_caller]
    fn assert_exists_once(&self) {
        assert_eq!(self.cluster.node_groups(), [self.name.as_str()]);
        assert_eq!(self.auto_scaling_groups().len(), 1);
    }

    /// Whatever exists is in the state, or the error says that the request can have had an effect: an answer that takes longer
    /// than the provider has after an interrupt is not in the state.
    #[track_caller]
    fn assert_not_forgotten(&self, run: &Run) {
        let is_told = run.text().contains("the request may still take effect");
        if !self.cluster.node_groups().is_empty() && !is_told {
            assert_eq!(self.workspace.addresses(), [ADDRESS], "the node group exists and is not in the state:\n{run}");
        }
    }

    /// Lets each change show once as under way before it is done.
    fn slow_down(&self) {
        self.cluster.fault(json!({"kind": "slow_transition", "describes": 1}));
    }
}
