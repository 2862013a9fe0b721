//! What the health issues and update errors of a node group mean for its user, in words. Codes: EKS API reference.

use std::fmt::Write;

use clients::issues::{self, listed};

use super::client::{Issue, NodeGroup, NodeGroupStatus, Update};

/// What to do about the codes of health issues and of update errors.
const CURES: &[(&[&str], &str)] = &[
    (
        &["PodEvictionFailure"],
        "Pods could not be drained within 15 minutes. Look for a PodDisruptionBudget that allows no disruption \
         (kubectl get poddisruptionbudgets --all-namespaces shows 0 under ALLOWED DISRUPTIONS), for several budgets \
         that match one pod, for pods whose tolerations accept every taint and so return to the draining node, and for \
         very long terminationGracePeriodSeconds. Give the workload more replicas or relax its budget and apply again, \
         or set force_update_version = true to delete pods that cannot be evicted.",
    ),
    (
        &["NodeCreationFailure"],
        "Instances were launched but did not become Ready nodes. Check that the subnets reach the cluster's API \
         endpoint and the image registry (NAT gateway, public address or VPC endpoints), that security groups of a \
         launch template allow traffic to and from the control plane, that the node role has \
         AmazonEKSWorkerNodePolicy and AmazonEC2ContainerRegistryPullOnly and is mapped in the cluster (access entry \
         or aws-auth), that the CNI plugin works, and that user data of a launch template does not break the start. \
         The console output of a listed instance (aws ec2 get-console-output --latest) shows how far it came.",
    ),
    (
        &["AsgInstanceLaunchFailures"],
        "The Auto Scaling group could not launch instances: no capacity for the instance types in these Availability \
         Zones, an EC2 quota, an unusable launch template, a KMS key the Auto Scaling service may not use, or an AMI \
         that is not shared any more. Its scaling activities hold the true reason. More instance types or subnets in \
         more zones help against a lack of capacity.",
    ),
    (
        &["InsufficientFreeAddresses", "IpNotAvailable"],
        "The subnets have too few free IP addresses for the nodes and their pods. Use larger or other subnets, or \
         delete unused network interfaces; an update needs room for additional nodes unless update_strategy is MINIMAL.",
    ),
    (
        &["EniLimitReached"],
        "The account has reached its limit of network interfaces. Delete unused ones, or ask AWS to raise the quota.",
    ),
    (
        &["AccessDenied"],
        "EKS or the nodes may not use the cluster's API. Restore the ClusterRole and ClusterRoleBinding \
         eks:node-manager if they were changed, and the access entry or aws-auth mapping of the node role. For Windows \
         this also happens when an AMI release of more than four months was withdrawn: move to a newer release_version.",
    ),
    (
        &["AmiIdNotFound"],
        "The AMI of the launch template is gone or not shared with this account. Make a new version of the launch \
         template with an AMI that exists.",
    ),
    (
        &["AutoScalingGroupNotFound"],
        "The Auto Scaling group was deleted outside EKS. Create it again with the same name and settings, or replace \
         the node group (terraform apply -replace).",
    ),
    (
        &["AutoScalingGroupInvalidConfiguration"],
        "The Auto Scaling group was changed outside EKS (subnets, suspended processes, launch template). Change it \
         back, and make changes only through the node group.",
    ),
    (&["AutoScalingGroupOptInRequired"], "The account is not subscribed to this service in the region. Enable it."),
    (
        &["AutoScalingGroupRateLimitExceeded"],
        "The account calls Auto Scaling too often. Apply again a little later, with a lower -parallelism.",
    ),
    (
        &["AutoScalingGroupInstanceRefreshActive"],
        "An instance refresh runs on the Auto Scaling group. Wait for its end or cancel it (aws autoscaling \
         cancel-instance-refresh); nodes are replaced only through the node group.",
    ),
    (
        &["ClusterUnreachable"],
        "EKS or the nodes do not reach the cluster's API. Check the endpoint access and its CIDR blocks, security \
         groups, network ACLs, and admission webhooks that do not answer.",
    ),
    (
        &["Ec2InstanceTypeDoesNotExist"],
        "The instance type is not offered in the region or in an Availability Zone of the subnets. Choose another \
         type or other subnets.",
    ),
    (
        &["Ec2LaunchTemplateNotFound"],
        "The launch template that EKS made for the node group was deleted. Replace the node group (terraform apply \
         -replace).",
    ),
    (
        &["Ec2LaunchTemplateVersionMismatch"],
        "The Auto Scaling group uses a launch template version that EKS did not make. Set it back to the version EKS \
         made.",
    ),
    (
        &["Ec2LaunchTemplateInvalidConfiguration"],
        "The launch template cannot be used as it is; the message says what is wrong. Correct it in a new version.",
    ),
    (
        &["Ec2LaunchTemplateDeletionFailure"],
        "EKS could not delete the launch template it made. Remove what still uses it, then delete the node group again.",
    ),
    (
        &["Ec2LaunchTemplateMaxLimitExceeded", "Ec2LaunchTemplateVersionMaxLimitExceeded"],
        "The account has reached its limit of launch templates or of versions of one. Delete old ones, or ask AWS to \
         raise the quota.",
    ),
    (
        &["SourceEc2LaunchTemplateNotFound"],
        "The launch template given to the node group was deleted. Replace the node group with one that exists.",
    ),
    (
        &["Ec2SecurityGroupNotFound", "SecurityGroupNotFound"],
        "A security group was deleted. If it is the one EKS made for the cluster, the cluster must be created again; \
         one that a launch template names is corrected in a new version of the template.",
    ),
    (
        &["Ec2SecurityGroupDeletionFailure"],
        "The security group for remote access is still in use. Remove the network interfaces and rules that refer to \
         it, then delete the node group again.",
    ),
    (
        &["Ec2SubnetNotFound", "SubnetNotFound"],
        "A subnet of the node group was deleted. Replace the node group with subnets that exist.",
    ),
    (
        &["Ec2SubnetInvalidConfiguration"],
        "A public subnet gives instances no public address. Turn on map_public_ip_on_launch of the subnet, or use \
         private subnets.",
    ),
    (
        &["Ec2SubnetMissingIpv6Assignment"],
        "The cluster uses IPv6, and a subnet does not assign IPv6 addresses. Turn on assign_ipv6_address_on_creation \
         of the subnet.",
    ),
    (&["Ec2SubnetListTooLong"], "There are too many subnets. Give fewer subnet_ids."),
    (&["VpcIdNotFound"], "The VPC of the cluster was deleted. The cluster must be created again."),
    (
        &["IamInstanceProfileNotFound"],
        "The instance profile that EKS made was deleted. Create one of the same name with the node role, or replace \
         the node group (terraform apply -replace).",
    ),
    (&["IamLimitExceeded"], "The account has reached its limit of instance profiles. Ask AWS to raise the quota."),
    (
        &["IamNodeRoleNotFound"],
        "The node role was deleted. Create it again; an access entry of the deleted role must be created again, too.",
    ),
    (
        &["IamThrottling"],
        "IAM was called too often while EKS made the instance profile. Apply again: the node group is created anew. A \
         lower -parallelism spreads the calls.",
    ),
    (
        &["InstanceLimitExceeded"],
        "The account has reached its EC2 quota of vCPUs for these instance types. Ask AWS to raise it in the Service \
         Quotas console, or use other types.",
    ),
    (&["LimitExceeded"], "A quota of the account is reached; the message says which. Ask AWS to raise it."),
    (
        &["KubernetesLabelInvalid"],
        "The kubelet refuses a label. Correct labels: keys under kubernetes.io and k8s.io are reserved, with few \
         exceptions.",
    ),
    (
        &["NodeTerminationFailure"],
        "An instance could not be terminated. Look for lifecycle hooks of the Auto Scaling group that do not end, and \
         for termination or scale-in protection.",
    ),
    (
        &["OperationNotPermitted"],
        "The service-linked role of EKS may not do this. Look at service control policies and permission boundaries.",
    ),
    (
        &["AdmissionRequestDenied"],
        "An admission webhook or policy of the cluster refused a request of EKS. Exempt EKS from it.",
    ),
    (
        &["ConfigurationConflict"],
        "Fields that EKS sets are held by another manager in the cluster. Let go of them there, then apply again.",
    ),
    (
        &["InternalFailure", "Unknown"],
        "The service failed on its side. Apply again; if it stays, AWS support can find out why.",
    ),
];

/// Codes of failures that are over by themselves, so that another attempt at creation is worthwhile.
const PASSING: &[&str] = &["IamThrottling", "AutoScalingGroupRateLimitExceeded", "InternalFailure"];

/// Whether an issue of this code is over by itself.
pub(super) fn is_passing(code: &str) -> bool {
    PASSING.contains(&code)
}

/// The health issues of a node group, the failed scaling activities of its Auto Scaling group, and what to do.
pub(super) fn describe_issues(issues: &[Issue], activities: &[String]) -> String {
    let mut text = if issues.is_empty() {
        "EKS names no health issue.".to_owned()
    } else {
        listed("EKS names these health issues:", issues)
    };
    if !activities.is_empty() {
        text.push_str("\n\nFailed scaling activities of the Auto Scaling group, newest first:");
        for activity in activities {
            let _ = write!(text, "\n  - {activity}");
        }
    }
    with_cures(text, issues.iter())
}

/// The warning about a group that was created and is not `ACTIVE`.
pub(super) fn not_active(group: &NodeGroup) -> Option<(String, String)> {
    let summary = || format!("Node group {}:{} is {}", group.cluster_name, group.node_group_name, group.status);
    match &group.status {
        NodeGroupStatus::Degraded => Some((summary(), describe_issues(&group.health, &[]))),
        NodeGroupStatus::Unknown(_) | NodeGroupStatus::Creating => {
            let detail = "This version of the provider does not recognize the status, so the node group is not known to be \
                          ready. Check it in the EKS console, and upgrade the provider.";
            Some((summary(), detail.to_owned()))
        }
        NodeGroupStatus::Active
        | NodeGroupStatus::Updating
        | NodeGroupStatus::Deleting
        | NodeGroupStatus::CreateFailed
        | NodeGroupStatus::DeleteFailed => None,
    }
}

/// Why an update failed, how the node group is since, and what to do.
pub(super) fn describe_update_errors(update: &Update, issues: &[Issue]) -> String {
    let mut text = if update.errors.is_empty() {
        "EKS gives no reason.".to_owned()
    } else {
        listed("EKS gives these reasons:", &update.errors)
    };
    if !issues.is_empty() {
        text.push_str("\n\n");
        text.push_str(&listed("The node group has these health issues now:", issues));
    }
    with_cures(text, update.errors.iter().chain(issues))
}

/// Which AWS objects a failed operation left, and how they go away.
pub(super) fn describe_left(group: &NodeGroup) -> String {
    let (cluster, name) = (&group.cluster_name, &group.node_group_name);
    let mut text = format!("Node group {cluster}:{name} is left in status {}", group.status);
    if !group.auto_scaling_groups.is_empty() {
        let _ = write!(text, ", with Auto Scaling group {}", group.auto_scaling_groups.join(", "));
    }
    if let Some(security_group) = &group.remote_access_security_group {
        let _ = write!(text, ", with security group {security_group}");
    }
    text.push_str(". ");
    text.push_str(match group.status {
        NodeGroupStatus::CreateFailed => {
            "It cannot be repaired and keeps its name until it is deleted, together with what EKS made for it. \
             Terraform has marked it as tainted: the next apply deletes it and creates it anew. To delete it by hand: "
        }
        NodeGroupStatus::DeleteFailed => "Remove what stands in the way and destroy again, or delete it by hand: ",
        NodeGroupStatus::Creating
        | NodeGroupStatus::Active
        | NodeGroupStatus::Updating
        | NodeGroupStatus::Deleting
        | NodeGroupStatus::Degraded
        | NodeGroupStatus::Unknown(_) => return text + "It is in the state; the next apply goes on from there.",
    });
    let _ = write!(text, "aws eks delete-nodegroup --cluster-name {cluster} --nodegroup-name {name}");
    text
}

fn with_cures<'i>(text: String, issues: impl Iterator<Item = &'i Issue>) -> String {
    issues::with_cures(CURES, text, issues)
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
