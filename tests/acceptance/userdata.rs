//! `ekscompute_userdata`: rendered under real programs, and used by the launch template of a node group.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::for_each_cli;
use crate::support::plan::Action;
use crate::support::sandbox::{Cluster, tag};
use crate::support::workspace::Workspace;

const DATA: &str = "data.ekscompute_userdata.node";

const PROVIDER: &str = r#"
terraform {
  required_providers {
    ekscompute = { source = "ekscompute/ekscompute" }
  }
}
"#;

/// Facts that no cluster of the sandbox has.
const FACTS: &str = r#"
  cluster_name           = "prod-eu"
  cluster_endpoint       = "https://0A1B.gr7.eu-west-1.eks.amazonaws.com"
  cluster_ca_certificate = "LS0tLS1CRUdJTg=="
  service_cidr           = "172.20.0.0/16"
"#;

fn data(body: &str) -> String {
    format!(
        "data \"ekscompute_userdata\" \"node\" {{\n{body}\n}}\noutput \"node\" {{\n  value = [{DATA}.rendered, {DATA}.rendered_base64]\n}}\n"
    )
}

fn output(workspace: &Workspace, name: &str) -> Value {
    workspace.run(&["output", "-json", name]).success().json()
}

/// A form's value.
fn encoded(text: &str) -> String {
    text.replace('%', "%25").replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

/// A launch template with this userdata; its id.
fn launch_template(cluster: &Cluster, userdata: &str, ami: &str) -> String {
    let ami = if ami.is_empty() { String::new() } else { format!("&LaunchTemplateData.ImageId={ami}") };
    let data = format!("LaunchTemplateData.UserData={}{ami}", encoded(userdata));
    let answer = cluster.ec2("CreateLaunchTemplate", &format!("LaunchTemplateName={}&{data}", cluster.name));
    tag(&answer, "launchTemplateId")
}

/// A node group of the launch template.
fn node_group(cluster: &Cluster, template: &str, more: &str) -> String {
    format!(
        "resource \"ekscompute_node_group\" \"workers\" {{\n  cluster_name    = \"{}\"\n  node_group_name = \"{}\"\n  \
         node_role_arn   = \"{}\"\n  subnet_ids      = {}\n  {more}\n  launch_template {{\n    id      = \"{template}\"\n    \
         version = \"1\"\n  }}\n  scaling_config {{\n    desired_size = 1\n    max_size     = 1\n    min_size     = 1\n  \
         }}\n}}\n",
        cluster.name,
        cluster.name.replace("acceptance", "nodes"),
        cluster.made("node_role_arn"),
        cluster.subnets()
    )
}

for_each_cli! {
    fn userdata_reaches_the_nodes_of_a_group_as_rendered(cli) {
        let cluster = Cluster::new();
        let workspace = cluster.workspace(cli);
        // The cluster's name is not known before the first apply.
        let name = format!("resource \"terraform_data\" \"cluster\" {{\n  input = \"{}\"\n}}\n", cluster.name);
        let userdata = data(
            "  ami_type     = \"AL2023_x86_64_STANDARD\"\n  mode         = \"managed_ami\"\n  \
             cluster_name = terraform_data.cluster.output\n  node_labels  = { team = \"core\" }\n  kubelet_config = {\n    \
             podPidsLimit         = 4096\n    allowedUnsafeSysctls = [format(\"net.%s.*\", terraform_data.cluster.output)]\n  \
             }\n  extra_part {\n    content_type = \"text/x-shellscript\"\n    content      = \
             format(\"#!/bin/sh\\n# %s\\n\", terraform_data.cluster.output)\n  }",
        );
        workspace.write("main.tf", &format!("{name}{userdata}"));
        let plan = workspace.plan();
        plan.assert_actions(&[(DATA, Action::Read), ("terraform_data.cluster", Action::Create)]);
        workspace.apply_plan().success();
        let node = output(&workspace, "node");
        let rendered = node[1].as_str().unwrap_or_default().to_owned();
        let text = node[0].as_str().unwrap_or_default();
        assert!(text.contains(&format!("name: \"{}\"", cluster.name)), "{text}");
        assert!(text.contains("cidr: \"10.100.0.0/16\""), "{text}");
        assert!(text.contains(&format!("\n#!/bin/sh\n# {}\n", cluster.name)), "{text}");
        workspace.plan().assert_no_changes();

        let template = launch_template(&cluster, &rendered, "ami-0abc0000000000002");
        workspace.write("group.tf", &node_group(&cluster, &template, "instance_types  = [\"m5.large\"]"));
        workspace.apply().success();
        let form = format!("LaunchTemplateId={template}&LaunchTemplateVersion.1=1");
        let described = cluster.ec2("DescribeLaunchTemplateVersions", &form);
        assert_eq!(tag(&described, "userData"), rendered);
        workspace.plan().assert_no_changes();

        workspace.destroy().success();
        assert!(cluster.node_groups().is_empty());
    }
}

fn on_path() -> (Cluster, Workspace) {
    let cluster = Cluster::new();
    let workspace = cluster.workspace(Cli::OnPath);
    (cluster, workspace)
}

#[test]
fn userdata_with_given_facts_needs_neither_credentials_nor_aws() {
    // The commands have no variable of AWS and an empty home: no region, no profile, no credentials.
    let workspace = Workspace::new(Cli::OnPath);
    workspace.write("versions.tf", PROVIDER);
    workspace.write("main.tf", &data(&format!("  os_family = \"al2\"\n{FACTS}")));
    workspace.apply().success();
    let text = output(&workspace, "node")[0].as_str().unwrap_or_default().to_owned();
    assert!(text.contains("--b64-cluster-ca 'LS0tLS1CRUdJTg=='"), "{text}");
    workspace.plan().assert_no_changes();

    workspace.write("main.tf", &data("  os_family    = \"al2\"\n  cluster_name = \"prod-eu\""));
    let error = workspace.try_plan(&[]).only_error();
    assert_eq!(error.summary, "No Region is configured");
    assert!(error.detail.contains("AWS_REGION"), "{error:?}");
}

#[test]
fn userdata_of_dynamic_blocks_waits_for_their_number() {
    let workspace = Workspace::new(Cli::OnPath);
    workspace.write("versions.tf", PROVIDER);
    let arn = |kind: &str| {
        format!("arn:aws:rolesanywhere:eu-west-1:111122223333:{kind}/6f0b4a4e-8a4c-4c8a-9f0e-2f8b1f6a0d11")
    };
    let hybrid = format!(
        r#"
resource "terraform_data" "activations" {{
  input = []
}}
resource "terraform_data" "names" {{
  input = ["rack-7"]
}}
data "ekscompute_userdata" "node" {{
  os_family    = "hybrid"
  cluster_name = "prod-eu"
  hybrid {{
    region = "eu-west-1"
    dynamic "ssm" {{
      for_each = terraform_data.activations.output
      content {{
        activation_code = ssm.value
        activation_id   = "6f0b4a4e-8a4c-4c8a-9f0e-2f8b1f6a0d11"
      }}
    }}
    dynamic "iam_roles_anywhere" {{
      for_each = terraform_data.names.output
      content {{
        node_name        = iam_roles_anywhere.value
        trust_anchor_arn = "{}"
        profile_arn      = "{}"
        role_arn         = "arn:aws:iam::111122223333:role/hybrid-node"
        certificate_path = "/etc/iam/pki/server.pem"
        private_key_path = "/etc/iam/pki/server.key"
      }}
    }}
  }}
  dynamic "node_taint" {{
    for_each = terraform_data.names.output
    content {{
      key    = "rack"
      value  = node_taint.value
      effect = "NO_SCHEDULE"
    }}
  }}
}}
output "node" {{
  value = {DATA}.rendered
}}
"#,
        arn("trust-anchor"),
        arn("profile")
    );
    workspace.write("main.tf", &hybrid);
    let plan = workspace.plan();
    assert_eq!(plan.actions().get(DATA), Some(&Action::Read));
    assert_eq!(plan.json["output_changes"]["node"]["after_unknown"], json!(true));
    workspace.apply_plan().success();
    let text = output(&workspace, "node").as_str().unwrap_or_default().to_owned();
    assert!(text.contains("nodeName: \"rack-7\"") && text.contains("value: \"rack-7\""), "{text}");
    workspace.plan().assert_no_changes();
}

#[test]
fn userdata_of_one_cluster_reads_it_once() {
    let (cluster, workspace) = on_path();
    workspace.write(
        "main.tf",
        &format!(
            "data \"ekscompute_userdata\" \"node\" {{\n  count        = 20\n  os_family    = \"al2\"\n  \
             cluster_name = \"{}\"\n  max_pods     = 10 + count.index\n}}\n\
             output \"sizes\" {{\n  value = length(toset(data.ekscompute_userdata.node[*].rendered))\n}}\n",
            cluster.name
        ),
    );
    workspace.plan();
    assert_eq!(cluster.calls(), ["eks:DescribeCluster"]);
    workspace.apply().success();
    assert_eq!(output(&workspace, "sizes"), json!(20));
}

#[test]
fn each_bad_input_of_userdata_is_one_error_at_its_place() {
    let (_cluster, workspace) = on_path();
    for (input, code, detail) in [
        ("node_labels = { \"a b\" = \"c\" }", "node_labels = { \"a b\" = \"c\" }", "is not a valid label key"),
        (
            "node_labels = { \"node-role.kubernetes.io/x\" = \"\" }",
            "node_labels = { \"node-role.kubernetes.io/x\" = \"\" }",
            "does not start with the label",
        ),
        (
            "node_taint {\n    key    = \"a\"\n    effect = \"NoSchedule\"\n  }",
            "effect = \"NoSchedule\"",
            "\"NO_SCHEDULE\"",
        ),
        ("max_pods = 0", "max_pods = 0", "between 1 and"),
        ("kubelet_config = { podPidLimit = 1 }", "kubelet_config = { podPidLimit = 1 }", "has no member podPidLimit"),
        ("kubelet_config = { podPidsLimit = \"1\" }", "kubelet_config = { podPidsLimit = \"1\" }", "without quotes"),
        ("kubelet_flags = [\"--node-labels=a=b\"]", "kubelet_flags = [\"--node-labels=a=b\"]", "Use node_labels"),
        ("pre_bootstrap_scripts = [\"echo a\"]", "pre_bootstrap_scripts = [\"echo a\"]", "#!/bin/bash"),
        (
            "kubelet_config = { topologyManagerPolicy = \"best\" }",
            "kubelet_config = { topologyManagerPolicy = \"best\" }",
            "not one of none",
        ),
        ("kubelet_flags = [\"--vv=4\"]", "kubelet_flags = [\"--vv=4\"]", "Did you mean --v?"),
        ("kubelet_flags = [\"--v=4\", null]", "kubelet_flags = [\"--v=4\", null]", "is null"),
        ("gzip = true\n  mode = \"merge\"", "gzip = true", "does not decompress"),
    ] {
        let facts = if input.contains("merge") { "" } else { FACTS };
        workspace.write("main.tf", &data(&format!("  os_family = \"al2\"\n{facts}  {input}")));
        let error = workspace.try_plan(&[]).only_error();
        assert_eq!(error.code.trim(), code, "{error:?}");
        assert!(error.detail.contains(detail), "{error:?}");
    }
}

#[test]
fn userdata_reports_missing_cluster() {
    let (_cluster, workspace) = on_path();
    workspace.write("main.tf", &data("  os_family    = \"al2\"\n  cluster_name = \"not-there\""));
    let error = workspace.try_plan(&[]).only_error();
    assert_eq!(error.summary, "Unable to read cluster not-there");
    assert_eq!(error.code.trim(), "cluster_name = \"not-there\"");
}

#[test]
fn userdata_examples_render_and_plan_clean() {
    let (cluster, workspace) = on_path();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data-sources/ekscompute_userdata");
    let facts = [
        ("cluster_name", cluster.name.as_str()),
        ("cluster_endpoint", "https://0A1B.gr7.eu-west-1.eks.amazonaws.com"),
        ("cluster_ca_certificate", "LS0tLS1CRUdJTg=="),
        ("service_cidr", "172.20.0.0/16"),
    ];
    let variables = facts.map(|(name, value)| format!("variable \"{name}\" {{\n  default = \"{value}\"\n}}\n"));
    workspace.write("variables.tf", &variables.concat());
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the folder of the examples") {
        let path = entry.expect("an example").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        workspace.write(&name, &std::fs::read_to_string(&path).expect("an example is text"));
        count += 1;
    }
    workspace.apply().success();
    let outputs = workspace.run(&["output", "-json"]).success().json();
    let outputs = outputs.as_object().cloned().unwrap_or_default();
    assert!(count > 0 && outputs.len() >= count, "{outputs:?}");
    assert!(
        outputs.values().all(|output| output["value"].as_str().is_some_and(|text| !text.is_empty())),
        "{outputs:?}"
    );
    workspace.plan().assert_no_changes();
}
