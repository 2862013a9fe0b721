use super::*;
use crate::resources::node_group::model::{LaunchTemplate, NodeRepairConfig, Taint, UpdateConfig, WarmPoolConfig};
use framework::blocks::{Blocks, SetBlock};
use framework::model::{Attr, List, Map, Set};
use framework::tags::TagPolicy;

fn live() -> client::NodeGroup {
    client::NodeGroup {
        cluster_name: "prod".to_owned(),
        node_group_name: "workers".to_owned(),
        arn: "arn:aws:eks:eu-west-1:111122223333:nodegroup/prod/workers/1".to_owned(),
        status: "ACTIVE".into(),
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

/// Returns the update from a prior state to an edited one, for a group that another process has edited since.
fn update<T>(
    prior: &NodeGroup,
    plan: impl FnOnce(&mut NodeGroup),
    drift: impl FnOnce(&mut client::NodeGroup),
    send: impl FnOnce(Update<'_>) -> T,
) -> T {
    let (mut planned, mut live) = (prior.clone(), live());
    plan(&mut planned);
    drift(&mut live);
    send(Update { prior, planned: &planned, live: &live })
}

fn config(plan: impl FnOnce(&mut NodeGroup), drift: impl FnOnce(&mut client::NodeGroup)) -> Option<ConfigUpdate> {
    update(&stored(), plan, drift, |update| update.config("token"))
}

fn version(edit: impl FnOnce(&mut NodeGroup), live: &client::NodeGroup, number: Option<&str>) -> Option<VersionUpdate> {
    let prior = api::from_live(&NodeGroup::default(), live, &TagPolicy::default());
    let mut planned = prior.clone();
    edit(&mut planned);
    Update { prior: &prior, planned: &planned, live }.version(number, "token")
}

fn no_drift(_: &mut client::NodeGroup) {}

fn sizes(min: i64, max: i64) -> impl Fn(&mut NodeGroup) {
    move |planned| {
        let scaling = planned.scaling_config.first_mut().unwrap();
        (scaling.min_size, scaling.max_size) = (Attr::Known(min), Attr::Known(max));
    }
}

fn desired(size: i64) -> impl Fn(&mut client::NodeGroup) {
    move |live| live.scaling.as_mut().unwrap().desired = Some(size)
}

fn model_taint(key: &str, value: &str, effect: &str) -> Taint {
    Taint { key: key.into(), value: value.into(), effect: effect.into() }
}

/// Changes everything that can be changed in place, as another process would.
fn everything(live: &mut client::NodeGroup) {
    live.labels = [("foreign".to_owned(), "1".to_owned())].into();
    live.taints = vec![taint("foreign", None, "NO_EXECUTE")];
    live.scaling = Some(Scaling { min: Some(2), max: Some(8), desired: Some(7) });
    live.update_config = Some(client::UpdateSettings {
        max_unavailable_percentage: Some(50),
        strategy: Some("MINIMAL".to_owned()),
        ..client::UpdateSettings::default()
    });
    live.repair =
        Some(client::Repair { enabled: Some(true), max_unhealthy_count: Some(3), ..client::Repair::default() });
    live.warm_pool = Some(client::WarmPool { enabled: Some(true), min_size: Some(2), ..client::WarmPool::default() });
    live.version = Some("1.34".to_owned());
    live.release_version = Some("1.34.1-20251016".to_owned());
    live.launch_template = Some(Template { id: Some("lt-1".to_owned()), name: None, version: Some("9".to_owned()) });
}

#[test]
fn unplanned_drift_is_ignored() {
    assert_eq!(config(|_| {}, no_drift), None);
    assert_eq!(config(|_| {}, everything), None);
    let version = update(&stored(), |_| {}, everything, |update| update.version(Some("3"), "token"));
    assert_eq!(version, None);
}

/// A plan that changes one argument, and the request except for the names.
type Case = (&'static str, fn(&mut NodeGroup), fn(&mut ConfigUpdate));

#[test]
fn each_argument_is_sent_alone_whatever_drifted() {
    let cases: [Case; 8] = [
        (
            "labels",
            |planned| planned.labels = Map::of([("team".to_owned(), "b".to_owned())]),
            // The label that the plan removes no longer exists.
            |request| request.add_labels = [("team".to_owned(), "b".to_owned())].into(),
        ),
        (
            "taint",
            |planned| planned.taint = SetBlock::of([model_taint("gpu", "no", "NO_SCHEDULE")]),
            |request| request.add_taints = vec![taint("gpu", Some("no"), "NO_SCHEDULE")],
        ),
        (
            "max_size",
            |planned| planned.scaling_config.first_mut().unwrap().max_size = Attr::Known(9),
            |request| request.scaling = Some(Scaling { max: Some(9), ..Scaling::default() }),
        ),
        (
            "desired_size",
            |planned| planned.scaling_config.first_mut().unwrap().desired_size = Attr::Known(4),
            |request| request.scaling = Some(Scaling { desired: Some(4), ..Scaling::default() }),
        ),
        (
            "max_unavailable",
            |planned| {
                planned.update_config = List::of([UpdateConfig {
                    max_unavailable: Attr::Known(2),
                    update_strategy: "DEFAULT".into(),
                    ..UpdateConfig::default()
                }]);
            },
            |request| {
                request.update_config = Some(client::UpdateSettings {
                    max_unavailable: Some(2),
                    max_unavailable_percentage: None,
                    strategy: Some("MINIMAL".to_owned()),
                });
            },
        ),
        (
            "update_strategy",
            |planned| {
                planned.update_config = List::of([UpdateConfig {
                    max_unavailable: Attr::Known(1),
                    update_strategy: "OTHER".into(),
                    ..UpdateConfig::default()
                }]);
            },
            |request| {
                request.update_config = Some(client::UpdateSettings {
                    max_unavailable: None,
                    max_unavailable_percentage: Some(50),
                    strategy: Some("OTHER".to_owned()),
                });
            },
        ),
        (
            "node_repair_config",
            |planned| {
                planned.node_repair_config = Blocks::Known(vec![NodeRepairConfig {
                    max_parallel_nodes_repaired_count: Attr::Known(1),
                    ..NodeRepairConfig::default()
                }]);
            },
            |request| {
                // A new block without `enabled` disables repair.
                request.repair = Some(client::Repair {
                    enabled: Some(false),
                    max_unhealthy_count: Some(3),
                    max_parallel_count: Some(1),
                    ..client::Repair::default()
                });
            },
        ),
        (
            "warm_pool_config",
            |planned| {
                planned.warm_pool_config =
                    Blocks::Known(vec![WarmPoolConfig { min_size: Attr::Known(1), ..WarmPoolConfig::default() }]);
            },
            |request| {
                request.warm_pool =
                    Some(client::WarmPool { enabled: Some(true), min_size: Some(1), ..client::WarmPool::default() });
            },
        ),
    ];
    for (name, plan, expect) in cases {
        let mut expected = ConfigUpdate {
            cluster_name: "prod".to_owned(),
            node_group_name: "workers".to_owned(),
            client_request_token: "token".to_owned(),
            ..ConfigUpdate::default()
        };
        expect(&mut expected);
        assert_eq!(config(plan, everything), Some(expected), "{name}");
        let neither = |planned: &mut NodeGroup| {
            planned.timeouts = Blocks::default();
            planned.skip_preflight = Set::of(["all".to_owned()]);
            planned.force_update_version = Attr::Known(true);
            planned.tags_all = Map::of([]);
        };
        assert_eq!(config(neither, everything), None, "arguments that this call does not have");
    }
}

#[test]
fn labels_and_taints_are_patched() {
    let plan = |planned: &mut NodeGroup| {
        planned.labels = Map::of([("team".to_owned(), "b".to_owned()), ("new".to_owned(), "1".to_owned())]);
        planned.taint = SetBlock::of([model_taint("gpu", "no", "NO_SCHEDULE"), model_taint("gone", "", "NO_SCHEDULE")]);
    };
    let request = config(plan, no_drift).expect("an update");
    assert_eq!(request.add_labels.keys().collect::<Vec<_>>(), ["new", "team"]);
    assert_eq!(request.remove_labels, ["old"]);
    assert_eq!(request.add_taints, [taint("gpu", Some("no"), "NO_SCHEDULE"), taint("gone", None, "NO_SCHEDULE")]);
    assert_eq!(request.remove_taints, [taint("gone", None, "NO_EXECUTE")]);
    let drift = |live: &mut client::NodeGroup| {
        live.labels.insert("foreign".to_owned(), "1".to_owned());
        live.taints.push(taint("foreign", None, "NO_EXECUTE"));
    };
    assert_eq!(config(plan, drift), Some(request));
}

#[test]
fn live_size_moves_only_out_of_an_excluded_range() {
    let sent = |plan: &dyn Fn(&mut NodeGroup), size: i64| {
        update(&stored(), plan, desired(size), |update| {
            (update.config("token").and_then(|sent| sent.scaling), update.resized())
        })
    };
    let range = |min, max, desired| Some(Scaling { min, max, desired });
    assert_eq!(sent(&sizes(1, 5), 7), (None, None));
    assert_eq!(sent(&sizes(2, 5), 4), (range(Some(2), None, None), None));
    assert_eq!(sent(&sizes(4, 8), 7), (range(Some(4), Some(8), None), None));
    assert_eq!(sent(&sizes(4, 8), 3), (range(Some(4), Some(8), Some(4)), Some(Resized { from: 3, to: 4 })));
    assert_eq!(sent(&sizes(0, 4), 5), (range(Some(0), Some(4), Some(4)), Some(Resized { from: 5, to: 4 })));
    assert_eq!(sent(&sizes(1, 4), 6), (range(None, Some(4), Some(4)), Some(Resized { from: 6, to: 4 })));
    assert_eq!(sent(&sizes(2, 5), 1), (range(Some(2), None, Some(2)), Some(Resized { from: 1, to: 2 })));
    // A configured size takes precedence.
    let planned = |planned: &mut NodeGroup| {
        sizes(4, 8)(planned);
        planned.scaling_config.first_mut().unwrap().desired_size = Attr::Known(6);
    };
    assert_eq!(sent(&planned, 3), (range(Some(4), Some(8), Some(6)), None));
    assert_eq!(sent(&planned, 6), (range(Some(4), Some(8), None), None));
}

#[test]
fn update_config_that_means_the_same_is_not_sent() {
    let settings = |max: i64, strategy: Attr<String>| {
        let plan = |planned: &mut NodeGroup| {
            planned.update_config = List::of([UpdateConfig {
                max_unavailable: Attr::Known(max),
                update_strategy: strategy,
                ..UpdateConfig::default()
            }]);
        };
        config(plan, no_drift)
    };
    assert_eq!(settings(1, Attr::Null), None);
    assert_eq!(settings(1, "MINIMAL".into()).unwrap().update_config.unwrap().strategy.as_deref(), Some("MINIMAL"));
    assert_eq!(settings(2, Attr::Null).unwrap().update_config.unwrap().max_unavailable, Some(2));
}

#[test]
fn omitted_update_strategy_becomes_the_default_again() {
    let (mut prior, minimal) = (stored(), Some("MINIMAL".to_owned()));
    prior.update_config = List::of([UpdateConfig {
        max_unavailable: Attr::Known(1),
        update_strategy: minimal.clone().into(),
        ..UpdateConfig::default()
    }]);
    let plan = |planned: &mut NodeGroup| {
        planned.update_config = List::of([UpdateConfig { max_unavailable: Attr::Known(1), ..UpdateConfig::default() }]);
    };
    let drift = |live: &mut client::NodeGroup| live.update_config.as_mut().unwrap().strategy = minimal;
    let request = update(&prior, plan, drift, |update| update.config("token")).unwrap();
    assert_eq!(request.update_config.unwrap().strategy.as_deref(), Some("DEFAULT"));
}

#[test]
fn repair_is_switched_on_and_off_with_its_block() {
    let block = |planned: &mut NodeGroup| {
        planned.node_repair_config =
            Blocks::Known(vec![NodeRepairConfig { enabled: Attr::Known(true), ..NodeRepairConfig::default() }]);
    };
    assert_eq!(config(block, no_drift).unwrap().repair.unwrap().enabled, Some(true));
    let (mut prior, repaired) = (stored(), client::Repair { enabled: Some(true), ..client::Repair::default() });
    block(&mut prior);
    let drift = |live: &mut client::NodeGroup| live.repair = Some(repaired);
    let off = |planned: &mut NodeGroup| planned.node_repair_config = Blocks::default();
    let request = update(&prior, off, drift, |update| update.config("token"));
    assert_eq!(request.unwrap().repair.unwrap().enabled, Some(false));
}

#[test]
fn new_block_that_disables_repair_undoes_drift() {
    let block = |planned: &mut NodeGroup| {
        planned.node_repair_config = Blocks::Known(vec![NodeRepairConfig::default()]);
    };
    let enable = |live: &mut client::NodeGroup| {
        live.repair = Some(client::Repair { enabled: Some(true), ..client::Repair::default() });
    };
    assert_eq!(config(block, enable).unwrap().repair.unwrap().enabled, Some(false));
    assert_eq!(config(block, no_drift), None);
}

#[test]
fn repair_overrides_of_others_stay() {
    let one = |reason: &str, minutes: i64| client::RepairOverride {
        node_monitoring_condition: "AcceleratedHardwareReady".to_owned(),
        node_unhealthy_reason: reason.to_owned(),
        min_repair_wait_time_mins: minutes,
        repair_action: "Reboot".to_owned(),
    };
    let of = |overrides: &[client::RepairOverride]| client::Repair {
        enabled: Some(true),
        overrides: overrides.to_vec(),
        ..client::Repair::default()
    };
    let (before, after) = (of(&[one("a", 1), one("b", 1)]), of(&[one("a", 2), one("c", 1)]));
    let live = of(&[one("a", 1), one("b", 1), one("foreign", 9)]);
    assert_eq!(overrides(&before, &after, &live), [one("a", 2), one("c", 1), one("foreign", 9)]);
}

fn pool(min: i64, max: Attr<i64>) -> impl Fn(&mut NodeGroup) {
    move |planned| {
        planned.warm_pool_config = Blocks::Known(vec![WarmPoolConfig {
            max_group_prepared_capacity: max,
            min_size: Attr::Known(min),
            ..WarmPoolConfig::default()
        }]);
    }
}

fn live_pool(min: i64, max: Option<i64>) -> impl Fn(&mut client::NodeGroup) {
    move |live| {
        live.warm_pool = Some(client::WarmPool {
            enabled: Some(true),
            max_group_prepared_capacity: max,
            min_size: Some(min),
            ..client::WarmPool::default()
        });
    }
}

#[test]
fn warm_pool_is_created_and_deleted_with_its_block() {
    let added = |drift: &dyn Fn(&mut client::NodeGroup)| {
        config(pool(2, Attr::Null), drift).map(|request| request.warm_pool.unwrap())
    };
    assert_eq!(added(&no_drift).unwrap().enabled, Some(true));
    assert_eq!(added(&live_pool(2, None)), None);
    let mut prior = stored();
    pool(2, Attr::Null)(&mut prior);
    let none = |planned: &mut NodeGroup| planned.warm_pool_config = Blocks::default();
    let removed = |drift: &dyn Fn(&mut client::NodeGroup)| update(&prior, none, drift, |update| update.config("token"));
    assert_eq!(removed(&live_pool(2, None)).unwrap().warm_pool.unwrap().enabled, Some(false));
    assert_eq!(removed(&no_drift), None);
}

#[test]
fn warm_pool_limit_is_removed_with_an_explicit_value() {
    let sent = |before: Attr<i64>, after: Attr<i64>, live: Option<i64>| {
        let mut prior = stored();
        pool(2, before)(&mut prior);
        let request = update(&prior, pool(2, after), live_pool(2, live), |update| update.config("token"));
        request.map(|request| request.warm_pool.unwrap().max_group_prepared_capacity)
    };
    let (unlimited, five) = (Attr::Known(UNLIMITED), Attr::Known(5));
    assert_eq!(sent(five, Attr::Null, Some(5)), Some(Some(-1)));
    assert_eq!(sent(five, unlimited, Some(5)), Some(Some(-1)));
    assert_eq!(sent(unlimited, five, Some(-1)), Some(Some(5)));
    assert_eq!(sent(Attr::Null, unlimited, None), None);
    assert_eq!(sent(unlimited, Attr::Null, Some(-1)), None);
    // A limit that another process has set is ignored until a plan shows it.
    assert_eq!(sent(Attr::Null, Attr::Null, Some(7)), None);
}

#[test]
fn new_version_takes_its_newest_release() {
    let edit = |planned: &mut NodeGroup| {
        planned.version = "1.34".into();
        planned.release_version = Attr::Unknown;
    };
    let update = version(edit, &live(), None).expect("an update");
    assert_eq!((update.version.as_deref(), update.release_version), (Some("1.34"), None));
}

#[test]
fn release_that_stays_is_sent_with_a_new_version() {
    let update = version(|planned| planned.version = "1.34".into(), &live(), None).expect("an update");
    assert_eq!(update.release_version.as_deref(), Some("1.33.4-20250904"));
}

#[test]
fn older_release_is_sent() {
    let update = version(|planned| planned.release_version = "1.33.1-20250807".into(), &live(), None);
    let update = update.expect("an update");
    assert_eq!((update.version, update.release_version.as_deref()), (None, Some("1.33.1-20250807")));
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
    // A newer version of the template than in the plan.
    assert_eq!(version(|_| {}, &templated, Some("2")), None);
    templated.ami_type = Some("CUSTOM".to_owned());
    assert_eq!(version(edit, &templated, Some("2")).unwrap().release_version, None);
}

/// An edit that makes a live group a different group.
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
