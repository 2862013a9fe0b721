use super::*;
use crate::resources::node_group::client::{self, CreateNodeGroup, Scaling, Template};
use crate::resources::node_group::fake::{Fake, FakeTemplate};
use crate::resources::node_group::model::UpdateConfig;
use clients::errors::{ApiError, ErrorKind};
use framework::model::List;
use framework::tags::TagPolicy;

/// AWS with a launch template whose even versions specify an AMI.
fn with_template() -> Fake {
    let fake = Fake::new();
    let images = [("2", "ami-2"), ("4", "ami-4")].map(|(number, image)| (number.to_owned(), image.to_owned()));
    let (id, name) = ("lt-1".to_owned(), "nodes".to_owned());
    fake.world().templates.push(FakeTemplate { id, name, newest: 4, images: images.into() });
    fake
}

/// Returns the state of a ready group with this version of the template.
async fn state(fake: &Fake, version: &str) -> NodeGroup {
    let template = Template { id: Some("lt-1".to_owned()), name: None, version: Some(version.to_owned()) };
    let request = CreateNodeGroup {
        cluster_name: "blue".to_owned(),
        node_group_name: "workers".to_owned(),
        scaling: Scaling { min: Some(1), max: Some(5), desired: Some(1) },
        launch_template: Some(template),
        ..CreateNodeGroup::default()
    };
    let live = client::NodeGroupClient::create(fake, &request).await.expect("a group");
    let mut state = api::from_live(&NodeGroup::default(), &live, &TagPolicy::default());
    if ["2", "4"].contains(&version) {
        (state.ami_type, state.version) = (ami_types::CUSTOM.into(), Attr::Null);
    }
    state
}

/// Returns the plan after an edit of the configuration. Versions are not configured.
async fn planned(fake: &Fake, state: &NodeGroup, edit: impl Fn(&mut NodeGroup)) -> Plan<NodeGroup> {
    let (mut config, mut planned) = (state.clone(), state.clone());
    (config.version, config.release_version, config.update_config) = (Attr::Null, Attr::Null, Attr::Null);
    edit(&mut config);
    edit(&mut planned);
    let mut made = Plan::new(config, Some(state.clone()), planned);
    plan(Some(fake), Some("eu-west-1"), &mut made).await.expect("a plan");
    made
}

fn to_version(number: &'static str) -> impl Fn(&mut NodeGroup) {
    move |group| {
        if let Some(template) = group.launch_template.first_mut() {
            template.version = number.into();
        }
    }
}

fn text(plan: &Plan<NodeGroup>) -> String {
    plan.diagnostics.iter().map(|one| format!("{}: {}\n", one.summary, one.detail)).collect()
}

#[tokio::test]
async fn template_version_that_adds_or_removes_ami_forces_replacement() {
    for (from, to, replaces) in
        [("1", "2", true), ("2", "1", true), ("1", "3", false), ("2", "4", false), ("1", "$Latest", true)]
    {
        let fake = with_template();
        let state = state(&fake, from).await;
        let made = planned(&fake, &state, to_version(to)).await;
        assert_eq!(made.is_replace(), replaces, "{from} to {to}");
        assert_eq!(text(&made).contains("cannot switch a node group between EKS AMIs and custom AMIs"), replaces);
    }
}

#[tokio::test]
async fn launch_template_is_queried_only_on_version_change() {
    let fake = with_template();
    let state = state(&fake, "1").await;
    planned(&fake, &state, |group| group.disk_size = Attr::Known(7)).await;
    assert_eq!(fake.count("DescribeLaunchTemplateVersions"), 0);
    let denied = ApiError::own(ErrorKind::Denied, "DescribeLaunchTemplateVersions", "not authorized");
    fake.fail("DescribeLaunchTemplateVersions", 1, &denied);
    let made = planned(&fake, &state, to_version("2")).await;
    assert!(!made.is_replace() && made.diagnostics.is_empty());
}

#[tokio::test]
async fn max_size_below_stored_max_unavailable_is_rejected() {
    let fake = with_template();
    let mut state = state(&fake, "1").await;
    let unavailable = |count: i64| {
        List::of([UpdateConfig {
            max_unavailable: Attr::Known(count),
            max_unavailable_percentage: Attr::Null,
            update_strategy: Attr::Null,
        }])
    };
    state.update_config = unavailable(4);
    let size = |max: i64| {
        move |group: &mut NodeGroup| {
            group.scaling_config.first_mut().expect("sizes").max_size = Attr::Known(max);
        }
    };
    let made = planned(&fake, &state, size(3)).await;
    let path = made.diagnostics.iter().next().and_then(|one| one.path.as_ref()).map(ToString::to_string);
    assert!(made.diagnostics.has_error());
    assert_eq!(path.as_deref(), Some("scaling_config[0].max_size"));
    assert!(text(&made).contains("max_unavailable = 4"), "{}", text(&made));
    assert!(planned(&fake, &state, size(4)).await.diagnostics.is_empty());
    let both = |group: &mut NodeGroup| {
        size(3)(group);
        group.update_config = unavailable(3);
    };
    assert!(planned(&fake, &state, both).await.diagnostics.is_empty());
}

#[tokio::test]
async fn group_that_is_not_well_is_said_to_be_and_plans_nothing() {
    let fake = with_template();
    let mut state = state(&fake, "1").await;
    state.health = List::of([HealthIssue {
        code: "NodeCreationFailure".into(),
        message: "Instances failed to join".into(),
        resource_ids: List::of(["i-1".to_owned()]),
    }]);
    for (status, cure) in [
        ("CREATE_FAILED", "-replace=ADDRESS"),
        ("DEGRADED", "scale-out"),
        ("DELETE_FAILED", "delete the node group again"),
    ] {
        state.status = status.into();
        let made = planned(&fake, &state, |_| ()).await;
        let said = text(&made);
        assert!(!made.diagnostics.has_error() && made.planned == state);
        for words in [status, cure, "Instances failed to join", "i-1"] {
            assert!(said.contains(words), "{words}: {said}");
        }
    }
    state.status = "ACTIVE".into();
    assert!(planned(&fake, &state, |_| ()).await.diagnostics.is_empty());
}
