//! The checks, one file each.

mod ami_type_supported;
mod ami_type_version;
mod caller_permissions;
mod capacity_block;
mod capacity_type;
mod cluster_active;
mod cluster_endpoint;
mod cluster_exists;
mod cluster_insights;
mod drain;
mod elastic_fabric_adapter;
mod fargate_profile_quota;
mod instance_profile_quota;
mod instance_types_accelerator;
mod instance_types_architecture;
mod instance_types_exist;
mod instance_types_ipv6;
mod instance_types_offered;
mod instance_types_pods;
mod key_pair_exists;
mod launch_template_ami;
mod launch_template_conflicts;
mod launch_template_exists;
mod launch_template_forbidden;
mod launch_template_join;
mod launch_template_metadata;
mod launch_template_security_groups;
mod launch_template_userdata;
mod nat_gateway;
mod network_acl;
mod node_group_quota;
mod node_quota;
mod objects_per_cluster;
mod placement_group;
mod release_version;
mod role_access_entry;
mod role_cni_policy;
mod role_exists;
mod role_image_pull_policy;
mod role_is_cluster_role;
mod role_is_node_role;
mod role_mapping;
mod role_permissions_boundary;
mod role_pod_execution_policy;
mod role_recreated;
mod role_trust_policy;
mod role_worker_policy;
mod service_linked_role;
mod spot_diversity;
mod subnet_free_addresses;
mod subnet_ipv6;
mod subnet_outbound_route;
mod subnet_public_addresses;
mod subnet_zones;
mod subnets_exist;
mod subnets_in_vpc;
mod subnets_private;
mod vcpu_quota;
mod version_matches_cluster;
mod version_supported;
mod volume_key;
mod vpc_dns;
mod vpc_dns_servers;
mod vpc_endpoints;
mod warm_pool_hibernation;
mod windows_ipv4;

#[cfg(test)]
mod healthy_setups;
#[cfg(test)]
mod testing;

use super::check::{Check, CheckTarget, Label};
use super::subject::{Input, Kind, Subject};

/// Every check, in the order of the guide.
pub const CHECKS: &[&Check] = &[
    // Roles.
    &role_exists::CHECK,
    &role_trust_policy::CHECK,
    &role_is_cluster_role::CHECK,
    &role_is_node_role::CHECK,
    &role_worker_policy::CHECK,
    &role_image_pull_policy::CHECK,
    &role_cni_policy::CHECK,
    &role_pod_execution_policy::CHECK,
    &role_permissions_boundary::CHECK,
    &role_access_entry::CHECK,
    &role_recreated::CHECK,
    &instance_profile_quota::CHECK,
    &service_linked_role::CHECK,
    &caller_permissions::CHECK,
    &role_mapping::CHECK,
    // The cluster.
    &cluster_exists::CHECK,
    &cluster_active::CHECK,
    &version_matches_cluster::CHECK,
    &version_supported::CHECK,
    &cluster_insights::CHECK,
    &cluster_endpoint::CHECK,
    &vpc_dns::CHECK,
    &vpc_dns_servers::CHECK,
    &node_group_quota::CHECK,
    &node_quota::CHECK,
    &fargate_profile_quota::CHECK,
    // Subnets.
    &subnets_exist::CHECK,
    &subnets_in_vpc::CHECK,
    &subnet_zones::CHECK,
    &subnet_free_addresses::CHECK,
    &subnet_public_addresses::CHECK,
    &subnet_outbound_route::CHECK,
    &subnets_private::CHECK,
    &subnet_ipv6::CHECK,
    &nat_gateway::CHECK,
    &vpc_endpoints::CHECK,
    &network_acl::CHECK,
    // AMIs and instance types.
    &ami_type_version::CHECK,
    &ami_type_supported::CHECK,
    &release_version::CHECK,
    &instance_types_exist::CHECK,
    &instance_types_offered::CHECK,
    &instance_types_architecture::CHECK,
    &instance_types_accelerator::CHECK,
    &instance_types_pods::CHECK,
    &instance_types_ipv6::CHECK,
    &windows_ipv4::CHECK,
    &capacity_type::CHECK,
    &vcpu_quota::CHECK,
    &capacity_block::CHECK,
    &spot_diversity::CHECK,
    &warm_pool_hibernation::CHECK,
    // Launch templates and remote access.
    &launch_template_exists::CHECK,
    &launch_template_forbidden::CHECK,
    &launch_template_conflicts::CHECK,
    &launch_template_ami::CHECK,
    &launch_template_userdata::CHECK,
    &launch_template_join::CHECK,
    &launch_template_metadata::CHECK,
    &launch_template_security_groups::CHECK,
    &placement_group::CHECK,
    &elastic_fabric_adapter::CHECK,
    &volume_key::CHECK,
    &key_pair_exists::CHECK,
    // Pods on nodes that the plan drains.
    &drain::pod_disruption_budgets::CHECK,
    &drain::pod_disruption_budget_overlap::CHECK,
    &drain::pod_tolerations::CHECK,
    &drain::pod_controllers::CHECK,
    &drain::pod_local_data::CHECK,
    &drain::pod_grace_period::CHECK,
];

impl CheckTarget for Subject {
    type Kind = Kind;
    type Input = Input;

    fn checks() -> &'static [&'static Check<Self>] {
        CHECKS
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn changes(&self, input: Input) -> bool {
        Self::changes(self, input)
    }

    fn region(&self) -> &str {
        &self.region
    }

    fn label(&self) -> Label {
        let kind = self.kind.name();
        match (self.cluster.value.text(), self.name.value.text()) {
            (Some(cluster), Some(name)) => Label { text: format!("{kind} {cluster}:{name}"), is_unique: true },
            (Some(cluster), None) => Label { text: format!("another {kind} of cluster {cluster}"), is_unique: false },
            (None, _) => Label { text: format!("another {kind}"), is_unique: false },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn check_names_are_unique_and_descriptions_are_sentences() {
        let names: BTreeSet<_> = CHECKS.iter().map(|check| check.name).collect();
        assert_eq!(names.len(), CHECKS.len());
        for check in CHECKS {
            let name_is_plain =
                check.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            assert!(name_is_plain && !check.kinds.is_empty() && !check.inputs.is_empty(), "{}", check.name);
            assert!(check.finds.ends_with('.') && check.finds.starts_with(char::is_uppercase), "{}", check.finds);
        }
    }
}
