//! The schema of `ekscompute_access_entry`: the arguments of `aws_eks_access_entry`, its access policies with the names of
//! `aws_eks_access_policy_association`, and what this provider adds.

use clients::names::cluster_name;
use framework::blocks::{ListBlock, SetBlock, SingleBlock};
use framework::identity::Identity;
use framework::model::{Attr, Map, Model, Set};
use framework::timeouts::CreateUpdateDelete;
use framework::validators as must;

use super::validators as rules;

/// Manages an access entry of an EKS cluster, which lets an IAM role or user in, together with its access policies.
///
/// The arguments are those of `aws_eks_access_entry`, so an existing configuration needs only the resource type changed, and
/// a `moved` block takes over its state. With `policy_association` blocks the entry has these access policies and no others:
/// what somebody else associates shows in the plan and is taken back. Without such a block the policies are left alone, so
/// that resources of the type `aws_eks_access_policy_association` keep working beside this one.
///
/// Access entries count in clusters of authentication mode `API_AND_CONFIG_MAP`, where they come before `aws-auth`, and `API`.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AccessEntry {
    /// Name of the EKS cluster.
    #[attribute(required, replace, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// ARN of the IAM role, with its path, or of the IAM user. One that is deleted and made anew under the same ARN is
    /// another one for EKS: its entry has to be replaced, too.
    #[attribute(required, replace, validate = [rules::principal()])]
    pub principal_arn: Attr<String>,
    /// What comes in with the entry: `STANDARD` for people and programs; `EC2_LINUX` and `EC2_WINDOWS` for nodes that
    /// EKS does not manage; `EC2` for nodes of EKS Auto Mode; `FARGATE_LINUX`, `HYBRID_LINUX` and `HYPERPOD_LINUX`.
    #[attribute(optional, computed, default = "STANDARD", replace, name = "type", validate = [must::one_of(rules::TYPES)])]
    pub kind: Attr<String>,
    /// Kubernetes groups, which role bindings give rights to; only with type `STANDARD`. Without them the entry has none. Their
    /// names must not begin with `system:`.
    #[attribute(optional, computed, stable)]
    pub kubernetes_groups: Set<String>,
    /// Kubernetes user name; only with type `STANDARD`. Without it EKS gives one, and one that was given before stays. It may
    /// hold `{{SessionName}}` after a colon, and must not begin with `system:`, `eks:`, `aws:`, `amazon:` or `iam:`.
    #[attribute(optional, computed, stable, unset_if_zero)]
    pub user_name: Attr<String>,
    /// Whether an entry of the principal that exists already is taken over, and changed if it differs, instead of being an
    /// error. EKS makes entries itself for the creator of a cluster and for the roles of managed node groups and Fargate
    /// profiles. An adopted entry of nodes that still need it is kept when this resource is destroyed.
    #[attribute(optional, computed, inert, default = false)]
    pub adopt: Attr<bool>,
    /// What destroying does with the entry: `delete` or `retain`. Without it, the entry is deleted, unless it was
    /// adopted and a managed node group or Fargate profile still uses the role.
    #[attribute(optional, inert, validate = [must::one_of(&["delete", "retain"])])]
    pub deletion_policy: Attr<String>,
    /// Whether the entry is deleted, or its rights made fewer, even if nodes or the caller lose their access with it.
    #[attribute(optional, computed, inert, default = false)]
    pub skip_lockout_guard: Attr<bool>,
    /// Region of the cluster; without it, the region of the provider.
    #[attribute(optional, computed, stable, replace, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Tags of the access entry.
    #[attribute(optional, unset_if_zero, validate = [must::each_key(must::length(1..=128)), must::each(must::length(0..=256))])]
    pub tags: Map<String>,
    /// Tags of the access entry with those of the provider's `default_tags`.
    #[attribute(computed)]
    pub tags_all: Map<String>,
    /// ARN of the access entry.
    #[attribute(computed, stable)]
    pub access_entry_arn: Attr<String>,
    /// When the access entry was created, in RFC 3339.
    #[attribute(computed, stable)]
    pub created_at: Attr<String>,
    /// When the access entry was last changed, in RFC 3339.
    #[attribute(computed)]
    pub modified_at: Attr<String>,
    /// `cluster_name:principal_arn`.
    #[attribute(computed, stable)]
    pub id: Attr<String>,
    /// An access policy of the entry, with where it counts. Types `STANDARD` and `EC2` can have access policies. When the
    /// last block is removed, what this resource had associated goes with it.
    #[block(equivalent = rules::same_associations)]
    pub policy_association: SetBlock<PolicyAssociation>,
    /// How long each operation may take; 10 minutes each by default.
    #[block(inert)]
    pub timeouts: SingleBlock<CreateUpdateDelete>,
}

/// An access policy, and where it counts.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct PolicyAssociation {
    /// ARN of the access policy, such as `arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy`, or its name alone. The
    /// plan asks EKS whether there is one.
    #[attribute(required, validate = [rules::policy()])]
    pub policy_arn: Attr<String>,
    /// Where the policy counts.
    #[block(min = 1, max = 1)]
    pub access_scope: ListBlock<AccessScope>,
}

/// Where an access policy counts.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AccessScope {
    /// `cluster` for the whole cluster, or `namespace`.
    #[attribute(required, name = "type", validate = [must::one_of(&["cluster", "namespace"])])]
    pub kind: Attr<String>,
    /// The namespaces, with type `namespace` only. `*` at the end of one stands for any characters.
    #[attribute(optional, unset_if_zero, validate = [must::each(must::length(1..=63))])]
    pub namespaces: Set<String>,
}

/// What identifies an access entry.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AccessEntryIdentity {
    /// Name of the EKS cluster.
    #[attribute(required)]
    pub cluster_name: Attr<String>,
    /// ARN of the IAM role or user.
    #[attribute(required)]
    pub principal_arn: Attr<String>,
    /// AWS account of the cluster.
    #[attribute(optional)]
    pub account_id: Attr<String>,
    /// Region of the cluster.
    #[attribute(optional)]
    pub region: Attr<String>,
}

impl Identity for AccessEntryIdentity {}
