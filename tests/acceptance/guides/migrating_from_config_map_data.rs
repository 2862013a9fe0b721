//! The guide from `kubernetes_config_map_v1_data`, against a real API server. `terraform_data` takes the place of the
//! resource in state, and requests with its field manager the place of its writes.

use serde_json::{Value, json};

use super::Guide;
use crate::support::cli::Cli;
use crate::support::plan::{Action, Plan};
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

const MAPS: &str = "/api/v1/namespaces/kube-system/configmaps";
const MAP: &str = "/api/v1/namespaces/kube-system/configmaps/aws-auth";

/// The entries as `yamlencode` writes them.
const ROLES: &str = r#"- "groups":
  - "system:bootstrappers"
  - "system:nodes"
  "rolearn": "arn:aws:iam::111122223333:role/my-nodes"
  "username": "system:node:{{EC2PrivateDNSName}}"
- "groups":
  - "developers"
  "rolearn": "arn:aws:iam::111122223333:role/developers"
  "username": "developer:{{SessionName}}"
"#;
const USERS: &str = r#"- "groups":
  - "deployers"
  "userarn": "arn:aws:iam::111122223333:user/deployer"
  "username": "deployer"
"#;

/// An entry that is created after the migration.
const AUDITORS: &str = r#"
resource "ekscompute_aws_auth_map_role" "auditors" {
  cluster_name = "my-cluster"
  role_arn     = "arn:aws:iam::111122223333:role/auditors"
  username     = "auditor"
}
"#;

/// A cluster with an API server, and the guide.
struct Migration {
    guide: Guide,
    cluster: Cluster,
}

impl Migration {
    fn new() -> Self {
        let cluster = Cluster::new();
        cluster.start_kubernetes(json!({}));
        Self { guide: Guide::read("migrating-from-config-map-data"), cluster }
    }

    /// Writes the whole data as `kubernetes_config_map_v1_data` with `force` does; destroying it writes nothing.
    #[track_caller]
    fn write_as_terraform(&self, data: &Value) {
        let map = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"},
            "data": data,
        });
        let path = format!("{MAP}?fieldManager=Terraform&force=true");
        let request = json!({"body": map, "content_type": "application/apply-patch+yaml"});
        let (status, answer) = self.cluster.kubernetes("PATCH", &path, request);
        assert_eq!(status, 200, "{answer}");
    }

    fn map(&self) -> Value {
        self.cluster.kubernetes("GET", MAP, json!({})).1
    }

    /// HCL below a heading, for this cluster.
    fn text(&self, heading: &str) -> String {
        self.adapt(&self.guide.terraform(heading))
    }

    fn adapt(&self, text: &str) -> String {
        text.replace("my-cluster", &self.cluster.name).replace("kubernetes_config_map_v1_data.", "terraform_data.")
    }

    /// The plan imports these resources, and the apply changes nothing in the cluster.
    #[track_caller]
    fn assert_imports(&self, workspace: &Workspace, count: usize) {
        let before = self.map();
        let plan = workspace.plan();
        assert_eq!(plan.actions().len(), count, "{}", plan.run);
        assert!(plan.actions().values().all(|action| *action == Action::NoOp), "{}", plan.run);
        workspace.apply_plan().success();
        workspace.plan().assert_no_changes();
        assert_eq!(self.map(), before);
    }
}

fn warns(plan: &Plan) -> bool {
    plan.warnings().iter().any(|warning| warning.summary == "Another tool overwrites aws-auth")
}

#[test]
fn config_map_data_becomes_entries_without_a_change_in_the_cluster() {
    let migration = Migration::new();
    let data = json!({"mapRoles": ROLES, "mapUsers": USERS});
    let created = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {"mapRoles": "[]\n"},
    });
    let request = json!({"body": created});
    let (status, answer) = migration.cluster.kubernetes("POST", &format!("{MAPS}?fieldManager=vpcLambda"), request);
    assert_eq!(status, 201, "{answer}");

    // Destroying the resource removes all entries.
    migration.write_as_terraform(&data);
    assert_eq!(migration.map()["data"], data);
    migration.write_as_terraform(&json!({}));
    assert!(migration.map()["data"].is_null(), "{}", migration.map());
    migration.write_as_terraform(&data);
    let before = migration.map();

    // Removing it from state does not.
    let workspace = migration.cluster.workspace(Cli::OnPath);
    migration.guide.assert_formatted(&workspace);
    workspace.write("main.tf", "resource \"terraform_data\" \"aws_auth\" {}\n");
    workspace.apply().success();
    workspace.write("main.tf", &migration.text("Step 2"));
    workspace.plan().assert_actions(&[("terraform_data.aws_auth", Action::Forget)]);
    workspace.apply_plan().success();
    assert_eq!((migration.map(), workspace.addresses()), (before.clone(), Vec::<String>::new()));

    // Every entry is found, generated, and imported.
    let queried = migration.cluster.workspace(Cli::Terraform115);
    queried.write("entries.tfquery.hcl", &migration.text("Step 3"));
    let run = queried.run(&["query", "-json", "-generate-config-out=aws_auth.tf"]).success();
    assert_eq!(run.events("list_resource_found").len(), 3, "{run}");
    migration.assert_imports(&queried, 3);
    workspace.write("main.tf", &migration.text("Import blocks without terraform query"));
    migration.assert_imports(&workspace, 3);
    assert_eq!(migration.map(), before);

    // The field manager still owns the text, until the ownership is cleared.
    workspace.write("auditors.tf", &migration.adapt(AUDITORS));
    assert!(warns(&workspace.plan()));
    let command = migration.guide.code("Step 4", "shell");
    let patch = command.split("--patch '").nth(1).and_then(|rest| rest.split('\'').next()).expect("a patch");
    let patch: Value = serde_json::from_str(patch).expect("the patch is JSON");
    let request = json!({"body": patch, "content_type": "application/merge-patch+json"});
    let (status, answer) = migration.cluster.kubernetes("PATCH", MAP, request);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(migration.map()["data"], data);
    let managers = migration.map()["metadata"]["managedFields"].to_string();
    assert!(!managers.contains("\"Terraform\""), "{managers}");
    migration.write_as_terraform(&json!({}));
    assert_eq!(migration.map()["data"], data, "a destroy in another state removes nothing");
    assert!(!warns(&workspace.plan()));
    workspace.apply().success();
    workspace.plan().assert_no_changes();
    let roles = migration.map()["data"]["mapRoles"].as_str().unwrap_or_default().to_owned();
    assert!(roles.starts_with(ROLES) && roles.contains("role/auditors"), "{roles}");
}

#[test]
fn config_map_data_in_modules_is_removed_from_state() {
    let migration = Migration::new();
    let workspace = migration.cluster.workspace(Cli::OnPath);
    let resource = "resource \"terraform_data\" \"aws_auth\" {\n  count = var.manage ? 1 : 0\n}\n";
    let resource = format!("variable \"manage\" {{}}\n{resource}");
    for module in ["eks", "aws_auth"] {
        workspace.write(&format!("{module}/main.tf"), &resource);
    }
    let call = |module: &str, manage: bool| {
        format!("module \"{module}\" {{\n  source = \"./{module}\"\n  manage = {manage}\n}}\n")
    };
    workspace.write("main.tf", &format!("{}{}", call("eks", true), call("aws_auth", true)));
    workspace.run(&["get"]).success();
    workspace.apply().success();
    // The code of the module v19 stays, the module of v20 is deleted.
    let removed = migration.text("Resources in a module");
    workspace.write("main.tf", &format!("{}{removed}", call("eks", false)));
    workspace.plan().assert_actions(&[
        ("module.aws_auth.terraform_data.aws_auth[0]", Action::Forget),
        ("terraform_data.previous_aws_auth", Action::Forget),
    ]);
    workspace.apply_plan().success();
    assert_eq!(workspace.addresses(), Vec::<String>::new());
}
