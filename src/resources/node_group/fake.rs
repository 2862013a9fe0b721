//! A stateful fake for AWS, for tests of the operations: it enforces the EKS rules that they depend on, and failures
//! can be injected. An operation in progress advances one step on each request.

mod rules;
mod scaling_groups;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use clients::calls::{self, Calls};
use clients::errors::{ApiError, ErrorKind};
use clients::strikes::Trouble as Strike;

use super::client::{
    ConfigUpdate, CreateNodeGroup, GroupInstance, GroupTag, Issue, NodeGroup, NodeGroupClient, TemplateName, Update,
    VersionUpdate,
};
use super::scaling_group::ScalingGroup;

/// AWS in memory. Clones share their state.
#[derive(Debug, Clone, Default)]
pub(super) struct Fake(Arc<Mutex<World>>);

/// The objects and the injected faults.
#[derive(Debug, Default)]
pub(super) struct World {
    /// Kubernetes versions by cluster.
    pub(super) clusters: BTreeMap<String, String>,
    /// Recommended releases by AMI type and Kubernetes version.
    pub(super) releases: BTreeMap<(String, String), String>,
    /// Launch templates.
    pub(super) templates: Vec<FakeTemplate>,
    /// Tags by Auto Scaling group.
    pub(super) group_tags: BTreeMap<String, BTreeMap<String, GroupTag>>,
    /// Messages of failed scaling activities, by Auto Scaling group.
    pub(super) activities: BTreeMap<String, Vec<String>>,
    /// Instances by Auto Scaling group.
    pub(super) instances: BTreeMap<String, Vec<GroupInstance>>,
    /// Settings by Auto Scaling group, if they differ from the settings of a new group.
    pub(super) scaling_groups: BTreeMap<String, ScalingGroup>,
    /// Whether instances are protected from scale-in, by Auto Scaling group and instance.
    pub(super) protected_instances: BTreeMap<String, BTreeMap<String, bool>>,
    /// Console output by instance.
    pub(super) console_outputs: BTreeMap<String, String>,
    /// Number of requests for which a deleted group keeps its previous values.
    pub(super) stale_after_deletion: u32,
    /// Number of requests until an operation in progress ends.
    pub(super) steps: u32,
    groups: BTreeMap<(String, String), Group>,
    failing_creations: Vec<Vec<Issue>>,
    failing_updates: Vec<Vec<Issue>>,
    failing_deletions: Vec<Vec<Issue>>,
    calls: Calls,
    made: u32,
}

/// A launch template. Its newest version is the default version.
#[derive(Debug, Clone, Default)]
pub(super) struct FakeTemplate {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) newest: u32,
    /// The AMIs of the versions that specify one.
    pub(super) images: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Group {
    live: NodeGroup,
    request: Option<CreateNodeGroup>,
    running: Option<Running>,
    updates: Vec<Known>,
    /// Previous values that are returned for some requests.
    stale: Option<(NodeGroup, u32)>,
}

/// An update and its request.
#[derive(Debug)]
struct Known {
    update: Update,
    token: String,
}

/// An operation in progress.
#[derive(Debug)]
struct Running {
    steps: u32,
    end: End,
}

#[derive(Debug)]
enum End {
    Created,
    CreateFailed(Vec<Issue>),
    Deleted,
    DeleteFailed(Vec<Issue>),
    Updated(Box<NodeGroup>),
    UpdateFailed(Vec<Issue>),
}

impl Fake {
    /// One cluster, `blue`, with Kubernetes 1.33 and a recommended release of the common AMI.
    pub(super) fn new() -> Self {
        let fake = Self::default();
        fake.fill();
        fake
    }

    /// Adds the objects of [`Fake::new`].
    pub(super) fn fill(&self) {
        let mut world = self.world();
        world.steps = 2;
        world.clusters.insert("blue".to_owned(), "1.33".to_owned());
        let usual = (rules::USUAL_AMI_TYPE.to_owned(), "1.33".to_owned());
        world.releases.insert(usual, "1.33.4-20250904".to_owned());
    }

    /// Every call of an operation fails without an effect.
    pub(super) fn always_fail(&self, operation: &'static str, error: ApiError) {
        self.world().calls.always_fail(operation, error);
    }

    /// Returns the whole world, to inspect and change it.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        // A killed process poisons the lock like a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next calls of an operation fail without an effect.
    pub(super) fn fail(&self, operation: &'static str, times: usize, error: &ApiError) {
        let mut world = self.world();
        (0..times).for_each(|_| world.calls.fail(operation, error.clone()));
    }

    /// The next call of an operation succeeds, but its response is lost.
    pub(super) fn lose_answer(&self, operation: &'static str) {
        self.world().calls.lose_answer(operation);
    }

    /// The next creation ends as `CREATE_FAILED` with these issues.
    pub(super) fn fail_creation(&self, issues: &[Issue]) {
        self.world().failing_creations.push(issues.to_vec());
    }

    /// The next update ends as `Failed` with these errors.
    pub(super) fn fail_update(&self, errors: &[Issue]) {
        self.world().failing_updates.push(errors.to_vec());
    }

    /// The next deletion ends as `DELETE_FAILED` with these issues.
    pub(super) fn fail_deletion(&self, issues: &[Issue]) {
        self.world().failing_deletions.push(issues.to_vec());
    }

    /// The operations called so far, in order.
    pub(super) fn calls(&self) -> Vec<&'static str> {
        self.world().calls.made().to_vec()
    }

    /// Returns how often an operation was called.
    pub(super) fn count(&self, operation: &str) -> usize {
        self.world().calls.count(operation)
    }

    /// Returns the current values of a node group, if it exists.
    pub(super) fn group(&self, cluster: &str, name: &str) -> Option<NodeGroup> {
        self.world().groups.get(&(cluster.to_owned(), name.to_owned())).map(|group| group.live.clone())
    }

    /// Returns the current values of all node groups.
    pub(super) fn groups(&self) -> Vec<NodeGroup> {
        self.world().groups.values().map(|group| group.live.clone()).collect()
    }

    /// Adds a fault at a later call.
    pub(super) fn strike(&self, strike: Option<(usize, Strike)>) {
        self.world().calls.strike(strike);
    }

    /// Changes a node group outside of the provider.
    pub(super) fn change(&self, cluster: &str, name: &str, change: impl FnOnce(&mut NodeGroup)) {
        let mut world = self.world();
        let group = world.groups.get_mut(&(cluster.to_owned(), name.to_owned()));
        change(&mut group.expect("a node group to change").live);
    }

    /// Removes a node group outside of the provider.
    pub(super) fn remove(&self, cluster: &str, name: &str) {
        self.world().groups.remove(&(cluster.to_owned(), name.to_owned()));
    }

    /// Creates a node group outside of the provider.
    pub(super) fn put(&self, live: NodeGroup) {
        let key = (live.cluster_name.clone(), live.node_group_name.clone());
        self.world().groups.insert(key, Group { live, request: None, running: None, updates: vec![], stale: None });
    }

    /// Logs the call, executes it unless a fault is injected, and drops the response if it is to be lost.
    fn call<T>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&mut World) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        calls::call(&mut *self.world(), |world| &mut world.calls, operation, work)
    }
}

#[async_trait]
impl NodeGroupClient for Fake {
    async fn create(&self, request: &CreateNodeGroup) -> Result<NodeGroup, ApiError> {
        self.call("CreateNodegroup", |world| world.create(request))
    }

    async fn describe(&self, cluster: &str, name: &str) -> Result<NodeGroup, ApiError> {
        let operation = "DescribeNodegroup";
        self.call(operation, |world| {
            if let Some(before) = world.stale(cluster, name) {
                return Ok(before);
            }
            world.step(cluster, name);
            world.group(operation, cluster, name).map(|group| group.live.clone())
        })
    }

    async fn list(&self, cluster: &str) -> Result<Vec<String>, ApiError> {
        let operation = "ListNodegroups";
        self.call(operation, |world| {
            world.cluster_version(operation, cluster)?;
            let keys = world.groups.keys().filter(|(of, _)| of == cluster);
            Ok(keys.map(|(_, name)| name.clone()).collect())
        })
    }

    async fn names_at_first(&self, cluster: &str) -> Result<Vec<String>, ApiError> {
        self.list(cluster).await
    }

    async fn clusters(&self) -> Result<Vec<String>, ApiError> {
        self.call("ListClusters", |world| Ok(world.clusters.keys().cloned().collect()))
    }

    async fn update_config(&self, request: &ConfigUpdate) -> Result<String, ApiError> {
        self.call("UpdateNodegroupConfig", |world| world.update_config(request))
    }

    async fn update_version(&self, request: &VersionUpdate) -> Result<String, ApiError> {
        self.call("UpdateNodegroupVersion", |world| world.update_version(request))
    }

    async fn delete(&self, cluster: &str, name: &str) -> Result<(), ApiError> {
        self.call("DeleteNodegroup", |world| world.delete(cluster, name))
    }

    async fn describe_update(&self, cluster: &str, name: &str, id: &str) -> Result<Update, ApiError> {
        let operation = "DescribeUpdate";
        self.call(operation, |world| {
            world.step(cluster, name);
            let group = world.group(operation, cluster, name)?;
            let known = group.updates.iter().find(|known| known.update.id == id);
            known.map(|known| known.update.clone()).ok_or_else(|| rules::not_found(operation, "update", id))
        })
    }

    async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
        let operation = "TagResource";
        self.call(operation, |world| {
            world.by_arn(operation, arn)?.live.tags.extend(tags.clone());
            Ok(())
        })
    }

    async fn untag(&self, arn: &str, keys: &[String]) -> Result<(), ApiError> {
        let operation = "UntagResource";
        self.call(operation, |world| {
            world.by_arn(operation, arn)?.live.tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })
    }

    async fn recommended_release(&self, ami_type: &str, version: &str) -> Result<Option<String>, ApiError> {
        self.call("GetParameter", |world| Ok(world.releases.get(&(ami_type.to_owned(), version.to_owned())).cloned()))
    }

    async fn launch_template_id(&self, template: &TemplateName, version: &str) -> Result<String, ApiError> {
        let operation = "DescribeLaunchTemplateVersions";
        self.call(operation, |world| match template {
            TemplateName::Id(id) => world.template(operation, Some(id), None, version).map(|(found, _)| found.id),
            TemplateName::Name(name) => world.template(operation, None, Some(name), version).map(|(found, _)| found.id),
        })
    }

    async fn launch_template_version(&self, template: &TemplateName, version: &str) -> Result<String, ApiError> {
        let operation = "DescribeLaunchTemplateVersions";
        self.call(operation, |world| match template {
            TemplateName::Id(id) => world.template(operation, Some(id), None, version).map(|(_, number)| number),
            TemplateName::Name(name) => world.template(operation, None, Some(name), version).map(|(_, number)| number),
        })
    }

    async fn launch_template_image(&self, template: &TemplateName, version: &str) -> Result<Option<String>, ApiError> {
        let operation = "DescribeLaunchTemplateVersions";
        self.call(operation, |world| {
            let (id, name) = match template {
                TemplateName::Id(id) => (Some(id.as_str()), None),
                TemplateName::Name(name) => (None, Some(name.as_str())),
            };
            let (found, number) = world.template(operation, id, name, version)?;
            Ok(found.images.get(&number).cloned())
        })
    }

    async fn auto_scaling_group_tags(&self, group: &str) -> Result<BTreeMap<String, GroupTag>, ApiError> {
        self.call("DescribeTags", |world| Ok(world.group_tags.get(group).cloned().unwrap_or_default()))
    }

    async fn tag_auto_scaling_group(&self, group: &str, tags: &BTreeMap<String, GroupTag>) -> Result<(), ApiError> {
        self.call("CreateOrUpdateTags", |world| {
            world.group_tags.entry(group.to_owned()).or_default().extend(tags.clone());
            Ok(())
        })
    }

    async fn untag_auto_scaling_group(&self, group: &str, keys: &[String]) -> Result<(), ApiError> {
        self.call("DeleteTags", |world| {
            world.group_tags.entry(group.to_owned()).or_default().retain(|key, _| !keys.contains(key));
            Ok(())
        })
    }

    async fn failed_scaling_activities(&self, group: &str) -> Result<Vec<String>, ApiError> {
        self.call("DescribeScalingActivities", |world| Ok(world.activities.get(group).cloned().unwrap_or_default()))
    }

    async fn auto_scaling_group_instances(&self, group: &str) -> Result<Vec<GroupInstance>, ApiError> {
        self.call("DescribeAutoScalingGroups", |world| Ok(world.instances.get(group).cloned().unwrap_or_default()))
    }

    async fn console_output(&self, instance: &str) -> Result<Option<Vec<u8>>, ApiError> {
        self.call("GetConsoleOutput", |world| Ok(world.console_outputs.get(instance).map(|text| text.clone().into())))
    }
}

#[path = "fake_tests.rs"]
mod tests;
