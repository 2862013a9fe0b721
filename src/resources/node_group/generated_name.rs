//! The names of node groups.

use clients::generated_name::suffix;
pub(super) use clients::generated_name::{made, token};

use super::model::NodeGroup;

/// The prefix if neither a name nor a prefix is configured.
const DEFAULT_PREFIX: &str = "terraform-";

/// Returns the configured name, or the prefix with a unique suffix.
pub(super) fn node_group_name(planned: &NodeGroup) -> String {
    planned.node_group_name.text().map_or_else(|| format!("{}{}", prefix(planned), suffix()), str::to_owned)
}

/// Returns the prefix of a generated name.
pub(super) fn prefix(planned: &NodeGroup) -> &str {
    planned.node_group_name_prefix.text().filter(|prefix| !prefix.is_empty()).unwrap_or(DEFAULT_PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_names_have_the_length_that_is_left_by_the_longest_prefix() {
        let planned = NodeGroup { node_group_name_prefix: "x".repeat(37).into(), ..NodeGroup::default() };
        let (first, second) = (node_group_name(&planned), node_group_name(&planned));
        assert_eq!(first.len(), 63);
        assert_ne!(first, second);
        assert!(first.bytes().skip(37).all(|byte| byte.is_ascii_hexdigit()));
    }

    #[test]
    fn given_name_is_the_name() {
        let planned = NodeGroup { node_group_name: "a".into(), ..NodeGroup::default() };
        assert_eq!(node_group_name(&planned), "a");
        assert!(node_group_name(&NodeGroup::default()).starts_with("terraform-"));
    }
}
