//! Schema, state and documentation.

use clients::names::cluster_name;
use framework::blocks::SingleBlock;
use framework::identity::Identity;
use framework::model::{Attr, Model};
use framework::timeouts::CreateUpdateDelete;

/// Switches on that Windows nodes of an EKS cluster get addresses for their pods: the key `enable-windows-ipam` of the
/// ConfigMap `amazon-vpc-cni` in the namespace `kube-system`.
///
/// Only this key is owned. The other keys of the ConfigMap, which are settings of the VPC CNI, stay as they are, also when
/// the resource is destroyed. Where the add-on `vpc-cni` is managed with a configuration of its own, set `enableWindowsIpam`
/// there instead. The cluster's role needs the policy `AmazonEKSVPCResourceController`, and CoreDNS needs a Linux node or
/// Fargate.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct WindowsSupport {
    /// Name of the EKS cluster. Clusters whose pods have IPv6 addresses cannot have Windows nodes.
    #[attribute(required, replace, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Whether a write of the key takes it over from another manager that owns it. If false, the write fails with an error
    /// that names the manager. A key that another state of this provider manages is not taken over.
    #[attribute(optional, computed, inert, default = false)]
    pub force_conflicts: Attr<bool>,
    /// Region of the cluster; without it, the region of the provider.
    #[attribute(optional, computed, stable, replace, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Whether the key is `true`. If somebody else sets it to something else, the next apply sets it back.
    #[attribute(computed)]
    pub enabled: Attr<bool>,
    /// Name of the cluster.
    #[attribute(computed, stable)]
    pub id: Attr<String>,
    /// How long each operation may take; 5 minutes each by default.
    #[block(inert)]
    pub timeouts: SingleBlock<CreateUpdateDelete>,
}

/// What identifies the Windows support of a cluster.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct WindowsSupportIdentity {
    /// Name of the EKS cluster.
    #[attribute(required)]
    pub cluster_name: Attr<String>,
    /// Region of the cluster.
    #[attribute(optional)]
    pub region: Attr<String>,
}

impl Identity for WindowsSupportIdentity {}
