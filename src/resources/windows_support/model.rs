//! The schema, the state, and the documentation.

use clients::names::cluster_name;
use framework::blocks::SingleBlock;
use framework::identity::Identity;
use framework::model::{Attr, Model};
use framework::timeouts::CreateUpdateDelete;

/// Enables IP addresses for pods on the Windows nodes of an EKS cluster by setting the `enable-windows-ipam` key in the
/// `amazon-vpc-cni` ConfigMap in the `kube-system` namespace.
///
/// The resource manages only this key. Other keys of the ConfigMap, which are settings of the VPC CNI, are left
/// unchanged, even on destroy. If the configuration of the `vpc-cni` add-on is managed elsewhere, set
/// `enableWindowsIpam` there instead. The cluster role requires the `AmazonEKSVPCResourceController` policy, and
/// CoreDNS requires a Linux node or Fargate.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct WindowsSupport {
    /// Name of the EKS cluster. Clusters that assign IPv6 addresses to pods do not support Windows nodes.
    #[attribute(required, replace, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Whether to force ownership of the key if another field manager owns it. If `false`, a conflict is an error that
    /// lists the field manager. Ownership is never forced if another state of this provider manages the key.
    #[attribute(optional, computed, inert, default = false)]
    pub force_conflicts: Attr<bool>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, computed, stable, replace, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Whether the key is `true`. If the key is changed outside of Terraform, the next apply restores it.
    #[attribute(computed)]
    pub enabled: Attr<bool>,
    /// Name of the cluster.
    #[attribute(computed, stable)]
    pub id: Attr<String>,
    /// Configuration block for operation timeouts. Each timeout defaults to `5m`.
    #[block(inert)]
    pub timeouts: SingleBlock<CreateUpdateDelete>,
}

/// Identity of the Windows support of a cluster.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct WindowsSupportIdentity {
    /// Name of the EKS cluster.
    #[attribute(required)]
    pub cluster_name: Attr<String>,
    /// AWS Region of the cluster.
    #[attribute(optional)]
    pub region: Attr<String>,
}

impl Identity for WindowsSupportIdentity {}
