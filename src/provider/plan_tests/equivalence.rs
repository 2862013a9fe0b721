//! Null, empty, zero, and an unset argument are equivalent wherever the SDK of the AWS provider treats them as equal.
//! All forms of arguments are compared with all forms that a state can have.

use serde_json::{Value as Json, json};

use super::{Planner, access_entry, fargate_profile, node_group};
use framework::value::Value;

/// An argument: its path, its zero value, and another value.
type Row = (&'static str, fn() -> Json, fn() -> Json);

const NODE_GROUP: &[Row] = &[
    ("node_group_name_prefix", || json!(""), || json!("work")),
    ("disk_size", || json!(0), || json!(50)),
    ("instance_types", || json!([]), || json!(["m5.large"])),
    ("ami_type", || json!(""), || json!("AL2023_ARM_64_STANDARD")),
    ("capacity_type", || json!(""), || json!("SPOT")),
    ("labels", || json!({}), || json!({"team": "a"})),
    ("version", || json!(""), || json!("1.34")),
    ("release_version", || json!(""), || json!("1.33.5-20251001")),
    ("force_update_version", || json!(false), || json!(true)),
    ("update_config", || json!([]), || json!([{"max_unavailable": 2}])),
    ("auto_scaling_group_tags", || json!({}), || json!({"team": "a"})),
    ("auto_scaling_group/0/enabled_metrics", || json!([]), || json!(["GroupMinSize"])),
    ("auto_scaling_group/0/suspended_processes", || json!([]), || json!(["AZRebalance"])),
    (
        "auto_scaling_group/0/target_group_arns",
        || json!([]),
        || json!(["arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0123456789abcdef"]),
    ),
    ("auto_scaling_group/0/termination_policies", || json!([]), || json!(["Default"])),
    ("skip_preflight", || json!([]), || json!(["vcpu_quota"])),
    ("tags", || json!({}), || json!({"team": "a"})),
    ("remote_access/0/ec2_ssh_key", || json!(""), || json!("other")),
    ("remote_access/0/source_security_group_ids", || json!([]), || json!(["sg-1"])),
    ("node_repair_config/0/enabled", || json!(false), || json!(true)),
    ("node_repair_config/0/max_parallel_nodes_repaired_count", || json!(0), || json!(1)),
    ("node_repair_config/0/max_parallel_nodes_repaired_percentage", || json!(0), || json!(1)),
    ("node_repair_config/0/max_unhealthy_node_threshold_count", || json!(0), || json!(1)),
    ("node_repair_config/0/max_unhealthy_node_threshold_percentage", || json!(0), || json!(1)),
    ("taint/0/value", || json!(""), || json!("a")),
];

const FARGATE_PROFILE: &[Row] = &[
    ("subnet_ids", || json!([]), || json!(["subnet-2"])),
    ("skip_preflight", || json!([]), || json!(["subnets_private"])),
    ("tags", || json!({}), || json!({"team": "a"})),
    ("selector/0/labels", || json!({}), || json!({"team": "a"})),
];

const ACCESS_ENTRY: &[Row] = &[
    ("user_name", || json!(""), || json!("others")),
    ("tags", || json!({}), || json!({"team": "a"})),
    ("policy_association/0/access_scope/0/namespaces", || json!([]), || json!(["a"])),
];

/// The argument without an index, as in displayed changes.
fn shown(path: &str) -> String {
    path.replace('/', ".")
}

/// Each form keeps a state with the zero value, and changes a state with null only in its form.
async fn forms_are_equivalent(planner: Planner, rows: &[Row]) {
    for (path, zero, _) in rows {
        let forms = [("absent", None), ("null", Some(Json::Null)), ("zero", Some(zero()))];
        for (stored, state) in &forms {
            for (written, config) in &forms {
                let case = format!("{path}: {written} in the configuration, {stored} in the state");
                let prior = planner.state_with(path, state.clone());
                let changes = planner.changes(&prior, &planner.config_with(path, config.clone())).await;
                let only_written = *written == "zero" && *stored != "zero";
                // The elements of a set have no paths, so they are not compared.
                let allowed = if only_written { vec![shown(path)] } else { vec![] };
                assert!(changes.is_empty() || changes == allowed, "{case}: {changes:?}");
            }
        }
    }
}

/// Setting a value is a change of an unset argument, and removing it is one of a set argument, unless the value is
/// computed.
async fn values_are_changes(planner: Planner, rows: &[Row], decided: &[&str]) {
    for (path, zero, value) in rows {
        let top = path.split('/').next().unwrap_or(path);
        for state in [None, Some(zero())] {
            let prior = planner.state_with(path, state);
            let plan = planner.plan(&prior, &planner.config_with(path, Some(value()))).await.planned.expect("a plan");
            assert_ne!(plan.member(top), prior.member(top), "{path} is set");
        }
        for config in [None, Some(zero())] {
            let prior = planner.state_with(path, Some(value()));
            let plan = planner.plan(&prior, &planner.config_with(path, config)).await.planned.expect("a plan");
            assert_eq!(plan.member(top) == prior.member(top), decided.contains(path), "{path} is removed");
        }
    }
}

const DECIDED: &[&str] = &[
    "node_group_name_prefix",
    "disk_size",
    "instance_types",
    "ami_type",
    "capacity_type",
    "version",
    "release_version",
    "update_config",
    "subnet_ids",
    "user_name",
];

#[tokio::test]
async fn node_group_forms_are_equivalent() {
    forms_are_equivalent(Planner::configured("ekscompute_node_group", node_group()), NODE_GROUP).await;
    values_are_changes(Planner::unconfigured("ekscompute_node_group", node_group()), NODE_GROUP, DECIDED).await;
}

#[tokio::test]
async fn fargate_profile_forms_are_equivalent() {
    let (name, state) = ("ekscompute_fargate_profile", fargate_profile());
    forms_are_equivalent(Planner::configured(name, state.clone()), FARGATE_PROFILE).await;
    values_are_changes(Planner::unconfigured(name, state), FARGATE_PROFILE, DECIDED).await;
}

#[tokio::test]
async fn access_entry_forms_are_equivalent() {
    let (name, state) = ("ekscompute_access_entry", access_entry());
    forms_are_equivalent(Planner::configured(name, state.clone()), ACCESS_ENTRY).await;
    values_are_changes(Planner::unconfigured(name, state), ACCESS_ENTRY, DECIDED).await;
}

#[tokio::test]
async fn null_map_member_is_an_absent_key() {
    let planner = Planner::configured("ekscompute_node_group", node_group());
    let with_null = json!({"team": "a", "stage": null});
    for path in ["labels", "tags", "auto_scaling_group_tags"] {
        let mut state = planner.state_with(path, Some(json!({"team": "a"})));
        if let (Value::Object(members), "tags") = (&mut state, path) {
            members.insert("tags_all".to_owned(), members["tags"].clone());
        }
        let config = planner.config_with(path, Some(with_null.clone()));
        assert_eq!(planner.changes(&state, &config).await, Vec::<String>::new(), "{path}");
        let creating = Planner::unconfigured("ekscompute_node_group", node_group());
        let created = creating.plan(&Value::Null, &config).await.planned.expect("a plan");
        assert_eq!(created.member(path), config.member(path), "Terraform core requires the configured value: {path}");
    }
}
