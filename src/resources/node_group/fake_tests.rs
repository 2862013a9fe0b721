//! The fake enforces the rules that other tests rely on.

use super::*;
use crate::resources::node_group::client::{NodeGroupStatus, Scaling, Taint, Template, UpdateStatus};

fn request(token: &str) -> CreateNodeGroup {
    CreateNodeGroup {
        cluster_name: "blue".to_owned(),
        node_group_name: "workers".to_owned(),
        client_request_token: token.to_owned(),
        scaling: Scaling { min: Some(1), max: Some(3), desired: Some(1) },
        subnets: vec!["subnet-1".to_owned()],
        node_role: "arn:aws:iam::123456789012:role/nodes".to_owned(),
        ..CreateNodeGroup::default()
    }
}

fn to_version(token: &str, version: &str) -> VersionUpdate {
    VersionUpdate {
        cluster_name: "blue".to_owned(),
        node_group_name: "workers".to_owned(),
        client_request_token: token.to_owned(),
        version: Some(version.to_owned()),
        ..VersionUpdate::default()
    }
}

async fn settle(fake: &Fake) {
    for _ in 0..4 {
        let _ = fake.describe("blue", "workers").await;
    }
}

#[tokio::test]
async fn node_group_lives_through_its_statuses() {
    let fake = Fake::new();
    let created = fake.create(&request("token")).await.unwrap();
    assert_eq!((created.status.as_str(), created.release_version.as_deref()), ("CREATING", Some("1.33.4-20250904")));
    assert_eq!(fake.delete("blue", "workers").await.unwrap_err().kind, ErrorKind::InUse);
    let mut seen = vec![];
    for _ in 0..3 {
        seen.push(fake.describe("blue", "workers").await.unwrap().status.to_string());
    }
    assert_eq!(seen, ["CREATING", "CREATING", "ACTIVE"]);
    fake.delete("blue", "workers").await.unwrap();
    assert_eq!(fake.describe("blue", "workers").await.unwrap().status, NodeGroupStatus::Deleting);
    settle(&fake).await;
    assert!(fake.describe("blue", "workers").await.unwrap_err().is_not_found());
    assert_eq!(fake.list("blue").await.unwrap(), Vec::<String>::new());
    assert_eq!(fake.count("DeleteNodegroup"), 2);
}

#[tokio::test]
async fn repeated_token_is_one_creation_and_another_is_a_taken_name() {
    let fake = Fake::new();
    fake.lose_answer("CreateNodegroup");
    assert_eq!(fake.create(&request("one")).await.unwrap_err().kind, ErrorKind::Connection);
    let again = fake.create(&request("one")).await.unwrap();
    assert_eq!(Some(again), fake.group("blue", "workers"));
    assert_eq!(fake.create(&request("two")).await.unwrap_err().kind, ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn one_update_at_a_time() {
    let fake = Fake::new();
    fake.world().clusters.insert("blue".to_owned(), "1.34".to_owned());
    fake.create(&CreateNodeGroup { version: Some("1.33".to_owned()), ..request("token") }).await.unwrap();
    settle(&fake).await;
    let id = fake.update_version(&to_version("a", "1.34")).await.unwrap();
    assert_eq!(fake.update_version(&to_version("a", "1.34")).await.unwrap(), id, "the token is known");
    assert_eq!(fake.update_version(&to_version("b", "1.34")).await.unwrap_err().kind, ErrorKind::InUse);
    assert_eq!(fake.group("blue", "workers").unwrap().version.as_deref(), Some("1.33"));
    settle(&fake).await;
    assert_eq!(fake.describe_update("blue", "workers", &id).await.unwrap().status, UpdateStatus::Successful);
    let live = fake.group("blue", "workers").unwrap();
    assert_eq!((live.status.as_str(), live.version.as_deref()), ("ACTIVE", Some("1.34")));
    assert_eq!(fake.update_version(&to_version("c", "1.32")).await.unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(fake.update_version(&to_version("d", "1.35")).await.unwrap_err().kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn failures_come_as_ordered() {
    let fake = Fake::new();
    let issue = Issue { code: "IamThrottling".to_owned(), ..Issue::default() };
    fake.fail_creation(std::slice::from_ref(&issue));
    fake.create(&request("token")).await.unwrap();
    settle(&fake).await;
    let live = fake.group("blue", "workers").unwrap();
    assert_eq!((live.status.as_str(), live.health.as_slice()), ("CREATE_FAILED", [issue.clone()].as_slice()));
    fake.fail_deletion(std::slice::from_ref(&issue));
    fake.delete("blue", "workers").await.unwrap();
    settle(&fake).await;
    assert_eq!(fake.group("blue", "workers").unwrap().status, NodeGroupStatus::DeleteFailed);

    fake.change("blue", "workers", |live| live.status = NodeGroupStatus::Active);
    fake.fail_update(std::slice::from_ref(&issue));
    let id = fake.update_version(&to_version("a", "1.33")).await.unwrap();
    settle(&fake).await;
    let update = fake.describe_update("blue", "workers", &id).await.unwrap();
    assert_eq!((update.status.as_str(), update.errors.as_slice()), ("Failed", [issue].as_slice()));

    let throttled = ApiError::own(ErrorKind::Throttled, "a call", "slow down");
    fake.fail("ListNodegroups", 2, &throttled);
    assert_eq!(fake.list("blue").await.unwrap_err().kind, ErrorKind::Throttled);
    assert_eq!(fake.list("blue").await.unwrap_err().kind, ErrorKind::Throttled);
    assert_eq!(fake.list("blue").await.unwrap(), ["workers"]);
}

#[tokio::test]
async fn configuration_changes_by_patches() {
    let fake = Fake::new();
    let taint = |value: &str, effect: &str| {
        let value = (!value.is_empty()).then(|| value.to_owned());
        Taint { key: "gpu".to_owned(), value, effect: effect.to_owned() }
    };
    let taints = vec![taint("", "NO_SCHEDULE"), taint("", "NO_EXECUTE")];
    let labels = BTreeMap::from([("a".to_owned(), "1".to_owned())]);
    fake.create(&CreateNodeGroup { taints, labels, ..request("token") }).await.unwrap();
    settle(&fake).await;
    let patch = ConfigUpdate {
        cluster_name: "blue".to_owned(),
        node_group_name: "workers".to_owned(),
        client_request_token: "a".to_owned(),
        ..ConfigUpdate::default()
    };
    assert_eq!(fake.update_config(&patch).await.unwrap_err().kind, ErrorKind::Invalid, "nothing to do");
    let absent = ConfigUpdate { remove_labels: vec!["b".to_owned()], ..patch.clone() };
    assert_eq!(fake.update_config(&absent).await.unwrap_err().kind, ErrorKind::Invalid);
    let small = ConfigUpdate { scaling: Some(Scaling { max: Some(0), ..Scaling::default() }), ..patch.clone() };
    assert_eq!(fake.update_config(&small).await.unwrap_err().kind, ErrorKind::Invalid);
    let change = ConfigUpdate {
        remove_labels: vec!["a".to_owned()],
        add_taints: vec![taint("yes", "NO_SCHEDULE")],
        remove_taints: vec![taint("", "NO_EXECUTE")],
        scaling: Some(Scaling { max: Some(9), ..Scaling::default() }),
        ..patch
    };
    fake.update_config(&change).await.unwrap();
    settle(&fake).await;
    let live = fake.group("blue", "workers").unwrap();
    assert_eq!((live.labels.len(), live.taints), (0, vec![taint("yes", "NO_SCHEDULE")]));
    assert_eq!(live.scaling, Some(Scaling { min: Some(1), max: Some(9), desired: Some(1) }));
}

#[tokio::test]
async fn launch_template_is_kept_by_number() {
    let fake = Fake::new();
    fake.world().templates.push(FakeTemplate {
        id: "lt-1".to_owned(),
        name: "nodes".to_owned(),
        newest: 3,
        ..FakeTemplate::default()
    });
    let by_name = Template { id: None, name: Some("nodes".to_owned()), version: Some("$Latest".to_owned()) };
    fake.create(&CreateNodeGroup { launch_template: Some(by_name), ..request("token") }).await.unwrap();
    let live = fake.group("blue", "workers").unwrap();
    let (id, name, version) = (Some("lt-1".to_owned()), Some("nodes".to_owned()), Some("3".to_owned()));
    assert_eq!(live.launch_template, Some(Template { id, name, version }));
    assert_eq!((live.disk_size, live.instance_types.len()), (None, 0));
    let latest = fake.launch_template_version(&TemplateName::Id("lt-1".to_owned()), "$Latest").await;
    assert_eq!(latest.unwrap(), "3");
}
