//! Follows the guide to private clusters and CI pipelines.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Guide;
use crate::support::cli::Cli;
use crate::support::features::{Feature, run_where_supported};
use crate::support::plan::Action;
use crate::support::sandbox::{Cluster, REGION};
use crate::support::workspace::Workspace;

const GROUP: &str = "ekscompute_node_group.workers";
const GUIDE_ACCOUNT: &str = "111122223333";

fn guide() -> Guide {
    Guide::read("private-clusters-and-ci")
}

/// Code of the guide with the names of the cluster.
fn named(cluster: &Cluster, code: &str) -> String {
    code.replace("my-cluster", &cluster.name).replace("eu-west-1", REGION)
}

/// A resource in the cluster.
fn entry(cluster: &Cluster) -> String {
    format!(
        "resource \"ekscompute_aws_auth_map_role\" \"ops\" {{\n  cluster_name = \"{}\"\n  role_arn = \
         \"arn:aws:iam::111122223333:role/ops\"\n  username = \"ops\"\n  groups = [\"ops\"]\n}}\n",
        cluster.name
    )
}

fn node_group(cluster: &Cluster, role: &str, more: &str) -> String {
    format!(
        "resource \"ekscompute_node_group\" \"workers\" {{\n  cluster_name = \"{}\"\n  node_group_name = \
         \"workers\"\n  node_role_arn = \"{role}\"\n  subnet_ids = {}\n  scaling_config {{\n    min_size = 1\n    \
         max_size = 2\n  }}\n{more}}}\n",
        cluster.name,
        cluster.subnets()
    )
}

#[track_caller]
fn apply(workspace: &Workspace) {
    workspace.apply().success();
    workspace.plan().assert_no_changes();
}

#[test]
fn tunnel_reaches_api_server() {
    let cluster = Cluster::new();
    let server = cluster.start_kubernetes(json!({}));
    let [endpoint, authority] =
        ["endpoint", "certificate_authority"].map(|name| server[name].as_str().expect("a string").to_owned());
    // Only the tunnel reaches the API server.
    cluster.patch(json!({"endpoint": "https://private.invalid"}));
    let workspace = cluster.workspace(Cli::OnPath);
    let certificate = STANDARD.decode(authority).expect("base64");
    workspace.write("cluster-ca.pem", &String::from_utf8(certificate).expect("PEM"));
    let provider = named(&cluster, &guide().terraform("Step 1"));
    // The name is in the certificate of the API server.
    let name = format!("0A1B2C3D4E5F.gr7.{REGION}.eks.amazonaws.com");
    assert!(provider.contains("https://127.0.0.1:8443") && provider.contains(&name), "{provider}");
    let provider = provider.replace("https://127.0.0.1:8443", &endpoint).replace(&name, "localhost");
    workspace.write("main.tf", &(provider + &entry(&cluster)));
    apply(&workspace);
}

#[test]
fn command_provides_credentials() {
    let cluster = Cluster::new();
    let token = cluster.start_kubernetes(json!({}))["token"].as_str().expect("a token").to_owned();
    let workspace = cluster.workspace(Cli::OnPath);
    let credential = json!({
        "apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential", "status": {"token": token},
    });
    let command = workspace.folder().join("aws");
    let arguments = workspace.folder().join("arguments");
    let script = format!("#!/bin/sh\necho \"$@\" >'{}'\necho '{credential}'\n", arguments.display());
    workspace.write("aws", &script);
    fs::set_permissions(&command, fs::Permissions::from_mode(0o755)).expect("the file was just written");
    let provider = named(&cluster, &guide().terraform("Step 2"));
    let quoted = "\"aws\"";
    assert!(provider.contains(quoted), "{provider}");
    let provider = provider.replace(quoted, &format!("{:?}", command.display().to_string()));
    workspace.write("main.tf", &(provider + &entry(&cluster)));
    apply(&workspace);
    let passed = workspace.read("arguments");
    let expected = format!("eks get-token --cluster-name {} --role-arn ", cluster.name);
    assert!(passed.starts_with(&expected), "{passed}");
}

#[test]
fn token_authenticates_another_provider() {
    run_where_supported(Cli::OnPath, &[Feature::Ephemeral], |cli| {
        let cluster = Cluster::new();
        cluster.start_kubernetes(json!({}));
        let workspace = cluster.workspace(cli);
        let text = named(&cluster, &guide().terraform("Step 3"));
        let (token, provider) = text.split_once("provider \"kubernetes\"").expect("another provider");
        for attribute in ["endpoint", "cluster_ca_certificate", "token"] {
            assert!(provider.contains(&format!("ephemeral.ekscompute_cluster_token.this.{attribute}")), "{provider}");
        }
        let user = "resource \"terraform_data\" \"user\" {\n  provisioner \"local-exec\" {\n    command = \"printf %s \
                    \\\"$TOKEN\\\" >token\"\n    environment = {\n      TOKEN = \
                    ephemeral.ekscompute_cluster_token.this.token\n    }\n  }\n}\n";
        workspace.write("main.tf", &format!("{token}{user}"));
        workspace.apply().success();
        let namespaces = "/api/v1/namespaces";
        let (status, answer) = cluster.kubernetes("GET", namespaces, json!({"token": workspace.read("token")}));
        assert_eq!(status, 200, "{answer}");
    });
}

#[test]
fn alias_assumes_role_in_allowed_account() {
    let cluster = Cluster::new();
    let role = format!("{}-terraform", cluster.name);
    let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C\
                 %22Principal%22%3A%7B%22AWS%22%3A%22%2A%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
    cluster.iam("CreateRole", &format!("RoleName={role}&AssumeRolePolicyDocument={trust}"));
    let workspace = cluster.workspace(Cli::OnPath);
    let text = named(&cluster, &guide().terraform("Step 4")).replace(":role/terraform", &format!(":role/{role}"));
    let here = text.replace(GUIDE_ACCOUNT, cluster.made("account"));
    workspace.write("main.tf", &here);
    workspace.apply().success();
    assert_eq!(workspace.attributes("data.ekscompute_node_groups.prod")["names"], json!([]));

    // The same role, while only another account is allowed.
    let allowed = |account: &str| format!("allowed_account_ids = [\"{account}\"]");
    workspace.write("main.tf", &here.replace(&allowed(cluster.made("account")), &allowed(GUIDE_ACCOUNT)));
    let error = workspace.try_plan(&[]).only_error();
    assert!(error.detail.contains("allowed_account_ids"), "{error:?}");
}

#[test]
fn plan_without_checks_calls_only_actions_of_plan_role() {
    let cluster = Cluster::new();
    let workspace = cluster.workspace(Cli::OnPath);
    let role = cluster.made("node_role_arn");
    let more = "  ami_update_policy = \"latest\"\n  auto_scaling_group_tags = { team = \"a\" }\n";
    let group = node_group(&cluster, role, more);
    workspace.write("main.tf", &(named(&cluster, &guide().terraform("Step 5")) + &group));
    apply(&workspace);
    let before = cluster.calls().len();
    workspace.plan().assert_no_changes();
    let calls = cluster.calls().split_off(before);
    let policy: Value = serde_json::from_str(&guide().code("Step 8", "json")).expect("a policy");
    let actions = policy["Statement"][0]["Action"].as_array().expect("actions");
    assert!(!calls.is_empty() && calls.iter().all(|call| actions.contains(&json!(call))), "{calls:?}");
    assert!(calls.iter().all(|call| !call.starts_with("sts:")), "{calls:?}");
}

#[test]
fn proxy_settings_are_valid() {
    let cluster = Cluster::new();
    let workspace = cluster.workspace(Cli::OnPath);
    guide().assert_formatted(&workspace);
    workspace.write("main.tf", &named(&cluster, &guide().terraform("Step 6")));
    workspace.validate().success();
}

#[test]
fn strict_mode_fails_plan() {
    let cluster = Cluster::new();
    let workspace = cluster.workspace(Cli::OnPath);
    let role = format!("{}-missing", cluster.made("node_role_arn"));
    workspace.write("main.tf", &node_group(&cluster, &role, ""));
    assert!(workspace.plan().warnings().iter().any(|each| each.detail.contains("role_exists")));
    workspace.write("provider.tf", &named(&cluster, &guide().terraform("Step 7")));
    let error = workspace.try_plan(&[]).only_error();
    assert!(error.detail.contains("role_exists"), "{error:?}");
    // The plan role cannot create node groups.
    workspace.write("main.tf", &node_group(&cluster, cluster.made("node_role_arn"), ""));
    workspace.plan().assert_actions(&[(GROUP, Action::Create)]);
}

#[test]
fn plan_is_applied_with_its_data_directory() {
    let cluster = Cluster::alone(json!({"version": "1.33"}));
    let workspace = cluster.workspace(Cli::OnPath);
    let text = node_group(&cluster, cluster.made("node_role_arn"), "  ami_update_policy = \"latest\"\n");
    workspace.write("main.tf", &text);
    apply(&workspace);
    cluster.publish("1.33", "AL2023_x86_64_STANDARD", "1.33.9-20261101");
    let plan = workspace.plan();
    plan.assert_actions(&[(GROUP, Action::Update)]);
    cluster.publish("1.33", "AL2023_x86_64_STANDARD", "1.33.9-20261201");

    // The apply job.
    let job = cluster.workspace(Cli::OnPath);
    job.write("main.tf", &text);
    for file in ["terraform.tfstate", "plan.bin"] {
        fs::copy(workspace.folder().join(file), job.folder().join(file)).expect("the file was written");
    }
    let data = Path::new(".terraform/ekscompute");
    copy_folder(&workspace.folder().join(data), &job.folder().join(data));
    job.apply_plan().success();
    assert_eq!(job.attributes(GROUP)["release_version"], json!("1.33.9-20261101"));
    // The newer release belongs to the next plan.
    let next = job.plan();
    assert_eq!(next.change(GROUP)["after"]["release_version"], json!("1.33.9-20261201"));
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder is writable");
    for each in fs::read_dir(from).expect("the folder exists") {
        let path = each.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_folder(&path, &to);
        } else {
            fs::copy(&path, &to).expect("the file can be copied");
        }
    }
}
