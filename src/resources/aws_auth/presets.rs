//! The usernames and groups of nodes (Amazon EKS User Guide, `aws-auth` and access entry types).

use framework::model::{Attr, Set};

const NODE: &str = "system:node:{{EC2PrivateDNSName}}";
const SESSION: &str = "system:node:{{SessionName}}";
const BOOTSTRAPPERS: &str = "system:bootstrappers";
const NODES: &str = "system:nodes";

/// The username and groups of a node type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    pub(crate) node_type: &'static str,
    pub(crate) username: &'static str,
    pub(crate) groups: &'static [&'static str],
}

/// All node types that join through `aws-auth`.
pub(super) const PRESETS: [Preset; 4] = [
    Preset { node_type: "ec2_linux", username: NODE, groups: &[BOOTSTRAPPERS, NODES] },
    Preset { node_type: "ec2_windows", username: NODE, groups: &[BOOTSTRAPPERS, NODES, "eks:kube-proxy-windows"] },
    Preset { node_type: "fargate", username: SESSION, groups: &[BOOTSTRAPPERS, NODES, "system:node-proxier"] },
    Preset { node_type: "hybrid", username: SESSION, groups: &[BOOTSTRAPPERS, NODES] },
];

/// The names of the presets.
pub(super) const NODE_TYPES: &[&str] = &["ec2_linux", "ec2_windows", "fargate", "hybrid"];

impl Preset {
    pub(super) fn named(node_type: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.node_type == node_type)
    }

    /// Returns the preset with this username and these groups.
    pub(super) fn of(username: &Attr<String>, groups: &Set<String>) -> Option<&'static Self> {
        let username = username.text()?;
        PRESETS.iter().find(|preset| preset.username == username && preset.group_set() == *groups)
    }

    pub(super) fn group_set(&self) -> Set<String> {
        Set::of(self.groups.iter().map(|group| (*group).to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_told_from_what_they_write() {
        assert_eq!(PRESETS.map(|preset| preset.node_type), *NODE_TYPES);
        for preset in &PRESETS {
            assert_eq!(Preset::of(&preset.username.into(), &preset.group_set()), Some(preset));
            assert_eq!(Preset::named(preset.node_type), Some(preset));
        }
        assert_eq!(Preset::of(&NODE.into(), &Set::of([NODES.to_owned()])), None);
        assert_eq!(Preset::of(&Attr::Unknown, &Set::of([])), None);
    }
}
