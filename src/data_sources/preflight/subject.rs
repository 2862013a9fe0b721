//! Converts the arguments to the input of the preflight checks.

use framework::blocks::ListBlock;
use framework::model::{Attr, List, Map, Set};
use framework::path::Path;
use preflight::subject::{
    ConfiguredInput, RemoteAccessInput, ScalingInput, Selector, TemplateInput, UpdateInput, WarmPoolInput,
};
use preflight::{Kind, Phase, Subject};

use super::model::{LaunchTemplate, Preflight, RemoteAccess, ScalingConfig, UpdateConfig, WarmPoolConfig};

/// Returns a Fargate profile if one of its arguments is set, or else a node group. Both are treated as new.
pub(super) fn subject(config: &Preflight) -> Subject {
    let profile = !config.pod_execution_role_arn.is_null() || config.selector.iter().next().is_some();
    let text = |name: &str, value: &Attr<String>| ConfiguredInput::new(Path::attribute(name), value.clone());
    let both = Subject {
        cluster: text("cluster_name", &config.cluster_name),
        subnets: ConfiguredInput::new(Path::attribute("subnet_ids"), config.subnet_ids.clone().map(|set| set.0)),
        phase: Phase::Now,
        ..Subject::default()
    };
    if profile {
        return Subject {
            kind: Kind::FargateProfile,
            name: text("fargate_profile_name", &config.fargate_profile_name),
            role_arn: text("pod_execution_role_arn", &config.pod_execution_role_arn),
            selectors: ConfiguredInput::new(Path::attribute("selector"), Attr::Known(selectors(config))),
            ..both
        };
    }
    Subject {
        kind: Kind::NodeGroup,
        name: text("node_group_name", &config.node_group_name),
        role_arn: text("node_role_arn", &config.node_role_arn),
        ami_type: text("ami_type", &config.ami_type),
        capacity_type: text("capacity_type", &config.capacity_type),
        instance_types: ConfiguredInput::new(Path::attribute("instance_types"), elements(&config.instance_types)),
        version: text("version", &config.version),
        release_version: text("release_version", &config.release_version),
        launch_template: block("launch_template", &config.launch_template, template),
        remote_access: block("remote_access", &config.remote_access, remote_access),
        scaling: block("scaling_config", &config.scaling_config, scaling),
        update_config: block("update_config", &config.update_config, update),
        warm_pool: block("warm_pool_config", &config.warm_pool_config, warm_pool),
        ..both
    }
}

fn selectors(config: &Preflight) -> Vec<Selector> {
    let labels = |labels: &Map<String>| labels.clone().map(|labels| labels.len());
    let each = config.selector.iter();
    each.map(|selector| Selector { namespace: selector.namespace.clone(), labels: labels(&selector.labels) }).collect()
}

fn elements(list: &List<String>) -> Attr<Vec<String>> {
    list.clone().map(|elements| elements.into_iter().filter_map(Attr::into_known).collect())
}

fn members(set: &Set<String>) -> Attr<Vec<String>> {
    set.clone().map(|elements| elements.0.into_iter().filter_map(Attr::into_known).collect())
}

fn block<M, I>(name: &str, blocks: &ListBlock<M>, convert: impl Fn(&Path, &M) -> I) -> ConfiguredInput<I> {
    let path = Path::attribute(name);
    let value = blocks.first().map(|block| convert(&path.index(0), block)).into();
    ConfiguredInput::new(path, value)
}

fn template(path: &Path, block: &LaunchTemplate) -> TemplateInput {
    TemplateInput {
        id: ConfiguredInput::new(path.then("id"), block.id.clone()),
        name: ConfiguredInput::new(path.then("name"), block.name.clone()),
        version: ConfiguredInput::new(path.then("version"), block.version.clone()),
    }
}

fn remote_access(path: &Path, block: &RemoteAccess) -> RemoteAccessInput {
    RemoteAccessInput {
        key: ConfiguredInput::new(path.then("ec2_ssh_key"), block.ec2_ssh_key.clone()),
        security_groups: ConfiguredInput::new(
            path.then("source_security_group_ids"),
            members(&block.source_security_group_ids),
        ),
    }
}

fn scaling(path: &Path, block: &ScalingConfig) -> ScalingInput {
    let (desired, name) =
        if block.desired_size.is_null() { (block.min_size, "min_size") } else { (block.desired_size, "desired_size") };
    ScalingInput {
        min: ConfiguredInput::new(path.then("min_size"), block.min_size),
        max: ConfiguredInput::new(path.then("max_size"), block.max_size),
        desired: ConfiguredInput::new(path.then(name), desired),
    }
}

fn update(path: &Path, block: &UpdateConfig) -> UpdateInput {
    UpdateInput {
        max_unavailable: ConfiguredInput::new(path.then("max_unavailable"), block.max_unavailable),
        max_unavailable_percentage: ConfiguredInput::new(
            path.then("max_unavailable_percentage"),
            block.max_unavailable_percentage,
        ),
        strategy: ConfiguredInput::new(path.then("update_strategy"), block.update_strategy.clone()),
    }
}

fn warm_pool(path: &Path, block: &WarmPoolConfig) -> WarmPoolInput {
    let prepared = path.then("max_group_prepared_capacity");
    WarmPoolInput {
        state: ConfiguredInput::new(path.then("pool_state"), block.pool_state.clone()),
        max_prepared: ConfiguredInput::new(prepared, block.max_group_prepared_capacity),
        min_size: ConfiguredInput::new(path.then("min_size"), block.min_size),
    }
}
