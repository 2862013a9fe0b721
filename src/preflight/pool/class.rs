//! What is known of a pool's node class.

use crate::render::karpenter::instance_type::Zone;
use crate::render::karpenter::requirements::Requirement;

/// A family of AMIs, as far as GPUs are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmiFamily {
    /// Amazon Linux 2023, or 2: the plugin is installed by the user.
    AmazonLinux,
    /// Bottlerocket, whose image for NVIDIA has the plugin.
    Bottlerocket,
    /// Windows, which has no image for GPUs.
    Windows,
    /// The user's own.
    Custom,
}

/// An AMI that the class has found, as its status tells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Image {
    /// The id.
    pub id: String,
    /// What an instance type must have to start from it.
    pub requirements: Vec<Requirement>,
}

/// A network interface that nodes of the class have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interface {
    /// Index of its network card.
    pub card: i64,
    /// Whether it is one of an Elastic Fabric Adapter alone.
    pub efa_only: bool,
}

/// What is known of a node class.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Class {
    /// The name.
    pub name: String,
    /// The zones of the subnets that it has found; none when they are not known.
    pub zones: Option<Vec<Zone>>,
    /// The AMIs that it has found; none when they are not known, as in EKS Auto Mode.
    pub images: Option<Vec<Image>>,
    /// The network interfaces that it asks for; empty without.
    pub interfaces: Vec<Interface>,
    /// The family of its AMIs; none when it is not known, and in EKS Auto Mode.
    pub family: Option<AmiFamily>,
}

impl AmiFamily {
    /// The family as the field `amiFamily` or the beginning of an alias calls it.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "al2" | "al2023" => Some(Self::AmazonLinux),
            "bottlerocket" => Some(Self::Bottlerocket),
            "custom" => Some(Self::Custom),
            windows if windows.starts_with("windows") => Some(Self::Windows),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn family_is_read_from_field_and_alias() {
        for (name, family) in [
            ("AL2023", Some(AmiFamily::AmazonLinux)),
            ("al2", Some(AmiFamily::AmazonLinux)),
            ("Bottlerocket", Some(AmiFamily::Bottlerocket)),
            ("windows2022", Some(AmiFamily::Windows)),
            ("Custom", Some(AmiFamily::Custom)),
            ("Ubuntu", None),
        ] {
            assert_eq!(AmiFamily::of(name), family);
        }
    }
}
