//! Converts a node group to the input of the preflight checks.

use std::collections::BTreeSet;

use tokio_util::sync::CancellationToken;

use clients::check_runner::{check_before_write, check_during_plan};
use clients::context::Clients;
use framework::blocks::{Blocks, ListBlock};
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, List};
use framework::path::Path;
use framework::private::Private;
use framework::resource::{Change, Plan};
use preflight::subject::{
    Changed, ConfiguredInput, RemoteAccessInput, Replaced, ScalingInput, TemplateInput, UpdateInput, WarmPoolInput,
};
use preflight::{Input, Kind, Phase, Subject};

use super::drain_before_delete;
use super::model::{LaunchTemplate, NodeGroup, RemoteAccess, ScalingConfig, UpdateConfig, WarmPoolConfig};

/// Private data of the node group that a plan replaces, for the plan of its replacement.
const REPLACED: &str = "replaced";

/// Checks a node group that is created, or what an update changes. A replacement is planned a second time as a create,
/// and is checked then.
pub(super) async fn check(clients: &Clients, cancellation: &CancellationToken, plan: &mut Plan<NodeGroup>) {
    if plan.is_replace() {
        // Terraform core passes private data on to the plan of the replacement.
        plan.private.set(REPLACED, &plan.prior.as_ref().and_then(replaced));
        return;
    }
    let skip = plan.config.skip_preflight.known_elements().cloned().collect();
    let subject = subject(&plan.config, &plan.planned, plan.prior.as_ref());
    let replaced = if plan.is_create() { plan.private.get(REPLACED) } else { None };
    let subject = Subject { replaced, ..located(clients, &plan.planned, subject) };
    plan.diagnostics.extend(check_during_plan(clients, &subject, &skip, cancellation).await);
}

/// Checks a node group that is about to be created, or what an update changes.
///
/// # Errors
/// Returns an error if EKS would reject the node group or its nodes could not join. Another resource of the same run
/// could have fixed the cause.
pub(super) async fn before_write(
    clients: &Clients,
    cancellation: &CancellationToken,
    change: &Change<NodeGroup>,
) -> Result<(), Diagnostics> {
    let planned = &change.planned;
    let skip = planned.skip_preflight.known_elements().cloned().collect();
    // All configured values are known at this point. Values that are still unknown are not configured, and EKS selects
    // them.
    let subject = subject(&NodeGroup::default(), planned, change.prior.as_ref());
    let subject = Subject { phase: Phase::Now, ..located(clients, planned, subject) };
    check_before_write(clients, &subject, &skip, cancellation).await
}

/// Removes the private data of the plan.
pub(super) fn tidy(private: &mut Private) {
    private.remove(REPLACED);
}

fn located(clients: &Clients, planned: &NodeGroup, subject: Subject) -> Subject {
    let region = planned.region.text().unwrap_or(clients.aws().region());
    Subject { partition: clients.aws().partition_of(region).to_owned(), region: region.to_owned(), ..subject }
}

/// Returns the node group that a replacement deletes, with the IP addresses that the deletion frees.
fn replaced(prior: &NodeGroup) -> Option<Replaced> {
    let nodes = prior.scaling_config.first()?.desired_size.known().copied()?;
    Some(Replaced {
        cluster: prior.cluster_name.text()?.to_owned(),
        name: prior.node_group_name.text()?.to_owned(),
        nodes,
        subnets: prior.subnet_ids.known_elements().cloned().collect(),
        drain_before_delete: drain_before_delete::planned(prior),
    })
}

/// Returns the input. Values that EKS selects are null, even if they are unknown in the plan.
fn subject(config: &NodeGroup, planned: &NodeGroup, prior: Option<&NodeGroup>) -> Subject {
    let text = |name: &str, config: &Attr<String>, planned: &Attr<String>| {
        ConfiguredInput::new(Path::attribute(name), chosen(config, planned))
    };
    let types = chosen(&config.instance_types, &planned.instance_types);
    Subject {
        kind: Kind::NodeGroup,
        changed: prior.map_or(Changed::Everything, |prior| Changed::Only(changed(prior, planned))),
        cluster: text("cluster_name", &config.cluster_name, &planned.cluster_name),
        name: text("node_group_name", &config.node_group_name, &planned.node_group_name),
        role_arn: text("node_role_arn", &config.node_role_arn, &planned.node_role_arn),
        subnets: ConfiguredInput::new(Path::attribute("subnet_ids"), planned.subnet_ids.clone().map(|set| set.0)),
        ami_type: text("ami_type", &config.ami_type, &planned.ami_type),
        capacity_type: text("capacity_type", &config.capacity_type, &planned.capacity_type),
        instance_types: ConfiguredInput::new(Path::attribute("instance_types"), whole(types)),
        version: text("version", &config.version, &planned.version),
        previous_version: prior.and_then(|prior| prior.version.text()).map(str::to_owned),
        release_version: text("release_version", &config.release_version, &planned.release_version),
        launch_template: block("launch_template", &config.launch_template, &planned.launch_template, template),
        remote_access: block("remote_access", &config.remote_access, &planned.remote_access, remote_access),
        scaling: block("scaling_config", &config.scaling_config, &planned.scaling_config, scaling),
        update_config: update_config(&config.update_config, &planned.update_config),
        force_update: planned.force_update_version.known().copied().unwrap_or_default(),
        warm_pool: block("warm_pool_config", &config.warm_pool_config, &planned.warm_pool_config, warm_pool),
        ..Subject::default()
    }
}

/// Returns the parts of the input that an update changes. Other parts cannot change without a replacement.
fn changed(prior: &NodeGroup, planned: &NodeGroup) -> BTreeSet<Input> {
    let template = |group: &NodeGroup| group.launch_template.first().map(|template| template.version.clone());
    let inputs = [
        (Input::Version, prior.version != planned.version),
        (Input::ReleaseVersion, prior.release_version != planned.release_version),
        (Input::LaunchTemplate, template(prior) != template(planned)),
        (Input::Scaling, prior.scaling_config != planned.scaling_config),
        (Input::UpdateConfig, prior.update_config != planned.update_config),
        (Input::WarmPool, prior.warm_pool_config != planned.warm_pool_config),
    ];
    inputs.into_iter().filter_map(|(input, changes)| changes.then_some(input)).collect()
}

/// Returns the planned value, or null if it is not configured and EKS selects it.
fn chosen<T: Clone>(config: &Attr<T>, planned: &Attr<T>) -> Attr<T> {
    if config.is_null() && planned.is_unknown() { Attr::Null } else { planned.clone() }
}

/// Converts a list. It is unknown if one of its elements is unknown.
fn whole<T>(elements: List<T>) -> Attr<Vec<T>> {
    match elements {
        Attr::Known(elements) if elements.iter().any(Attr::is_unknown) => Attr::Unknown,
        other => other.map(|elements| elements.into_iter().filter_map(Attr::into_known).collect()),
    }
}

/// Returns a block that can occur at most once.
fn block<M: Default, I>(
    name: &str,
    config: &ListBlock<M>,
    planned: &ListBlock<M>,
    convert: impl Fn(&Path, &M, &M) -> I,
) -> ConfiguredInput<I> {
    let path = Path::attribute(name);
    let value = match planned {
        Blocks::Unknown => Attr::Unknown,
        Blocks::Known(blocks) => match (blocks.first(), config.first()) {
            (Some(planned), config) => Attr::Known(convert(&path.index(0), config.unwrap_or(&M::default()), planned)),
            (None, _) => Attr::Null,
        },
    };
    ConfiguredInput::new(path, value)
}

fn template(path: &Path, config: &LaunchTemplate, planned: &LaunchTemplate) -> TemplateInput {
    TemplateInput {
        id: ConfiguredInput::new(path.then("id"), chosen(&config.id, &planned.id)),
        name: ConfiguredInput::new(path.then("name"), chosen(&config.name, &planned.name)),
        version: ConfiguredInput::new(path.then("version"), planned.version.clone()),
    }
}

fn remote_access(path: &Path, _: &RemoteAccess, planned: &RemoteAccess) -> RemoteAccessInput {
    let groups = planned.source_security_group_ids.clone().map(|set| set.0);
    RemoteAccessInput {
        key: ConfiguredInput::new(path.then("ec2_ssh_key"), planned.ec2_ssh_key.clone()),
        security_groups: ConfiguredInput::new(path.then("source_security_group_ids"), whole(groups)),
    }
}

fn scaling(path: &Path, config: &ScalingConfig, planned: &ScalingConfig) -> ScalingInput {
    let desired = chosen(&config.desired_size, &planned.desired_size);
    ScalingInput {
        min: ConfiguredInput::new(path.then("min_size"), planned.min_size),
        max: ConfiguredInput::new(path.then("max_size"), planned.max_size),
        // Without a desired size, the node group is created with the minimum size.
        desired: if desired.is_null() {
            ConfiguredInput::new(path.then("min_size"), planned.min_size)
        } else {
            ConfiguredInput::new(path.then("desired_size"), desired)
        },
    }
}

fn update_config(config: &List<UpdateConfig>, planned: &List<UpdateConfig>) -> ConfiguredInput<UpdateInput> {
    let path = Path::attribute("update_config");
    let inside = path.index(0);
    let value = match chosen(config, planned) {
        Attr::Null => Attr::Null,
        Attr::Unknown => Attr::Unknown,
        Attr::Known(elements) => match elements.into_iter().next() {
            None | Some(Attr::Null) => Attr::Null,
            Some(Attr::Unknown) => Attr::Unknown,
            Some(Attr::Known(settings)) => Attr::Known(UpdateInput {
                max_unavailable: ConfiguredInput::new(inside.then("max_unavailable"), settings.max_unavailable),
                max_unavailable_percentage: ConfiguredInput::new(
                    inside.then("max_unavailable_percentage"),
                    settings.max_unavailable_percentage,
                ),
                strategy: ConfiguredInput::new(inside.then("update_strategy"), settings.update_strategy),
            }),
        },
    };
    ConfiguredInput::new(path, value)
}

fn warm_pool(path: &Path, config: &WarmPoolConfig, planned: &WarmPoolConfig) -> WarmPoolInput {
    WarmPoolInput {
        state: ConfiguredInput::new(path.then("pool_state"), chosen(&config.pool_state, &planned.pool_state)),
        max_prepared: ConfiguredInput::new(
            path.then("max_group_prepared_capacity"),
            chosen(&config.max_group_prepared_capacity, &planned.max_group_prepared_capacity),
        ),
        min_size: ConfiguredInput::new(path.then("min_size"), chosen(&config.min_size, &planned.min_size)),
    }
}

#[cfg(test)]
#[path = "subject_tests.rs"]
mod tests;
