//! The schema of `ekscompute_fargate_profile`: the arguments of `aws_eks_fargate_profile`, and what this provider adds.

use clients::names::{cluster_name, role_arn};
use framework::blocks::{SetBlock, SingleBlock};
use framework::identity::Identity;
use framework::model::{Attr, List, Map, Model, Set};
use framework::timeouts::CreateDelete;
use framework::validators as must;
use framework::value::Value;
use preflight::names::check_name_or_all;

use super::validators as rules;

/// Manages an EKS Fargate profile: which pods of a cluster run on Fargate, in which subnets, and with which role.
///
/// The arguments are those of `aws_eks_fargate_profile`, so an existing configuration needs only the resource type
/// changed, and a `moved` block takes over its state. EKS makes and deletes one profile of a cluster at a time: several
/// of them queue instead of failing.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct FargateProfile {
    /// Name of the EKS cluster.
    #[attribute(required, replace, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Name of the Fargate profile. It does not begin with `eks-`.
    #[attribute(required, replace, validate = [rules::profile_name()])]
    pub fargate_profile_name: Attr<String>,
    /// ARN of the IAM role with which Fargate runs the pods. It trusts `eks-fargate-pods.amazonaws.com`, and no node group
    /// has it.
    #[attribute(required, replace, validate = [role_arn()])]
    pub pod_execution_role_arn: Attr<String>,
    /// Ids of the private subnets the pods run in: those without a direct route to an internet gateway. Without them
    /// EKS takes the private subnets of the cluster.
    #[attribute(optional, computed, stable, replace, unset_if_zero, validate = [must::size(1..=usize::MAX)])]
    pub subnet_ids: Set<String>,
    /// Names of preflight checks to leave out for this profile, or `all`. The guide to preflight checks lists them. A
    /// change calls nothing.
    #[attribute(optional, inert, unset_if_zero, validate = [must::each(check_name_or_all())])]
    pub skip_preflight: Set<String>,
    /// Region of the cluster; without it, the region of the provider.
    #[attribute(optional, computed, stable, replace, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Tags of the Fargate profile. EKS does not pass them on to pods.
    #[attribute(optional, unset_if_zero, validate = [must::each_key(must::length(1..=128)), must::each(must::length(0..=256))])]
    pub tags: Map<String>,
    /// Tags of the Fargate profile with those of the provider's `default_tags`.
    #[attribute(computed)]
    pub tags_all: Map<String>,
    /// ARN of the Fargate profile.
    #[attribute(computed, stable)]
    pub arn: Attr<String>,
    /// When the Fargate profile was created, in RFC 3339.
    #[attribute(computed, stable)]
    pub created_at: Attr<String>,
    /// What is wrong with the Fargate profile, as EKS sees it; empty when it is well.
    #[attribute(computed, settled = Value::is_zero)]
    pub health: List<HealthIssue>,
    /// `cluster_name:fargate_profile_name`.
    #[attribute(computed, stable)]
    pub id: Attr<String>,
    /// Status: `CREATING`, `ACTIVE`, `DELETING`, `CREATE_FAILED` or `DELETE_FAILED`.
    #[attribute(computed, settled = rules::is_active)]
    pub status: Attr<String>,
    /// Which pods run on Fargate: a pod that fits one of these selectors does. EKS allows 5 of them by default.
    #[block(min = 1, replace)]
    pub selector: SetBlock<Selector>,
    /// How long each operation may take; 10 minutes each by default. The time begins when its turn in the queue of the
    /// cluster comes.
    #[block(inert)]
    pub timeouts: SingleBlock<CreateDelete>,
}

/// What a pod must be to run on Fargate: of the namespace, and with all the labels.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Selector {
    /// Namespace of the pods. `*` stands for any characters, also none, and `?` for one.
    #[attribute(required, validate = [rules::namespace()])]
    pub namespace: Attr<String>,
    /// Labels of the pods. Keys and values may hold the wildcards `*` and `?`. EKS allows 5 of them by default.
    #[attribute(optional, unset_if_zero, validate = [must::each_key(must::length(1..=usize::MAX))])]
    pub labels: Map<String>,
}

/// A health issue.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct HealthIssue {
    /// Code, such as `PodExecutionRoleAlreadyInUse`.
    #[attribute(computed)]
    pub code: Attr<String>,
    /// What EKS says.
    #[attribute(computed)]
    pub message: Attr<String>,
    /// Ids of what is concerned.
    #[attribute(computed)]
    pub resource_ids: List<String>,
}

/// What identifies a Fargate profile.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct FargateProfileIdentity {
    /// Name of the EKS cluster.
    #[attribute(required)]
    pub cluster_name: Attr<String>,
    /// Name of the Fargate profile.
    #[attribute(required)]
    pub fargate_profile_name: Attr<String>,
    /// AWS account of the cluster.
    #[attribute(optional)]
    pub account_id: Attr<String>,
    /// Region of the cluster.
    #[attribute(optional)]
    pub region: Attr<String>,
}

impl Identity for FargateProfileIdentity {}
