//! Refines the plan of a node group beyond its schema: kept versions, the latest AMI release, the size set by the
//! autoscaler, and hints to avoid a replacement.

use framework::blocks::Blocks;
use framework::diagnostics::Diagnostics;
use framework::model::Attr;
use framework::path::{Path, Step};
use framework::resource::Plan;
use render::ami_types;
use render::kubernetes_version;

use super::changes::clamp;
use super::client::{Issue, NodeGroupClient, NodeGroupStatus};
use super::equivalence::UNLIMITED;
use super::model::{HealthIssue, NodeGroup, ScalingConfig};
use super::{api, auto_scaling_group, health, overlaps};

/// Refines the plan. Without a client, because the provider configuration is unknown, values that require AWS stay
/// unknown.
pub(super) async fn plan(
    client: Option<&dyn NodeGroupClient>,
    region: Option<&str>,
    plan: &mut Plan<NodeGroup>,
) -> Result<(), Diagnostics> {
    match plan.prior.clone() {
        None => create(region, &plan.config, &mut plan.planned),
        Some(prior) => {
            replace_deleted(&prior, plan);
            template_presence(&prior, plan);
            if let Some(client) = client {
                template_image(client, &prior, plan).await;
            }
            keep_versions(&prior, plan);
            keep_desired_size(&prior, plan);
            excluded_size(plan);
            remove_pool_limit(&prior, plan);
            rollback(&prior, plan);
            left_unavailable(&prior, plan);
            warn_if_unhealthy(&prior, plan);
        }
    }
    overlaps::check(client, plan).await;
    auto_scaling_group::check(plan);
    explain_replacement(plan);
    Ok(())
}

/// Sets the values that are certain before the node group exists. Unknown configured values can become anything.
fn create(region: Option<&str>, config: &NodeGroup, planned: &mut NodeGroup) {
    if let (Some(cluster), Some(name)) = (planned.cluster_name.text(), planned.node_group_name.text()) {
        planned.id = api::id(cluster, name).into();
        if config.node_group_name_prefix.is_null() {
            planned.node_group_name_prefix = Attr::Null;
        }
    }
    if let (true, Some(region)) = (config.region.is_null(), region) {
        planned.region = region.into();
    }
}

fn status(group: &NodeGroup) -> NodeGroupStatus {
    group.status.text().unwrap_or_default().into()
}

/// Replaces a node group that is being deleted, for example by an interrupted destroy.
fn replace_deleted(prior: &NodeGroup, plan: &mut Plan<NodeGroup>) {
    if status(prior) == NodeGroupStatus::Deleting {
        plan.planned.status = Attr::Unknown;
        plan.replace(Path::attribute("status"));
    }
}

/// Replaces an existing node group if the launch template is added or removed, which EKS does not support in place.
fn template_presence(prior: &NodeGroup, plan: &mut Plan<NodeGroup>) {
    if let (Blocks::Known(before), Blocks::Known(after)) = (&prior.launch_template, &plan.planned.launch_template)
        && before.is_empty() != after.is_empty()
    {
        plan.replace(Path::attribute("launch_template"));
    }
}

/// A node group always runs either EKS AMIs or custom AMIs, so a launch template version that changes this requires a
/// replacement. The version is read only when it changes. Without the permission, the apply reports the error.
async fn template_image(client: &dyn NodeGroupClient, prior: &NodeGroup, plan: &mut Plan<NodeGroup>) {
    let (Some(before), Some(after)) = (prior.launch_template.first(), plan.planned.launch_template.first()) else {
        return;
    };
    let (Some(name), Some(version)) = (api::template_name(after), after.version.text()) else { return };
    if plan.is_replace() || before.version == after.version {
        return;
    }
    match client.launch_template_image(&name, version).await {
        Ok(image) if image.is_some() != (prior.ami_type.text() == Some(ami_types::CUSTOM)) => {
            plan.replace(template_version());
        }
        Ok(_) => {}
        Err(error) => tracing::debug!(%error, "unable to check whether launch template version {version} specifies an \
                                               AMI"),
    }
}

fn template_version() -> Path {
    Path::attribute("launch_template").index(0).then("version")
}

/// Keeps version and release unless an argument that determines them changes.
fn keep_versions(prior: &NodeGroup, plan: &mut Plan<NodeGroup>) {
    if plan.is_replace() {
        return;
    }
    let template = |group: &NodeGroup| group.launch_template.first().map(|template| template.version.clone());
    let same_template = template(prior) == template(&plan.planned);
    let custom = prior.ami_type.text() == Some("CUSTOM");
    if plan.config.version.is_null() && (same_template || !custom) {
        plan.planned.version = prior.version.clone();
    }
    let same_version = plan.planned.version == prior.version;
    if plan.config.release_version.is_null() && same_version && (same_template || !custom) {
        plan.planned.release_version = prior.release_version.clone();
    }
}

/// Keeps a size that is not configured, because an autoscaler sets it, and clamps it to the configured range.
fn keep_desired_size(prior: &NodeGroup, plan: &mut Plan<NodeGroup>) {
    let configured = plan.config.scaling_config.first().is_some_and(|scaling| !scaling.desired_size.is_null());
    let present = prior.scaling_config.first().and_then(|scaling| scaling.desired_size.known().copied());
    let (false, Some(present), Some(planned)) = (configured, present, plan.planned.scaling_config.first_mut()) else {
        return;
    };
    let certain = |scaling: &ScalingConfig| !scaling.min_size.is_unknown() && !scaling.max_size.is_unknown();
    planned.desired_size = if certain(planned) { Attr::Known(clamp(present, planned)) } else { Attr::Unknown };
}

/// A size that is kept because of `ignore_changes` can be outside of a new range, which EKS rejects. The plan cannot
/// show another size, so an apply that changed it would not match the plan.
fn excluded_size(plan: &mut Plan<NodeGroup>) {
    let Some(planned) = plan.planned.scaling_config.first() else { return };
    let Some(desired) = planned.desired_size.known().copied() else { return };
    let needed = clamp(desired, planned);
    if needed == desired || plan.is_replace() {
        return;
    }
    let limit = if needed > desired { "min_size" } else { "max_size" };
    plan.diagnostics.error_at(
        Path::attribute("scaling_config").index(0).then(limit),
        "Desired size is out of range",
        format!(
            "desired_size remains {desired} in this plan, usually because of ignore_changes, but {limit} is {needed}. \
             EKS requires a desired size between min_size and max_size. Change {limit}, or remove desired_size from \
             ignore_changes for this apply so that the plan can change the size."
        ),
    );
}

/// A capacity that is no longer configured is not a limit. EKS keeps the limit until a request removes it.
fn remove_pool_limit(prior: &NodeGroup, plan: &mut Plan<NodeGroup>) {
    let configured =
        plan.config.warm_pool_config.first().is_some_and(|pool| !pool.max_group_prepared_capacity.is_null());
    let limit = prior.warm_pool_config.first().and_then(|pool| pool.max_group_prepared_capacity.known().copied());
    if let (false, Some(limit), Some(pool)) = (configured, limit, plan.planned.warm_pool_config.first_mut())
        && limit != UNLIMITED
    {
        pool.max_group_prepared_capacity = Attr::Null;
    }
}

/// A control plane can be rolled back by one minor version, after its node groups. Earlier versions are not supported.
fn rollback(prior: &NodeGroup, plan: &mut Plan<NodeGroup>) {
    let (Some(before), Some(after)) = (prior.version.text(), plan.planned.version.text()) else { return };
    let (Some(from), Some(to)) = (kubernetes_version::parse(before), kubernetes_version::parse(after)) else { return };
    if to >= from || plan.is_replace() {
        return;
    }
    let path = Path::attribute("version");
    if to.0 == from.0 && to.1 + 1 == from.1 {
        let detail = format!(
            "version changes from {before} to {after}, and EKS replaces all nodes. EKS supports this change to {after} \
             only to roll back the control plane by one minor version, within 7 days after its upgrade. Roll back all \
             managed node groups first, then the control plane."
        );
        plan.diagnostics.warning_at(path, "Node group will be rolled back to an earlier version", detail);
        return;
    }
    plan.diagnostics.error_at(
        path,
        "Rollback by more than one minor version not supported",
        format!(
            "The node group runs {before}, and version is {after}. EKS rejects this update. Set version to {before} or \
             later, or to the minor version before {before} to prepare a control plane rollback. To run {after} nodes \
             in a cluster that supports them, create another node group or replace this one."
        ),
    );
}

/// EKS keeps update settings that are removed from the configuration, and rejects a size that is incompatible with
/// them.
fn left_unavailable(prior: &NodeGroup, plan: &mut Plan<NodeGroup>) {
    let sizes = |group: &NodeGroup| group.scaling_config.first().and_then(|scaling| scaling.max_size.known().copied());
    let kept = plan.planned.update_config.known_elements().next().and_then(|update| update.max_unavailable.known());
    let (Some(kept), Some(max)) = (kept.copied(), sizes(&plan.planned)) else { return };
    let configured = plan.config.update_config.known_elements().next().is_some();
    if !configured && !plan.config.update_config.is_unknown() && kept > max && sizes(prior) != Some(max) {
        plan.diagnostics.error_at(
            Path::attribute("scaling_config").index(0).then("max_size"),
            "max_size is below the current max_unavailable",
            format!(
                "max_size is {max}. Because update_config is not set, the node group keeps max_unavailable = {kept}, \
                 which EKS requires to be between 1 and max_size. Set update_config {{ max_unavailable = {max} }} or a \
                 lower value, or raise max_size."
            ),
        );
    }
}

/// An unhealthy group does not differ from its configuration, so the plan reports its health.
fn warn_if_unhealthy(prior: &NodeGroup, plan: &mut Plan<NodeGroup>) {
    let status = status(prior);
    let cure = match status {
        NodeGroupStatus::CreateFailed => {
            "A node group that failed to create cannot be repaired by an update, and its name is not available until \
             it is deleted. Replace it (terraform apply -replace=ADDRESS), or remove it from the configuration to \
             delete it."
        }
        NodeGroupStatus::DeleteFailed => {
            "The deletion of the node group failed, and EKS rejects further updates. Fix the cause, then delete the \
             node group again (terraform destroy -target=ADDRESS) or replace it (terraform apply -replace=ADDRESS)."
        }
        NodeGroupStatus::Degraded => {
            "The node group continues to run with its current nodes. EKS clears the issue when the cause is resolved, \
             in some cases only after the next scale-out."
        }
        NodeGroupStatus::Creating
        | NodeGroupStatus::Active
        | NodeGroupStatus::Updating
        | NodeGroupStatus::Deleting
        | NodeGroupStatus::Unknown(_) => return,
    };
    if plan.is_replace() {
        return;
    }
    let text = |attr: &Attr<String>| attr.text().unwrap_or_default().to_owned();
    let issue = |issue: &HealthIssue| Issue {
        code: text(&issue.code),
        message: text(&issue.message),
        resource_ids: issue.resource_ids.known_elements().cloned().collect(),
    };
    let issues: Vec<_> = prior.health.known_elements().map(issue).collect();
    let summary = format!("Node group {} is {status}", text(&prior.id));
    plan.diagnostics.warning(summary, format!("{}\n\n{cure}", health::describe_issues(&issues, &[])));
}

/// Explains which arguments force a replacement, and how to avoid it.
fn explain_replacement(plan: &mut Plan<NodeGroup>) {
    if !plan.is_replace() {
        return;
    }
    for path in plan.replaced_by().to_vec() {
        let Some(Step::Attribute(name)) = path.steps().first() else { continue };
        if name == "status" {
            let detail = "An interrupted run or another process is already deleting the node group, and the deletion \
                          cannot be canceled. The apply waits until the node group is deleted and then recreates it.";
            plan.diagnostics.warning_at(path.clone(), "Node group is being deleted", detail);
            continue;
        }
        if path == template_version() {
            let custom = plan.prior.as_ref().is_some_and(|prior| prior.ami_type.text() == Some(ami_types::CUSTOM));
            let (with, without) = ("specifies a custom AMI", "does not specify an AMI");
            let (now, then) = if custom { (with, without) } else { (without, with) };
            let detail = format!(
                "The current launch template version {now}, and the configured version {then}. EKS cannot switch a \
                 node group between EKS AMIs and custom AMIs in place, so all nodes are drained and replaced. To \
                 update in place, use a launch template version that {now}."
            );
            plan.diagnostics.warning_at(path, "Changing launch_template replaces the node group", detail);
            continue;
        }
        let summary = format!("Changing {name} replaces the node group");
        plan.diagnostics.warning_at(path.clone(), summary, hint(name, plan));
    }
}

fn hint(name: &str, plan: &Plan<NodeGroup>) -> String {
    let avoid = match name {
        "instance_types" => {
            "The order of the instance types is significant. To change instance types in place, specify them in a \
             launch template: a new launch template version replaces the nodes gradually."
        }
        "disk_size" => "To change the disk size in place, define it in a launch template.",
        "remote_access" => "To change the key pair and security groups in place, define them in a launch template.",
        "ami_type" => "The AMI can be changed in place only within its AMI type, or if a launch template specifies it.",
        "launch_template" => {
            "Only the version of the launch template can be changed in place. Create a new version of the current \
             launch template instead."
        }
        "capacity_type" | "subnet_ids" | "node_role_arn" => {
            "EKS does not support this change for existing node groups."
        }
        _ => "Existing node groups cannot be renamed or moved.",
    };
    let fixed_name = plan.config.node_group_name.is_known() && name != "node_group_name";
    let name_hint = if fixed_name {
        " With create_before_destroy, a fixed node_group_name causes a name conflict. Use node_group_name_prefix \
         instead."
    } else {
        ""
    };
    format!("EKS does not support this change in place, so all nodes are drained and replaced. {avoid}{name_hint}")
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
