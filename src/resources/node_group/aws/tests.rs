use serde_json::{Value as Json, json};

use super::super::client::{
    Issue, Repair, RepairOverride, Scaling, Taint, Template, UpdateSettings, UpdateStatus, WarmPool,
};
use super::*;
use clients::aws::script::{Script, ok};
use clients::errors::ErrorKind;

fn client(script: &Script) -> AwsNodeGroups {
    let config = script.config();
    AwsNodeGroups::new(Services {
        eks: aws_sdk_eks::Client::new(&config),
        ec2: aws_sdk_ec2::Client::new(&config),
        ssm: aws_sdk_ssm::Client::new(&config),
        auto_scaling: aws_sdk_autoscaling::Client::new(&config),
    })
}

fn least() -> Json {
    json!({
        "clusterName": "blue", "nodegroupName": "workers", "status": "CREATING",
        "nodegroupArn": "arn:aws:eks:eu-west-1:123456789012:nodegroup/blue/workers/1",
        "nodeRole": "arn:aws:iam::123456789012:role/nodes",
    })
}

#[tokio::test]
async fn node_group_is_read_whole() {
    let mut answer = least();
    answer.as_object_mut().unwrap().extend(
        json!({
            "status": "HIBERNATING", "version": "1.33", "releaseVersion": "1.33.4-20250904",
            "createdAt": 1_757_000_000.25, "modifiedAt": 1_757_000_001,
            "capacityType": "LEASED", "amiType": "AL2099_x86_64",
            "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 2},
            "instanceTypes": ["m7i.large", "m6i.large"], "subnets": ["subnet-2", "subnet-1"],
            "remoteAccess": {"ec2SshKey": "key", "sourceSecurityGroups": ["sg-1"]},
            "labels": {"b": "2", "a": "1"},
            "taints": [{"key": "gpu", "effect": "NO_BREAKFAST"}, {"key": "a", "value": "b", "effect": "NO_EXECUTE"}],
            "resources": {"autoScalingGroups": [{"name": "eks-1"}], "remoteAccessSecurityGroup": "sg-9"},
            "diskSize": 20,
            "health": {"issues": [{"code": "QuantumFailure", "message": "m", "resourceIds": ["i-1"]}]},
            "updateConfig": {"maxUnavailablePercentage": 25, "updateStrategy": "MINIMAL"},
            "nodeRepairConfig": {
                "enabled": true, "maxUnhealthyNodeThresholdCount": 4, "maxParallelNodesRepairedPercentage": 10,
                "nodeRepairConfigOverrides": [{
                    "nodeMonitoringCondition": "NetworkingReady", "nodeUnhealthyReason": "Slow",
                    "minRepairWaitTimeMins": 7, "repairAction": "Reboot",
                }],
            },
            "launchTemplate": {"id": "lt-1", "name": "nodes", "version": "4"},
            "warmPoolConfig": {"enabled": true, "minSize": 1, "poolState": "STOPPED", "reuseOnScaleIn": false},
            "tags": {"team": "x"},
        })
        .as_object()
        .unwrap()
        .clone(),
    );
    let script = Script::answering([ok(&json!({"nodegroup": answer}))]);
    let group = client(&script).describe("blue", "workers").await.unwrap();

    assert_eq!(script.sent()[0].path, "/clusters/blue/node-groups/workers");
    let text = |text: &str| Some(text.to_owned());
    let expected = NodeGroup {
        cluster_name: "blue".to_owned(),
        node_group_name: "workers".to_owned(),
        arn: "arn:aws:eks:eu-west-1:123456789012:nodegroup/blue/workers/1".to_owned(),
        status: "HIBERNATING".into(),
        version: text("1.33"),
        release_version: text("1.33.4-20250904"),
        created_at: text("2025-09-04T15:33:20.25Z"),
        modified_at: text("2025-09-04T15:33:21Z"),
        capacity_type: text("LEASED"),
        scaling: Some(Scaling { min: Some(1), max: Some(3), desired: Some(2) }),
        instance_types: vec!["m7i.large".to_owned(), "m6i.large".to_owned()],
        subnets: vec!["subnet-2".to_owned(), "subnet-1".to_owned()],
        remote_access: Some(super::super::client::RemoteAccess {
            ec2_ssh_key: text("key"),
            source_security_groups: vec!["sg-1".to_owned()],
        }),
        ami_type: text("AL2099_x86_64"),
        node_role: "arn:aws:iam::123456789012:role/nodes".to_owned(),
        labels: [("a", "1"), ("b", "2")].map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        taints: vec![
            Taint { key: "gpu".to_owned(), value: None, effect: "NO_BREAKFAST".to_owned() },
            Taint { key: "a".to_owned(), value: text("b"), effect: "NO_EXECUTE".to_owned() },
        ],
        auto_scaling_groups: vec!["eks-1".to_owned()],
        remote_access_security_group: text("sg-9"),
        disk_size: Some(20),
        health: vec![Issue {
            code: "QuantumFailure".to_owned(),
            message: "m".to_owned(),
            resource_ids: vec!["i-1".to_owned()],
        }],
        update_config: Some(UpdateSettings {
            max_unavailable: None,
            max_unavailable_percentage: Some(25),
            strategy: text("MINIMAL"),
        }),
        repair: Some(Repair {
            enabled: Some(true),
            max_unhealthy_count: Some(4),
            max_parallel_percentage: Some(10),
            overrides: vec![RepairOverride {
                node_monitoring_condition: "NetworkingReady".to_owned(),
                node_unhealthy_reason: "Slow".to_owned(),
                min_repair_wait_time_mins: 7,
                repair_action: "Reboot".to_owned(),
            }],
            ..Repair::default()
        }),
        launch_template: Some(Template { id: text("lt-1"), name: text("nodes"), version: text("4") }),
        warm_pool: Some(WarmPool {
            enabled: Some(true),
            max_group_prepared_capacity: None,
            min_size: Some(1),
            pool_state: text("STOPPED"),
            reuse_on_scale_in: Some(false),
        }),
        tags: [("team".to_owned(), "x".to_owned())].into(),
    };
    assert_eq!(group, expected);
}

#[tokio::test]
async fn creation_sends_what_is_given_and_nothing_else() {
    let script = Script::answering([ok(&json!({"nodegroup": least()})), ok(&json!({"nodegroup": least()}))]);
    let client = client(&script);
    let mut request = CreateNodeGroup {
        cluster_name: "blue".to_owned(),
        node_group_name: "workers".to_owned(),
        client_request_token: "token-1".to_owned(),
        scaling: Scaling { min: Some(0), max: Some(2), desired: Some(0) },
        subnets: vec!["subnet-1".to_owned()],
        node_role: "arn:aws:iam::123456789012:role/nodes".to_owned(),
        ..CreateNodeGroup::default()
    };
    let created = client.create(&request).await.unwrap();
    assert_eq!((created.status.as_str(), created.taints.len()), ("CREATING", 0));
    request.ami_type = Some("AL2099_x86_64".to_owned());
    request.taints = vec![Taint { key: "gpu".to_owned(), value: None, effect: "NO_SCHEDULE".to_owned() }];
    request.warm_pool = Some(WarmPool { enabled: Some(true), ..WarmPool::default() });
    client.create(&request).await.unwrap();

    let sent = script.sent();
    assert_eq!((sent[0].method.as_str(), sent[0].path.as_str()), ("POST", "/clusters/blue/node-groups"));
    let mut expected = json!({
        "clientRequestToken": "token-1", "nodegroupName": "workers", "subnets": ["subnet-1"],
        "nodeRole": "arn:aws:iam::123456789012:role/nodes",
        "scalingConfig": {"minSize": 0, "maxSize": 2, "desiredSize": 0},
    });
    assert_eq!(sent[0].json(), expected);
    expected["amiType"] = json!("AL2099_x86_64");
    expected["taints"] = json!([{"key": "gpu", "effect": "NO_SCHEDULE"}]);
    expected["warmPoolConfig"] = json!({"enabled": true});
    assert_eq!(sent[1].json(), expected);
}

#[tokio::test]
async fn oversized_scaling_value_is_rejected_before_request() {
    let script = Script::default();
    let scaling = Scaling { min: Some(0), max: Some(1 << 31), desired: Some(0) };
    let error = client(&script).create(&CreateNodeGroup { scaling, ..CreateNodeGroup::default() }).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("max_size is 2147483648"), "{}", error.message);
    assert_eq!(script.sent(), []);
}

#[tokio::test]
async fn updates_send_only_what_changes() {
    let update = json!({"update": {"id": "update-1", "status": "InProgress"}});
    let script = Script::answering([ok(&update), ok(&update)]);
    let client = client(&script);
    let request = ConfigUpdate {
        cluster_name: "blue".to_owned(),
        node_group_name: "workers".to_owned(),
        client_request_token: "token-2".to_owned(),
        remove_labels: vec!["old".to_owned()],
        scaling: Some(Scaling { min: None, max: Some(9), desired: None }),
        warm_pool: Some(WarmPool { enabled: Some(false), ..WarmPool::default() }),
        ..ConfigUpdate::default()
    };
    assert_eq!(client.update_config(&request).await.unwrap(), "update-1");
    let request = VersionUpdate {
        cluster_name: "blue".to_owned(),
        node_group_name: "workers".to_owned(),
        client_request_token: "token-3".to_owned(),
        launch_template: Some(Template { id: Some("lt-1".to_owned()), name: None, version: Some("5".to_owned()) }),
        force: true,
        ..VersionUpdate::default()
    };
    assert_eq!(client.update_version(&request).await.unwrap(), "update-1");

    let sent = script.sent();
    assert_eq!(sent[0].path, "/clusters/blue/node-groups/workers/update-config");
    let expected = json!({
        "clientRequestToken": "token-2", "labels": {"removeLabels": ["old"]}, "scalingConfig": {"maxSize": 9},
        "warmPoolConfig": {"enabled": false},
    });
    assert_eq!(sent[0].json(), expected);
    assert_eq!(sent[1].path, "/clusters/blue/node-groups/workers/update-version");
    let expected = json!({
        "clientRequestToken": "token-3", "launchTemplate": {"id": "lt-1", "version": "5"}, "force": true,
    });
    assert_eq!(sent[1].json(), expected);
}

#[tokio::test]
async fn failed_update_is_read_with_its_errors() {
    let script = Script::answering([ok(&json!({"update": {
        "id": "update-1", "status": "Failed", "type": "VersionUpdate",
        "errors": [{"errorCode": "PodEvictionFailure", "errorMessage": "m", "resourceIds": ["i-1"]}],
    }}))]);
    let update = client(&script).describe_update("blue", "workers", "update-1").await.unwrap();
    assert_eq!(script.sent()[0].path, "/clusters/blue/updates/update-1?nodegroupName=workers");
    let errors = vec![Issue {
        code: "PodEvictionFailure".to_owned(),
        message: "m".to_owned(),
        resource_ids: vec!["i-1".to_owned()],
    }];
    let (id, status, kind) = ("update-1".to_owned(), UpdateStatus::Failed, "VersionUpdate".to_owned());
    assert_eq!(update, Update { id, status, kind, errors });
}

#[tokio::test]
async fn lists_are_read_to_the_last_page() {
    let script = Script::answering([
        ok(&json!({"nodegroups": ["a", "b"], "nextToken": "more"})),
        ok(&json!({"nodegroups": ["c"]})),
    ]);
    assert_eq!(client(&script).list("blue").await.unwrap(), ["a", "b", "c"]);
    assert_eq!(script.sent()[1].path, "/clusters/blue/node-groups?maxResults=100&nextToken=more");
}

#[tokio::test]
async fn error_is_sorted_and_names_the_operation() {
    let script = Script::answering([(
        409,
        json!({"__type": "ResourceInUseException", "message": "Nodegroup workers currently has update 1 in progress"})
            .to_string(),
    )]);
    let error = client(&script).delete("blue", "workers").await.unwrap_err();
    assert_eq!((error.kind, error.service, error.operation.as_ref()), (ErrorKind::InUse, "EKS", "DeleteNodegroup"));
}

#[tokio::test]
async fn recommended_release_is_requested_once_and_can_be_missing() {
    let missing = json!({"__type": "ParameterNotFound"}).to_string();
    let script = Script::answering([
        ok(&json!({"Parameter": {"Value": "1.33.4-20250904"}})),
        (400, missing),
        ok(&json!({"Parameter": {"Value": "{\"release_version\":\"1.33-2025.08.12\"}"}})),
        ok(&json!({"Parameter": {"Value": "{}"}})),
    ]);
    let client = client(&script);
    let release = |ami_type: &'static str, version: &'static str| client.recommended_release(ami_type, version);
    let (first, second) =
        tokio::join!(release("AL2023_x86_64_STANDARD", "1.33"), release("AL2023_x86_64_STANDARD", "1.33"));
    assert_eq!(
        (first.unwrap().as_deref(), second.unwrap().as_deref()),
        (Some("1.33.4-20250904"), Some("1.33.4-20250904"))
    );
    assert_eq!(release("AL2_x86_64", "1.33").await.unwrap(), None);
    assert_eq!(release("AL2_x86_64", "1.33").await.unwrap(), None);
    assert_eq!(release("WINDOWS_CORE_2022_x86_64", "1.33").await.unwrap().as_deref(), Some("1.33-2025.08.12"));
    let error = release("WINDOWS_CORE_2025_x86_64", "1.33").await.unwrap_err();
    assert!(error.message.contains("Windows_Server-2025-English-Core-EKS_Optimized-1.33"), "{}", error.message);
    assert_eq!(release("CUSTOM", "1.33").await.unwrap(), None);
    assert_eq!(script.sent().len(), 4, "a release is read once, and a custom AMI is not read");
}

#[tokio::test]
async fn launch_template_version_becomes_a_number_once() {
    let answer = "<DescribeLaunchTemplateVersionsResponse><launchTemplateVersionSet><item>\
                  <launchTemplateId>lt-1</launchTemplateId><versionNumber>7</versionNumber>\
                  </item></launchTemplateVersionSet></DescribeLaunchTemplateVersionsResponse>";
    let script = Script::answering([(200, answer.to_owned())]);
    let client = client(&script);
    let template = TemplateName::Name("nodes".to_owned());
    assert_eq!(client.launch_template_version(&template, "$Latest").await.unwrap(), "7");
    assert_eq!(client.launch_template_version(&template, "$Latest").await.unwrap(), "7");
    let sent = script.sent();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].body.contains("LaunchTemplateName=nodes&LaunchTemplateVersion.1=%24Latest"), "{}", sent[0].body);
}

#[tokio::test]
async fn auto_scaling_group_tags_are_batched_but_not_cached() {
    let tags = |value: &str| {
        let tag = |group: &str| {
            format!(
                "<member><ResourceId>{group}</ResourceId><Key>k</Key><Value>{value}</Value>\
                 <PropagateAtLaunch>true</PropagateAtLaunch></member>"
            )
        };
        let (first, second) = (tag("eks-1"), tag("eks-2"));
        let body = format!(
            "<DescribeTagsResponse><DescribeTagsResult><Tags>{first}{second}</Tags></DescribeTagsResult>\
             </DescribeTagsResponse>"
        );
        (200, body)
    };
    let script = Script::answering([tags("old"), tags("new")]);
    let client = client(&script);
    let (first, second, third) = tokio::join!(
        client.auto_scaling_group_tags("eks-1"),
        client.auto_scaling_group_tags("eks-2"),
        client.auto_scaling_group_tags("eks-3"),
    );
    let old = GroupTags::from([("k".to_owned(), GroupTag { value: "old".to_owned(), propagate_at_launch: true })]);
    assert_eq!((first.unwrap(), second.unwrap(), third.unwrap()), (old.clone(), old, GroupTags::new()));
    assert_eq!(script.sent().len(), 1);
    assert_eq!(client.auto_scaling_group_tags("eks-1").await.unwrap()["k"].value, "new");
}

#[tokio::test]
async fn failed_activities_are_told_once_each() {
    let activity = |status: &str, message: &str| {
        format!(
            "<member><ActivityId>1</ActivityId><AutoScalingGroupName>eks-1</AutoScalingGroupName><Cause>c</Cause>\
             <StartTime>2026-01-01T00:00:00Z</StartTime><StatusCode>{status}</StatusCode>\
             <StatusMessage>{message}</StatusMessage></member>"
        )
    };
    let activities = [
        activity("Failed", "no capacity"),
        activity("Successful", "fine"),
        activity("Failed", "quota"),
        activity("Failed", "no capacity"),
    ];
    let body = format!(
        "<DescribeScalingActivitiesResponse><DescribeScalingActivitiesResult><Activities>{}</Activities>\
         </DescribeScalingActivitiesResult></DescribeScalingActivitiesResponse>",
        activities.concat()
    );
    let script = Script::answering([(200, body)]);
    assert_eq!(client(&script).failed_scaling_activities("eks-1").await.unwrap(), ["no capacity", "quota"]);
}

#[test]
fn node_groups_of_a_region_share_their_facts() {
    let facts = Facts::default();
    let script = Script::default();
    let services = || {
        let AwsNodeGroups { eks, ec2, ssm, auto_scaling, .. } = client(&script);
        Services { eks, ec2, ssm, auto_scaling }
    };
    let one = AwsNodeGroups::shared(&facts, "eu-west-1", services);
    let same = AwsNodeGroups::shared(&facts, "eu-west-1", || unreachable!("made already"));
    let other = AwsNodeGroups::shared(&facts, "us-east-1", services);
    assert!(Arc::ptr_eq(&one, &same) && !Arc::ptr_eq(&one, &other));
}
