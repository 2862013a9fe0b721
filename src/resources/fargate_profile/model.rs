//! The schema of `ekscompute_fargate_profile`: the arguments of `aws_eks_fargate_profile`, and additional ones.

use clients::names::{cluster_name, role_arn};
use framework::blocks::{SetBlock, SingleBlock};
use framework::identity::Identity;
use framework::model::{Attr, List, Map, Model, Set};
use framework::timeouts::CreateDelete;
use framework::validators as must;
use framework::value::Value;
use preflight::names::check_name_or_all;

use super::validators as rules;

/// Manages an EKS Fargate profile, which selects the pods of a cluster that run on Fargate, their subnets, and their
/// pod execution role.
///
/// Accepts the arguments of `aws_eks_fargate_profile`. To migrate an existing resource, change the resource type and
/// add a `moved` block. EKS creates and deletes only one Fargate profile per cluster at a time. The provider queues
/// several profiles of a cluster, so that they do not fail.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct FargateProfile {
    /// Name of the EKS cluster.
    #[attribute(required, replace, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Name of the Fargate profile.
    #[attribute(required, replace, validate = [rules::profile_name()])]
    pub fargate_profile_name: Attr<String>,
    /// ARN of the pod execution role. The role must trust `eks-fargate-pods.amazonaws.com` and must not be the node
    /// role of a node group.
    #[attribute(required, replace, validate = [role_arn()])]
    pub pod_execution_role_arn: Attr<String>,
    /// IDs of the private subnets for the pods. A subnet is private if it has no direct route to an internet gateway.
    /// If unset, EKS uses the private subnets of the cluster.
    #[attribute(optional, computed, stable, replace, unset_if_zero, validate = [must::size_between(1..=usize::MAX)])]
    pub subnet_ids: Set<String>,
    /// Names of preflight checks to skip, or `all`. The guide to preflight checks lists them. Changing this argument
    /// does not call any API.
    #[attribute(optional, inert, unset_if_zero, validate = [must::each(check_name_or_all())])]
    pub skip_preflight: Set<String>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, computed, stable, replace, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Tags of the Fargate profile. EKS does not propagate them to pods.
    #[attribute(optional, unset_if_zero, validate = [must::each_key(must::length_between(1..=128)), must::each(must::length_between(0..=256))])]
    pub tags: Map<String>,
    /// Tags of the Fargate profile, including the `default_tags` of the provider configuration.
    #[attribute(computed)]
    pub tags_all: Map<String>,
    /// ARN of the Fargate profile.
    #[attribute(computed, stable)]
    pub arn: Attr<String>,
    /// Time when the Fargate profile was created, in RFC 3339 format.
    #[attribute(computed, stable)]
    pub created_at: Attr<String>,
    /// Health issues reported by EKS. Empty if the Fargate profile is healthy.
    #[attribute(computed, settled = Value::is_zero)]
    pub health: List<HealthIssue>,
    /// ID of the Fargate profile in the format `cluster_name:fargate_profile_name`.
    #[attribute(computed, stable)]
    pub id: Attr<String>,
    /// Status of the Fargate profile: `CREATING`, `ACTIVE`, `DELETING`, `CREATE_FAILED`, or `DELETE_FAILED`.
    #[attribute(computed, settled = rules::is_active)]
    pub status: Attr<String>,
    /// Configuration block for a selector of the pods to run on Fargate. A pod must match at least one selector. By
    /// default, EKS allows up to 5 selectors.
    #[block(min = 1, replace)]
    pub selector: SetBlock<Selector>,
    /// Configuration block for operation timeouts. Each timeout defaults to `10m` and starts when the operation leaves
    /// the queue of the cluster.
    #[block(inert)]
    pub timeouts: SingleBlock<CreateDelete>,
}

/// Configuration block for a selector. A pod matches if it is in the namespace and has all labels.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Selector {
    /// Namespace of the pods. `*` matches zero or more characters, and `?` matches exactly one character.
    #[attribute(required, validate = [rules::namespace()])]
    pub namespace: Attr<String>,
    /// Labels of the pods. Keys and values support the wildcards `*` and `?`. By default, EKS allows up to 5 labels.
    #[attribute(optional, unset_if_zero, validate = [must::each_key(must::length_between(1..=usize::MAX))])]
    pub labels: Map<String>,
}

/// A health issue reported by EKS.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct HealthIssue {
    /// Code of the health issue, such as `PodExecutionRoleAlreadyInUse`.
    #[attribute(computed)]
    pub code: Attr<String>,
    /// Message from EKS.
    #[attribute(computed)]
    pub message: Attr<String>,
    /// IDs of the affected resources.
    #[attribute(computed)]
    pub resource_ids: List<String>,
}

/// Identity of a Fargate profile.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct FargateProfileIdentity {
    /// Name of the EKS cluster.
    #[attribute(required)]
    pub cluster_name: Attr<String>,
    /// Name of the Fargate profile.
    #[attribute(required)]
    pub fargate_profile_name: Attr<String>,
    /// ID of the AWS account of the cluster.
    #[attribute(optional)]
    pub account_id: Attr<String>,
    /// AWS Region of the cluster.
    #[attribute(optional)]
    pub region: Attr<String>,
}

impl Identity for FargateProfileIdentity {}
