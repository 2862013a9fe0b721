use rstest::rstest;

use super::*;
use crate::resources::node_group::model::{RemoteAccess, Taint, UpdateConfig};
use framework::blocks::{Blocks, SetBlock};
use framework::model::{Attr, List, Set};

fn valid() -> NodeGroup {
    NodeGroup {
        cluster_name: "prod".into(),
        node_role_arn: "arn:aws:iam::111122223333:role/path/node".into(),
        subnet_ids: Set::of(["subnet-1".to_owned()]),
        scaling_config: Blocks::Known(vec![ScalingConfig {
            desired_size: Attr::Known(2),
            max_size: Attr::Known(3),
            min_size: Attr::Known(1),
        }]),
        ..NodeGroup::default()
    }
}

/// Returns the paths of all errors, from the validators of the schema and of combinations of arguments.
fn errors(edit: impl FnOnce(&mut NodeGroup)) -> Vec<String> {
    let mut config = valid();
    edit(&mut config);
    framework::testing::validated(&config, together)
        .iter()
        .map(|error| error.path.as_ref().map(ToString::to_string).unwrap_or_default())
        .collect()
}

fn scaling(edit: impl FnOnce(&mut ScalingConfig)) -> impl FnOnce(&mut NodeGroup) {
    move |config| edit(config.scaling_config.first_mut().unwrap())
}

fn template(id: Attr<String>, name: Attr<String>) -> impl FnOnce(&mut NodeGroup) {
    move |config| {
        config.launch_template = Blocks::Known(vec![LaunchTemplate { id, name, version: "1".into() }]);
    }
}

fn taint(value: &str) -> Taint {
    Taint { key: "gpu".into(), value: value.into(), effect: "NO_SCHEDULE".into() }
}

#[test]
fn healthy_configuration_is_accepted() {
    assert_eq!(errors(|_| {}), Vec::<String>::new());
    assert_eq!(errors(template("lt-1".into(), Attr::Null)), Vec::<String>::new());
    assert_eq!(errors(scaling(|scaling| scaling.desired_size = Attr::Null)), Vec::<String>::new());
}

#[test]
fn unknown_values_are_not_validated() {
    // Unknown values can become null.
    assert_eq!(errors(template("lt-1".into(), Attr::Unknown)), Vec::<String>::new());
    let undecided = |config: &mut NodeGroup| {
        template("lt-1".into(), Attr::Null)(config);
        (config.node_group_name, config.node_group_name_prefix) = ("a".into(), Attr::Unknown);
        (config.disk_size, config.version) = (Attr::Unknown, Attr::Unknown);
        config.ami_type = "CUSTOM".into();
    };
    assert_eq!(errors(undecided), Vec::<String>::new());
    let all_unknown = |config: &mut NodeGroup| {
        config.cluster_name = Attr::Unknown;
        config.node_role_arn = Attr::Unknown;
        config.subnet_ids = Attr::Unknown;
        config.ami_type = Attr::Unknown;
        config.update_config = Attr::Unknown;
        config.launch_template = Blocks::Unknown;
        *config.scaling_config.first_mut().unwrap() =
            ScalingConfig { desired_size: Attr::Unknown, max_size: Attr::Unknown, min_size: Attr::Known(9) };
    };
    assert_eq!(errors(all_unknown), Vec::<String>::new());
}

#[rstest]
#[case("-prod")]
#[case("")]
#[case("a b")]
fn invalid_cluster_name_is_rejected(#[case] name: &str) {
    assert_eq!(errors(|config| config.cluster_name = name.into()), ["cluster_name"]);
}

#[rstest]
#[case("arn:aws:iam::111122223333:user/me")]
#[case("arn:aws:iam::111122223333:instance-profile/node")]
#[case("node")]
#[case("arn:aws:iam::1:role/node")]
fn invalid_role_arn_is_rejected(#[case] arn: &str) {
    assert_eq!(errors(|config| config.node_role_arn = arn.into()), ["node_role_arn"]);
}

#[test]
fn inconsistent_scaling_sizes_are_rejected() {
    assert_eq!(errors(scaling(|scaling| scaling.min_size = Attr::Known(4))), ["scaling_config[0].min_size"]);
    assert_eq!(errors(scaling(|scaling| scaling.desired_size = Attr::Known(0))), ["scaling_config[0].desired_size"]);
    assert_eq!(errors(scaling(|scaling| scaling.desired_size = Attr::Known(9))), ["scaling_config[0].desired_size"]);
    assert_eq!(
        errors(scaling(|scaling| scaling.max_size = Attr::Known(0))).first().unwrap(),
        "scaling_config[0].max_size"
    );
}

#[test]
fn name_and_prefix_must_agree() {
    let both = |config: &mut NodeGroup| {
        (config.node_group_name, config.node_group_name_prefix) = ("a".into(), "b".into());
    };
    assert_eq!(errors(both), ["node_group_name_prefix"]);
    for prefix in ["", "blue-", "blue-1"] {
        let agreed = |config: &mut NodeGroup| {
            (config.node_group_name, config.node_group_name_prefix) = ("blue-1".into(), prefix.into());
        };
        assert_eq!(errors(agreed), Vec::<String>::new(), "{prefix:?}");
    }
    assert_eq!(errors(|config| config.node_group_name = "".into()), ["node_group_name"]);
    assert_eq!(errors(|config| config.node_group_name_prefix = "x".repeat(38).into()), ["node_group_name_prefix"]);
}

#[test]
fn launch_template_needs_a_name_and_excludes_what_belongs_in_it() {
    assert_eq!(errors(template(Attr::Null, Attr::Null)), ["launch_template[0].version"]);
    assert_eq!(errors(template("lt-1".into(), "n".into())), Vec::<String>::new(), "compared during plan");
    let with = |edit: fn(&mut NodeGroup)| {
        errors(|config| {
            template("lt-1".into(), Attr::Null)(config);
            edit(config);
        })
    };
    assert_eq!(with(|config| config.disk_size = Attr::Known(50)), ["disk_size"]);
    assert_eq!(with(|config| config.disk_size = Attr::Known(0)), Vec::<String>::new(), "unset");
    let access = |config: &mut NodeGroup| {
        config.remote_access =
            Blocks::Known(vec![RemoteAccess { ec2_ssh_key: "key".into(), source_security_group_ids: Attr::Null }]);
    };
    assert_eq!(with(access), ["remote_access[0].ec2_ssh_key"]);
}

#[test]
fn own_ami_excludes_what_the_template_decides() {
    assert_eq!(errors(|config| config.ami_type = "CUSTOM".into()), ["ami_type"]);
    let with = |edit: fn(&mut NodeGroup)| {
        errors(|config| {
            template("lt-1".into(), Attr::Null)(config);
            config.ami_type = "CUSTOM".into();
            edit(config);
        })
    };
    assert_eq!(with(|config| config.ami_update_policy = "latest".into()), ["ami_update_policy"]);
}

#[test]
fn fixed_release_and_newest_release_exclude_each_other() {
    let both = |config: &mut NodeGroup| {
        (config.ami_update_policy, config.release_version) = ("latest".into(), "1.33.4-20250904".into());
    };
    assert_eq!(errors(both), ["release_version"]);
}

#[rstest]
#[case(Attr::Null, Attr::Null, false)]
#[case(Attr::Known(1), Attr::Null, true)]
#[case(Attr::Null, Attr::Known(33), true)]
#[case(Attr::Known(1), Attr::Known(33), false)]
#[case(Attr::Known(0), Attr::Null, false)]
#[case(Attr::Null, Attr::Known(101), false)]
fn update_config_has_exactly_one_limit(
    #[case] count: Attr<i64>,
    #[case] percentage: Attr<i64>,
    #[case] accepted: bool,
) {
    let found = errors(|config| {
        let update = UpdateConfig {
            max_unavailable: count,
            max_unavailable_percentage: percentage,
            update_strategy: Attr::Null,
        };
        config.update_config = List::of([update]);
    });
    assert_eq!(found.is_empty(), accepted, "{found:?}");
}

#[test]
fn taints_with_same_key_and_effect_are_rejected() {
    assert_eq!(errors(|config| config.taint = SetBlock::of([taint("a"), taint("b")])), ["taint"]);
}

#[test]
fn warm_pool_must_suit_the_ami() {
    let pool = |ami: &'static str, state: &'static str| {
        errors(|config| {
            config.ami_type = ami.into();
            config.warm_pool_config =
                Blocks::Known(vec![WarmPoolConfig { pool_state: state.into(), ..WarmPoolConfig::default() }]);
        })
    };
    assert_eq!(pool("BOTTLEROCKET_x86_64", "HIBERNATED"), ["warm_pool_config[0].pool_state"]);
    assert_eq!(pool("BOTTLEROCKET_x86_64", "STOPPED"), Vec::<String>::new());
    assert_eq!(pool("CUSTOM", "STOPPED").last().unwrap(), "warm_pool_config[0].pool_state");
}
