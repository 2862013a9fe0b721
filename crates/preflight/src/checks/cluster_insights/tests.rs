use rstest::rstest;

use super::super::testing::{World, finds, fires, is_silent, node_group};
use super::*;
use crate::facts::{AddonCompatibility, Fact, FactResult};
use crate::subject::Changed;
use framework::model::Attr;

const UPGRADE: InsightCategory = InsightCategory::Upgrade;
const ROLLBACK: InsightCategory = InsightCategory::Rollback;
const KUBELET: &str = "Kubelet version skew";
const KUBE_PROXY: &str = "kube-proxy version skew";
const ADDONS: &str = "EKS add-on version compatibility";

/// An update of the node group from one version to another, without insights.
fn update(from: &str, to: &str) -> World {
    let world = node_group().plan(|subject| {
        subject.changed = Changed::Only([Input::Version].into());
        subject.previous_version = Some(from.to_owned());
        subject.version.value = Attr::from(to);
    });
    listing(world, UPGRADE, Vec::new())
}

fn listing(world: World, category: InsightCategory, insights: Vec<Insight>) -> World {
    world.with(Fact::Insights(InsightList { cluster: "demo".to_owned(), category }, FactResult::Known(insights)))
}

fn insight(name: &str, status: InsightStatus, version: Option<Version>) -> Insight {
    Insight {
        id: name.to_owned(),
        name: name.to_owned(),
        kind: InsightKind::from_name(name),
        status,
        version,
        reason: "Something is old".to_owned(),
    }
}

/// The same world with one insight and its details.
fn with(world: World, category: InsightCategory, insight: Insight, details: InsightDetails) -> World {
    let id = InsightId { cluster: "demo".to_owned(), id: insight.id.clone() };
    listing(world, category, vec![insight]).with(Fact::InsightDetails(id, FactResult::Known(details)))
}

fn resources(names: &[&str]) -> InsightDetails {
    let resource = |name: &&str| InsightResource { name: (*name).to_owned(), reason: None };
    InsightDetails { resources: names.iter().map(resource).collect(), ..InsightDetails::default() }
}

fn is_reported(world: &World) -> bool {
    !finds(&CHECK, world).is_empty()
}

#[test]
fn insight_about_nodes_is_reported_with_its_resources_and_recommendation() {
    let nodes = ["n1", "n2", "n3", "n4", "n5"].map(|name| format!("/api/v1/nodes/{name}"));
    let nodes: Vec<_> = nodes.iter().map(String::as_str).collect();
    let details = InsightDetails { recommendation: Some("Upgrade kube-proxy".to_owned()), ..resources(&nodes) };
    let old = insight(KUBE_PROXY, InsightStatus::Error, Some((1, 34)));
    let world = with(update("1.32", "1.33"), UPGRADE, old, details);
    let words = &[
        "Upgrade insight not passing: kube-proxy version skew (demo)\n",
        "cluster demo has the status ERROR for Kubernetes 1.34. Something is old.\n",
        "  - /api/v1/nodes/n3\n  - and 2 more\n",
        "\n\nUpgrade kube-proxy. EKS updates insights every 24 hours, or after aws eks start-insights-refresh",
    ];
    fires(&CHECK, &world, Effect::Warns, "version", words);
}

#[rstest]
#[case::of_this_version(InsightStatus::Warning, Some((1, 33)), true)]
#[case::of_every_version(InsightStatus::Warning, None, true)]
#[case::next_version_is_blocked(InsightStatus::Error, Some((1, 34)), true)]
#[case::later_version(InsightStatus::Warning, Some((1, 34)), false)]
fn warnings_about_later_versions_are_not_reported(
    #[case] status: InsightStatus,
    #[case] version: Option<Version>,
    #[case] is_expected: bool,
) {
    for name in [KUBE_PROXY, ADDONS, "Amazon Linux 2 compatibility"] {
        let found = insight(name, status, version);
        let world = with(update("1.32", "1.33"), UPGRADE, found, InsightDetails::default());
        assert_eq!(is_reported(&world), is_expected, "{name}");
    }
}

#[rstest]
#[case::resolved("1.33", Some((1, 34)), false)]
#[case::within_the_skew("1.31", Some((1, 34)), false)]
#[case::still_too_old("1.30", Some((1, 34)), true)]
#[case::of_every_version("1.33", None, false)]
fn old_kubelets_are_reported_only_if_the_planned_version_is_too_old(
    #[case] planned: &str,
    #[case] version: Option<Version>,
    #[case] is_expected: bool,
) {
    let found = insight(KUBELET, InsightStatus::Error, version);
    let world = with(update("1.29", planned), UPGRADE, found, InsightDetails::default());
    assert_eq!(is_reported(&world), is_expected);
}

#[rstest]
#[case("Cluster health issues")]
#[case("Deprecated APIs removed in Kubernetes v1.34")]
#[case("Something new")]
fn insights_about_other_things_matter_only_to_a_rollback(#[case] name: &str) {
    let found = || insight(name, InsightStatus::Error, Some((1, 33)));
    is_silent(&CHECK, &listing(update("1.32", "1.33"), UPGRADE, vec![found()]));
    let back = with(update("1.34", "1.33"), ROLLBACK, found(), InsightDetails::default());
    let summary = format!("Rollback insight not passing: {name} (demo)");
    fires(&CHECK, &back, Effect::Warns, "version", &[&summary, "EKS rejects a rollback of the control plane"]);
}

#[test]
fn add_ons_are_reported_if_they_run_on_nodes() {
    let addon =
        |name: &str| AddonCompatibility { name: name.to_owned(), compatible_versions: vec!["v1.20.0".to_owned()] };
    let of = |details: InsightDetails| {
        let found = insight(ADDONS, InsightStatus::Error, Some((1, 33)));
        with(update("1.32", "1.33"), UPGRADE, found, details)
    };
    let arn = |name: &str| format!("arn:aws:eks:us-east-1:111122223333:addon/demo/{name}/a1b2");
    let (cni, dns) = (arn("vpc-cni"), arn("coredns"));
    let both = InsightDetails { addons: vec![addon("coredns"), addon("vpc-cni")], ..resources(&[&dns, &cni]) };
    let [found] = finds(&CHECK, &of(both)).try_into().expect("one finding");
    assert_eq!(found.items, ["add-on vpc-cni (compatible version: v1.20.0)"]);
    // The summary can list add-ons that are compatible, too.
    let others = InsightDetails { addons: vec![addon("coredns"), addon("vpc-cni")], ..resources(&[&dns]) };
    is_silent(&CHECK, &of(others));
    let summary = InsightDetails { addons: vec![addon("coredns"), addon("aws-ebs-csi-driver")], ..resources(&[]) };
    fires(&CHECK, &of(summary), Effect::Warns, "version", &["  - add-on aws-ebs-csi-driver (compatible"]);
    is_silent(&CHECK, &of(InsightDetails { addons: vec![addon("coredns")], ..resources(&[]) }));
}

#[test]
fn rollback_of_nodes_resolves_new_kubelets_except_on_fargate() {
    let (node, fargate) = ("/api/v1/nodes/ip-10-0-1-7.ec2.internal", "/api/v1/nodes/fargate-ip-10-0-1-8.ec2.internal");
    let of = |from: &str, to: &str, nodes: &[&str]| {
        let found = insight(KUBELET, InsightStatus::Error, Some((1, 33)));
        with(update(from, to), ROLLBACK, found, resources(nodes))
    };
    is_silent(&CHECK, &of("1.34", "1.33", &[node]));
    let [found] = finds(&CHECK, &of("1.34", "1.33", &[node, fargate])).try_into().expect("one finding");
    assert_eq!(found.items, [fargate]);
    let [found] = finds(&CHECK, &of("1.35", "1.34", &[node])).try_into().expect("one finding");
    assert_eq!(found.items, [node]);
}

#[test]
fn only_an_update_of_the_version_is_checked() {
    let found = insight(KUBE_PROXY, InsightStatus::Error, None);
    let world = with(update("1.32", "1.33"), UPGRADE, found, InsightDetails::default());
    assert!(is_reported(&world));
    is_silent(&CHECK, &world.clone().plan(|subject| subject.changed = Changed::Everything));
    is_silent(&CHECK, &world.clone().plan(|subject| subject.version.value = Attr::from("1.32")));
    is_silent(&CHECK, &world.clone().plan(|subject| subject.phase = Phase::Now));
    let gone = InsightList { cluster: "demo".to_owned(), category: UPGRADE };
    is_silent(&CHECK, &world.with(Fact::Insights(gone, FactResult::Missing)));
}
