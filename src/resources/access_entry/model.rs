//! The schema of `ekscompute_access_entry`: the arguments of `aws_eks_access_entry`, its access policies with the names
//! of `aws_eks_access_policy_association`, and additional arguments.

use clients::names::cluster_name;
use framework::blocks::{ListBlock, SetBlock, SingleBlock};
use framework::identity::Identity;
use framework::model::{Attr, Map, Model, Set};
use framework::timeouts::CreateUpdateDelete;
use framework::validators as must;

use super::validators as rules;

/// Manages an access entry, which grants an IAM role or user access to an EKS cluster, and its access policies.
///
/// Accepts the arguments of `aws_eks_access_entry`. To migrate an existing resource, change the resource type and add a
/// `moved` block. With `policy_association` blocks, the entry has exactly these access policies: policies associated
/// outside of Terraform appear in the plan and are removed. Without `policy_association` blocks, the access policies
/// are left unchanged, so that `aws_eks_access_policy_association` resources continue to work.
///
/// Access entries take effect in clusters with authentication mode `API` or `API_AND_CONFIG_MAP`. In the latter, they
/// take precedence over `aws-auth`.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AccessEntry {
    /// Name of the EKS cluster.
    #[attribute(required, replace, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// ARN of the IAM role, including its path, or of the IAM user. The path of an IAM Identity Center role starts with
    /// `aws-reserved/sso.amazonaws.com/`. Role sessions, IAM groups, and service-linked roles cannot have an access
    /// entry. If a role or user is deleted and recreated with the same ARN, EKS treats it as a different principal. Its
    /// access entry must then be replaced.
    #[attribute(required, replace, validate = [rules::principal()])]
    pub principal_arn: Attr<String>,
    /// Type of the access entry. `STANDARD` is for people and programs. `EC2_LINUX` and `EC2_WINDOWS` are for
    /// self-managed nodes. `EC2` is for EKS Auto Mode nodes. `FARGATE_LINUX`, `HYBRID_LINUX`, and `HYPERPOD_LINUX` are
    /// for Fargate, hybrid nodes, and SageMaker HyperPod.
    #[attribute(optional, computed, default = "STANDARD", replace, name = "type", validate = [must::one_of(rules::TYPES).documented()])]
    pub kind: Attr<String>,
    /// Kubernetes groups of the principal. Role bindings grant permissions to these groups. Names must not start with
    /// `system:`. If unset, the entry has no groups. Only supported with `type = "STANDARD"`.
    #[attribute(optional, computed, stable)]
    pub kubernetes_groups: Set<String>,
    /// Kubernetes username. It can contain `{{SessionName}}` after a colon, and must not start with `system:`, `eks:`,
    /// `aws:`, `amazon:`, or `iam:`. If unset, EKS generates a username. Removing the argument keeps the current
    /// username. Only supported with `type = "STANDARD"`.
    #[attribute(optional, computed, stable, unset_if_zero)]
    pub user_name: Attr<String>,
    /// Whether to adopt an existing access entry of the principal, and change it if it differs. If `false`, an existing
    /// entry is an error. EKS creates access entries for the creator of a cluster and for the roles of managed node
    /// groups and Fargate profiles. Destroying the resource keeps an adopted entry that nodes still need.
    #[attribute(optional, computed, inert, default = false)]
    pub adopt: Attr<bool>,
    /// Whether destroying the resource deletes (`delete`) or keeps (`retain`) the access entry. If unset, the entry is
    /// deleted, unless it was adopted and a managed node group or Fargate profile still uses the role.
    #[attribute(optional, inert, validate = [must::one_of(&["delete", "retain"]).documented()])]
    pub deletion_policy: Attr<String>,
    /// Whether to delete the entry or reduce its permissions even if nodes or the caller would lose access.
    #[attribute(optional, computed, inert, default = false)]
    pub skip_lockout_guard: Attr<bool>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, computed, stable, replace, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Tags of the access entry.
    #[attribute(optional, unset_if_zero, validate = [must::each_key(must::length_between(1..=128)), must::each(must::length_between(0..=256))])]
    pub tags: Map<String>,
    /// Tags of the access entry, including the `default_tags` of the provider configuration.
    #[attribute(computed)]
    pub tags_all: Map<String>,
    /// ARN of the access entry.
    #[attribute(computed, stable)]
    pub access_entry_arn: Attr<String>,
    /// Time when the access entry was created, in RFC 3339 format.
    #[attribute(computed, stable)]
    pub created_at: Attr<String>,
    /// Time when the access entry was last modified, in RFC 3339 format.
    #[attribute(computed)]
    pub modified_at: Attr<String>,
    /// ID of the access entry in the format `cluster_name:principal_arn`.
    #[attribute(computed, stable)]
    pub id: Attr<String>,
    /// Configuration block for an access policy and its scope. Only supported with `type = "STANDARD"` or `type =
    /// "EC2"`. Removing the last block also removes the access policies that this resource associated.
    #[block(equivalent = rules::same_associations)]
    pub policy_association: SetBlock<PolicyAssociation>,
    /// Configuration block for operation timeouts. Each timeout defaults to `10m`.
    #[block(inert)]
    pub timeouts: SingleBlock<CreateUpdateDelete>,
}

/// Configuration block for an access policy and its scope.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct PolicyAssociation {
    /// ARN or name of the EKS access policy. The provider checks at plan time that the policy exists.
    #[attribute(required, validate = [rules::policy()])]
    pub policy_arn: Attr<String>,
    /// Configuration block for the scope of the access policy.
    #[block(min = 1, max = 1)]
    pub access_scope: ListBlock<AccessScope>,
}

/// Configuration block for the scope of an access policy.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AccessScope {
    /// Type of the scope: the whole cluster (`cluster`) or specific namespaces (`namespace`).
    #[attribute(required, name = "type", validate = [must::one_of(&["cluster", "namespace"]).documented()])]
    pub kind: Attr<String>,
    /// Namespaces in scope. A trailing `*` matches any characters. Only supported with `type = "namespace"`.
    #[attribute(optional, unset_if_zero, validate = [must::each(must::length_between(1..=63))])]
    pub namespaces: Set<String>,
}

/// Identity of an access entry.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AccessEntryIdentity {
    /// Name of the EKS cluster.
    #[attribute(required)]
    pub cluster_name: Attr<String>,
    /// ARN of the IAM role or user.
    #[attribute(required)]
    pub principal_arn: Attr<String>,
    /// ID of the AWS account of the cluster.
    #[attribute(optional)]
    pub account_id: Attr<String>,
    /// AWS Region of the cluster.
    #[attribute(optional)]
    pub region: Attr<String>,
}

impl Identity for AccessEntryIdentity {}
