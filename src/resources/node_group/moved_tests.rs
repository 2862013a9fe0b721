use super::*;

fn moved(source: Json) -> Json {
    (from_aws().convert)(0, source).unwrap()
}

fn usual() -> Json {
    json!({
        "ami_type": "AL2023_x86_64_STANDARD",
        "arn": "arn:aws:eks:eu-west-1:123456789012:nodegroup/blue/workers/aac4b1ae-0f1c-4c61-9e4b-2a8b57a1c3f0",
        "capacity_type": "ON_DEMAND", "cluster_name": "blue", "disk_size": 20, "id": "blue:workers",
        "instance_types": ["t3.medium"], "node_group_name": "workers", "node_group_name_prefix": "",
        "node_role_arn": "arn:aws:iam::123456789012:role/nodes", "release_version": "1.33.4-20250904",
        "resources": [{"autoscaling_groups": [{"name": "eks-workers-aac4b1ae"}], "remote_access_security_group_id": ""}],
        "scaling_config": [{"desired_size": 0, "max_size": 2, "min_size": 0}],
        "status": "ACTIVE", "subnet_ids": ["subnet-1", "subnet-2"], "version": "1.33",
    })
}

fn usual_with(members: Json) -> Json {
    let mut source = usual();
    source.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    source
}

#[test]
fn state_from_6_66_is_moved_without_differences() {
    let source = usual_with(json!({
        "force_update_version": null, "labels": {}, "launch_template": [], "node_repair_config": [], "region": "eu-west-1",
        "remote_access": [], "tags": {"team": "x"}, "tags_all": {"team": "x", "stage": "test"},
        "taint": [{"effect": "NO_SCHEDULE", "key": "gpu", "value": ""}],
        "timeouts": {"create": null, "delete": "90m", "update": null},
        "update_config": [{"max_unavailable": 1, "max_unavailable_percentage": 0, "update_strategy": ""}],
        "warm_pool_config": [],
    }));
    let mut expected = source.clone();
    let members = json!({
        "ami_update_policy": "pinned",
        "resources": [{"autoscaling_groups": [{"name": "eks-workers-aac4b1ae"}], "remote_access_security_group_id": null}],
        "update_config": [{"max_unavailable": 1, "max_unavailable_percentage": null, "update_strategy": null}],
    });
    expected.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    assert_eq!(moved(source), expected);
}

#[test]
fn launch_template_repair_and_warm_pool_are_kept() {
    let source = usual_with(json!({
        "ami_type": "CUSTOM", "disk_size": 0, "instance_types": [], "release_version": "ami-0123456789abcdef0", "version": "",
        "launch_template": [{"id": "lt-0a1b", "name": "nodes", "version": "$Latest"}],
        "node_repair_config": [{
            "enabled": true, "max_parallel_nodes_repaired_count": 0, "max_parallel_nodes_repaired_percentage": 25,
            "max_unhealthy_node_threshold_count": 3, "max_unhealthy_node_threshold_percentage": 0,
            "node_repair_config_overrides": [{
                "min_repair_wait_time_mins": 10, "node_monitoring_condition": "NetworkingReady",
                "node_unhealthy_reason": "InterfaceNotUp", "repair_action": "Reboot",
            }],
        }],
        "warm_pool_config": [{
            "max_group_prepared_capacity": 0, "min_size": 0, "pool_state": "STOPPED", "reuse_on_scale_in": false,
        }],
    }));
    let moved = moved(source);
    assert_eq!(moved["launch_template"], json!([{"id": "lt-0a1b", "name": "nodes", "version": "$Latest"}]));
    assert_eq!(moved["node_repair_config"][0]["max_unhealthy_node_threshold_count"], json!(3));
    let pool = json!([{
        "max_group_prepared_capacity": null, "min_size": 0, "pool_state": "STOPPED", "reuse_on_scale_in": false,
    }]);
    assert_eq!(moved["warm_pool_config"], pool);
}

#[test]
fn state_of_5_lacks_region_and_newer_blocks() {
    let source = usual_with(json!({
        "force_update_version": false, "labels": {"role": "web", "empty": ""}, "launch_template": [],
        "node_repair_config": [{"enabled": true}], "tags": null, "tags_all": {},
        "remote_access": [{"ec2_ssh_key": "key", "source_security_group_ids": []}], "taint": [], "timeouts": null,
        "update_config": [{"max_unavailable": 0, "max_unavailable_percentage": 33}],
    }));
    let moved = moved(source);
    assert_eq!(moved["labels"], json!({"role": "web", "empty": ""}), "a label can have an empty value");
    assert_eq!(moved["force_update_version"], json!(false));
    assert_eq!(moved["tags_all"], json!({}));
    assert_eq!(moved["update_config"], json!([{"max_unavailable": null, "max_unavailable_percentage": 33}]));
    assert_eq!(moved["node_repair_config"], json!([{"enabled": true}]));
}

#[test]
fn timeouts_without_a_value_are_no_block() {
    let moved = moved(usual_with(json!({"timeouts": {"create": null, "delete": null, "update": null}})));
    assert_eq!(moved["timeouts"], Json::Null);
}

#[test]
fn unsupported_state_is_rejected_with_import_instructions() {
    for (version, source) in [(1, usual()), (0, json!([]))] {
        let diagnostics = (from_aws().convert)(version, source).unwrap_err();
        let text = format!("{diagnostics:?}");
        assert!(text.contains("import block") && text.contains("removed block"), "{text}");
    }
}
