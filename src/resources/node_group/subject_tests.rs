use super::*;
use framework::model::Set;

fn config() -> NodeGroup {
    NodeGroup {
        cluster_name: "blue".into(),
        node_role_arn: "arn:aws:iam::111122223333:role/node".into(),
        subnet_ids: Set::of(["subnet-1".to_owned()]),
        launch_template: Blocks::Known(vec![LaunchTemplate {
            name: "nodes".into(),
            version: "$Latest".into(),
            ..LaunchTemplate::default()
        }]),
        scaling_config: Blocks::Known(vec![ScalingConfig {
            desired_size: Attr::Null,
            max_size: Attr::Known(3),
            min_size: Attr::Known(1),
        }]),
        ..NodeGroup::default()
    }
}

/// Unset values are unknown in the plan of a create.
fn planned() -> NodeGroup {
    let mut planned = config();
    for attribute in [&mut planned.ami_type, &mut planned.version, &mut planned.node_group_name, &mut planned.region] {
        *attribute = Attr::Unknown;
    }
    (planned.instance_types, planned.update_config) = (Attr::Unknown, Attr::Unknown);
    if let Some(template) = planned.launch_template.first_mut() {
        template.id = Attr::Unknown;
    }
    planned
}

#[test]
fn computed_defaults_are_null_and_unknown_arguments_stay_unknown() {
    let subject = subject(&config(), &planned(), None);
    assert!(subject.is_new());
    for null in [&subject.ami_type, &subject.version, &subject.name] {
        assert_eq!(null.value, Attr::Null, "{null:?}");
    }
    assert_eq!((subject.instance_types.value, subject.update_config.value.is_null()), (Attr::Null, true));
    let template = subject.launch_template.need().expect("a template");
    assert_eq!((&template.id.value, template.name.value.text()), (&Attr::Null, Some("nodes")));
    assert_eq!(template.version.path.to_string(), "launch_template[0].version");

    let unknown = NodeGroup {
        ami_type: Attr::Unknown,
        cluster_name: Attr::Unknown,
        launch_template: Blocks::Unknown,
        instance_types: Attr::Known(vec![Attr::Unknown]),
        ..config()
    };
    let subject = super::subject(&unknown, &unknown, None);
    assert!(subject.ami_type.value.is_unknown() && subject.cluster.value.is_unknown());
    assert!(subject.launch_template.value.is_unknown() && subject.instance_types.value.is_unknown());
}

#[test]
fn unset_desired_size_of_new_group_is_min_size() {
    let size = |config: &NodeGroup| {
        let subject = subject(config, config, None);
        let desired = subject.scaling.need().expect("sizes").desired.clone();
        (desired.value.into_known(), desired.path.to_string())
    };
    assert_eq!(size(&config()), (Some(1), "scaling_config[0].min_size".to_owned()));
    let mut desired = config();
    if let Some(scaling) = desired.scaling_config.first_mut() {
        scaling.desired_size = Attr::Known(2);
    }
    assert_eq!(size(&desired), (Some(2), "scaling_config[0].desired_size".to_owned()));
}

#[test]
fn update_is_checked_for_what_it_changes() {
    let prior = config();
    let mut planned = config();
    assert_eq!(changed(&prior, &planned), BTreeSet::new());
    planned.version = "1.34".into();
    if let (Some(template), Some(scaling)) = (planned.launch_template.first_mut(), planned.scaling_config.first_mut()) {
        template.version = "7".into();
        scaling.max_size = Attr::Known(9);
    }
    planned.skip_preflight = Set::of(["all".to_owned()]);
    let prior = NodeGroup { version: "1.33".into(), ..prior };
    assert_eq!(super::subject(&planned, &planned, Some(&prior)).previous_version.as_deref(), Some("1.33"));
    assert_eq!(super::subject(&planned, &planned, None).previous_version, None);
    assert_eq!(changed(&prior, &planned), [Input::Version, Input::LaunchTemplate, Input::Scaling].into());
}
