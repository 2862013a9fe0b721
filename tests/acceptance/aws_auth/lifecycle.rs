//! One entry from its creation to its end, among those of others.

use serde_json::json;

use super::{Auth, MAP, OF_EKS, P, ROLE, entry};
use crate::support::cli::Cli;
use crate::support::for_each_cli;
use crate::support::owners::assert_one_owner;
use crate::support::plan::Action;

const OTHERS: &str = "# keep\n- {rolearn: 'arn:aws:iam::111122223333:role/ci', username: ci, groups: [x]}   # of ci\n";

for_each_cli! {
    #[everywhere]
    fn lifecycle(cli) {
        let auth = Auth::new(cli);
        let others = json!({"mapRoles": OTHERS, "mapUsers": "[ ]", "mapAccounts": "- \"012345678901\"\n", "x": "y"});
        auth.put(&json!({"data": others}));
        let with = |entry: &str| {
            let mut data = others.clone();
            data["mapRoles"] = json!(format!("{OTHERS}{entry}"));
            data
        };
        let people = |username: &str, groups: &str| {
            auth.configure(&format!(
                "  role_arn = \"{P}teams/ops\"\n  username = \"{username}\"\n  groups = [{groups}]"
            ));
        };
        people("ops:{{SessionName}}", "\"ops\", \"viewers\"");
        auth.assert_plan(Action::Create);
        auth.workspace.apply_plan().success();
        auth.workspace.plan().assert_no_changes();
        assert_eq!(auth.data(), with(&entry("ops", "ops:{{SessionName}}", &["ops", "viewers"])));
        let state = auth.workspace.attributes(ROLE);
        assert_eq!((&state["role_arn"], &state["mapped_role_arn"]), (&json!(format!("{P}teams/ops")), &json!(format!("{P}ops"))));
        assert_eq!(state["id"], json!(format!("{}/{P}ops", auth.cluster.name)));

        people("operator", "\"viewers\", \"ops\"");
        auth.assert_plan(Action::Update);
        auth.apply();
        assert_eq!(auth.data(), with(&entry("ops", "operator", &["ops", "viewers"])), "groups have no order");
        people("operator", "\"viewers\"");
        auth.assert_plan(Action::Update);
        auth.apply();
        let wanted = entry("ops", "operator", &["viewers"]);
        assert_eq!(auth.data(), with(&wanted));

        // Somebody changes the entry: it is changed back.
        auth.put(&json!({"data": with(&wanted.replace("viewers", "system:masters"))}));
        auth.assert_plan(Action::Update);
        auth.apply();
        assert_eq!(auth.data(), with(&wanted));

        // Somebody removes it: it is made again.
        auth.put(&json!({"data": others}));
        auth.assert_plan(Action::Create);
        auth.apply();
        assert_eq!(auth.data(), with(&wanted));

        // Nodes in place of people are another user name and other groups of the same entry.
        auth.configure(&format!("  role_arn = \"{P}ops\"\n  node_type = \"fargate\""));
        auth.assert_plan(Action::Update);
        auth.apply();
        let nodes = ["system:bootstrappers", "system:node-proxier", "system:nodes"];
        let mut written = auth.roles();
        for group in nodes {
            assert!(written.contains(&format!("  - {group}\n")), "{written}");
        }
        written.truncate(OTHERS.len());
        assert_eq!(written, OTHERS);

        auth.configure(&format!("  role_arn = \"{P}other\"\n  username = \"other\""));
        auth.assert_plan(Action::Replace);
        auth.apply();
        assert_eq!(auth.roles(), format!("{OTHERS}- groups: []\n  rolearn: {P}other\n  username: other\n"));
        auth.workspace.destroy().success();
        assert_eq!(auth.data(), others, "every byte of the others stays");
    }
}

#[test]
fn entry_has_one_owner() {
    let auth = Auth::new(Cli::OnPath);
    auth.put_roles(OF_EKS);
    auth.configure(&format!("  role_arn = \"{P}x\"\n  username = \"x\""));
    assert_one_owner(&auth.cluster, &auth.workspace);
    assert_eq!(auth.roles(), OF_EKS);
    assert!(auth.map()["metadata"]["annotations"].is_null(), "nothing is left");
}

#[test]
fn users_are_mapped_as_roles_are() {
    let auth = Auth::new(Cli::OnPath);
    auth.put_roles(OF_EKS);
    let arn = "arn:aws:iam::111122223333:user/ci/deployer";
    let write = |username: &str, groups: &str| {
        auth.workspace.write(
            "main.tf",
            &format!(
                "resource \"ekscompute_aws_auth_map_user\" \"this\" {{\n  cluster_name = \"{}\"\n  user_arn = \"{arn}\"\n  \
                 username = \"{username}\"\n  groups = [{groups}]\n}}\n",
                auth.cluster.name
            ),
        );
    };
    let user = "ekscompute_aws_auth_map_user.this";
    write("deployer", "\"deployers\"");
    auth.workspace.plan().assert_actions(&[(user, Action::Create)]);
    auth.apply();
    let users = |username: &str, groups: &str| format!("- groups:{groups}\n  userarn: {arn}\n  username: {username}\n");
    assert_eq!(auth.data(), json!({"mapRoles": OF_EKS, "mapUsers": users("deployer", "\n  - deployers")}));
    write("robot", "");
    auth.workspace.plan().assert_actions(&[(user, Action::Update)]);
    auth.apply();
    assert_eq!(auth.data()["mapUsers"], json!(users("robot", " []")));
    let mut map = auth.map();
    map["data"]["mapUsers"] = json!("");
    auth.put(&map);
    auth.workspace.plan().assert_actions(&[(user, Action::Create)]);
    auth.apply();
    auth.workspace.destroy().success();
    assert_eq!(auth.data(), json!({"mapRoles": OF_EKS, "mapUsers": "[]\n"}));
}

#[test]
fn cluster_and_map_may_not_be_there_yet() {
    let auth = Auth::new(Cli::OnPath);
    let write = |cluster: &str| {
        auth.workspace.write(
            "main.tf",
            &format!(
                "resource \"terraform_data\" \"cluster\" {{ input = \"{cluster}\" }}\nresource \
                 \"ekscompute_aws_auth_map_role\" \"this\" {{\n  cluster_name = terraform_data.cluster.output\n  role_arn = \
                 \"{P}a\"\n  node_type = \"ec2_linux\"\n}}\n"
            ),
        );
    };
    write(&auth.cluster.name);
    let plan = auth.workspace.plan();
    let change = plan.change(ROLE);
    assert_eq!(change["after_unknown"]["id"], json!(true));
    assert_eq!(change["after"]["username"], json!("system:node:{{EC2PrivateDNSName}}"), "what is decided is shown");
    auth.workspace.apply_plan().success();
    auth.workspace.plan().assert_no_changes();
    assert_eq!(auth.data(), json!({"mapRoles": OF_EKS.replace("ng-a", "a")}));

    // The ConfigMap goes: it is made again, with this entry alone.
    assert_eq!(auth.cluster.kubernetes("DELETE", MAP, json!({})).0, 200);
    auth.assert_plan(Action::Create);
    auth.apply();
    assert_eq!(auth.data(), json!({"mapRoles": OF_EKS.replace("ng-a", "a")}));
    auth.workspace.destroy().success();
    assert_eq!(auth.data(), json!({"mapRoles": "[]\n"}), "the ConfigMap itself stays");
}

#[test]
fn kinds_of_nodes_and_what_they_write_are_the_same() {
    let auth = Auth::new(Cli::OnPath);
    auth.put_roles(OF_EKS);
    let id = format!("{}/{P}some/path/ng-a", auth.cluster.name);
    let import = format!("import {{\n  to = {ROLE}\n  id = \"{id}\"\n}}\n");
    let forms = [
        "  node_type = \"ec2_linux\"",
        "  username = \"system:node:{{EC2PrivateDNSName}}\"\n  groups = [\"system:nodes\", \"system:bootstrappers\"]",
    ];
    for form in forms {
        auth.configure(&format!("  role_arn = \"{P}ng-a\"\n{form}"));
        auth.workspace.write("import.tf", &import);
        auth.assert_plan(Action::NoOp);
        auth.apply();
        auth.workspace.remove("import.tf");
        auth.forget();
    }
    assert_eq!(auth.roles(), OF_EKS);

    let plan = |arguments: &str| {
        auth.configure(&format!("  role_arn = \"{P}x\"\n{arguments}"));
        auth.workspace.plan().change(ROLE)["after"].clone()
    };
    let hybrid =
        plan("  username = \"system:node:{{SessionName}}\"\n  groups = [\"system:nodes\", \"system:bootstrappers\"]");
    assert_eq!(hybrid["node_type"], json!("hybrid"));
    assert_eq!(plan("  username = \"x\"")["node_type"], json!(null));
}
