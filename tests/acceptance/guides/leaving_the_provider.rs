//! The guide back to other providers: resources are removed from state, their objects remain, and the import IDs of the
//! guide are those of the objects.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Guide;
use crate::access_entry;
use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

const ADDRESSES: [&str; 6] = [
    "ekscompute_access_entry.developers",
    "ekscompute_aws_auth_map_role.nodes",
    "ekscompute_fargate_profile.batch",
    "ekscompute_node_class.default",
    "ekscompute_node_group.workers",
    "ekscompute_node_pool.default",
];

/// Resources of all kinds in the guide.
const RESOURCES: &str = r#"
resource "ekscompute_node_group" "workers" {
  cluster_name    = "my-cluster"
  node_group_name = "workers"
  node_role_arn   = "NODE_ROLE"
  subnet_ids      = SUBNETS
  instance_types  = ["m6i.large"]

  scaling_config {
    min_size = 1
    max_size = 3
  }

  auto_scaling_group_tags = {
    "k8s.io/cluster-autoscaler/node-template/label/role" = "batch"
  }
}

resource "ekscompute_fargate_profile" "batch" {
  cluster_name           = "my-cluster"
  fargate_profile_name   = "batch"
  pod_execution_role_arn = "POD_ROLE"
  subnet_ids             = SUBNETS

  selector {
    namespace = "batch"
  }
}

resource "ekscompute_access_entry" "developers" {
  cluster_name  = "my-cluster"
  principal_arn = "DEVELOPERS"

  policy_association {
    policy_arn = "AmazonEKSViewPolicy"

    access_scope {
      type = "cluster"
    }
  }
}

resource "ekscompute_aws_auth_map_role" "nodes" {
  cluster_name = "my-cluster"
  role_arn     = "arn:aws:iam::111122223333:role/my-nodes"
  node_type    = "ec2_linux"
}

resource "ekscompute_node_class" "default" {
  cluster_name = "my-cluster"
  name         = "default"
  controller   = "karpenter"
  role         = "NODE_NAME"

  subnet_selector_term {
    id = FIRST_SUBNET
  }

  security_group_selector_term {
    id = "SECURITY_GROUP"
  }
}

resource "ekscompute_node_pool" "default" {
  cluster_name    = "my-cluster"
  name            = "default"
  controller      = "karpenter"
  node_class_name = ekscompute_node_class.default.name

  requirement {
    key      = "karpenter.k8s.aws/instance-category"
    operator = "In"
    values   = ["c", "m", "r"]
  }
}
"#;

struct Leaving {
    cluster: Cluster,
    developers: String,
}

impl Leaving {
    fn new() -> Self {
        let cluster = Cluster::new();
        cluster.start_kubernetes(json!({}));
        cluster.custom_resources(json!({"install": "karpenter-v1.15.2"}));
        cluster.karpenter(json!({}));
        let developers = access_entry::make_role(&cluster, "developers");
        Self { cluster, developers }
    }

    fn resources(&self) -> String {
        let node_role = self.cluster.made("node_role_arn");
        RESOURCES
            .replace("my-cluster", &self.cluster.name)
            .replace("NODE_ROLE", node_role)
            .replace("POD_ROLE", self.cluster.made("fargate_role_arn"))
            .replace("NODE_NAME", node_role.rsplit('/').next().unwrap_or_default())
            .replace("FIRST_SUBNET", &self.cluster.made["private_subnet_ids"][0].to_string())
            .replace("SUBNETS", &self.cluster.subnets())
            .replace("SECURITY_GROUP", self.cluster.made("cluster_security_group_id"))
            .replace("DEVELOPERS", &self.developers)
    }

    /// What AWS and the cluster contain. Karpenter may write the status at any time.
    fn objects(&self) -> Value {
        let eks = |path: &str| self.cluster.eks("GET", &format!("/clusters/{}{path}", self.cluster.name), &json!({}));
        let entry = access_entry::path(&self.cluster, &self.developers);
        let kubernetes = |path: &str| self.cluster.kubernetes("GET", path, json!({})).1;
        json!({
            "node_group": eks("/node-groups/workers"),
            "profile": eks("/fargate-profiles/batch"),
            "entry": self.cluster.eks("GET", &entry, &json!({})),
            "policies": self.cluster.eks("GET", &format!("{entry}/access-policies"), &json!({})),
            "aws_auth": kubernetes("/api/v1/namespaces/kube-system/configmaps/aws-auth"),
            "node_class": kubernetes("/apis/karpenter.k8s.aws/v1/ec2nodeclasses/default")["spec"],
            "node_pool": kubernetes("/apis/karpenter.sh/v1/nodepools/default")["spec"],
        })
    }
}

/// The IDs of the resources in state.
fn ids(workspace: &Workspace) -> BTreeMap<&'static str, String> {
    let id = |address: &str| workspace.attributes(address)["id"].as_str().unwrap_or_default().to_owned();
    ADDRESSES.into_iter().map(|address| (address, id(address))).collect()
}

#[test]
fn objects_remain_when_resources_leave_and_come_back() {
    let guide = Guide::read("leaving-the-provider");
    let leaving = Leaving::new();
    let workspace = leaving.cluster.workspace(Cli::OnPath);
    guide.assert_formatted(&workspace);
    workspace.write("main.tf", &leaving.resources());
    workspace.apply().success();
    workspace.plan().assert_no_changes();
    leaving.cluster.settle_karpenter();
    let (objects, ids) = (leaving.objects(), ids(&workspace));

    // The import IDs of the replacements.
    let headings = ["Node group", "Fargate profile", "Access entry"];
    let imports = headings
        .map(|heading| guide.terraform(heading))
        .concat()
        .replace("my-cluster", &leaving.cluster.name)
        .replace("arn:aws:iam::111122223333:role/developers", &leaving.developers);
    for address in
        ["ekscompute_node_group.workers", "ekscompute_fargate_profile.batch", "ekscompute_access_entry.developers"]
    {
        let replacement = address.replace("ekscompute_", "aws_eks_");
        let block = format!("import {{\n  to = {replacement}\n  id = \"{}\"\n}}\n", ids[address]);
        assert!(imports.contains(&block), "{block}{imports}");
    }
    let policy = objects["policies"]["associatedAccessPolicies"][0]["policyArn"].as_str().unwrap_or_default();
    let association = format!("id = \"{}#{}#{policy}\"", leaving.cluster.name, leaving.developers);
    assert!(imports.contains(&association), "{association}\n{imports}");

    workspace.write("main.tf", &guide.terraform("Step 2"));
    workspace.plan().assert_actions(&ADDRESSES.map(|address| (address, Action::Forget)));
    workspace.apply_plan().success();
    assert_eq!(workspace.addresses(), Vec::<String>::new());
    assert_eq!(leaving.objects(), objects);
    let deletions: Vec<_> = leaving.cluster.calls().into_iter().filter(|call| call.contains(":Delete")).collect();
    assert_eq!(deletions, Vec::<String>::new());

    // The objects can be imported again by the IDs of step 1.
    let imports: String =
        ids.iter().map(|(address, id)| format!("import {{\n  to = {address}\n  id = \"{id}\"\n}}\n")).collect();
    workspace.write("main.tf", &format!("{}{imports}", leaving.resources()));
    let plan = workspace.plan();
    let replaced = |action: &Action| !matches!(action, Action::NoOp | Action::Update);
    assert!(!plan.actions().values().any(replaced), "{}", plan.run);
    workspace.apply_plan().success();
    workspace.plan().assert_no_changes();
    assert_eq!(leaving.cluster.count("eks:CreateNodegroup"), 1);
    workspace.destroy().success();
}
