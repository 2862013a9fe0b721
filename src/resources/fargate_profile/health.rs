//! Explains the health issues of a Fargate profile. Codes: EKS API reference.

use clients::issues::{self, Issue, Remediations};

use super::client::{FargateProfile, FargateProfileStatus};

/// Remediation by code of health issues.
const CURES: &Remediations = &[
    (
        &["PodExecutionRoleAlreadyInUse"],
        "The pod execution role is also a node role in this cluster, which EKS does not support. Set \
         pod_execution_role_arn to a separate role with the AmazonEKSFargatePodExecutionRolePolicy and a trust policy \
         for eks-fargate-pods.amazonaws.com.",
    ),
    (
        &["AccessDenied"],
        "EKS is not authorized to use the Kubernetes API for the profile. Restore the EKS ClusterRoles and \
         ClusterRoleBindings if they were changed, and the access entry or aws-auth mapping of the pod execution role.",
    ),
    (
        &["ClusterUnreachable"],
        "EKS cannot reach the Kubernetes API of the cluster. Check the status of the cluster, the security groups of \
         its control plane, and admission webhooks that do not respond.",
    ),
    (
        &["InternalFailure", "Unknown"],
        "The service returned an internal error. Retry the apply. If the error persists, contact AWS Support.",
    ),
];

/// Describes the health issues of a profile and their remediation.
pub(super) fn describe_issues(issues: &[Issue]) -> String {
    if issues.is_empty() {
        return "EKS does not report any health issues.".to_owned();
    }
    issues::with_remediation(CURES, issues::listed("EKS reports the following health issues:", issues), issues.iter())
}

/// Describes the profile that remains after a failed operation, and how to delete it.
pub(super) fn describe_leftovers(profile: &FargateProfile) -> String {
    let (cluster, name, status) = (&profile.cluster_name, &profile.name, &profile.status);
    let next = match status {
        FargateProfileStatus::CreateFailed => {
            "A Fargate profile that failed to create cannot be repaired, and its name is not available until it is \
             deleted. Terraform marked it as tainted, so the next apply replaces it. To delete it manually, run: "
        }
        FargateProfileStatus::DeleteFailed => "Fix the cause and destroy the profile again, or delete it manually: ",
        FargateProfileStatus::Creating
        | FargateProfileStatus::Active
        | FargateProfileStatus::Deleting
        | FargateProfileStatus::Unknown(_) => {
            "It is in state, and the next apply continues. To delete it manually, run: "
        }
    };
    format!(
        "Fargate profile {cluster}:{name} remains in status {status}. {next}aws eks delete-fargate-profile \
         --cluster-name {cluster} --fargate-profile-name {name}"
    )
}
