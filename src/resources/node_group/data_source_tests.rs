use std::collections::{BTreeMap, BTreeSet};

use super::super::client::{self, Issue, Repair, RepairOverride as Override, Scaling, Template, UpdateSettings};
use super::super::fake::Fake;
use super::*;

fn config() -> NodeGroupData {
    NodeGroupData { cluster_name: "blue".into(), node_group_name: "workers".into(), ..NodeGroupData::default() }
}

fn live() -> Live {
    let text = |text: &str| Some(text.to_owned());
    Live {
        cluster_name: "blue".to_owned(),
        node_group_name: "workers".to_owned(),
        arn: "arn:aws:eks:eu-west-1:123456789012:nodegroup/blue/workers/1".to_owned(),
        status: "DEGRADED".into(),
        version: text("1.33"),
        release_version: text("1.33.4-20250904"),
        created_at: text("2026-01-01T00:00:00Z"),
        modified_at: text("2026-01-02T00:00:00Z"),
        scaling: Some(Scaling { min: Some(0), max: Some(2), desired: Some(1) }),
        node_role: "arn:aws:iam::123456789012:role/nodes".to_owned(),
        subnets: vec!["subnet-1".to_owned()],
        taints: vec![client::Taint { key: "gpu".to_owned(), value: None, effect: "NO_SCHEDULE".to_owned() }],
        health: vec![Issue {
            code: "AsgInstanceLaunchFailures".to_owned(),
            message: "no capacity".to_owned(),
            resource_ids: vec!["eks-1".to_owned()],
        }],
        update_config: Some(UpdateSettings { max_unavailable: Some(1), ..UpdateSettings::default() }),
        repair: Some(Repair {
            enabled: Some(true),
            max_parallel_percentage: Some(25),
            overrides: vec![Override {
                node_monitoring_condition: "NetworkingReady".to_owned(),
                node_unhealthy_reason: "InterfaceNotUp".to_owned(),
                min_repair_wait_time_mins: 5,
                repair_action: "Reboot".to_owned(),
            }],
            ..Repair::default()
        }),
        launch_template: Some(Template { id: text("lt-1"), name: text("nodes"), version: text("4") }),
        tags: BTreeMap::from(
            [("team", "x"), ("stage", "test"), ("aws:owner", "eks")].map(|(k, v)| (k.into(), v.into())),
        ),
        ..Live::default()
    }
}

#[tokio::test]
async fn node_group_is_shown_whole() {
    let fake = Fake::new();
    fake.put(live());
    let policy =
        TagPolicy { defaults: BTreeMap::from([("stage".to_owned(), "test".to_owned())]), ..TagPolicy::default() };
    let read = read(&fake, &policy, &config()).await.unwrap();

    assert_eq!(
        (read.id.text(), read.region.text(), read.status.text()),
        (Some("blue:workers"), Some("eu-west-1"), Some("DEGRADED"))
    );
    let tags: BTreeSet<_> = read.tags.known_members().map(|(key, _)| key.as_str()).collect();
    assert_eq!(tags, BTreeSet::from(["stage", "team"]), "default tags are included, and AWS tags are not");
    let health: Vec<_> = read.health.known_elements().map(|issue| issue.code.text()).collect();
    assert_eq!(health, [Some("AsgInstanceLaunchFailures")]);
    let taints: Vec<_> = read.taints.known_elements().map(|taint| (taint.key.text(), taint.effect.text())).collect();
    assert_eq!(taints, [(Some("gpu"), Some("NO_SCHEDULE"))]);
    let template = read.launch_template.known_elements().next().expect("a launch template");
    assert_eq!((template.id.text(), template.version.text()), (Some("lt-1"), Some("4")));
    let repair = read.node_repair_config.known_elements().next().expect("a repair configuration");
    assert_eq!(repair.max_parallel_nodes_repaired_percentage, Attr::Known(25));
    let action = repair.node_repair_config_overrides.known_elements().next().expect("an override");
    assert_eq!(action.repair_action.text(), Some("Reboot"));
    assert_eq!((&read.remote_access, &read.warm_pool_config), (&List::of([]), &List::of([])));
    assert_eq!(read.labels, Map::of([]));
    assert_eq!((read.created_at.text(), read.disk_size), (Some("2026-01-01T00:00:00Z"), Attr::Null));
    assert_eq!(fake.calls(), ["DescribeNodegroup"]);
}

#[tokio::test]
async fn missing_node_group_is_an_error_that_says_where_to_look() {
    let error = read(&Fake::new(), &TagPolicy::default(), &config()).await.unwrap_err();
    let text = format!("{error:?}");
    assert!(
        text.contains("Unable to read node group blue:workers") && text.contains("node_group_name, and region"),
        "{text}"
    );
}

#[test]
fn every_attribute_of_the_aws_data_source_is_there() {
    let block = NodeGroupData::block();
    for name in [
        "ami_type",
        "arn",
        "capacity_type",
        "cluster_name",
        "disk_size",
        "id",
        "instance_types",
        "labels",
        "launch_template",
        "node_group_name",
        "node_role_arn",
        "region",
        "release_version",
        "remote_access",
        "resources",
        "scaling_config",
        "status",
        "subnet_ids",
        "tags",
        "taints",
        "update_config",
        "version",
        "warm_pool_config",
    ] {
        assert!(block.attribute(name).is_some(), "{name} is missing");
    }
}

#[test]
fn model_carries_every_value_through_its_encoding() {
    use framework::path::Path;
    let data = from_live(&live(), &TagPolicy::default());
    assert_eq!(NodeGroupData::from_value(&data.to_value(), &Path::root()).unwrap(), data);
}
