//! The schema of `ekscompute_node_ami`.

use clients::names;
use framework::model::{Attr, List, Model};
use framework::validators::{Validator, text_that};
use render::ami_types;

/// Finds the AMI that AWS recommends for nodes, or that of a certain release, from the public parameters of Systems Manager.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeAmi {
    /// AMI type, such as `AL2023_x86_64_STANDARD`.
    #[attribute(required, validate = [ami_type()])]
    pub ami_type: Attr<String>,
    /// Kubernetes version of the nodes, such as `1.33`.
    #[attribute(required, validate = [names::kubernetes_version()])]
    pub kubernetes_version: Attr<String>,
    /// Release of the AMI: give one, such as `1.33.4-20250904`, to have no other AMI than that, or leave it out to get the
    /// recommended one, which changes. For Windows AWS publishes only the recommended one.
    #[attribute(optional, computed)]
    pub release_version: Attr<String>,
    /// Region of the AMI, whose id is another in each; without it, the region of the provider.
    #[attribute(optional, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Whether all releases are listed in `available`, which takes some calls more.
    #[attribute(optional)]
    pub include_available: Attr<bool>,
    /// Id of the AMI, for the launch template.
    #[attribute(computed)]
    pub image_id: Attr<String>,
    /// Architecture, as EC2 calls it: `x86_64` or `arm64`.
    #[attribute(computed)]
    pub architecture: Attr<String>,
    /// All releases, newest first; null without `include_available`.
    #[attribute(computed)]
    pub available: List<Release>,
}

/// A release.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Release {
    /// The release.
    #[attribute(computed)]
    pub release_version: Attr<String>,
    /// Id of its AMI.
    #[attribute(computed)]
    pub image_id: Attr<String>,
}

fn ami_type() -> Validator {
    let names: Vec<_> = ami_types::AMI_TYPES.iter().map(|known| format!("`{}`", known.name)).collect();
    text_that(format!("be one of {}", names.join(", ")), |text| ami_types::find(text).is_some())
}
