use super::*;
use clients::wait::Limits;
use tokio_util::sync::CancellationToken;

use super::super::client::GroupInstance;
use super::super::fake::Fake;

const GROUP: &str = "eks-workers-1";

fn issue(code: &str, ids: &[&str]) -> Issue {
    let resource_ids = ids.iter().map(|id| (*id).to_owned()).collect();
    Issue { code: code.to_owned(), message: "Instances failed to join the kubernetes cluster".to_owned(), resource_ids }
}

fn limits() -> Limits {
    Limits::new(Duration::from_secs(60), CancellationToken::new())
}

fn group() -> Live {
    let status = NodeGroupStatus::CreateFailed;
    Live { auto_scaling_groups: vec![GROUP.to_owned()], status, ..Live::default() }
}

/// Instances in two zones, whose user data does not contain a NodeConfig.
fn failing() -> Fake {
    let fake = Fake::new();
    let output = "[   25.1] nodeadm[2495]: fatal cli/main.go:35 Command failed {\"error\": \"could not find NodeConfig \
                  within UserData\"}\n";
    let zones = ["a", "a", "a", "b"];
    let instances: Vec<_> =
        (1..).zip(zones).map(|(n, zone)| GroupInstance { id: format!("i-{n}"), zone: zone.to_owned() }).collect();
    let mut world = fake.world();
    world.console_outputs = instances.iter().map(|each| (each.id.clone(), output.to_owned())).collect();
    world.instances.insert(GROUP.to_owned(), instances);
    drop(world);
    fake
}

#[tokio::test(start_paused = true)]
async fn cause_is_quoted_from_the_reported_instances() {
    let fake = failing();
    let text = explain(&fake, &limits(), &group(), &[issue(NOT_JOINED, &["i-2", "i-4"])]).await;
    assert!(text.contains("i-2 and i-4") && text.contains("could not find NodeConfig"), "{text}");
    assert_eq!(fake.count("DescribeAutoScalingGroups"), 0);
}

#[tokio::test(start_paused = true)]
async fn instances_of_the_group_are_read_in_each_zone() {
    let text = explain(&failing(), &limits(), &group(), &[issue(NOT_JOINED, &[])]).await;
    assert!(text.contains("i-1, i-4 and i-2"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn output_that_is_not_stored_yet_is_requested_again() {
    let fake = failing();
    fake.world().console_outputs.clear();
    let text = explain(&fake, &limits(), &group(), &[issue(NOT_JOINED, &["i-1"])]).await;
    assert_eq!(text, "EC2 has no console output of the instances.");
    assert_eq!(fake.count("GetConsoleOutput"), 3);
}

#[tokio::test(start_paused = true)]
async fn old_nodes_of_a_failed_update_are_not_read() {
    let fake = failing();
    let updated = Live { status: NodeGroupStatus::Active, ..group() };
    assert_eq!(explain(&fake, &limits(), &updated, &[issue(NOT_JOINED, &["DUMMY_1"])]).await, "");
    assert_eq!(fake.count("GetConsoleOutput"), 0);
}

#[tokio::test(start_paused = true)]
async fn missing_permission_is_named() {
    let fake = failing();
    fake.always_fail("GetConsoleOutput", ApiError::own(ErrorKind::Denied, "GetConsoleOutput", "not authorized"));
    let text = explain(&fake, &limits(), &group(), &[issue(NOT_JOINED, &["i-1"])]).await;
    assert!(text.contains("Allow ec2:GetConsoleOutput"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn other_issues_and_interrupted_runs_read_nothing() {
    let fake = failing();
    assert_eq!(explain(&fake, &limits(), &group(), &[issue("IpNotAvailable", &["i-1"])]).await, "");
    fake.world().console_outputs.clear();
    let limits = limits();
    limits.cancellation.cancel();
    assert_eq!(explain(&fake, &limits, &group(), &[issue(NOT_JOINED, &["i-1"])]).await, "");
    assert_eq!(fake.count("GetConsoleOutput"), 0);
}
