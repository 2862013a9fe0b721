//! Validates the configuration of a node group without AWS requests.

use std::collections::BTreeSet;

use super::auto_scaling_group;
use super::model::{LaunchTemplate, NodeGroup, NodeRepairConfig, ScalingConfig, WarmPoolConfig};
use framework::diagnostics::Diagnostics;
use framework::path::Path;

/// Validates combinations of arguments.
pub(super) fn together(config: &NodeGroup, diagnostics: &mut Diagnostics) {
    names(config, diagnostics);
    if let Some(scaling) = config.scaling_config.first() {
        sizes(config, scaling, diagnostics);
    }
    if let Some(template) = config.launch_template.first() {
        launch_template(config, template, diagnostics);
    }
    ami(config, diagnostics);
    remote_access(config, diagnostics);
    taints(config, diagnostics);
    if let Some(repair) = config.node_repair_config.first() {
        repair_limits(repair, diagnostics);
    }
    if let Some(pool) = config.warm_pool_config.first() {
        warm_pool(config, pool, diagnostics);
    }
    auto_scaling_group::together(config, diagnostics);
}

fn conflict(diagnostics: &mut Diagnostics, path: Path, other: &str, why: &str) {
    diagnostics.error_at(path.clone(), format!("{path} conflicts with {other}"), why.to_owned());
}

fn names(config: &NodeGroup, diagnostics: &mut Diagnostics) {
    let (Some(name), Some(prefix)) = (config.node_group_name.text(), config.node_group_name_prefix.text()) else {
        return;
    };
    // Terraform generates both from the state of a node group that was created with a prefix.
    if !name.starts_with(prefix) {
        conflict(
            diagnostics,
            Path::attribute("node_group_name_prefix"),
            "node_group_name",
            "Specify either the full name or a prefix, to which the provider adds a unique suffix.",
        );
    }
}

fn sizes(config: &NodeGroup, scaling: &ScalingConfig, diagnostics: &mut Diagnostics) {
    let block = Path::attribute("scaling_config").index(0);
    let (min, max) = (scaling.min_size.known(), scaling.max_size.known());
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        let path = block.then("min_size");
        let detail = format!("min_size is {min}, max_size is {max}. Lower min_size or raise max_size.");
        diagnostics.error_at(path, "min_size is above max_size", detail);
        return;
    }
    if let Some(desired) = scaling.desired_size.known() {
        let below = min.filter(|min| desired < min).map(|min| format!("below min_size {min}"));
        let above = max.filter(|max| desired > max).map(|max| format!("above max_size {max}"));
        if let Some(limit) = below.or(above) {
            let detail = format!(
                "desired_size is {desired}, {limit}. It must be between min_size and max_size. Remove it to let an \
                 autoscaler manage the size."
            );
            diagnostics.error_at(block.then("desired_size"), "desired_size is out of range", detail);
        }
    }
    let unavailable = config.update_config.known_elements().next().and_then(|update| update.max_unavailable.known());
    if let (Some(unavailable), Some(max)) = (unavailable, max)
        && unavailable > max
    {
        diagnostics.error_at(
            Path::attribute("update_config").index(0).then("max_unavailable"),
            "max_unavailable is above max_size",
            format!(
                "max_unavailable is {unavailable}, max_size is {max}. Set max_unavailable to a value between 1 and \
                 max_size."
            ),
        );
    }
}

fn launch_template(config: &NodeGroup, template: &LaunchTemplate, diagnostics: &mut Diagnostics) {
    let block = Path::attribute("launch_template").index(0);
    if template.id.is_null() && template.name.is_null() {
        diagnostics.error_at(
            block,
            "launch_template requires id or name",
            "Specify the launch template by ID or by name.",
        );
    }
    if config.disk_size.is_known() {
        conflict(
            diagnostics,
            Path::attribute("disk_size"),
            "launch_template",
            "With a launch template, EKS reads the disk configuration from its block device mappings. Set the size \
             there.",
        );
    }
    if config.remote_access.first().is_some() {
        conflict(
            diagnostics,
            Path::attribute("remote_access"),
            "launch_template",
            "With a launch template, EKS reads the key pair and security groups from the template. Set them there.",
        );
    }
}

fn ami(config: &NodeGroup, diagnostics: &mut Diagnostics) {
    let custom = config.ami_type.text() == Some("CUSTOM");
    let no_template = config.launch_template.known().is_some_and(Vec::is_empty);
    if custom && no_template {
        diagnostics.error_at(
            Path::attribute("ami_type"),
            "ami_type CUSTOM requires a launch template",
            "With CUSTOM, the launch template specifies the AMI. Add a launch_template block whose template specifies \
             an AMI, or use one of the EKS AMI types.",
        );
    }
    if config.ami_update_policy.text() == Some("latest") {
        if config.release_version.is_known() {
            let why = "A fixed release and automatic upgrades to the latest release are mutually exclusive. Remove one \
                       of the two arguments.";
            conflict(diagnostics, Path::attribute("release_version"), "ami_update_policy latest", why);
        }
        if custom {
            let why = "AWS does not publish recommended releases for custom AMIs.";
            conflict(diagnostics, Path::attribute("ami_update_policy"), "ami_type CUSTOM", why);
        }
    }
}

fn remote_access(config: &NodeGroup, diagnostics: &mut Diagnostics) {
    let Some(access) = config.remote_access.first() else { return };
    if access.ec2_ssh_key.is_null() && access.source_security_group_ids.is_known() {
        diagnostics.error_at(
            Path::attribute("remote_access").index(0).then("source_security_group_ids"),
            "source_security_group_ids requires ec2_ssh_key",
            "EKS opens the port for these security groups only if a key pair is set. Add ec2_ssh_key.",
        );
    }
}

fn taints(config: &NodeGroup, diagnostics: &mut Diagnostics) {
    let mut seen = BTreeSet::new();
    for taint in config.taint.iter() {
        if let (Some(key), Some(effect)) = (taint.key.text(), taint.effect.text())
            && !seen.insert((key, effect))
        {
            diagnostics.error_at(
                Path::attribute("taint"),
                format!("Duplicate taint {key} with effect {effect}"),
                "Kubernetes identifies taints by key and effect, so two taints must not differ only in value. Remove \
                 one of them.",
            );
        }
    }
}

fn repair_limits(repair: &NodeRepairConfig, diagnostics: &mut Diagnostics) {
    let pairs = [
        (
            &repair.max_parallel_nodes_repaired_count,
            &repair.max_parallel_nodes_repaired_percentage,
            "max_parallel_nodes_repaired",
        ),
        (
            &repair.max_unhealthy_node_threshold_count,
            &repair.max_unhealthy_node_threshold_percentage,
            "max_unhealthy_node_threshold",
        ),
    ];
    for (count, percentage, name) in pairs {
        if count.is_known() && percentage.is_known() {
            let path = Path::attribute("node_repair_config").index(0).then(format!("{name}_percentage"));
            conflict(diagnostics, path, &format!("{name}_count"), "Specify either a number or a percentage.");
        }
    }
}

fn warm_pool(config: &NodeGroup, pool: &WarmPoolConfig, diagnostics: &mut Diagnostics) {
    let Some(ami_type) = config.ami_type.text() else { return };
    let block = Path::attribute("warm_pool_config").index(0);
    if ami_type == "CUSTOM" {
        conflict(diagnostics, block, "ami_type CUSTOM", "EKS supports warm pools only with EKS AMI types.");
        return;
    }
    if !ami_type.starts_with("BOTTLEROCKET") {
        return;
    }
    if pool.pool_state.text() == Some("HIBERNATED") {
        let why = "Bottlerocket does not support hibernation. Use STOPPED or RUNNING.";
        conflict(diagnostics, block.then("pool_state"), &format!("ami_type {ami_type}"), why);
    }
    if pool.reuse_on_scale_in.known() == Some(&true) {
        let why = "Bottlerocket nodes cannot return to the warm pool.";
        conflict(diagnostics, block.then("reuse_on_scale_in"), &format!("ami_type {ami_type}"), why);
    }
}

#[cfg(test)]
#[path = "validation_tests.rs"]
mod tests;
