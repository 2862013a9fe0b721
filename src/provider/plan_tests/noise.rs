//! The changes that a plan shows: the change itself, and the values that depend on it.

use serde_json::{Value as Json, json};

use super::{Planner, access_entry, fargate_profile, node_group};

/// An argument, a different value, and all other changes that the plan shows.
type Row = (&'static str, Json, &'static [&'static str]);

async fn shows(planner: &Planner, rows: Vec<Row>) {
    let prior = super::object(planner.block(), &planner.state);
    for (path, value, expected) in rows {
        let config = planner.config_with(path, Some(value));
        let found = planner.changes(&prior, &config).await;
        let own = path.replace('/', ".");
        let mut beside: Vec<_> = found.iter().filter(|change| !is_part(change, &own)).map(String::as_str).collect();
        beside.sort_unstable();
        assert_eq!(beside, expected, "{path}");
        assert!(beside.len() < found.len(), "{path} itself: {found:?}");
    }
}

/// Whether a change affects the argument, a part of it, or the set or list that contains it.
fn is_part(change: &str, argument: &str) -> bool {
    let change = change.trim_end_matches(" replaces").trim_end_matches('?');
    argument == change || change.starts_with(&format!("{argument}.")) || argument.starts_with(&format!("{change}."))
}

const MODIFIED: &[&str] = &["modified_at?"];

#[tokio::test]
async fn node_group_plan_shows_what_a_change_determines() {
    let planner = Planner::configured("ekscompute_node_group", node_group());
    let rows = vec![
        ("labels", json!({"team": "a"}), MODIFIED),
        ("taint", json!([]), MODIFIED),
        ("scaling_config/0/max_size", json!(5), MODIFIED),
        ("scaling_config/0/desired_size", json!(1), MODIFIED),
        ("update_config", json!([{"max_unavailable": 2}]), MODIFIED),
        ("node_repair_config/0/enabled", json!(false), MODIFIED),
        (
            "warm_pool_config",
            json!([{"min_size": 1, "max_group_prepared_capacity": 2, "pool_state": "STOPPED", "reuse_on_scale_in": true}]),
            MODIFIED,
        ),
        ("version", json!("1.34"), &["modified_at?"]),
        ("release_version", json!("1.33.5-20251001"), MODIFIED),
        ("tags", json!({"team": "a"}), &["modified_at?", "tags_all"]),
        ("auto_scaling_group_tags", json!({"team": "a"}), &[]),
        ("auto_scaling_group", json!([{"suspended_processes": ["AZRebalance"]}]), &[]),
        ("timeouts", json!({"update": "90m"}), &[]),
        ("force_update_version", json!(true), &[]),
        ("skip_preflight", json!(["all", "vcpu_quota"]), &[]),
    ];
    shows(&planner, rows).await;
}

#[tokio::test]
async fn node_group_status_that_is_not_settled_stays_open() {
    let mut state = node_group();
    state["status"] = json!("DEGRADED");
    state["health"] = json!([{"code": "AsgInstanceLaunchFailures", "message": "a", "resource_ids": ["i-1"]}]);
    let planner = Planner::configured("ekscompute_node_group", state);
    let rows = vec![
        ("labels", json!({"team": "a"}), &["health?", "modified_at?", "status?"][..]),
        ("timeouts", json!({"update": "90m"}), &[]),
    ];
    shows(&planner, rows).await;
}

/// Values that EKS selects are unknown again if an argument that determines them changes.
#[tokio::test]
async fn node_group_release_follows_the_version() {
    let planner = Planner::configured("ekscompute_node_group", node_group());
    let prior = super::object(planner.block(), &planner.state);
    let state = super::edited(&planner.state, "version", Some(json!("1.34")));
    let config = super::edited(&state, "release_version", None);
    let config = super::without_computed(planner.block(), &super::object(planner.block(), &config));
    assert_eq!(planner.changes(&prior, &config).await, ["modified_at?", "release_version?", "version"]);
}

#[tokio::test]
async fn fargate_profile_plan_shows_what_a_change_determines() {
    let planner = Planner::configured("ekscompute_fargate_profile", fargate_profile());
    let rows = vec![
        ("tags", json!({"team": "a"}), &["tags_all"][..]),
        ("timeouts", json!({"delete": "90m"}), &[]),
        ("skip_preflight", json!(["all", "subnets_private"]), &[]),
    ];
    shows(&planner, rows).await;
}

#[tokio::test]
async fn access_entry_plan_shows_what_a_change_determines() {
    let planner = Planner::configured("ekscompute_access_entry", access_entry());
    let rows = vec![
        ("tags", json!({"team": "a"}), &["modified_at?", "tags_all"][..]),
        ("adopt", json!(true), &[]),
        ("deletion_policy", json!("retain"), &[]),
        ("skip_lockout_guard", json!(true), &[]),
        ("timeouts", json!({"delete": "90m"}), &[]),
    ];
    shows(&planner, rows).await;
    // If the provider is not configured, the tags are unknown.
    let planner = Planner::unconfigured("ekscompute_access_entry", access_entry());
    let rows = vec![
        ("kubernetes_groups", json!(["ops"]), &["modified_at?", "tags_all?"][..]),
        ("user_name", json!("others"), &["modified_at?", "tags_all?"]),
        ("policy_association", json!([]), &["modified_at?", "tags_all?"]),
    ];
    shows(&planner, rows).await;
}

fn mapped(kind: &str) -> Json {
    let mut state = json!({
        "cluster_name": "blue", "username": "ops", "groups": ["ops"], "adopt": false, "skip_lockout_guard": false,
        "region": "eu-west-1", "id": format!("blue/arn:aws:iam::111122223333:{kind}/ops"),
    });
    state[format!("{kind}_arn")] = json!(format!("arn:aws:iam::111122223333:{kind}/ops"));
    if kind == "role" {
        state["mapped_role_arn"] = state["role_arn"].clone();
    }
    state
}

#[tokio::test]
async fn aws_auth_plan_shows_what_a_change_determines() {
    for (name, kind) in [("ekscompute_aws_auth_map_role", "role"), ("ekscompute_aws_auth_map_user", "user")] {
        let rows = vec![
            ("username", json!("others"), &[][..]),
            ("groups", json!(["others"]), &[]),
            ("adopt", json!(true), &[]),
            ("deletion_policy", json!("retain"), &[]),
            ("skip_lockout_guard", json!(true), &[]),
            ("timeouts", json!({"delete": "90m"}), &[]),
        ];
        shows(&Planner::unconfigured(name, mapped(kind)), rows).await;
    }
}

#[tokio::test]
async fn windows_support_plan_shows_what_a_change_determines() {
    let state = json!({
        "cluster_name": "blue", "force_conflicts": false, "region": "eu-west-1", "enabled": true, "id": "blue",
    });
    let rows = vec![("force_conflicts", json!(true), &[][..]), ("timeouts", json!({"delete": "90m"}), &[])];
    shows(&Planner::unconfigured("ekscompute_windows_support", state), rows).await;
}

fn node_class() -> Json {
    json!({
        "cluster_name": "blue", "name": "gpu", "controller": "karpenter", "region": "eu-west-1", "role": "node",
        "force_conflicts": false, "wait_for_ready": true, "default_volume": false,
        "subnet_selector_term": [{"id": "subnet-1"}], "security_group_selector_term": [{"id": "sg-1"}],
        "ami_selector_term": [{"alias": "al2023@latest"}],
        "block_device_mapping": [{"device_name": "/dev/xvda", "ebs": {"volume_size": "300Gi"}}],
        "resolved_amis": [{"id": "ami-1"}], "resolved_subnets": [{"id": "subnet-1", "zone": "eu-west-1a"}],
        "resolved_security_groups": [{"id": "sg-1"}], "resolved_capacity_reservations": [],
        "resolved_instance_profile": "node_1", "conditions": [{"type": "Ready", "status": "True"}], "generation": 1,
        "uid": "u-1", "id": "blue/karpenter/gpu",
    })
}

const SPEC: &[&str] = &["conditions?", "generation?"];

#[tokio::test]
async fn node_class_plan_shows_what_a_change_determines() {
    let planner = Planner::unconfigured("ekscompute_gpu_node_class", node_class());
    let rows = vec![
        ("object_labels", json!({"team": "a"}), &[][..]),
        ("object_annotations", json!({"team": "a"}), &[]),
        ("force_conflicts", json!(true), &[]),
        ("wait_for_ready", json!(false), &[]),
        ("skip_preflight", json!(["all"]), &[]),
        ("timeouts", json!({"delete": "90m"}), &[]),
        ("tags", json!({"team": "a"}), SPEC),
        ("kubelet", json!({"type": ["object", {"maxPods": "number"}], "value": {"maxPods": 20}}), SPEC),
        ("block_device_mapping", json!([{"device_name": "/dev/xvda", "ebs": {"volume_size": "400Gi"}}]), SPEC),
        ("role", json!("other"), &["conditions?", "generation?", "resolved_instance_profile?"]),
        ("ami_selector_term", json!([{"id": "ami-2"}]), &["conditions?", "generation?", "resolved_amis?"]),
        ("subnet_selector_term", json!([{"id": "subnet-2"}]), &["conditions?", "generation?", "resolved_subnets?"]),
        (
            "security_group_selector_term",
            json!([{"id": "sg-2"}]),
            &["conditions?", "generation?", "resolved_security_groups?"],
        ),
        (
            "capacity_reservation_selector_term",
            json!([{"id": "cr-1"}]),
            &["conditions?", "generation?", "resolved_capacity_reservations?"],
        ),
    ];
    shows(&planner, rows).await;
}

fn node_pool() -> Json {
    json!({
        "cluster_name": "blue", "name": "gpu", "controller": "karpenter", "node_class_name": "gpu", "region": "eu-west-1",
        "node_labels": {"nvidia.com/gpu.present": "true"}, "nvidia_taint": true,
        "force_conflicts": false, "wait_for_ready": true, "conditions": [{"type": "Ready", "status": "True"}],
        "node_count": 1, "resources": {"cpu": "4"}, "uid": "u-1", "id": "blue/karpenter/gpu",
        "gpu": {"names": ["l40s"]},
    })
}

const STATUS: &[&str] = &["conditions?", "node_count?", "resources?"];

#[tokio::test]
async fn node_pool_plan_shows_what_a_change_determines() {
    let planner = Planner::unconfigured("ekscompute_gpu_node_pool", node_pool());
    let rows = vec![
        ("force_conflicts", json!(true), &[][..]),
        ("wait_for_ready", json!(false), &[]),
        ("skip_preflight", json!(["all"]), &[]),
        ("timeouts", json!({"delete": "90m"}), &[]),
        ("object_labels", json!({"team": "a"}), &[]),
        ("node_labels", json!({"team": "a"}), STATUS),
        ("limits", json!({"cpu": "100"}), STATUS),
        ("weight", json!(5), STATUS),
        ("gpu", json!({"names": ["h100"]}), STATUS),
    ];
    shows(&planner, rows).await;
}
