//! The AWS operations for node groups, in plain types. [`super::aws`] calls the services.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use clients::creation::CreateRequest;
use clients::errors::ApiError;
pub use clients::issues::Issue;

pub use super::status::{NodeGroupStatus, UpdateStatus};

/// The calls, for one region.
#[async_trait]
pub trait NodeGroupClient: Send + Sync {
    /// `eks:CreateNodegroup`.
    async fn create(&self, request: &CreateNodeGroup) -> Result<NodeGroup, ApiError>;
    /// `eks:DescribeNodegroup`.
    async fn describe(&self, cluster: &str, name: &str) -> Result<NodeGroup, ApiError>;
    /// `eks:ListNodegroups`, all pages.
    async fn list(&self, cluster: &str) -> Result<Vec<String>, ApiError>;
    /// The same as it was when this process first asked.
    async fn names_at_first(&self, cluster: &str) -> Result<Vec<String>, ApiError>;
    /// `eks:ListClusters`, all pages.
    async fn clusters(&self) -> Result<Vec<String>, ApiError>;
    /// `eks:UpdateNodegroupConfig`; answers the update's id.
    async fn update_config(&self, request: &ConfigUpdate) -> Result<String, ApiError>;
    /// `eks:UpdateNodegroupVersion`; answers the update's id.
    async fn update_version(&self, request: &VersionUpdate) -> Result<String, ApiError>;
    /// `eks:DeleteNodegroup`.
    async fn delete(&self, cluster: &str, name: &str) -> Result<(), ApiError>;
    /// `eks:DescribeUpdate`.
    async fn describe_update(&self, cluster: &str, name: &str, id: &str) -> Result<Update, ApiError>;
    /// `eks:TagResource`.
    async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), ApiError>;
    /// `eks:UntagResource`.
    async fn untag(&self, arn: &str, keys: &[String]) -> Result<(), ApiError>;
    /// Returns the recommended release version for an AMI type and a Kubernetes version (`ssm:GetParameter` on public
    /// parameters), read once per process. Returns `None` if the parameter does not exist, which means that the
    /// combination is not offered.
    async fn recommended_release(&self, ami_type: &str, version: &str) -> Result<Option<String>, ApiError>;
    /// The ID of a launch template that has this version; read together with its number.
    async fn launch_template_id(&self, template: &TemplateName, version: &str) -> Result<String, ApiError>;
    /// Returns the number that `$Latest` or `$Default` currently resolves to (`ec2:DescribeLaunchTemplateVersions`),
    /// read once per process.
    async fn launch_template_version(&self, template: &TemplateName, version: &str) -> Result<String, ApiError>;
    /// The AMI that a version of a launch template names, if it names one; read together with its number.
    async fn launch_template_image(&self, template: &TemplateName, version: &str) -> Result<Option<String>, ApiError>;
    /// Returns the tags of Auto Scaling groups by group name (`autoscaling:DescribeTags`), batched with concurrent
    /// requests. Never cached.
    async fn auto_scaling_group_tags(&self, group: &str) -> Result<BTreeMap<String, GroupTag>, ApiError>;
    /// `autoscaling:CreateOrUpdateTags`.
    async fn tag_auto_scaling_group(&self, group: &str, tags: &BTreeMap<String, GroupTag>) -> Result<(), ApiError>;
    /// `autoscaling:DeleteTags`.
    async fn untag_auto_scaling_group(&self, group: &str, keys: &[String]) -> Result<(), ApiError>;
    /// Returns the messages of the latest failed scaling activities of a group
    /// (`autoscaling:DescribeScalingActivities`), newest first, without duplicates.
    async fn failed_scaling_activities(&self, group: &str) -> Result<Vec<String>, ApiError>;
}

/// A node group as the API describes it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodeGroup {
    /// The cluster.
    pub cluster_name: String,
    /// The name.
    pub node_group_name: String,
    /// The ARN.
    pub arn: String,
    /// How far the group is.
    pub status: NodeGroupStatus,
    /// The Kubernetes version; empty with an AMI of the user's own.
    pub version: Option<String>,
    /// The release of the AMI, or the id of the user's own.
    pub release_version: Option<String>,
    /// RFC 3339.
    pub created_at: Option<String>,
    /// RFC 3339.
    pub modified_at: Option<String>,
    /// `ON_DEMAND`, `SPOT` or `CAPACITY_BLOCK`.
    pub capacity_type: Option<String>,
    /// How many nodes.
    pub scaling: Option<Scaling>,
    /// Empty when the launch template names the type.
    pub instance_types: Vec<String>,
    /// Subnet ids.
    pub subnets: Vec<String>,
    /// Absent with a launch template.
    pub remote_access: Option<RemoteAccess>,
    /// `CUSTOM` with an AMI of the user's own.
    pub ami_type: Option<String>,
    /// The role's ARN.
    pub node_role: String,
    /// Kubernetes labels.
    pub labels: BTreeMap<String, String>,
    /// Kubernetes taints.
    pub taints: Vec<Taint>,
    /// Names of the Auto Scaling groups that EKS created.
    pub auto_scaling_groups: Vec<String>,
    /// The security group that EKS created for remote access.
    pub remote_access_security_group: Option<String>,
    /// GiB; absent with a launch template.
    pub disk_size: Option<i64>,
    /// Health issues of the group.
    pub health: Vec<Issue>,
    /// How nodes are replaced by updates.
    pub update_config: Option<UpdateSettings>,
    /// Automatic repair.
    pub repair: Option<Repair>,
    /// Id, name and number, whatever was given.
    pub launch_template: Option<Template>,
    /// Instances kept ready.
    pub warm_pool: Option<WarmPool>,
    /// AWS tags.
    pub tags: BTreeMap<String, String>,
}

/// Numbers of nodes; what is absent in a request stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Scaling {
    /// The least.
    pub min: Option<i64>,
    /// The greatest.
    pub max: Option<i64>,
    /// The present target.
    pub desired: Option<i64>,
}

/// SSH or RDP access.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RemoteAccess {
    /// The name of the EC2 key pair.
    pub ec2_ssh_key: Option<String>,
    /// Security groups allowed in.
    pub source_security_groups: Vec<String>,
}

/// A Kubernetes taint, its effect in EKS's words (`NO_SCHEDULE`, `NO_EXECUTE`, `PREFER_NO_SCHEDULE`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Taint {
    /// The key.
    pub key: String,
    /// The value; absent and empty are the same.
    pub value: Option<String>,
    /// The effect.
    pub effect: String,
}

/// How nodes are replaced by updates.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UpdateSettings {
    /// Nodes at a time.
    pub max_unavailable: Option<i64>,
    /// Nodes at a time, in percent.
    pub max_unavailable_percentage: Option<i64>,
    /// `DEFAULT` or `MINIMAL`.
    pub strategy: Option<String>,
}

/// Automatic repair.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Repair {
    /// Whether it is on.
    pub enabled: Option<bool>,
    /// Repair stops above this many unhealthy nodes.
    pub max_unhealthy_count: Option<i64>,
    /// Repair stops above this share of unhealthy nodes, in percent.
    pub max_unhealthy_percentage: Option<i64>,
    /// Nodes repaired at a time.
    pub max_parallel_count: Option<i64>,
    /// Nodes repaired at a time, in percent.
    pub max_parallel_percentage: Option<i64>,
    /// Other actions for certain conditions.
    pub overrides: Vec<RepairOverride>,
}

/// Another action for a certain condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct RepairOverride {
    /// The node monitoring agent's condition.
    pub node_monitoring_condition: String,
    /// The reason.
    pub node_unhealthy_reason: String,
    /// Minutes.
    pub min_repair_wait_time_mins: i64,
    /// `Replace`, `Reboot` or `NoAction`.
    pub repair_action: String,
}

/// A launch template by id or by name; the API answers both.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Template {
    /// `lt-…`.
    pub id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// A number, `$Latest` or `$Default` in requests; a number in answers.
    pub version: Option<String>,
}

/// The identifier of a launch template.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TemplateName {
    /// `lt-…`.
    Id(String),
    /// The name.
    Name(String),
}

/// Instances kept ready.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WarmPool {
    /// `false` in an update removes the pool.
    pub enabled: Option<bool>,
    /// Maximum number of instances in the pool and in service combined.
    pub max_group_prepared_capacity: Option<i64>,
    /// Minimum number of instances in the pool.
    pub min_size: Option<i64>,
    /// `STOPPED`, `RUNNING` or `HIBERNATED`.
    pub pool_state: Option<String>,
    /// Whether instances return to the pool.
    pub reuse_on_scale_in: Option<bool>,
}

/// A tag of an Auto Scaling group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupTag {
    /// The value.
    pub value: String,
    /// Whether new instances get it.
    pub propagate_at_launch: bool,
}

/// A node group to create.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CreateNodeGroup {
    /// The cluster.
    pub cluster_name: String,
    /// The name.
    pub node_group_name: String,
    /// One for all attempts of one creation, so that a repeated request is not a second one.
    pub client_request_token: String,
    /// All three given.
    pub scaling: Scaling,
    /// Subnet ids.
    pub subnets: Vec<String>,
    /// The role's ARN.
    pub node_role: String,
    /// GiB.
    pub disk_size: Option<i64>,
    /// In order of preference.
    pub instance_types: Vec<String>,
    /// The AMI type.
    pub ami_type: Option<String>,
    /// The capacity type.
    pub capacity_type: Option<String>,
    /// SSH or RDP access.
    pub remote_access: Option<RemoteAccess>,
    /// Kubernetes labels.
    pub labels: BTreeMap<String, String>,
    /// Kubernetes taints.
    pub taints: Vec<Taint>,
    /// AWS tags.
    pub tags: BTreeMap<String, String>,
    /// A launch template by id or name.
    pub launch_template: Option<Template>,
    /// How nodes are replaced by updates.
    pub update_config: Option<UpdateSettings>,
    /// Automatic repair.
    pub repair: Option<Repair>,
    /// Instances kept ready.
    pub warm_pool: Option<WarmPool>,
    /// The Kubernetes version.
    pub version: Option<String>,
    /// The release of the AMI.
    pub release_version: Option<String>,
}

/// Changes that roll no node, in one call. What is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConfigUpdate {
    /// The cluster.
    pub cluster_name: String,
    /// The name.
    pub node_group_name: String,
    /// One for all attempts of one update.
    pub client_request_token: String,
    /// Labels to add or change.
    pub add_labels: BTreeMap<String, String>,
    /// Keys of labels to remove.
    pub remove_labels: Vec<String>,
    /// Taints to add or change.
    pub add_taints: Vec<Taint>,
    /// Taints to remove, whole.
    pub remove_taints: Vec<Taint>,
    /// Numbers of nodes.
    pub scaling: Option<Scaling>,
    /// How nodes are replaced by updates.
    pub update_config: Option<UpdateSettings>,
    /// Automatic repair.
    pub repair: Option<Repair>,
    /// Instances kept ready.
    pub warm_pool: Option<WarmPool>,
}

/// A rolling update. What is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionUpdate {
    /// The cluster.
    pub cluster_name: String,
    /// The name.
    pub node_group_name: String,
    /// One for all attempts of one update.
    pub client_request_token: String,
    /// The Kubernetes version.
    pub version: Option<String>,
    /// The release of the AMI.
    pub release_version: Option<String>,
    /// The same template with another version, by id or name.
    pub launch_template: Option<Template>,
    /// Whether pods that would not drain are deleted.
    pub force: bool,
}

/// An update of a node group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Update {
    /// The id.
    pub id: String,
    /// How far the update is.
    pub status: UpdateStatus,
    /// `ConfigUpdate` or `VersionUpdate`.
    pub kind: String,
    /// Why it failed.
    pub errors: Vec<Issue>,
}

impl CreateRequest for CreateNodeGroup {
    fn token_mut(&mut self) -> &mut String {
        &mut self.client_request_token
    }

    fn token(&self) -> &str {
        &self.client_request_token
    }
}
