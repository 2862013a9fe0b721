//! Follows the guide from `aws-auth` to access entries with its own code. The tests of the resource check the access of
//! each role at every moment.

use serde_json::{Value, json};

use super::Guide;
use crate::support::cli::Cli;
use crate::support::features::{Feature, run_where_supported};
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;

const MAP: &str = "/api/v1/namespaces/kube-system/configmaps";
/// A trust policy that allows all principals.
const TRUST: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C\
                     %22Principal%22%3A%7B%22AWS%22%3A%22%2A%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";

/// Creates a role of the guide, whose name gets the name of the cluster.
fn role(cluster: &Cluster, path: &str, name: &str) -> String {
    let name = format!("{}-{name}", cluster.name);
    cluster.iam("CreateRole", &format!("RoleName={name}&Path={path}&AssumeRolePolicyDocument={TRUST}"));
    name
}

#[track_caller]
fn set_mode(cluster: &Cluster, mode: &str) {
    let path = format!("/clusters/{}", cluster.name);
    let change = json!({"accessConfig": {"authenticationMode": mode}});
    cluster.eks("POST", &format!("{path}/update-config"), &change);
    // The change ends when it is read.
    let found = cluster.eks("GET", &path, &json!({}));
    assert_eq!(found["cluster"]["accessConfig"]["authenticationMode"], json!(mode));
}

fn map_roles(cluster: &Cluster) -> String {
    let (_, map) = cluster.kubernetes("GET", &format!("{MAP}/aws-auth"), json!({}));
    map["data"]["mapRoles"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn entries_migrate_with_code_of_guide() {
    run_where_supported(Cli::Terraform115, &[Feature::Query], |cli| {
        let guide = Guide::read("access-entries");
        let mode = json!({"cluster_config": {"accessConfig": {"authenticationMode": "CONFIG_MAP"}}});
        let cluster = Cluster::seeded(mode);
        cluster.start_kubernetes(json!({}));
        let roles = [("%2F", "my-nodes"), ("%2Fteams%2F", "developers"), ("%2F", "admins")];
        let [nodes, developers, admins] = roles.map(|(path, name)| role(&cluster, path, name));
        let arn = |name: &str| format!("arn:aws:iam::{}:role/{name}", cluster.made("account"));
        let entries = json!([
            {"rolearn": arn(&nodes), "username": "system:node:{{EC2PrivateDNSName}}",
             "groups": ["system:bootstrappers", "system:nodes"]},
            {"rolearn": arn(&developers), "username": "developer", "groups": ["developers"]},
            {"rolearn": arn(&admins), "username": "admin", "groups": ["system:masters"]},
        ]);
        let map = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth"},
            "data": {"mapRoles": entries.to_string()},
        });
        let (status, answer) = cluster.kubernetes("POST", MAP, json!({"body": map}));
        assert_eq!(status, 201, "{answer}");
        let named = |code: &str| {
            code.replace("my-cluster", &cluster.name)
                .replace("role/my-nodes", &format!("role/{nodes}"))
                .replace("role/teams/developers", &format!("role/teams/{developers}"))
                .replace("role/admins", &format!("role/{admins}"))
                .replace("111122223333", cluster.made("account"))
        };
        let workspace = cluster.workspace(cli);
        guide.assert_formatted(&workspace);
        let apply = || {
            workspace.apply().success();
            workspace.plan().assert_no_changes();
        };

        workspace.write("all.tfquery.hcl", &named(&guide.terraform("Step 1")));
        workspace.run(&["query", "-json", "-generate-config-out=generated.tf"]).success();
        workspace.remove("all.tfquery.hcl");
        let plan = workspace.plan();
        assert_eq!(plan.actions().values().filter(|action| **action == Action::NoOp).count(), 3, "{}", plan.run);
        workspace.apply_plan().success();
        workspace.plan().assert_no_changes();

        set_mode(&cluster, "API_AND_CONFIG_MAP");
        workspace.plan().assert_no_changes();
        let moving = named(&guide.terraform("Step 3"));
        workspace.write("entries.tf", &moving);
        apply();
        let is_group = |line: &&str| !line.contains("moving-admins");
        let moved: Vec<_> = moving.lines().filter(is_group).collect();
        workspace.write("entries.tf", &(moved.join("\n") + "\n"));
        apply();

        // Step 5.
        workspace.remove("generated.tf");
        apply();
        let left = map_roles(&cluster);
        assert!([&nodes, &developers, &admins].iter().all(|role| !left.contains(*role)), "{left}");
        set_mode(&cluster, "API");
        workspace.plan().assert_no_changes();
        let listed = cluster.eks("GET", &format!("/clusters/{}/access-entries", cluster.name), &json!({}));
        let listed = listed["accessEntries"].as_array().into_iter().flatten();
        let listed: Vec<_> = listed.filter_map(Value::as_str).collect();
        for principal in [arn(&nodes), arn(&format!("teams/{developers}")), arn(&admins)] {
            assert!(listed.contains(&principal.as_str()), "{principal}: {listed:?}");
        }
    });
}
