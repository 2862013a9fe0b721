//! Explains the health issues and update errors of a node group. Codes: EKS API reference.

use std::fmt::Write;

use clients::issues::{self, listed};

use super::client::{Issue, NodeGroup, NodeGroupStatus, Update};

/// Remediation by code of health issues and update errors.
const CURES: &[(&[&str], &str)] = &[
    (
        &["PodEvictionFailure"],
        "Pods could not be drained within 15 minutes. Check for a PodDisruptionBudget that does not allow disruptions: \
         kubectl get poddisruptionbudgets --all-namespaces shows 0 under ALLOWED DISRUPTIONS. Other causes are several \
         budgets that match the same pod, pods that tolerate every taint and are rescheduled on the draining node, and \
         a very long terminationGracePeriodSeconds. Add replicas to the workload or relax its budget, and apply again. \
         To delete pods that cannot be evicted, set force_update_version = true.",
    ),
    (
        &["NodeCreationFailure"],
        "Instances launched but did not become Ready nodes. Check that the subnets can reach the cluster API endpoint \
         and the image registry (NAT gateway, public IP address, or VPC endpoints). The security groups of the launch \
         template must allow traffic to and from the control plane. The node role must have AmazonEKSWorkerNodePolicy \
         and AmazonEC2ContainerRegistryPullOnly, and must be mapped in the cluster (access entry or aws-auth). Also \
         check that the CNI plugin is running, and that the launch template user data does not prevent the node from \
         starting. The console output of an instance (aws ec2 get-console-output --latest) shows where startup \
         stopped.",
    ),
    (
        &["AsgInstanceLaunchFailures"],
        "The Auto Scaling group could not launch instances. Possible causes are insufficient capacity for the instance \
         types in these Availability Zones, an EC2 quota, an invalid launch template, a KMS key that the Auto Scaling \
         service cannot use, and an AMI that is no longer shared. The scaling activities of the group show the root \
         cause. If capacity is insufficient, add instance types or subnets in more Availability Zones.",
    ),
    (
        &["InsufficientFreeAddresses", "IpNotAvailable"],
        "The subnets have too few free IP addresses for the nodes and their pods. Use larger or other subnets, or \
         delete unused network interfaces. Unless update_strategy is MINIMAL, an update requires addresses for \
         additional nodes.",
    ),
    (
        &["EniLimitReached"],
        "The network interface quota of the account is reached. Delete unused network interfaces, or request a quota \
         increase.",
    ),
    (
        &["AccessDenied"],
        "EKS or the nodes do not have access to the Kubernetes API. If the ClusterRole or ClusterRoleBinding \
         eks:node-manager was changed, restore it. Also restore the access entry or aws-auth mapping of the node role. \
         On Windows, this also occurs if the AMI release is older than four months and was withdrawn. In this case, \
         set a newer release_version.",
    ),
    (
        &["AmiIdNotFound"],
        "The AMI of the launch template was deleted or is not shared with this account. Create a launch template \
         version with an available AMI.",
    ),
    (
        &["AutoScalingGroupNotFound"],
        "The Auto Scaling group was deleted outside of EKS. Recreate it with the same name and settings, or replace \
         the node group (terraform apply -replace).",
    ),
    (
        &["AutoScalingGroupInvalidConfiguration"],
        "The Auto Scaling group was changed outside of EKS (subnets, suspended processes, or launch template). Revert \
         the change, and make changes only through the node group.",
    ),
    (
        &["AutoScalingGroupOptInRequired"],
        "The account is not subscribed to this service in the Region. Enable the service.",
    ),
    (
        &["AutoScalingGroupRateLimitExceeded"],
        "Auto Scaling API calls of the account are throttled. Retry the apply later, with a lower -parallelism.",
    ),
    (
        &["AutoScalingGroupInstanceRefreshActive"],
        "An instance refresh is in progress on the Auto Scaling group. Wait until it completes or cancel it (aws \
         autoscaling cancel-instance-refresh). Replace nodes only through the node group.",
    ),
    (
        &["ClusterUnreachable"],
        "EKS or the nodes cannot reach the cluster API server. Check endpoint access and its CIDR blocks, security \
         groups, network ACLs, and admission webhooks that do not respond.",
    ),
    (
        &["Ec2InstanceTypeDoesNotExist"],
        "The instance type is not offered in the Region or in an Availability Zone of the subnets. Use another \
         instance type or other subnets.",
    ),
    (
        &["Ec2LaunchTemplateNotFound"],
        "The launch template that EKS created for the node group was deleted. Replace the node group (terraform apply \
         -replace).",
    ),
    (
        &["Ec2LaunchTemplateVersionMismatch"],
        "The Auto Scaling group uses a launch template version that EKS did not create. Restore the version that EKS \
         created.",
    ),
    (
        &["Ec2LaunchTemplateInvalidConfiguration"],
        "The launch template is invalid. Correct the problem in the message in a new launch template version.",
    ),
    (
        &["Ec2LaunchTemplateDeletionFailure"],
        "EKS could not delete the launch template that it created. Remove the resources that still use it, then delete \
         the node group again.",
    ),
    (
        &["Ec2LaunchTemplateMaxLimitExceeded", "Ec2LaunchTemplateVersionMaxLimitExceeded"],
        "The account quota for launch templates, or for versions per launch template, is reached. Delete unused ones, \
         or request a quota increase.",
    ),
    (
        &["SourceEc2LaunchTemplateNotFound"],
        "The launch template of the node group was deleted. Replace the node group with one that uses an existing \
         launch template.",
    ),
    (
        &["Ec2SecurityGroupNotFound", "SecurityGroupNotFound"],
        "A security group was deleted. If it is the cluster security group that EKS created, the cluster must be \
         recreated. If a launch template specifies it, correct it in a new launch template version.",
    ),
    (
        &["Ec2SecurityGroupDeletionFailure"],
        "The security group for remote access is still in use. Remove the network interfaces and rules that reference \
         it, then delete the node group again.",
    ),
    (
        &["Ec2SubnetNotFound", "SubnetNotFound"],
        "A subnet of the node group was deleted. Replace the node group with one that uses existing subnets.",
    ),
    (
        &["Ec2SubnetInvalidConfiguration"],
        "A public subnet does not assign public IP addresses to instances. Enable map_public_ip_on_launch on the \
         subnet, or use private subnets.",
    ),
    (
        &["Ec2SubnetMissingIpv6Assignment"],
        "The cluster uses IPv6, and a subnet does not assign IPv6 addresses. Enable assign_ipv6_address_on_creation on \
         the subnet.",
    ),
    (&["Ec2SubnetListTooLong"], "The node group has too many subnets. Remove some of the subnet_ids."),
    (&["VpcIdNotFound"], "The VPC of the cluster was deleted. Recreate the cluster."),
    (
        &["IamInstanceProfileNotFound"],
        "The instance profile that EKS created was deleted. Recreate it with the same name and the node role, or \
         replace the node group (terraform apply -replace).",
    ),
    (&["IamLimitExceeded"], "The instance profile quota of the account is reached. Request a quota increase."),
    (
        &["IamNodeRoleNotFound"],
        "The node role was deleted. Recreate the role. If it had an access entry, recreate the access entry as well.",
    ),
    (
        &["IamThrottling"],
        "IAM throttled EKS while it created the instance profile. Retry the apply: the node group is recreated. A \
         lower -parallelism reduces the request rate.",
    ),
    (
        &["InstanceLimitExceeded"],
        "The EC2 vCPU quota of the account for these instance types is reached. Request a quota increase in the \
         Service Quotas console, or use other instance types.",
    ),
    (&["LimitExceeded"], "The account has reached the quota stated in the message. Request a quota increase."),
    (
        &["KubernetesLabelInvalid"],
        "The kubelet rejects a label. Correct the labels: with few exceptions, keys under kubernetes.io and k8s.io are \
         reserved.",
    ),
    (
        &["NodeTerminationFailure"],
        "An instance could not be terminated. Check for lifecycle hooks of the Auto Scaling group that do not \
         complete, and for termination or scale-in protection.",
    ),
    (
        &["OperationNotPermitted"],
        "The EKS service-linked role does not have permission for this action. Check service control policies and \
         permissions boundaries.",
    ),
    (
        &["AdmissionRequestDenied"],
        "An admission webhook or policy in the cluster rejected a request from EKS. Exempt EKS from it.",
    ),
    (
        &["ConfigurationConflict"],
        "Another field manager in the cluster owns fields that EKS sets. Release the ownership of these fields, then \
         retry the apply.",
    ),
    (
        &["InternalFailure", "Unknown"],
        "The service returned an internal error. Retry the apply. If the error persists, contact AWS Support.",
    ),
];

/// Codes of transient failures, after which a creation can be retried.
const PASSING: &[&str] = &["IamThrottling", "AutoScalingGroupRateLimitExceeded", "InternalFailure"];

/// Whether an issue with this code is transient.
pub(super) fn is_transient(code: &str) -> bool {
    PASSING.contains(&code)
}

/// Describes the health issues of a node group, the failed scaling activities of its Auto Scaling group, and their
/// remediation.
pub(super) fn describe_issues(issues: &[Issue], activities: &[String]) -> String {
    let mut text = if issues.is_empty() {
        "EKS does not report any health issues.".to_owned()
    } else {
        listed("EKS reports the following health issues:", issues)
    };
    if !activities.is_empty() {
        text.push_str("\n\nFailed scaling activities of the Auto Scaling group, newest first:");
        for activity in activities {
            let _ = write!(text, "\n  - {activity}");
        }
    }
    with_remediation(text, issues.iter())
}

/// Returns the warning about a node group that was created and is not `ACTIVE`.
pub(super) fn not_active(group: &NodeGroup) -> Option<(String, String)> {
    let summary = || format!("Node group {}:{} is {}", group.cluster_name, group.node_group_name, group.status);
    match &group.status {
        NodeGroupStatus::Degraded => Some((summary(), describe_issues(&group.health, &[]))),
        NodeGroupStatus::Unknown(_) | NodeGroupStatus::Creating => {
            let detail = "This version of the provider does not recognize the status, so it cannot confirm that the \
                          node group is ready. Check the node group in the EKS console, and upgrade the provider.";
            Some((summary(), detail.to_owned()))
        }
        NodeGroupStatus::Active
        | NodeGroupStatus::Updating
        | NodeGroupStatus::Deleting
        | NodeGroupStatus::CreateFailed
        | NodeGroupStatus::DeleteFailed => None,
    }
}

/// Describes why an update failed, the current health issues, and their remediation.
pub(super) fn describe_update_errors(update: &Update, issues: &[Issue]) -> String {
    let mut text = if update.errors.is_empty() {
        "EKS did not report a cause.".to_owned()
    } else {
        listed("EKS reports the following errors:", &update.errors)
    };
    if !issues.is_empty() {
        text.push_str("\n\n");
        text.push_str(&listed("Current health issues of the node group:", issues));
    }
    with_remediation(text, update.errors.iter().chain(issues))
}

/// Returns the paragraphs that are not empty, separated by blank lines.
pub(super) fn paragraphs(paragraphs: &[&str]) -> String {
    let given: Vec<_> = paragraphs.iter().copied().filter(|paragraph| !paragraph.is_empty()).collect();
    given.join("\n\n")
}

/// Describes the AWS objects that remain after a failed operation, and how to delete them.
pub(super) fn describe_leftovers(group: &NodeGroup) -> String {
    let (cluster, name) = (&group.cluster_name, &group.node_group_name);
    let mut text = format!("Node group {cluster}:{name} remains in status {}", group.status);
    if !group.auto_scaling_groups.is_empty() {
        let noun = if group.auto_scaling_groups.len() == 1 { "group" } else { "groups" };
        let _ = write!(text, ", with Auto Scaling {noun} {}", group.auto_scaling_groups.join(", "));
    }
    if let Some(security_group) = &group.remote_access_security_group {
        let _ = write!(text, ", with security group {security_group}");
    }
    text.push_str(". ");
    text.push_str(match group.status {
        NodeGroupStatus::CreateFailed => {
            "A node group that failed to create cannot be repaired, and its name is not available until it is deleted. \
             Terraform marked it as tainted, so the next apply deletes it with the resources that EKS created for it, \
             and recreates it. To delete it manually, run: "
        }
        NodeGroupStatus::DeleteFailed => "Fix the cause and destroy the node group again, or delete it manually: ",
        NodeGroupStatus::Creating
        | NodeGroupStatus::Active
        | NodeGroupStatus::Updating
        | NodeGroupStatus::Deleting
        | NodeGroupStatus::Degraded
        | NodeGroupStatus::Unknown(_) => return text + "It is in state, and the next apply continues from there.",
    });
    let _ = write!(text, "aws eks delete-nodegroup --cluster-name {cluster} --nodegroup-name {name}");
    text
}

fn with_remediation<'i>(text: String, issues: impl Iterator<Item = &'i Issue>) -> String {
    issues::with_remediation(CURES, text, issues)
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
