use super::super::Services;
use super::*;
use clients::aws::script::Script;
use clients::errors::ErrorKind;

const ARN: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0123456789abcdef";

fn client(script: &Script) -> AwsNodeGroups {
    let config = script.config();
    AwsNodeGroups::new(Services {
        eks: aws_sdk_eks::Client::new(&config),
        ec2: aws_sdk_ec2::Client::new(&config),
        ssm: aws_sdk_ssm::Client::new(&config),
        auto_scaling: Client::new(&config),
    })
}

fn described(groups: &str) -> (u16, String) {
    let body = format!(
        "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups>{groups}\
         </AutoScalingGroups></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>"
    );
    (200, body)
}

fn member(name: &str, content: &str) -> String {
    format!("<member><AutoScalingGroupName>{name}</AutoScalingGroupName>{content}</member>")
}

/// The parameters of a request, in order.
fn form(body: &str) -> Vec<String> {
    let mut parameters: Vec<_> =
        body.split('&').filter(|part| !part.starts_with("Version=")).map(str::to_owned).collect();
    parameters.sort();
    parameters
}

#[tokio::test]
async fn settings_are_read_in_one_call_for_many_groups_but_not_cached() {
    let content = format!(
        "<SuspendedProcesses><member><ProcessName>AZRebalance</ProcessName>\
         <SuspensionReason>User suspended at 2026-01-01T00:00:00Z</SuspensionReason></member>\
         <member><ProcessName>Launch</ProcessName></member></SuspendedProcesses>\
         <TargetGroupARNs><member>{ARN}</member></TargetGroupARNs>\
         <TrafficSources><member><Identifier>{ARN}</Identifier><Type>elbv2</Type></member>\
         <member><Identifier>{ARN}-2</Identifier><Type>elbv2</Type></member>\
         <member><Identifier>classic</Identifier><Type>elb</Type></member></TrafficSources>\
         <NewInstancesProtectedFromScaleIn>true</NewInstancesProtectedFromScaleIn>\
         <CapacityRebalance>true</CapacityRebalance>\
         <TerminationPolicies><member>OldestInstance</member><member>Default</member></TerminationPolicies>\
         <EnabledMetrics><member><Metric>GroupMinSize</Metric><Granularity>1Minute</Granularity></member></EnabledMetrics>"
    );
    let both = member("eks-1", &content) + &member("eks-2", "");
    let script = Script::answering([described(&both), described("")]);
    let client = client(&script);
    let (first, second, third) =
        tokio::join!(client.scaling_group("eks-1"), client.scaling_group("eks-2"), client.scaling_group("eks-3"));
    let reason = "User suspended at 2026-01-01T00:00:00Z".to_owned();
    let expected = ScalingGroup {
        suspended_processes: [("AZRebalance".to_owned(), reason), ("Launch".to_owned(), String::new())].into(),
        target_groups: [ARN.to_owned(), format!("{ARN}-2")].into(),
        protects_new_instances: true,
        capacity_rebalance: true,
        termination_policies: vec!["OldestInstance".to_owned(), "Default".to_owned()],
        metrics: ["GroupMinSize".to_owned()].into(),
    };
    assert_eq!(first.unwrap(), Some(expected));
    assert_eq!((second.unwrap(), third.unwrap()), (Some(ScalingGroup::default()), None));
    let sent = script.sent();
    assert_eq!(sent.len(), 1);
    for part in ["IncludeInstances=false", "MaxRecords=100", "eks-1", "eks-2", "eks-3"] {
        assert!(sent[0].body.contains(part), "{part}: {}", sent[0].body);
    }
    assert_eq!(client.scaling_group("eks-1").await.unwrap(), None, "the group was deleted");
}

#[tokio::test]
async fn only_instances_whose_protection_can_change_are_read() {
    let instance = |id: &str, state: &str, protected: bool| {
        format!(
            "<member><InstanceId>{id}</InstanceId><LifecycleState>{state}</LifecycleState>\
             <ProtectedFromScaleIn>{protected}</ProtectedFromScaleIn></member>"
        )
    };
    let instances = [
        instance("i-1", "InService", true),
        instance("i-2", "Standby", false),
        instance("i-3", "Pending:Wait", false),
        instance("i-4", "Warmed:Stopped", false),
        instance("i-5", "Terminating", true),
    ];
    let content = format!("<Instances>{}</Instances>", instances.concat());
    let script = Script::answering([described(&member("eks-1", &content))]);
    let found = client(&script).protected_instances("eks-1").await.unwrap();
    assert_eq!(found, [("i-1".to_owned(), true), ("i-2".to_owned(), false)].into());
}

#[tokio::test]
async fn writes_name_what_they_change() {
    let empty = |operation: &str| (200, format!("<{operation}Response/>"));
    let operations = [
        "SuspendProcesses",
        "ResumeProcesses",
        "AttachTrafficSources",
        "DetachTrafficSources",
        "UpdateAutoScalingGroup",
        "SetInstanceProtection",
        "EnableMetricsCollection",
        "DisableMetricsCollection",
    ];
    let script = Script::answering(operations.map(empty));
    let client = client(&script);
    let of = |name: &str| [name.to_owned()];
    client.suspend_processes("eks-1", &of("AZRebalance")).await.unwrap();
    client.resume_processes("eks-1", &of("AZRebalance")).await.unwrap();
    client.attach_target_groups("eks-1", &of("arn")).await.unwrap();
    client.detach_target_groups("eks-1", &of("arn")).await.unwrap();
    let update = ScalingGroupUpdate {
        protects_new_instances: Some(true),
        capacity_rebalance: None,
        termination_policies: Some(vec!["NewestInstance".to_owned()]),
    };
    client.update_scaling_group("eks-1", &update).await.unwrap();
    client.set_instance_protection("eks-1", &of("i-1"), false).await.unwrap();
    client.enable_metrics("eks-1", &of("GroupMinSize")).await.unwrap();
    client.disable_metrics("eks-1", &of("GroupMinSize")).await.unwrap();
    let expected: [&[&str]; 8] = [
        &["ScalingProcesses.member.1=AZRebalance"],
        &["ScalingProcesses.member.1=AZRebalance"],
        &["TrafficSources.member.1.Identifier=arn", "TrafficSources.member.1.Type=elbv2"],
        &["TrafficSources.member.1.Identifier=arn", "TrafficSources.member.1.Type=elbv2"],
        &["NewInstancesProtectedFromScaleIn=true", "TerminationPolicies.member.1=NewestInstance"],
        &["InstanceIds.member.1=i-1", "ProtectedFromScaleIn=false"],
        &["Granularity=1Minute", "Metrics.member.1=GroupMinSize"],
        &["Metrics.member.1=GroupMinSize"],
    ];
    for ((sent, operation), parameters) in script.sent().iter().zip(operations).zip(expected) {
        let mut expected = vec![format!("Action={operation}"), "AutoScalingGroupName=eks-1".to_owned()];
        expected.extend(parameters.iter().map(|part| (*part).to_owned()));
        expected.sort();
        assert_eq!(form(&sent.body), expected);
    }
}

#[tokio::test]
async fn empty_list_is_never_sent_because_it_means_all() {
    let script = Script::default();
    let client = client(&script);
    client.suspend_processes("eks-1", &[]).await.unwrap();
    client.resume_processes("eks-1", &[]).await.unwrap();
    client.enable_metrics("eks-1", &[]).await.unwrap();
    client.disable_metrics("eks-1", &[]).await.unwrap();
    assert_eq!(script.sent(), []);
}

#[tokio::test]
async fn busy_group_is_retryable() {
    let body = "<ErrorResponse><Error><Type>Sender</Type><Code>ScalingActivityInProgress</Code>\
                <Message>Scaling activity in progress</Message></Error></ErrorResponse>";
    let script = Script::answering([(400, body.to_owned())]);
    let error = client(&script).suspend_processes("eks-1", &["AZRebalance".to_owned()]).await.unwrap_err();
    assert_eq!((error.kind, error.operation.as_ref()), (ErrorKind::InUse, "SuspendProcesses"));
}
