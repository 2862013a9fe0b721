use super::*;
use framework::path::Path;
use preflight::Effect;

fn label(name: &str) -> Label {
    Label { text: format!("node group blue:{name}"), is_unique: true }
}

fn verdict(found: &str) -> CheckFinding {
    CheckFinding {
        check: "role_exists",
        effect: Effect::BlocksApply,
        path: Path::attribute("node_role_arn"),
        summary: "Role does not exist".to_owned(),
        found: found.to_owned(),
        items: Vec::new(),
        why: "That matters.".to_owned(),
        fix: "Do this.".to_owned(),
    }
}

fn unreadable(check: &'static str, action: &'static str, cause: Cause) -> (&'static str, Unreadable) {
    (check, Unreadable { action, cause, message: format!("{action} said no") })
}

fn report(unread: Vec<(&'static str, Unreadable)>, to_allow: &[&'static str]) -> CheckReport {
    CheckReport { unread, to_allow: to_allow.iter().copied().collect(), ..CheckReport::default() }
}

#[test]
fn each_cause_is_explained_once() {
    let reported = ReportedOnce::default();
    let first = reported.finding(&label("a"), &verdict("No role x."), true, "Apply stops.");
    assert_eq!(first.path, Some(Path::attribute("node_role_arn")));
    let start = "No role x. That matters.\n\nDo this.\n\nApply stops.\n\nPreflight check: role_exists.";
    assert!(first.detail.starts_with(start), "{}", first.detail);
    let second = reported.finding(&label("b"), &verdict("No role x."), true, "Apply stops.");
    let address =
        "https://registry.terraform.io/providers/ekscompute/ekscompute/latest/docs/guides/preflight#role_exists";
    assert_eq!(second.detail, "Same cause as reported for node group blue:a.");
    assert!(first.detail.ends_with(address), "{}", first.detail);
    assert_eq!((second.summary, second.path), (first.summary.clone(), first.path.clone()));
    assert_eq!(reported.finding(&label("a"), &verdict("No role x."), true, "Apply stops."), first, "planned twice");
    let other = reported.finding(&label("b"), &verdict("No role y."), true, "");
    assert!(other.detail.contains("Do this."), "{}", other.detail);
    let warning = reported.finding(&label("b"), &verdict("No role x."), false, "");
    let further = reported.finding(&label("c"), &verdict("No role x."), false, "");
    assert_eq!(further.summary, "Role does not exist (same cause)", "Terraform would show one of both");
    assert!(warning.detail.contains("Do this.") && !Diagnostics::from(warning).has_error());
}

#[test]
fn unnamed_resources_share_an_explanation() {
    let reported = ReportedOnce::default();
    let unnamed = Label { text: "another node group of cluster blue".to_owned(), is_unique: false };
    reported.finding(&unnamed, &verdict("No role x."), true, "");
    let second = reported.finding(&unnamed, &verdict("No role x."), true, "");
    assert!(second.detail.starts_with("Same cause as reported for another node group of cluster blue."));
}

#[test]
fn denied_actions_are_one_warning_with_a_statement() {
    let reported = ReportedOnce::default();
    let roles = unreadable("role_exists", "iam:GetRole", Cause::Denied);
    let subnets = unreadable("subnets_exist", "ec2:DescribeSubnets", Cause::Denied);
    let both = report(vec![roles.clone(), subnets], &["iam:GetRole", "ec2:DescribeSubnets", "ec2:DescribeVpcs"]);
    let first = reported.unread(&both);
    let [warning] = first.iter().collect::<Vec<_>>()[..] else { panic!("{first:?}") };
    assert!(warning.detail.contains("iam:GetRole said no") && !first.has_error(), "{warning:?}");
    assert!(warning.detail.contains("role_exists, subnets_exist"), "{warning:?}");
    let start = warning.detail.find("  {\n").expect("a statement");
    let end = warning.detail.find("  }\n").expect("its end") + 3;
    let statement: serde_json::Value = serde_json::from_str(&warning.detail[start..end]).expect("JSON");
    let actions = ["ec2:DescribeSubnets", "ec2:DescribeVpcs", "iam:GetRole"];
    assert_eq!(statement, json!({"Effect": "Allow", "Action": actions, "Resource": "*"}));

    assert!(reported.unread(&both).is_empty(), "of another resource");
    let keys = unreadable("volume_key", "kms:DescribeKey", Cause::Denied);
    let later = reported.unread(&report(vec![roles, keys], &["iam:GetRole", "kms:DescribeKey"]));
    let details: Vec<_> = later.iter().map(|each| (each.summary.as_str(), each.detail.as_str())).collect();
    assert_eq!(details.len(), 1);
    assert_ne!(details[0].0, warning.summary, "Terraform would show one of them");
    assert!(details[0].1.contains("also add kms:DescribeKey to the policy statement"), "{details:?}");
}

#[test]
fn failures_are_reported_once_per_service() {
    let reported = ReportedOnce::default();
    let failed = report(vec![unreadable("subnets_exist", "ec2:DescribeSubnets", Cause::Failed)], &[]);
    let first = reported.unread(&failed);
    let summaries: Vec<_> = first.iter().map(|each| each.summary.as_str()).collect();
    assert_eq!(summaries, ["Preflight checks skipped: ec2:DescribeSubnets failed"]);
    assert!(reported.unread(&failed).is_empty());
    let map = "reading aws-auth";
    let denied = reported.unread(&report(vec![unreadable("role_mapping", map, Cause::Denied)], &[]));
    assert!(denied.iter().all(|each| each.summary.ends_with("aws-auth is not allowed")) && !denied.is_empty());
}

#[test]
fn credentials_that_do_not_work_are_one_error() {
    let reported = ReportedOnce::default();
    let report = report(vec![unreadable("role_exists", "iam:GetRole", Cause::Caller)], &[]);
    let first = reported.unread(&report);
    assert!(first.has_error() && first.iter().count() == 1);
    assert!(reported.unread(&report).is_empty());
}
