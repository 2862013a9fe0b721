//! The destroy matrix of node groups.

use std::sync::Arc;

use super::client::{NodeGroupClient, NodeGroupStatus, Template};
use super::fake::{Fake, FakeTemplate};
use super::group_settings::GroupSettings;
use super::model::{LaunchTemplate, NodeGroup};
use super::resource::NodeGroupResource;
use super::tests::{config, created};
use clients::context::Clients;
use clients::destroy_matrix::{
    End, Matrix, aws_faults, clients, clients_without_region, destroy, helper_faults, not_found,
};
use clients::errors::ApiError;
use clients::kube::fake_nodes::FakeNodes;
use framework::blocks::{Blocks, ListBlock};
use framework::model::{Attr, Map};

/// Optional calls: a destroy works without them.
const HELPERS: &[(&str, &str)] = &[
    ("Auto Scaling", "DescribeAutoScalingGroups"),
    ("Auto Scaling", "DescribeTags"),
    ("Auto Scaling", "DescribeScalingActivities"),
    ("EC2", "DescribeLaunchTemplateVersions"),
    ("EKS", "ListClusters"),
    ("EKS", "ListNodegroups"),
    ("EKS", "DescribeUpdate"),
    ("Systems Manager", "GetParameter"),
];

fn connect(clients: &Clients, _region: Option<&str>) -> Arc<dyn NodeGroupClient> {
    clients.facts().of::<Fake>()
}

/// A configuration that uses every optional call.
fn configured(state: &NodeGroup) -> (NodeGroup, NodeGroup) {
    let demanding = |group: NodeGroup| NodeGroup {
        launch_template: Blocks::Known(vec![LaunchTemplate {
            id: "lt-1".into(),
            version: "$Latest".into(),
            ..LaunchTemplate::default()
        }]),
        ami_update_policy: "latest".into(),
        auto_scaling_group: ListBlock::of([GroupSettings {
            protect_from_scale_in: Attr::Known(true),
            ..GroupSettings::default()
        }]),
        auto_scaling_group_tags: Map::of([("team".to_owned(), "ml".to_owned())]),
        ..group
    };
    (demanding(config()), demanding(state.clone()))
}

/// Creates a node group, and destroys it after an event.
async fn end(happens: impl FnOnce(&Fake)) -> framework::diagnostics::Diagnostics {
    let clients = clients().await;
    let fake = clients.facts().of::<Fake>();
    fake.set_up();
    let state = created(&fake).await.expect("a group");
    let template = Template { id: Some("lt-1".to_owned()), name: None, version: Some("1".to_owned()) };
    fake.change("blue", "workers", |live| live.launch_template = Some(template));
    let (config, state) = configured(&state);
    happens(&fake);
    destroy(NodeGroupResource::new(connect, |_, _, _| Arc::new(FakeNodes::default())), &clients, &config, &state).await
}

fn always(operation: &'static str, error: ApiError) -> impl FnOnce(&Fake) {
    move |fake| fake.always_fail(operation, error)
}

#[tokio::test(start_paused = true)]
async fn destroy_matrix() {
    let mut matrix = Matrix::default();
    for (fault, operation, error) in helper_faults(HELPERS) {
        matrix.note(&fault, &end(always(operation, error)).await, End::Destroyed);
    }
    for (fault, error) in aws_faults("EKS", "DescribeNodegroup") {
        let seen = end(always("DescribeNodegroup", error)).await;
        matrix.note(
            &format!("DescribeNodegroup: {fault}"),
            &seen,
            End::Named(&["Unable to read node group blue:workers"]),
        );
    }
    for (fault, error) in aws_faults("EKS", "DeleteNodegroup") {
        let seen = end(always("DeleteNodegroup", error)).await;
        matrix.note(&format!("DeleteNodegroup: {fault}"), &seen, End::Named(&["Unable to delete node group"]));
    }
    let gone = end(|fake| fake.remove("blue", "workers")).await;
    matrix.note("node group gone", &gone, End::Destroyed);
    let gone = end(always("DeleteNodegroup", not_found("EKS", "DeleteNodegroup"))).await;
    matrix.note("node group deleted after the read", &gone, End::Destroyed);
    let gone = end(always("DescribeNodegroup", not_found("EKS", "DescribeNodegroup"))).await;
    matrix.note("cluster gone", &gone, End::Destroyed);
    let template = end(|fake| fake.world().templates.clear()).await;
    matrix.note("launch template deleted", &template, End::Destroyed);
    for status in [
        NodeGroupStatus::Active,
        NodeGroupStatus::Degraded,
        NodeGroupStatus::CreateFailed,
        NodeGroupStatus::DeleteFailed,
        NodeGroupStatus::Unknown("PONDERING".to_owned()),
    ] {
        let name = format!("status {status}");
        let seen = end(|fake| fake.change("blue", "workers", |live| live.status = status)).await;
        matrix.note(&name, &seen, End::Destroyed);
    }
    matrix.finish("ekscompute_node_group");
}

#[tokio::test(start_paused = true)]
async fn group_of_the_same_name_is_not_destroyed() {
    let clients = clients().await;
    let fake = clients.facts().of::<Fake>();
    fake.set_up();
    let state = created(&fake).await.expect("a group");
    let other = "arn:aws:eks:eu-west-1:123456789012:nodegroup/blue/workers/other";
    fake.change("blue", "workers", |live| other.clone_into(&mut live.arn));
    let seen =
        destroy(NodeGroupResource::new(connect, |_, _, _| Arc::new(FakeNodes::default())), &clients, &config(), &state)
            .await;
    assert!(!seen.has_error() && format!("{seen:?}").contains(other), "{seen:?}");
    assert_eq!((fake.group("blue", "workers").is_some(), fake.count("DeleteNodegroup")), (true, 0));
}

impl Fake {
    /// The default cluster, with a launch template.
    fn set_up(&self) {
        self.fill();
        let template = FakeTemplate { id: "lt-1".to_owned(), newest: 1, ..FakeTemplate::default() };
        self.world().templates.push(template);
    }
}

#[tokio::test(start_paused = true)]
async fn destroy_needs_no_region_of_the_provider() {
    let clients = clients_without_region().await;
    let fake = clients.facts().of::<Fake>();
    fake.set_up();
    let state = created(&fake).await.expect("a group");
    let seen =
        destroy(NodeGroupResource::new(connect, |_, _, _| Arc::new(FakeNodes::default())), &clients, &config(), &state)
            .await;
    assert!(!seen.has_error() && fake.group("blue", "workers").is_none(), "{seen:?}");
}
