//! The checks, one file each.

mod role_access_entry;
mod role_cni_policy;
mod role_exists;
mod role_image_pull_policy;
mod role_not_of_cluster;
mod role_permissions_boundary;
mod role_pod_execution_policy;
mod role_recreated;
mod role_trust_policy;
mod role_worker_policy;

#[cfg(test)]
mod testing;

use super::check::Check;

/// Every check, in the order of the guide.
pub const CHECKS: &[&Check] = &[
    // Roles.
    &role_exists::CHECK,
    &role_trust_policy::CHECK,
    &role_not_of_cluster::CHECK,
    &role_worker_policy::CHECK,
    &role_image_pull_policy::CHECK,
    &role_cni_policy::CHECK,
    &role_pod_execution_policy::CHECK,
    &role_permissions_boundary::CHECK,
    &role_access_entry::CHECK,
    &role_recreated::CHECK,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_distinct_and_texts_whole() {
        let names: BTreeSet<_> = CHECKS.iter().map(|check| check.name).collect();
        assert_eq!(names.len(), CHECKS.len());
        for check in CHECKS {
            let name_is_plain = check.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(name_is_plain && !check.kinds.is_empty() && !check.inputs.is_empty(), "{}", check.name);
            assert!(check.finds.ends_with('.') && check.finds.starts_with(char::is_uppercase), "{}", check.finds);
        }
    }
}
