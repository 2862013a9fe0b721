//! `ekscompute_windows_support` against a real API server.

mod faults;

use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::examples;
use crate::support::features::{Feature, run_where_supported};
use crate::support::for_each_cli;
use crate::support::owners::assert_one_owner;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

const ADDRESS: &str = "ekscompute_windows_support.this";
const MAPS: &str = "/api/v1/namespaces/kube-system/configmaps";
const MAP: &str = "/api/v1/namespaces/kube-system/configmaps/amazon-vpc-cni";
const KEY: &str = "enable-windows-ipam";

/// A cluster with an API server of its own.
struct Windows {
    cluster: Cluster,
    workspace: Workspace,
}

impl Windows {
    fn new(cli: Cli) -> Self {
        Self::of(cli, json!({"nodegroups": 1}))
    }

    fn of(cli: Cli, seed: Value) -> Self {
        let cluster = Cluster::seeded(seed);
        cluster.start_kubernetes(json!({}));
        let workspace = cluster.workspace(cli);
        Self { cluster, workspace }
    }

    fn configure(&self, arguments: &str) {
        self.workspace.write(
            "main.tf",
            &format!(
                "resource \"ekscompute_windows_support\" \"this\" {{\n  cluster_name = \"{}\"\n{arguments}\n}}\n",
                self.cluster.name
            ),
        );
    }

    #[track_caller]
    fn apply(&self) {
        self.workspace.apply().success();
        self.workspace.plan().assert_no_changes();
    }

    /// The VPC CNI's own settings, as EKS makes them.
    fn settings_of_eks(&self, data: &Value) {
        let map = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "amazon-vpc-cni"}, "data": data,
        });
        let apply = json!({"body": map, "content_type": "application/apply-patch+yaml"});
        let (status, answer) = self.cluster.kubernetes("PATCH", &format!("{MAP}?fieldManager=eks&force=true"), apply);
        assert!(matches!(status, 200 | 201), "{answer}");
    }

    /// An edit by hand.
    fn edit(&self, data: &Value) {
        let patch = json!({"body": {"data": data}, "content_type": "application/merge-patch+json"});
        let (status, answer) = self.cluster.kubernetes("PATCH", &format!("{MAP}?fieldManager=kubectl-edit"), patch);
        assert_eq!(status, 200, "{answer}");
    }

    fn data(&self) -> Value {
        self.cluster.kubernetes("GET", MAP, json!({})).1["data"].take()
    }

    /// The fields that the provider owns.
    fn owned(&self) -> Value {
        let (_, map) = self.cluster.kubernetes("GET", MAP, json!({}));
        let managers = map["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
        let own = managers.into_iter().find(|each| each["manager"] == "terraform-provider-ekscompute");
        own.map_or(Value::Null, |mut own| own["fieldsV1"]["f:data"].take())
    }
}

fn example(path: &str, cluster: &str) -> String {
    examples::example(path).replace("my-cluster", cluster)
}

for_each_cli! {
    #[everywhere]
    fn lifecycle(cli) {
        let windows = Windows::new(cli);
        windows.settings_of_eks(&json!({"warm-ip-target": "1"}));
        windows.configure("");
        windows.workspace.plan().assert_actions(&[(ADDRESS, Action::Create)]);
        windows.workspace.apply_plan().success();
        windows.workspace.plan().assert_no_changes();
        assert_eq!(windows.data(), json!({"warm-ip-target": "1", KEY: "true"}));
        assert_eq!(windows.owned(), json!({format!("f:{KEY}"): {}}), "only the key is owned");

        // Somebody removes the key: it is made again.
        windows.edit(&json!({KEY: null}));
        windows.workspace.plan().assert_actions(&[(ADDRESS, Action::Create)]);
        windows.apply();

        // Somebody switches it off, and owns it from then on: the plan warns of it, and the write is refused.
        windows.edit(&json!({KEY: "false"}));
        let warnings = windows.workspace.plan().warnings();
        assert!(warnings.iter().any(|one| one.summary.starts_with("Field manager conflict")), "{warnings:?}");
        let error = windows.workspace.apply().only_error();
        assert!(error.summary.starts_with("Field manager conflict for enable-windows-ipam"), "{error:?}");
        assert!(error.detail.contains("kubectl-edit"), "{error:?}");
        windows.configure("  force_conflicts = true");
        windows.workspace.plan().assert_actions(&[(ADDRESS, Action::Update)]);
        windows.apply();
        assert_eq!(windows.data()[KEY], "true");

        windows.configure("");
        windows.apply();
        windows.workspace.destroy().success();
        assert_eq!(windows.data(), json!({"warm-ip-target": "1"}), "the keys of others stay");
    }
}

#[test]
fn support_created_with_cluster_is_fully_removed() {
    let windows = Windows::new(Cli::OnPath);
    windows.workspace.write(
        "main.tf",
        &format!(
            "resource \"terraform_data\" \"cluster\" {{ input = \"{}\" }}\nresource \"ekscompute_windows_support\" \
             \"this\" {{\n  cluster_name = terraform_data.cluster.output\n}}\n",
            windows.cluster.name
        ),
    );
    let plan = windows.workspace.plan();
    assert_eq!(plan.change(ADDRESS)["after_unknown"]["id"], json!(true));
    windows.workspace.apply_plan().success();
    windows.workspace.plan().assert_no_changes();
    assert_eq!(windows.data(), json!({KEY: "true"}));
    windows.workspace.destroy().success();
    assert_eq!(windows.cluster.kubernetes("GET", MAP, json!({})).0, 404, "the ConfigMap was ours alone");
}

#[test]
fn add_on_conflict_is_rejected_and_value_is_kept() {
    let windows = Windows::new(Cli::OnPath);
    windows.settings_of_eks(&json!({KEY: "false"}));
    windows.configure("");
    let error = windows.workspace.try_plan(&[]).only_error();
    assert!(error.detail.contains("conflict with \"eks\"") && error.detail.contains("enableWindowsIpam"), "{error:?}");
    assert_eq!(windows.data()[KEY], "false");

    windows.settings_of_eks(&json!({KEY: "true"}));
    let error = windows.workspace.apply().only_error();
    assert!(error.summary.ends_with("is already enabled"), "{error:?}");
    assert!(error.detail.contains("import {") && error.detail.contains("force_conflicts"), "{error:?}");
    windows.workspace.import(ADDRESS, &windows.cluster.name).success();
    windows.workspace.plan().assert_no_changes();
    windows.workspace.destroy().success();
    assert_eq!(windows.data()[KEY], "true");
}

#[test]
fn callers_without_access_are_told_who_they_are() {
    let windows = Windows::of(Cli::OnPath, json!({}));
    let role = windows.cluster.made("fargate_role_arn").to_owned();
    windows.configure("");
    windows.workspace.write("provider.tf", &format!("provider \"ekscompute\" {{\n  assume_role {{\n    role_arn = \"{role}\"\n    session_name = \"deploy\"\n  }}\n}}\n"));
    let name = role.rsplit('/').next().unwrap_or_default();
    let error = windows.workspace.apply().only_error();
    let caller = format!("does not recognize the caller arn:aws:sts::123456789012:assumed-role/{name}/deploy");
    assert!(error.detail.contains(&caller) && error.detail.contains("access entry"), "{error:?}");

    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth"},
        "data": {"mapRoles": format!("- rolearn: {role}\n  username: deployer\n")},
    });
    assert_eq!(windows.cluster.kubernetes("POST", MAPS, json!({"body": map})).0, 201);
    let error = windows.workspace.apply().only_error();
    assert!(error.detail.contains("User \"deployer\" cannot get resource \"configmaps\""), "{error:?}");
    assert!(error.detail.contains("bind the user to a Role"), "{error:?}");
}

#[test]
fn windows_support_has_one_owner() {
    let windows = Windows::new(Cli::OnPath);
    windows.configure("");
    assert_one_owner(&windows.cluster, &windows.workspace);
    assert_eq!(windows.cluster.kubernetes("GET", MAP, json!({})).0, 404, "nothing is left");
}

#[test]
fn ipv6_cluster_is_rejected() {
    let ipv6 = json!({"cluster_config": {"kubernetesNetworkConfig": {"ipFamily": "ipv6"}}});
    let cluster = Cluster::seeded(ipv6);
    let windows = Windows { workspace: cluster.workspace(Cli::OnPath), cluster };
    windows.configure("");
    let error = windows.workspace.try_plan(&[]).only_error();
    assert_eq!(error.summary, "Windows nodes do not support IPv6");
    assert!(error.code.starts_with("cluster_name"), "{error:?}");
}

#[test]
fn the_api_server_may_be_away_for_a_while() {
    let windows = Windows::new(Cli::OnPath);
    windows.configure("");
    windows.cluster.start_kubernetes(json!({"action": "stop"}));
    let mut apply = windows.workspace.start_apply();
    apply.wait_for_output("ekscompute_windows_support.this: Creating");
    windows.cluster.start_kubernetes(json!({}));
    apply.wait().success();
    windows.workspace.plan().assert_no_changes();
}

#[test]
fn examples_work_as_written() {
    let windows = Windows::new(Cli::OnPath);
    let variable = |name: &str, value: &str| format!("variable \"{name}\" {{\n  default = {value}\n}}\n");
    let variables = [
        variable("cluster_name", &format!("\"{}\"", windows.cluster.name)),
        variable("node_role_arn", &format!("\"{}\"", windows.cluster.made("node_role_arn"))),
        variable("subnet_ids", &windows.cluster.subnets()),
    ];
    let resource = example("resources/ekscompute_windows_support/resource.tf", "");
    windows.workspace.write("variables.tf", &variables.concat());
    windows.workspace.write("resource.tf", &resource);
    windows.apply();

    for (file, feature) in [("import-by-string-id.tf", None), ("import-by-identity.tf", Some(Feature::Identity))] {
        if feature.is_some_and(|feature| !feature.is_in(Cli::OnPath.release())) {
            continue;
        }
        let workspace = windows.cluster.workspace(Cli::OnPath);
        workspace.write("variables.tf", &variables.concat());
        workspace.write("resource.tf", &examples::resource("resources/ekscompute_windows_support/resource.tf"));
        let import = example(&format!("resources/ekscompute_windows_support/{file}"), &windows.cluster.name);
        workspace.write("import.tf", &import);
        workspace.plan().assert_actions(&[(ADDRESS, Action::NoOp)]);
        workspace.apply().success();
        workspace.plan().assert_no_changes();
    }
    let workspace = windows.cluster.workspace(Cli::OnPath);
    workspace.write("main.tf", &windows.workspace.read("resource.tf"));
    workspace.write("variables.tf", &variables.concat());
    let command = example("resources/ekscompute_windows_support/import.sh", &windows.cluster.name);
    let [_, "import", address, id] = command.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{command}") };
    workspace.import(address, id).success();
}

#[test]
fn query_finds_and_generates_configuration_that_plans_clean() {
    run_where_supported(Cli::OnPath, &[Feature::Query], |cli| {
        let windows = Windows::new(cli);
        windows.settings_of_eks(&json!({KEY: "true"}));
        let list = "list-resources/ekscompute_windows_support/list-resource.tfquery.hcl";
        windows.workspace.write("all.tfquery.hcl", &example(list, &windows.cluster.name));
        let run = windows.workspace.run(&["query", "-json", "-generate-config-out=generated.tf"]).success();
        let found = run.events("list_resource_found");
        assert_eq!(found.len(), 1, "{run}");
        assert_eq!(found[0]["list_resource_found"]["display_name"], json!(windows.cluster.name));
        windows.workspace.remove("all.tfquery.hcl");
        let plan = windows.workspace.plan();
        assert!(plan.actions().values().all(|action| *action == Action::NoOp), "{}", plan.run);
        assert_eq!(plan.actions().len(), 1);
    });
}
