//! The schema of `ekscompute_node_ami`.

use clients::names;
use framework::model::{Attr, List, Model};
use framework::validators::{Validator, one_of_names};
use render::ami_types;

/// Provides the AMI that AWS recommends for nodes, or the AMI of a specific release, from public AWS Systems Manager
/// parameters.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeAmi {
    /// AMI type of the nodes, such as `AL2023_x86_64_STANDARD`.
    #[attribute(required, validate = [ami_type()])]
    pub ami_type: Attr<String>,
    /// Kubernetes version of the nodes, such as `1.33`.
    #[attribute(required, validate = [names::kubernetes_version()])]
    pub kubernetes_version: Attr<String>,
    /// AMI release, such as `1.33.4-20250904`. If unset, the data source returns the recommended release, which changes
    /// over time. For Windows, AWS publishes only the recommended release.
    #[attribute(optional, computed)]
    pub release_version: Attr<String>,
    /// AWS Region of the AMI. AMI IDs differ between Regions. Defaults to the Region set in the provider configuration.
    #[attribute(optional, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Whether to list all releases in `available`, which requires additional API calls. Defaults to `false`.
    #[attribute(optional)]
    pub include_available: Attr<bool>,
    /// ID of the AMI, for use in a launch template.
    #[attribute(computed)]
    pub image_id: Attr<String>,
    /// CPU architecture as spelled by EC2: `x86_64` or `arm64`.
    #[attribute(computed)]
    pub architecture: Attr<String>,
    /// All releases, newest first. Null unless `include_available` is set.
    #[attribute(computed)]
    pub available: List<Release>,
}

/// An AMI release.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Release {
    /// Version of the release.
    #[attribute(computed)]
    pub release_version: Attr<String>,
    /// ID of the AMI.
    #[attribute(computed)]
    pub image_id: Attr<String>,
}

fn ami_type() -> Validator {
    one_of_names(ami_types::AMI_TYPES.iter().map(|known| known.name))
}
