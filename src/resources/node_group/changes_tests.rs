use super::*;
use crate::framework::blocks::{Blocks, SetBlock};
use crate::framework::model::{Attr, List, Map};
use crate::framework::private::Private;
use crate::framework::tags::TagPolicy;
use crate::resources::node_group::model::{LaunchTemplate, NodeRepairConfig, Taint, UpdateConfig, WarmPoolConfig};

fn live() -> client::NodeGroup {
    client::NodeGroup {
        cluster_name: "prod".to_owned(),
        node_group_name: "workers".to_owned(),
        arn: "arn:aws:eks:eu-west-1:111122223333:nodegroup/prod/workers/1".to_owned(),
        status: "ACTIVE".to_owned(),
        version: Some("1.33".to_owned()),
        release_version: Some("1.33.4-20250904".to_owned()),
        ami_type: Some("AL2023_x86_64_STANDARD".to_owned()),
        capacity_type: Some("ON_DEMAND".to_owned()),
        scaling: Some(Scaling { min: Some(1), max: Some(5), desired: Some(3) }),
        instance_types: vec!["t3.medium".to_owned()],
        subnets: vec!["subnet-b".to_owned(), "subnet-a".to_owned()],
        node_role: "arn:aws:iam::111122223333:role/node".to_owned(),
        labels: [("team".to_owned(), "a".to_owned()), ("old".to_owned(), "1".to_owned())].into(),
        taints: vec![taint("gpu", Some("yes"), "NO_SCHEDULE"), taint("gone", None, "NO_EXECUTE")],
        update_config: Some(client::UpdateSettings {
            max_unavailable: Some(1),
            max_unavailable_percentage: None,
            strategy: Some("DEFAULT".to_owned()),
        }),
        tags: [("team".to_owned(), "a".to_owned())].into(),
        ..client::NodeGroup::default()
    }
}

fn taint(key: &str, value: Option<&str>, effect: &str) -> client::Taint {
    client::Taint { key: key.to_owned(), value: value.map(str::to_owned), effect: effect.to_owned() }
}

fn stored() -> NodeGroup {
    api::from_live(&NodeGroup::default(), &live(), &TagPolicy::default())
}

/// A change from the live group to what the function makes of its model; configured is all that is planned.
fn change(edit: impl FnOnce(&mut NodeGroup)) -> Change<NodeGroup> {
    let mut planned = stored();
    edit(&mut planned);
    Change { config: planned.clone(), prior: Some(stored()), planned, private: Private::default() }
}

fn config(edit: impl FnOnce(&mut NodeGroup)) -> Option<ConfigUpdate> {
    config_update(&change(edit), &live(), "token")
}

fn version(edit: impl FnOnce(&mut NodeGroup), live: &client::NodeGroup, number: Option<&str>) -> Option<VersionUpdate> {
    version_update(&change(edit), live, number, "token")
}

#[test]
fn unchanged_group_needs_no_call() {
    assert_eq!(config(|_| {}), None);
    assert_eq!(version(|_| {}, &live(), None), None);
}

#[test]
fn labels_and_taints_are_told_from_the_live_ones() {
    let update = config(|planned| {
        planned.labels = Map::of([("team".to_owned(), "b".to_owned()), ("new".to_owned(), "1".to_owned())]);
        let taint = |key: &str, value: &str, effect: &str| Taint {
            key: key.into(),
            value: value.into(),
            effect: effect.into(),
        };
        planned.taint = SetBlock::of([taint("gpu", "no", "NO_SCHEDULE"), taint("gone", "", "NO_SCHEDULE")]);
    })
    .expect("an update");
    assert_eq!(update.add_labels.keys().collect::<Vec<_>>(), ["new", "team"]);
    assert_eq!(update.remove_labels, ["old"]);
    assert_eq!(update.add_taints, [taint("gpu", Some("no"), "NO_SCHEDULE"), taint("gone", None, "NO_SCHEDULE")]);
    assert_eq!(update.remove_taints, [taint("gone", None, "NO_EXECUTE")]);
}

#[test]
fn desired_size_nobody_configures_is_sent_only_to_bring_it_into_range() {
    let sizes = |min: i64, max: i64| {
        let mut change = change(|planned| {
            let scaling = planned.scaling_config.first_mut().unwrap();
            (scaling.min_size, scaling.max_size) = (Attr::Known(min), Attr::Known(max));
        });
        change.config.scaling_config.first_mut().unwrap().desired_size = Attr::Null;
        config_update(&change, &live(), "token").and_then(|update| update.scaling)
    };
    assert_eq!(sizes(2, 5), Some(Scaling { min: Some(2), max: Some(5), desired: None }));
    assert_eq!(sizes(4, 8), Some(Scaling { min: Some(4), max: Some(8), desired: Some(4) }));
    assert_eq!(sizes(0, 2), Some(Scaling { min: Some(0), max: Some(2), desired: Some(2) }));
    assert_eq!(sizes(1, 5), None);
}

#[test]
fn update_config_that_means_the_same_is_not_sent() {
    let settings = |max: i64, strategy: Attr<String>| {
        config(|planned| {
            planned.update_config = List::of([UpdateConfig {
                max_unavailable: Attr::Known(max),
                update_strategy: strategy,
                ..UpdateConfig::default()
            }]);
        })
    };
    assert_eq!(settings(1, Attr::Null), None);
    assert_eq!(settings(1, "MINIMAL".into()).unwrap().update_config.unwrap().strategy.as_deref(), Some("MINIMAL"));
    assert_eq!(settings(2, Attr::Null).unwrap().update_config.unwrap().max_unavailable, Some(2));
}

#[test]
fn an_update_strategy_that_is_left_out_becomes_the_default_again() {
    let mut minimal = live();
    minimal.update_config.as_mut().unwrap().strategy = Some("MINIMAL".to_owned());
    let update = config_update(&change(|_| {}), &minimal, "token").unwrap().update_config.unwrap();
    assert_eq!(update.strategy.as_deref(), Some("DEFAULT"));
}

#[test]
fn repair_is_switched_on_and_off_with_its_block() {
    let on = config(|planned| {
        planned.node_repair_config =
            Blocks::Known(vec![NodeRepairConfig { enabled: Attr::Known(true), ..NodeRepairConfig::default() }]);
    });
    assert_eq!(on.unwrap().repair.unwrap().enabled, Some(true));
    let mut repaired = live();
    repaired.repair = Some(client::Repair { enabled: Some(true), ..client::Repair::default() });
    let off = config_update(&change(|_| {}), &repaired, "token");
    assert_eq!(off.unwrap().repair.unwrap().enabled, Some(false));
}

#[test]
fn warm_pool_comes_and_goes_with_its_block() {
    let block = |planned: &mut NodeGroup| {
        planned.warm_pool_config =
            Blocks::Known(vec![WarmPoolConfig { min_size: Attr::Known(2), ..WarmPoolConfig::default() }]);
    };
    assert_eq!(config(block).unwrap().warm_pool.unwrap().enabled, Some(true));
    let mut pooled = live();
    pooled.warm_pool = Some(client::WarmPool { enabled: Some(true), min_size: Some(2), ..client::WarmPool::default() });
    assert_eq!(config_update(&change(block), &pooled, "token"), None);
    assert_eq!(config_update(&change(|_| {}), &pooled, "token").unwrap().warm_pool.unwrap().enabled, Some(false));
}

#[test]
fn new_version_takes_its_newest_release() {
    let update = version(
        |planned| {
            planned.version = "1.34".into();
            planned.release_version = Attr::Unknown;
        },
        &live(),
        None,
    )
    .expect("an update");
    assert_eq!((update.version.as_deref(), update.release_version), (Some("1.34"), None));
}

#[test]
fn new_template_version_keeps_the_pinned_release() {
    let mut templated = live();
    templated.launch_template = Some(client::Template {
        id: Some("lt-1".to_owned()),
        name: Some("n".to_owned()),
        version: Some("1".to_owned()),
    });
    let edit = |planned: &mut NodeGroup| {
        let template = LaunchTemplate { id: Attr::Null, name: "n".into(), version: "$Latest".into() };
        planned.launch_template = Blocks::Known(vec![template]);
    };
    let update = version(edit, &templated, Some("2")).expect("an update");
    let template = update.launch_template.expect("a template");
    assert_eq!((template.id.as_deref(), template.name, template.version.as_deref()), (Some("lt-1"), None, Some("2")));
    assert_eq!(update.release_version.as_deref(), Some("1.33.4-20250904"));
    assert_eq!(version(edit, &templated, Some("1")), None);
    templated.ami_type = Some("CUSTOM".to_owned());
    assert_eq!(version(edit, &templated, Some("2")).unwrap().release_version, None);
}

/// An edit that makes another group of a live one.
type Edit = fn(&mut client::NodeGroup);

#[test]
fn group_that_another_request_made_is_not_taken_for_ours() {
    let request = api::create_request(&stored(), "workers", "token");
    assert!(is_same(&request, &live()));
    let edits: [Edit; 8] = [
        |other| other.labels.clear(),
        |other| other.taints.clear(),
        |other| other.node_role.push('x'),
        |other| other.update_config = None,
        |other| other.repair = Some(client::Repair { enabled: Some(true), ..client::Repair::default() }),
        |other| other.warm_pool = Some(client::WarmPool::default()),
        |other| other.remote_access = Some(client::RemoteAccess::default()),
        |other| other.launch_template = Some(client::Template::default()),
    ];
    for (number, edit) in edits.into_iter().enumerate() {
        let mut other = live();
        other.update_config.as_mut().unwrap().max_unavailable = Some(2);
        let mut request = request.clone();
        request.update_config.as_mut().unwrap().max_unavailable = Some(2);
        assert!(is_same(&request, &other));
        edit(&mut other);
        assert!(!is_same(&request, &other), "edit {number}");
    }
}

#[test]
fn template_is_compared_by_what_the_request_names() {
    let mut request = api::create_request(&stored(), "workers", "token");
    let mut live = live();
    let template = |id: Option<&str>, version: &str| {
        Some(Template { id: id.map(str::to_owned), name: None, version: Some(version.to_owned()) })
    };
    live.launch_template = template(Some("lt-1"), "3");
    for (wanted, same) in [
        (template(Some("lt-1"), "3"), true),
        (template(Some("lt-1"), "$Latest"), true),
        (template(Some("lt-1"), "2"), false),
        (template(Some("lt-2"), "3"), false),
        (None, false),
    ] {
        request.launch_template = wanted.clone();
        assert_eq!(is_same(&request, &live), same, "{wanted:?}");
    }
}

#[test]
fn model_of_a_live_group_round_trips_through_the_request() {
    let request = api::create_request(&stored(), "workers", "token");
    assert_eq!(request.scaling, live().scaling.unwrap());
    assert_eq!(request.subnets, ["subnet-a", "subnet-b"]);
    assert_eq!(request.taints.len(), 2);
    assert_eq!(request.tags, live().tags);
}

#[test]
fn prefix_is_told_from_a_generated_name() {
    let prefix = |name: &str| {
        let live = client::NodeGroup { node_group_name: name.to_owned(), ..live() };
        api::from_live(&NodeGroup::default(), &live, &TagPolicy::default()).node_group_name_prefix
    };
    assert_eq!(prefix("web-2026112104160012340000000a"), "web-".into());
    assert_eq!(prefix("web"), Attr::Null);
}
