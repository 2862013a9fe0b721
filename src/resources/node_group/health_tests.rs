use std::collections::BTreeMap;

use rstest::rstest;

use super::*;

/// All codes of health issues and update errors in the API model.
const CODES: &[&str] = &[
    "AccessDenied",
    "AdmissionRequestDenied",
    "AmiIdNotFound",
    "AsgInstanceLaunchFailures",
    "AutoScalingGroupInstanceRefreshActive",
    "AutoScalingGroupInvalidConfiguration",
    "AutoScalingGroupNotFound",
    "AutoScalingGroupOptInRequired",
    "AutoScalingGroupRateLimitExceeded",
    "ClusterUnreachable",
    "ConfigurationConflict",
    "Ec2InstanceTypeDoesNotExist",
    "Ec2LaunchTemplateDeletionFailure",
    "Ec2LaunchTemplateInvalidConfiguration",
    "Ec2LaunchTemplateMaxLimitExceeded",
    "Ec2LaunchTemplateNotFound",
    "Ec2LaunchTemplateVersionMaxLimitExceeded",
    "Ec2LaunchTemplateVersionMismatch",
    "Ec2SecurityGroupDeletionFailure",
    "Ec2SecurityGroupNotFound",
    "Ec2SubnetInvalidConfiguration",
    "Ec2SubnetListTooLong",
    "Ec2SubnetMissingIpv6Assignment",
    "Ec2SubnetNotFound",
    "EniLimitReached",
    "IamInstanceProfileNotFound",
    "IamLimitExceeded",
    "IamNodeRoleNotFound",
    "IamThrottling",
    "InstanceLimitExceeded",
    "InsufficientFreeAddresses",
    "InternalFailure",
    "IpNotAvailable",
    "KubernetesLabelInvalid",
    "LimitExceeded",
    "NodeCreationFailure",
    "NodeTerminationFailure",
    "OperationNotPermitted",
    "PodEvictionFailure",
    "SecurityGroupNotFound",
    "SourceEc2LaunchTemplateNotFound",
    "SubnetNotFound",
    "Unknown",
    "VpcIdNotFound",
];

fn issue(code: &str, message: &str, resource_ids: &[&str]) -> Issue {
    let resource_ids = resource_ids.iter().map(|id| (*id).to_owned()).collect();
    Issue { code: code.to_owned(), message: message.to_owned(), resource_ids }
}

#[test]
fn every_code_has_one_cure() {
    let mut seen = BTreeMap::new();
    for (codes, cure) in CURES {
        assert!(cure.ends_with(|end| ".)".contains(end)), "a remediation consists of whole sentences: {cure}");
        for code in *codes {
            assert_eq!(seen.insert(*code, *cure), None, "{code} has two cures");
        }
    }
    for code in CODES {
        assert!(seen.remove(code).is_some(), "{code} has no cure");
    }
    assert!(seen.is_empty(), "not codes of the API: {:?}", seen.keys());
}

#[test]
fn drain_that_fails_names_budgets_tolerations_and_force() {
    let errors = vec![issue("PodEvictionFailure", "Reached max retries while trying to evict pods", &["i-1"])];
    let update = Update { status: "Failed".into(), errors, ..Update::default() };
    let text = describe_update_errors(&update, &[]);
    for part in ["Reached max retries", "(i-1)", "PodDisruptionBudget", "tolerate", "force_update_version"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}

#[test]
fn issues_are_listed_with_resources_activities_and_cures_once() {
    let issues = [
        issue("NodeCreationFailure", "Instances failed to join the kubernetes cluster", &["i-1", "i-2"]),
        issue("NodeCreationFailure", "Unhealthy nodes in the kubernetes cluster", &["DUMMY_1"]),
    ];
    let activities = ["You have requested more vCPU capacity than your current limit".to_owned()];
    let text = describe_issues(&issues, &activities);
    let beginning = "EKS reports the following health issues:\n  \
                     - NodeCreationFailure: Instances failed to join the kubernetes cluster (i-1, i-2)\n  \
                     - NodeCreationFailure: Unhealthy nodes in the kubernetes cluster\n\n\
                     Failed scaling activities of the Auto Scaling group, newest first:\n  \
                     - You have requested more vCPU capacity than your current limit\n\n\
                     Instances launched but";
    assert!(text.starts_with(beginning), "{text}");
    assert_eq!(text.matches("Instances launched but").count(), 1, "{text}");
}

#[test]
fn code_from_the_future_is_shown_as_it_is() {
    assert_eq!(
        describe_issues(&[issue("QuantumFailure", "Entangled.", &[])], &[]),
        "EKS reports the following health issues:\n  - QuantumFailure: Entangled."
    );
    assert_eq!(describe_issues(&[], &[]), "EKS does not report any health issues.");
    assert_eq!(describe_update_errors(&Update::default(), &[]), "EKS did not report a cause.");
}

#[test]
fn failed_update_shows_health_issues_too_and_each_cure_once() {
    let errors = vec![issue("NodeCreationFailure", "Couldn't proceed with upgrade process", &[])];
    let update = Update { status: "Failed".into(), errors, ..Update::default() };
    let issues = [
        issue("NodeCreationFailure", "Unhealthy nodes in the kubernetes cluster", &["i-7"]),
        issue("InstanceLimitExceeded", "Your quota allows for 0 more running instances", &[]),
    ];
    let text = describe_update_errors(&update, &issues);
    let health = "Current health issues of the node group:\n  \
                  - NodeCreationFailure: Unhealthy nodes in the kubernetes cluster (i-7)";
    assert!(text.contains(health), "{text}");
    assert_eq!(text.matches("Instances launched but").count(), 1, "{text}");
    assert!(text.contains("EC2 vCPU quota"), "{text}");
}

#[rstest]
#[case("IamThrottling", true)]
#[case("AutoScalingGroupRateLimitExceeded", true)]
#[case("InternalFailure", true)]
#[case("NodeCreationFailure", false)]
#[case("InstanceLimitExceeded", false)]
#[case("QuantumFailure", false)]
fn passing_reasons_are_few(#[case] code: &str, #[case] passing: bool) {
    assert_eq!(is_transient(code), passing);
}

#[test]
fn leftover_description_includes_delete_command() {
    let group = NodeGroup {
        cluster_name: "blue".to_owned(),
        node_group_name: "workers".to_owned(),
        status: "CREATE_FAILED".into(),
        auto_scaling_groups: vec!["eks-workers-1".to_owned()],
        ..NodeGroup::default()
    };
    let text = describe_leftovers(&group);
    for part in [
        "blue:workers remains in status CREATE_FAILED, with Auto Scaling group eks-workers-1.",
        "its name is not available",
        "tainted",
        "aws eks delete-nodegroup --cluster-name blue --nodegroup-name workers",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    let active = NodeGroup { status: "ACTIVE".into(), ..group };
    assert!(!describe_leftovers(&active).contains("delete-nodegroup"));
}
