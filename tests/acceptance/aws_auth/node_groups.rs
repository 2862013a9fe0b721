//! Entries that nodes need, and EKS writing them itself.

use serde_json::json;

use super::{Auth, ROLE};
use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;

/// Makes a cluster as somebody else's resource would, and waits until it is there.
const MAKE: &str = r#"
import json, os, sys, urllib.request

url, key = sys.argv[1:]
request = json.loads(os.environ["REQUEST"])
scope = f"{key}/20260101/us-east-1/eks/aws4_request"
headers = {
    "content-type": "application/json",
    "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none",
}

def call(method, path, body=None):
    data = json.dumps(body).encode() if body else None
    with urllib.request.urlopen(urllib.request.Request(url + path, data, headers, method=method)) as answer:
        return json.load(answer)

call("POST", "/clusters", request)
while call("GET", "/clusters/" + request["name"])["cluster"]["status"] != "ACTIVE":
    pass
# At AWS the API server of an active cluster has its namespaces; here it may take a moment more.
call("POST", "/_sandbox/kubernetes", {"cluster": request["name"], "region": "us-east-1"})
"#;

/// A cluster of this authentication mode whose EKS edits the map, its node role, and the ARN in the entry.
fn with_writer(mode: &str) -> (Auth, String, String) {
    let auth = Auth::of(Cli::OnPath, json!({"cluster_config": {"accessConfig": {"authenticationMode": mode}}}));
    auth.cluster.start_kubernetes(json!({"aws_auth_writer": true}));
    let role = auth.cluster.made("node_role_arn").to_owned();
    let plain = format!(
        "arn:aws:iam::{}:role/{}",
        role.split(':').nth(4).unwrap_or_default(),
        role.rsplit('/').next().unwrap_or_default()
    );
    (auth, role, plain)
}

impl Auth {
    fn node_group(&self, more: &str) -> String {
        format!(
            "resource \"ekscompute_node_group\" \"workers\" {{\n  cluster_name = \"{}\"\n  node_group_name = \"workers\"\n  \
             node_role_arn = \"{}\"\n  subnet_ids = {}\n  scaling_config {{\n    min_size = 1\n    max_size = 3\n  }}\n{more}}}\n",
            self.cluster.name,
            self.cluster.made("node_role_arn"),
            self.cluster.subnets()
        )
    }
}

#[test]
fn nodes_do_not_lose_their_cluster() {
    let (auth, role, plain) = with_writer("CONFIG_MAP");
    let mapping = format!("  role_arn = \"{role}\"\n  node_type = \"ec2_linux\"\n");
    let write = |more: &str, group: &str| {
        let text = format!("{}{group}", auth.role("this", &format!("{mapping}{more}")));
        auth.workspace.write("main.tf", &text);
    };
    // EKS finds the role mapped and leaves it.
    write("", "");
    auth.apply();
    write("", &auth.node_group(""));
    auth.apply();
    auth.settle();
    assert_eq!(auth.roles().matches(&format!("rolearn: {plain}\n")).count(), 1, "{}", auth.roles());

    // The mapping alone is not given up while the nodes are there.
    let error = auth.workspace.run(&["destroy", "-json", "-auto-approve", "-target", ROLE]).only_error();
    assert_eq!(error.summary, "Nodes would lose access to the cluster");
    assert!(error.detail.contains("node group workers") && error.detail.contains(&plain), "{error:?}");
    assert!(auth.roles().contains(&plain));

    // Unless somebody says so.
    write("  deletion_policy = \"retain\"\n", &auth.node_group(""));
    auth.workspace.apply().success();
    auth.workspace.run(&["destroy", "-json", "-auto-approve", "-target", ROLE]).success();
    assert!(auth.roles().contains(&plain));
    write("  adopt = true\n  skip_lockout_guard = true\n", &auth.node_group(""));
    auth.workspace.apply().success();
    auth.workspace.run(&["destroy", "-json", "-auto-approve", "-target", ROLE]).success();
    assert!(!auth.roles().contains(&plain));

    // In their order both go, whether EKS takes the entry out before or not.
    write("", &auth.node_group("  depends_on = [ekscompute_aws_auth_map_role.this]\n"));
    auth.apply();
    auth.workspace.destroy().success();
    auth.settle();
    assert_eq!(auth.roles(), "[]\n");
}

#[test]
fn eks_created_entry_is_adopted_and_kept_on_destroy() {
    let (auth, role, plain) = with_writer("CONFIG_MAP");
    let group = auth.node_group("");
    auth.workspace.write("main.tf", &group);
    auth.workspace.apply().success();
    auth.settle();
    let of_eks = auth.roles();
    assert!(of_eks.contains(&plain), "{of_eks}");
    let with = |arguments: &str| {
        let mapping = auth.role("this", &format!("  role_arn = \"{role}\"\n{arguments}"));
        auth.workspace.write("main.tf", &format!("{group}{mapping}"));
    };
    with("  node_type = \"ec2_windows\"");
    let error = auth.workspace.apply().only_error();
    assert_eq!(error.summary, "The role is already mapped");
    with("  node_type = \"ec2_windows\"\n  adopt = true");
    auth.apply();
    let adopted = of_eks.replace("  - system:nodes\n", "  - system:nodes\n  - eks:kube-proxy-windows\n");
    assert_eq!(auth.roles(), adopted);

    let run = auth.workspace.run(&["destroy", "-json", "-auto-approve", "-target", ROLE]).success();
    let kept = run.diagnostics().into_iter().any(|each| each.summary == "Entry in aws-auth was kept");
    assert!(kept, "{run}");
    assert_eq!((auth.roles(), auth.workspace.addresses()), (adopted, vec!["ekscompute_node_group.workers".to_owned()]));
    auth.workspace.destroy().success();
    auth.settle();
    assert_eq!(auth.roles(), "[]\n", "EKS takes it with the last node group");
}

#[test]
fn nodes_with_an_access_entry_do_not_need_the_map() {
    let (auth, role, plain) = with_writer("API_AND_CONFIG_MAP");
    auth.workspace.write("main.tf", &auth.node_group(""));
    auth.workspace.apply().success();
    auth.settle();
    let mapping = auth.role("this", &format!("  role_arn = \"{role}\"\n  node_type = \"ec2_linux\"\n  adopt = true"));
    auth.workspace.write("main.tf", &format!("{}{mapping}", auth.node_group("")));
    let plan = auth.workspace.plan();
    assert!(
        plan.warnings().iter().any(|each| each.summary == "Access entry for the role already exists"),
        "{}",
        plan.run
    );
    auth.workspace.apply_plan().success();
    auth.workspace.run(&["destroy", "-json", "-auto-approve", "-target", ROLE]).success();
    assert!(!auth.roles().contains(&plain), "{}", auth.roles());
    auth.workspace.destroy().success();
}

#[test]
fn one_apply_creates_cluster_mappings_and_node_groups() {
    // A sandbox whose clusters get an API server when they are made.
    let cluster = Cluster::alone(json!({}));
    cluster.set(&json!({"kubernetes": true}));
    let auth = Auth { workspace: cluster.workspace(Cli::OnPath), cluster };
    let name = format!("{}-born", auth.cluster.name);
    auth.workspace.write("make.py", MAKE);
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/.build/sandbox-venv/bin/python");
    let (url, key) = auth.cluster.address();
    let request = json!({
        "name": name, "roleArn": auth.cluster.made("cluster_role_arn"),
        "resourcesVpcConfig": {"subnetIds": auth.cluster.made["private_subnet_ids"]},
        "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"},
    });
    let cluster = format!(
        "resource \"terraform_data\" \"cluster\" {{\n  input = {{\n    name = \"{name}\"\n    role = \"{}\"\n    people = \
         \"{}\"\n    subnets = {}\n  }}\n  provisioner \"local-exec\" {{\n    command = \"{python} make.py {url} \
         {key}\"\n    environment = {{ REQUEST = {:?} }}\n  }}\n}}\n",
        auth.cluster.made("node_role_arn"),
        auth.cluster.made("fargate_role_arn"),
        auth.cluster.subnets(),
        request.to_string()
    );
    let resources = r#"
resource "ekscompute_aws_auth_map_role" "nodes" {
  cluster_name = terraform_data.cluster.output.name
  role_arn     = terraform_data.cluster.output.role
  node_type    = "ec2_windows"
}

resource "ekscompute_access_entry" "nodes" {
  cluster_name  = terraform_data.cluster.output.name
  principal_arn = terraform_data.cluster.output.role
  type          = "EC2_WINDOWS"
}

resource "ekscompute_access_entry" "people" {
  cluster_name  = terraform_data.cluster.output.name
  principal_arn = terraform_data.cluster.output.people

  policy_association {
    policy_arn = "AmazonEKSViewPolicy"

    access_scope {
      type = "cluster"
    }
  }
}

resource "ekscompute_windows_support" "this" {
  cluster_name = terraform_data.cluster.output.name
}

resource "ekscompute_node_group" "workers" {
  cluster_name    = ekscompute_windows_support.this.cluster_name
  node_group_name = "workers"
  node_role_arn   = terraform_data.cluster.output.role
  subnet_ids      = terraform_data.cluster.output.subnets
  ami_type        = "WINDOWS_CORE_2022_x86_64"

  scaling_config {
    min_size = 1
    max_size = 3
  }

  depends_on = [ekscompute_aws_auth_map_role.nodes, ekscompute_access_entry.nodes]
}
"#;
    auth.workspace.write("main.tf", &format!("{cluster}{resources}"));
    auth.workspace.plan().assert_actions(&[
        ("ekscompute_access_entry.nodes", Action::Create),
        ("ekscompute_access_entry.people", Action::Create),
        ("ekscompute_aws_auth_map_role.nodes", Action::Create),
        ("ekscompute_node_group.workers", Action::Create),
        ("ekscompute_windows_support.this", Action::Create),
        ("terraform_data.cluster", Action::Create),
    ]);
    auth.workspace.apply_plan().success();
    auth.workspace.plan().assert_no_changes();
    let of = |kind: &str| auth.cluster.inventory(kind, &format!("us-east-1/{name}/"));
    let nodes = auth.cluster.made("node_role_arn").to_owned();
    assert_eq!(of("nodegroup"), ["workers"]);
    assert!(of("access_entry").contains(&nodes), "{:?}", of("access_entry"));
    // In their order: what lets the nodes in goes after them, and nobody has to say so.
    auth.workspace.destroy().success();
    assert_eq!((of("nodegroup"), of("access_entry").len()), (Vec::new(), 1), "that of the creator stays");
}

#[test]
fn destroy_of_caller_mapping_is_rejected() {
    // A second person, mapped as administrator, in whose name Terraform runs.
    let auth = Auth::new(Cli::OnPath);
    let role = auth.cluster.made("fargate_role_arn").to_owned();
    auth.workspace.write(
        "provider.tf",
        &format!("provider \"ekscompute\" {{\n  assume_role {{\n    role_arn = \"{role}\"\n    session_name = \"deploy\"\n  }}\n}}\n"),
    );
    auth.put_roles(&format!("- rolearn: {role}\n  username: deployer\n  groups:\n  - system:masters\n"));
    auth.configure(&format!(
        "  role_arn = \"{role}\"\n  username = \"deployer\"\n  groups = [\"system:masters\"]\n  adopt = true"
    ));
    auth.apply();
    let error = auth.workspace.destroy().only_error();
    assert_eq!(error.summary, "Caller would lose access to the cluster");
    assert!(auth.roles().contains(&role));
}
