//! What the health issues of a Fargate profile mean for its user, in words. Codes: EKS API reference.

use clients::issues::{self, Cures, Issue};

use super::client::{FargateProfile, FargateProfileStatus};

/// What to do about the codes of health issues.
const CURES: &Cures = &[
    (
        &["PodExecutionRoleAlreadyInUse"],
        "The pod execution role is also the role of nodes of this cluster, which EKS does not allow. Give \
         pod_execution_role_arn a role of its own, with AmazonEKSFargatePodExecutionRolePolicy and a trust policy for \
         eks-fargate-pods.amazonaws.com.",
    ),
    (
        &["AccessDenied"],
        "EKS may not use the cluster's API for the profile. Restore the ClusterRoles and ClusterRoleBindings of EKS if they \
         were changed, and the access entry or aws-auth mapping of the pod execution role.",
    ),
    (
        &["ClusterUnreachable"],
        "EKS does not reach the cluster's API. Check the state of the cluster, the security groups of its control plane, \
         and admission webhooks that do not answer.",
    ),
    (
        &["InternalFailure", "Unknown"],
        "The service failed on its side. Apply again; if it stays, AWS support can find out why.",
    ),
];

/// The health issues of a profile, and what to do.
pub(super) fn describe_issues(issues: &[Issue]) -> String {
    if issues.is_empty() {
        return "EKS names no health issue.".to_owned();
    }
    issues::with_cures(CURES, issues::listed("EKS names these health issues:", issues), issues.iter())
}

/// What a failed operation left, and how it goes away.
pub(super) fn describe_left(profile: &FargateProfile) -> String {
    let (cluster, name, status) = (&profile.cluster_name, &profile.name, &profile.status);
    let next = match status {
        FargateProfileStatus::CreateFailed => {
            "It cannot be repaired and keeps its name until it is deleted. Terraform has marked it as tainted: the next \
             apply deletes it and creates it anew. To delete it by hand: "
        }
        FargateProfileStatus::DeleteFailed => "Remove what stands in the way and destroy again, or delete it by hand: ",
        FargateProfileStatus::Creating
        | FargateProfileStatus::Active
        | FargateProfileStatus::Deleting
        | FargateProfileStatus::Unknown(_) => {
            "It is in the state; the next apply goes on from there. To delete it by hand: "
        }
    };
    format!(
        "Fargate profile {cluster}:{name} is left in status {status}. {next}aws eks delete-fargate-profile --cluster-name \
         {cluster} --fargate-profile-name {name}"
    )
}
