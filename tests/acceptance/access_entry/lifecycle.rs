//! Create, plan again, change, replace, heal, destroy.

use serde_json::json;

use super::{ADDRESS, Entry, block, path, scope};
use crate::support::cli::Cli;
use crate::support::for_each_cli;
use crate::support::plan::Action;

for_each_cli! {
    #[everywhere]
    fn access_entry_create_change_replace_destroy(cli) {
        let entry = Entry::new(cli);
        let one = format!(
            "kubernetes_groups = [\"ops\", \"viewers\"]\nuser_name = \"ops:{{{{SessionName}}}}\"\ntags = {{ side = \"one\" }}\n{}{}",
            block("AmazonEKSViewPolicy", &[]),
            block("arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy", &["b", "a"]),
        );
        entry.configure(&one);
        entry.workspace.validate().success();
        let plan = entry.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::Create)]);
        let change = plan.change(ADDRESS);
        assert_eq!((&change["after"]["id"], &change["after"]["type"]), (&json!(entry.id()), &json!("STANDARD")));
        assert_eq!(change["after_unknown"]["access_entry_arn"], json!(true));
        entry.workspace.apply_plan().success();
        entry.workspace.plan().assert_no_changes();
        let both = [("AmazonEKSEditPolicy".to_owned(), scope(&["a", "b"])), ("AmazonEKSViewPolicy".to_owned(), scope(&[]))];
        assert_eq!(entry.policies(), both);
        let live = entry.live();
        assert_eq!((&live["kubernetesGroups"], &live["username"]), (&json!(["ops", "viewers"]), &json!("ops:{{SessionName}}")));

        // Groups, user name, policies, scopes and tags change in place.
        let other = format!(
            "kubernetes_groups = [\"viewers\"]\nuser_name = \"operator\"\ntags = {{ side = \"other\", other = \"1\" }}\n{}{}",
            block("AmazonEKSAdminPolicy", &["c"]),
            block("AmazonEKSEditPolicy", &[]),
        );
        entry.configure(&other);
        entry.assert_plan(Action::Update);
        entry.apply();
        let both = [("AmazonEKSAdminPolicy".to_owned(), scope(&["c"])), ("AmazonEKSEditPolicy".to_owned(), scope(&[]))];
        assert_eq!(entry.policies(), both);
        let live = entry.live();
        assert_eq!((&live["kubernetesGroups"], &live["username"]), (&json!(["viewers"]), &json!("operator")));
        assert_eq!(live["tags"], json!({"side": "other", "other": "1"}));

        // What is written no more is taken away: groups, the last policy, tags.
        entry.configure("");
        entry.assert_plan(Action::Update);
        entry.apply();
        assert_eq!((entry.policies(), &entry.live()["kubernetesGroups"]), (Vec::new(), &json!([])));
        assert_eq!(entry.cluster.count("eks:CreateAccessEntry"), 1);

        entry.configure("type = \"EC2_LINUX\"\n");
        entry.assert_plan(Action::Replace);
        entry.apply();
        let attributes = entry.attributes();
        assert_eq!(attributes["user_name"], json!("system:node:{{EC2PrivateDNSName}}"));
        entry.destroy();
    }
}

#[test]
fn access_entry_drift_and_deletion_are_corrected() {
    let entry = Entry::new(Cli::OnPath);
    let provider = "provider \"ekscompute\" {\n  default_tags {\n    tags = { owner = \"platform\" }\n  }\n}\n";
    entry.workspace.write("provider.tf", provider);
    let arguments = format!(
        "kubernetes_groups = [\"ops\"]\nuser_name = \"ops\"\ntags = {{ team = \"a\" }}\n{}{}",
        block("AmazonEKSViewPolicy", &["a"]),
        block("AmazonEKSEditPolicy", &["a"])
    );
    entry.create(&arguments);
    let made = (entry.policies(), entry.live()["kubernetesGroups"].clone());
    assert_eq!(entry.attributes()["tags_all"], json!({"owner": "platform", "team": "a"}));

    let change = json!({"kubernetesGroups": ["ops", "more"], "username": "other"});
    entry.cluster.eks("POST", &path(&entry.cluster, &entry.role), &change);
    entry.associate("AmazonEKSViewPolicy", &json!({"type": "cluster"}));
    entry.associate("AmazonEKSAdminPolicy", &json!({"type": "cluster"}));
    entry.disassociate("AmazonEKSEditPolicy");
    let plan = entry.workspace.plan();
    plan.assert_actions(&[(ADDRESS, Action::Update)]);
    let before = &plan.change(ADDRESS)["before"];
    assert_eq!((&before["kubernetes_groups"], &before["user_name"]), (&json!(["more", "ops"]), &json!("other")));
    let policies = before["policy_association"].to_string();
    assert!(policies.contains("AmazonEKSAdminPolicy") && !policies.contains("AmazonEKSEditPolicy"), "{policies}");
    entry.apply();
    assert_eq!((entry.policies(), entry.live()["kubernetesGroups"].clone()), made);
    assert_eq!(entry.live()["username"], json!("ops"));

    // All of them are taken away, and seen so by a refresh of its own.
    entry.disassociate("AmazonEKSEditPolicy");
    entry.disassociate("AmazonEKSViewPolicy");
    entry.workspace.refresh().success();
    entry.assert_plan(Action::Update);
    entry.apply();
    assert_eq!(entry.policies(), made.0);

    entry.cluster.eks("DELETE", &path(&entry.cluster, &entry.role), &json!({}));
    entry.assert_plan(Action::Create);
    entry.apply();
    assert_eq!(entry.policies(), made.0);
    entry.cluster.eks("DELETE", &path(&entry.cluster, &entry.role), &json!({}));
    entry.destroy();
}

#[test]
fn external_policies_are_ignored_until_policy_association_is_configured() {
    let entry = Entry::new(Cli::OnPath);
    entry.create("");
    entry.associate("AmazonEKSAdminPolicy", &json!({"type": "cluster"}));
    entry.workspace.plan().assert_no_changes();
    entry.create("tags = { a = \"1\" }\n");
    assert_eq!(entry.policies(), [("AmazonEKSAdminPolicy".to_owned(), scope(&[]))]);

    entry.configure(&block("AmazonEKSViewPolicy", &[]));
    let plan = entry.workspace.plan();
    plan.assert_actions(&[(ADDRESS, Action::Update)]);
    let warned = plan.warnings().iter().any(|each| each.detail.contains("AmazonEKSAdminPolicy will be removed"));
    assert!(warned, "{}", plan.run);
    entry.workspace.apply_plan().success();
    assert_eq!(entry.policies(), [("AmazonEKSViewPolicy".to_owned(), scope(&[]))]);
    entry.destroy();
}

#[test]
fn access_entry_of_an_unknown_cluster_and_role_plans_and_applies_in_one_go() {
    let entry = Entry::new(Cli::OnPath);
    let known = format!(
        "resource \"terraform_data\" \"made\" {{\n  input = {{\n    name = \"{}\"\n    role = \"{}\"\n    group = \"ops\"\n    \
         policy = \"AmazonEKSViewPolicy\"\n    space = \"a\"\n    type = \"STANDARD\"\n  }}\n}}\n",
        entry.cluster.name, entry.role
    );
    let resource = r#"
resource "ekscompute_access_entry" "this" {
  cluster_name      = terraform_data.made.output.name
  principal_arn     = terraform_data.made.output.role
  type              = terraform_data.made.output.type
  kubernetes_groups = [terraform_data.made.output.group]
  tags              = { role = terraform_data.made.output.role }

  policy_association {
    policy_arn = terraform_data.made.output.policy
    access_scope {
      type       = "namespace"
      namespaces = [terraform_data.made.output.space]
    }
  }
  dynamic "policy_association" {
    for_each = toset([terraform_data.made.output.space])
    content {
      policy_arn = "AmazonEKSEditPolicy"
      access_scope {
        type       = "namespace"
        namespaces = [policy_association.value]
      }
    }
  }
}
"#;
    entry.workspace.write("main.tf", &format!("{known}{resource}"));
    let plan = entry.workspace.plan();
    plan.assert_actions(&[(ADDRESS, Action::Create), ("terraform_data.made", Action::Create)]);
    entry.workspace.apply_plan().success();
    entry.workspace.plan().assert_no_changes();
    assert_eq!(entry.policies().len(), 2);
    entry.destroy();

    // A name that is known of a cluster that is not there yet does not break the plan either.
    entry.workspace.write("main.tf", &entry.resource("").replacen(&entry.cluster.name, "not-yet", 1));
    entry.assert_plan(Action::Create);
}
