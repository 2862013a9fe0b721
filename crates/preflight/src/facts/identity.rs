//! Facts about the caller, and about the permissions of roles.

use crate::policy::Policy;

/// The caller.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caller {
    /// The account.
    pub account: String,
    /// The ARN, which can be the ARN of an assumed role.
    pub arn: String,
    /// The ARN of the underlying role or user whose policies apply. `None` for the root user and federated users.
    pub principal: Option<String>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Role {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// `/` or a path.
    pub path: String,
    /// The trust policy, or `None` if it is not a supported policy document.
    pub trust: Option<Policy>,
    /// The ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// Creation time, in seconds since 1970.
    pub created_at: i64,
    /// Whether it was created since the run started.
    pub is_new: bool,
}

/// The policies of a role.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RolePolicies {
    /// ARNs of attached managed policies.
    pub attached: Vec<String>,
    /// Names of inline policies.
    pub inline: Vec<String>,
}

impl RolePolicies {
    /// Returns whether the AWS managed policy with this name is attached, regardless of its path and partition.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.attached.iter().any(|arn| {
            let of_aws = arn.split(':').nth(4) == Some("aws");
            of_aws && arn.rsplit('/').next() == Some(name)
        })
    }

    /// Returns whether the role has no policies.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.attached.is_empty() && self.inline.is_empty()
    }
}

/// A result of the IAM policy simulator, which does not evaluate service control policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// A policy allows the action.
    Allowed,
    /// No policy allows the action.
    ImplicitDeny,
    /// A policy or the permissions boundary denies the action.
    ExplicitDeny,
    /// The permissions boundary does not allow the action, regardless of the policies.
    DeniedByBoundary,
    /// The action is not allowed with the specified context, and conditions require further context keys.
    Undecided,
}

/// An instance profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InstanceProfile {
    /// The name of its role.
    pub role: Option<String>,
}

/// The instance profiles of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InstanceProfiles {
    /// Number of instance profiles.
    pub count: i32,
    /// Maximum number of instance profiles.
    pub most: i32,
}
